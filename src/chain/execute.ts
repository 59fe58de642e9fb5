import { createAddress } from '../core/address.ts'
import { delegateOf, delegationTo } from '../core/delegation.ts'
import type { Driver } from '../core/driver.ts'
import { Halt, isSuccess } from '../core/halt.ts'
import type { BlockEnvironment, Environment, Log } from '../core/host.ts'
import { CallKind, Message } from '../core/message.ts'
import type { Rules } from '../core/rules.ts'
import type { Tracer } from '../core/tracer.ts'
import { MAX_UINT64 } from '../core/word.ts'
import type { State } from '../state/state.ts'
import { blobGasOf, effectiveGasPrice } from './fees.ts'
import { floorGas, intrinsicGas } from './intrinsic-gas.ts'
import type { Rejection } from './rejection.ts'
import { settle, settleAsync } from './settle.ts'
import { recoverAuthority } from './signature.ts'
import { touchedBy } from './touched.ts'
import type { Authorization, Transaction } from './transaction.ts'
import { validateInclusion } from './validity.ts'
import { warmUp } from './warm-up.ts'

/** The block a transaction runs in, as far as it has got. */
export interface BlockContext {
  readonly chainId: bigint
  readonly block: BlockEnvironment
  /** Gas not used by the transactions before this one. */
  readonly gasLeft: bigint
  /** Blob gas used by the transactions before this one. */
  readonly blobGasUsed: bigint
  /** Entries in the logs of the transactions before this one, for tracers; default 0. */
  readonly logsBefore?: number
}

/** What an executed transaction did. */
export interface TransactionResult {
  readonly status: 'success' | 'revert' | 'halt'
  readonly halt: Halt
  /** What the sender pays for, refund and floor included. */
  readonly gasUsed: bigint
  readonly gasRefunded: bigint
  /** Instructions begun, all frames together. */
  readonly steps: number
  readonly output: Uint8Array
  readonly logs: readonly Log[]
  /** Where a creation put the contract; null otherwise or if it failed. */
  readonly contractAddress: bigint | null
  /** Wei a gas the sender paid. */
  readonly effectiveGasPrice: bigint
}

/**
 * Instructions after which a run looks whether it is void, and how many a void run goes on at the most: where that only
 * tells what to load next, and where it ends the work. Each look leaves the unit that runs.
 */
const VOID_SLICE_STEPS = 1 << 16
const FATAL_SLICE_STEPS = 1 << 20

/**
 * Runs one transaction on the state: validity, purchase of gas, authorisations, the message, refunds and fees
 * (Yellow Paper 6). Returns why it cannot be included, with the state as it was, or what it did, with the state
 * changed. Throws STATE_NOT_LOADED, the state as it was, when the source lacks something: use the async twin then.
 */
export function executeTransaction(
  driver: Driver,
  state: State,
  tx: Transaction,
  sender: bigint,
  context: BlockContext,
): TransactionResult | Rejection {
  return settle(driver, state, (later) => attemptTransaction(driver, state, tx, sender, context, later))
}

/**
 * As `executeTransaction`, on a source that loads on demand: runs without tracer until a run met nothing that was not
 * loaded, loading between runs all that the last one met, then once more under the tracer if there is one. Throws
 * STATE_NOT_LOADED, the state as it was, when the source loads nothing of what it was asked for.
 */
export function executeTransactionAsync(
  driver: Driver,
  state: State,
  tx: Transaction,
  sender: bigint,
  context: BlockContext,
): Promise<TransactionResult | Rejection> {
  return settleAsync(driver, state, (later) => attemptTransaction(driver, state, tx, sender, context, later))
}

/**
 * One run, its changes not yet final; null if it was void, with the misses in the state. `later` is the tracer that will
 * watch it again: what that is shown must be there, too.
 */
export function attemptTransaction(
  driver: Driver,
  state: State,
  tx: Transaction,
  sender: bigint,
  context: BlockContext,
  later: Tracer | null,
): TransactionResult | Rejection | null {
  const gasPrice = beginTransaction(driver, state, tx, sender, context, later)
  if (typeof gasPrice !== 'bigint') return gasPrice
  const slice = state.source.load ? VOID_SLICE_STEPS : FATAL_SLICE_STEPS
  while (driver.open > 0 && !state.isVoid) driver.runFor(slice)
  if (state.isVoid) {
    driver.abandon()
    return null
  }
  const outcome = finish(driver, state, tx, sender, gasPrice, context)
  // The coinbase may be read here for the first time.
  if (state.isVoid) return null
  const { halt, gasUsed, gasRefunded, output } = outcome
  driver.tracer?.end?.({ halt, gasUsed, gasRefunded, output, touched: () => touchedBy(state) })
  if (later?.end) readTouched(state)
  return state.isVoid ? null : outcome
}

/**
 * All of a run that comes before the message, which it begins: for `attemptTransaction`, and for who runs it step by
 * step. Returns the wei a gas that the sender pays, or why the transaction cannot be included; null where the run is void.
 */
export function beginTransaction(
  driver: Driver,
  state: State,
  tx: Transaction,
  sender: bigint,
  context: BlockContext,
  later: Tracer | null,
): bigint | Rejection | null {
  const { rules } = driver.table
  state.beginTransaction()
  const rejection = checkInclusion(state, tx, sender, rules, context)
  if (state.isVoid) return null
  if (rejection) return rejection

  const { block } = context
  const gasPrice = effectiveGasPrice(tx, block.baseFee)
  const env: Environment = {
    chainId: context.chainId,
    block,
    origin: sender,
    gasPrice,
    blobHashes: tx.blobHashes,
  }
  driver.tracer?.begin?.({
    sender,
    to: tx.to,
    gasLimit: tx.gasLimit,
    intrinsicGas: intrinsicGas(tx, rules),
    env,
    isPrecompile: (address) => driver.table.precompiles.has(address),
    logsBefore: context.logsBefore ?? 0,
    logs: () => state.logs,
  })
  buyGas(state, tx, sender, gasPrice, rules, block)
  warmUp(driver, state, sender, tx.to, block.coinbase)
  // There is none before EIP-2930.
  for (const { address, keys } of tx.accessList) {
    state.warmAddress(address)
    for (const key of keys) state.listSlot(address, key)
  }
  if (driver.tracer?.end ?? later?.end) {
    state.watch()
    meetAuthorities(driver, state, tx)
  }
  if (rules.delegation)
    for (const auth of tx.authorizations) authorize(driver, state, auth, env, rules.delegation)
  driver.begin(messageOf(driver, state, tx, sender), env)
  return gasPrice
}

/** Reads what a tracer is shown in the end beside what the transaction has read. */
function readTouched(state: State): void {
  for (const { before, after } of touchedBy(state)) {
    before.code()
    after?.code()
  }
}

/** Has all who signed authorisations met, be they applied or not (EIP-7702). */
function meetAuthorities({ table, crypto }: Driver, state: State, tx: Transaction): void {
  if (table.rules.delegation)
    for (const auth of tx.authorizations) {
      const authority = recoverAuthority(auth, crypto)
      if (authority !== null) state.exists(authority)
    }
}

function checkInclusion(
  state: State,
  tx: Transaction,
  sender: bigint,
  rules: Rules,
  context: BlockContext,
): Rejection | null {
  const { block, gasLeft, blobGasUsed } = context
  const account = {
    address: sender,
    nonce: state.nonce(sender),
    balance: state.balance(sender),
    code: state.code(sender),
  }
  const offer = { baseFee: block.baseFee, blobBaseFee: block.blobBaseFee, gasLeft, blobGasUsed }
  return validateInclusion(tx, rules, account, offer)
}

function buyGas(
  state: State,
  tx: Transaction,
  sender: bigint,
  gasPrice: bigint,
  rules: Rules,
  block: BlockEnvironment,
): void {
  const blobFee = rules.blob ? blobGasOf(tx, rules.blob) * block.blobBaseFee : 0n
  state.setBalance(sender, state.balance(sender) - tx.gasLimit * gasPrice - blobFee)
  state.setNonce(sender, tx.nonce + 1n)
}

/** Applies one authorisation, or skips it when it does not hold (EIP-7702). */
function authorize(
  driver: Driver,
  state: State,
  auth: Authorization,
  env: Environment,
  rules: NonNullable<Rules['delegation']>,
): void {
  if (auth.chainId !== 0n && auth.chainId !== env.chainId) return
  if (auth.nonce >= MAX_UINT64) return
  const authority = recoverAuthority(auth, driver.crypto)
  if (authority === null) return
  state.warmAddress(authority)
  const code = state.code(authority)
  if (code.length > 0 && delegateOf(code) === null) return
  if (state.nonce(authority) !== auth.nonce) return
  if (state.exists(authority)) state.addRefund(rules.existingRefund)
  state.setCode(authority, auth.address === 0n ? new Uint8Array(0) : delegationTo(auth.address))
  state.setNonce(authority, auth.nonce + 1n)
}

function messageOf(driver: Driver, state: State, tx: Transaction, sender: bigint): Message {
  const { rules } = driver.table
  const message = new Message()
  message.caller = sender
  message.value = tx.value
  message.input = tx.data
  message.gas = tx.gasLimit - intrinsicGas(tx, rules)
  if (tx.to === null) {
    message.kind = CallKind.Create
    message.self = createAddress(sender, tx.nonce)
    message.to = message.self
    message.codeAddress = message.self
    return message
  }
  const delegate = rules.delegation ? delegateOf(state.code(tx.to)) : null
  if (delegate !== null) state.warmAddress(delegate)
  message.self = tx.to
  message.to = tx.to
  message.codeAddress = delegate ?? tx.to
  return message
}

/** Refund, floor and fees. */
function finish(
  driver: Driver,
  state: State,
  tx: Transaction,
  sender: bigint,
  gasPrice: bigint,
  { block }: BlockContext,
): TransactionResult {
  const { rules } = driver.table
  const { result, steps } = driver
  const { halt } = result
  const spent = tx.gasLimit - result.gas
  const cap = spent / BigInt(rules.refundQuotient)
  const refund = BigInt(state.refund)
  const gasRefunded = refund < cap ? refund : cap
  const floor = floorGas(tx, rules)
  const gasUsed = spent - gasRefunded > floor ? spent - gasRefunded : floor

  state.setBalance(sender, state.balance(sender) + (tx.gasLimit - gasUsed) * gasPrice)
  const tip = gasPrice - (rules.baseFee ? block.baseFee : 0n)
  state.setBalance(block.coinbase, state.balance(block.coinbase) + gasUsed * tip)
  const logs = isSuccess(halt) ? [...state.logs] : []
  return {
    status: isSuccess(halt) ? 'success' : halt === Halt.Revert ? 'revert' : 'halt',
    halt,
    gasUsed,
    gasRefunded,
    steps,
    output: result.output,
    logs,
    contractAddress: tx.to === null && isSuccess(halt) ? result.address : null,
    effectiveGasPrice: gasPrice,
  }
}
