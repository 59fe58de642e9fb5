import type { Driver } from '../core/driver.ts'
import { isSuccess } from '../core/halt.ts'
import type { BlockEnvironment, Environment } from '../core/host.ts'
import { CallKind, Message } from '../core/message.ts'
import type { Rules, SystemCall } from '../core/rules.ts'
import type { Tracer } from '../core/tracer.ts'
import { bigintToBytes } from '../core/word.ts'
import type { State } from '../state/state.ts'
import type { Withdrawal } from './block.ts'
import { type BlockRejection, refuseBlock } from './block-rejection.ts'
import { attemptTransaction, type TransactionResult } from './execute.ts'
import { blobGasOf } from './fees.ts'
import { nephewReward, ommerReward } from './ommers.ts'
import { logsBloom, mergeBloom, type Receipt } from './receipt.ts'
import { type Rejection, reject } from './rejection.ts'
import { DEPOSIT_REQUESTS, depositsIn, requestsOf } from './requests.ts'
import { type Attempt, settle, settleAsync } from './settle.ts'
import { checkSignature, recoverSender } from './signature.ts'
import type { Transaction } from './transaction.ts'

/** Who sends the protocol's own messages, and with how much gas (EIP-4788). */
const SYSTEM_ADDRESS = 0xfffffffffffffffffffffffffffffffffffffffen
const SYSTEM_GAS = 30_000_000n
const BLOOM_BYTES = 256

/** What is executed in a block beside its transactions. */
export interface BlockOutline {
  readonly chainId: bigint
  readonly block: BlockEnvironment
  readonly parentHash: bigint
  /** Zero where the fork has none. */
  readonly parentBeaconRoot: bigint
  readonly ommers: readonly { readonly number: bigint; readonly coinbase: bigint }[]
  /** Empty where the fork has none. */
  readonly withdrawals: readonly Withdrawal[]
}

/** What is executed in a block. */
export interface BlockInput extends BlockOutline {
  readonly transactions: readonly Transaction[]
  /** What a transaction that cannot be included does to the block: makes it invalid, or is left out. */
  readonly rejected: 'refuse' | 'leave-out'
  /** What watches the transaction at this place of the list and no other; absent where nothing does. */
  tracerOf?(tx: Transaction, index: number): Tracer | null
  /** Root of the state as it is: asked after every transaction while receipts have it (EIP-658). */
  stateRoot(): Uint8Array
}

/** What executing a block did, beside changing the state. */
export interface BlockResult {
  /** Of the transactions included, in order. */
  readonly receipts: readonly Receipt[]
  readonly results: readonly TransactionResult[]
  /** Transactions left out, by their place in the list. */
  readonly rejected: readonly { readonly index: number; readonly rejection: Rejection }[]
  readonly gasUsed: bigint
  readonly blobGasUsed: bigint
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  /** One list a type, its type first, those that hold nothing included; null before EIP-7685. */
  readonly requests: readonly Uint8Array[] | null
}

/**
 * Executes a block's body on a state: system calls, transactions, withdrawals, requests, rewards. Whether the block is
 * what its header says is for the caller to see. Gives what it did, the changes in the state, or why no block can be
 * like this; the state is not to be used then. Throws STATE_NOT_LOADED where the source lacks something.
 */
export function applyBlock(driver: Driver, state: State, input: BlockInput): BlockResult | BlockRejection {
  const work = steps(driver, state, input)
  let next = work.next()
  while (!next.done) next = work.next(settle(driver, state, next.value))
  return next.value
}

/** As `applyBlock`, on a source that loads on demand. */
export async function applyBlockAsync(
  driver: Driver,
  state: State,
  input: BlockInput,
): Promise<BlockResult | BlockRejection> {
  const work = steps(driver, state, input)
  let next = work.next()
  while (!next.done) next = work.next(await settleAsync(driver, state, next.value))
  return next.value
}

/** Hands out attempts, one after the other, and takes what came of each. */
export type Steps<T> = Generator<Attempt<unknown>, T, unknown>

function* step<T>(attempt: Attempt<T>): Steps<T> {
  return (yield attempt) as T
}

/** The body, in the order of the specification. */
function* steps(driver: Driver, state: State, input: BlockInput): Steps<BlockResult | BlockRejection> {
  const begun = yield* openBlock(driver, state, input)
  if (begun !== null) return begun
  const run = yield* runTransactions(driver, state, input)
  if ('code' in run) return run
  const requested = yield* closeBlock(driver, state, input)
  if (!Array.isArray(requested)) return requested
  return withRequests(run, requested, driver.table.rules)
}

/** What happens before the first transaction. Gives why the block is invalid, or null. */
export function* openBlock(
  driver: Driver,
  state: State,
  outline: BlockOutline,
): Steps<BlockRejection | null> {
  const { drain } = driver.table.rules
  if (drain !== null) yield* step(() => drainAccounts(state, drain))
  const begun = yield* callSystem(driver, state, outline, 'start')
  return Array.isArray(begun) ? null : begun
}

/** What happens after the last transaction. Gives the request lists of contracts, or why the block is invalid. */
export function* closeBlock(
  driver: Driver,
  state: State,
  outline: BlockOutline,
): Steps<Uint8Array[] | BlockRejection> {
  const { withdrawals, reward } = driver.table.rules
  if (withdrawals !== null) yield* step(() => withdraw(state, outline.withdrawals, withdrawals))
  const requested = yield* callSystem(driver, state, outline, 'end')
  if (Array.isArray(requested) && reward !== null) yield* step(() => payRewards(state, outline, reward))
  return requested
}

/** EIP-779. */
function drainAccounts(state: State, { from, to }: NonNullable<Rules['drain']>): true | null {
  state.beginTransaction()
  for (const address of from) {
    // One that is not there is brought into being.
    state.touch(address)
    state.transfer(address, to, state.balance(address))
  }
  return done(state)
}

/** EIP-4895. Nobody is told, and no gas is used. */
function withdraw(
  state: State,
  withdrawals: readonly Withdrawal[],
  { unitWei }: NonNullable<Rules['withdrawals']>,
): true | null {
  state.beginTransaction()
  for (const { address, amount } of withdrawals)
    state.setBalance(address, state.balance(address) + amount * unitWei)
  return done(state)
}

/** Yellow Paper 11.3. */
function payRewards(state: State, { block, ommers }: BlockOutline, reward: bigint): true | null {
  state.beginTransaction()
  const pay = (address: bigint, wei: bigint) => state.setBalance(address, state.balance(address) + wei)
  for (const { number, coinbase } of ommers) pay(coinbase, ommerReward(reward, block.number - number))
  pay(block.coinbase, reward + BigInt(ommers.length) * nephewReward(reward))
  return done(state)
}

function done(state: State): true | null {
  return state.isVoid ? null : true
}

/** The request lists that the calls at this point of the block answer with, or why the block is invalid. */
function* callSystem(
  driver: Driver,
  state: State,
  input: BlockOutline,
  at: SystemCall['at'],
): Steps<Uint8Array[] | BlockRejection> {
  const requests: Uint8Array[] = []
  for (const [name, call] of Object.entries(driver.table.rules.systemCalls)) {
    if (call.at !== at) continue
    const answer = yield* step(() => sendSystemMessage(driver, state, call, input))
    if (call.requestType === null) continue
    if (answer === 'no code')
      return refuseBlock('system-contract-missing', `${name}: the contract has no code`)
    if (answer === 'failed') return refuseBlock('system-call-failed', `${name}: the system call failed`)
    requests.push(requestsOf(call.requestType, answer))
  }
  return requests
}

function sendSystemMessage(
  driver: Driver,
  state: State,
  { address, input: kind }: SystemCall,
  input: BlockOutline,
): Uint8Array | 'no code' | 'failed' | null {
  state.beginTransaction()
  const code = state.code(address)
  if (state.isVoid) return null
  if (code.length === 0) return 'no code'
  state.warmAddress(address)
  const message = new Message()
  message.kind = CallKind.Call
  message.caller = SYSTEM_ADDRESS
  message.self = address
  message.to = address
  message.codeAddress = address
  message.gas = SYSTEM_GAS
  message.input = inputOf(kind, input)
  driver.begin(message, environmentOf(input))
  const { halt, output } = driver.run()
  if (state.isVoid) return null
  return isSuccess(halt) ? output : 'failed'
}

function inputOf(kind: SystemCall['input'], { parentBeaconRoot, parentHash }: BlockOutline): Uint8Array {
  if (kind === 'nothing') return new Uint8Array(0)
  return bigintToBytes(kind === 'parent-hash' ? parentHash : parentBeaconRoot, 32)
}

function environmentOf({ chainId, block }: BlockOutline): Environment {
  return { chainId, block, origin: SYSTEM_ADDRESS, gasPrice: 0n, blobHashes: [] }
}

type Run = Omit<BlockResult, 'requests'>

function* runTransactions(driver: Driver, state: State, input: BlockInput): Steps<Run | BlockRejection> {
  const { rules } = driver.table
  const { chainId, block } = input
  const receipts: Receipt[] = []
  const results: TransactionResult[] = []
  const rejected: { index: number; rejection: Rejection }[] = []
  const bloom = new Uint8Array(BLOOM_BYTES)
  let gasUsed = 0n
  let blobGasUsed = 0n
  let logsBefore = 0
  for (const [index, tx] of input.transactions.entries()) {
    const context = { chainId, block, gasLeft: block.gasLimit - gasUsed, blobGasUsed, logsBefore }
    const sender = senderOf(driver, tx, chainId)
    const outcome =
      typeof sender === 'bigint'
        ? yield* watched(driver, input.tracerOf?.(tx, index) ?? null, (later) =>
            attemptTransaction(driver, state, tx, sender, context, later),
          )
        : sender
    if (!('status' in outcome)) {
      if (input.rejected === 'refuse') return invalidTransaction(index, outcome)
      rejected.push({ index, rejection: outcome })
      continue
    }
    gasUsed += outcome.gasUsed
    logsBefore += outcome.logs.length
    if (rules.blob !== null) blobGasUsed += blobGasOf(tx, rules.blob)
    const receipt = receiptOf(tx, outcome, gasUsed, rules, input)
    if (outcome.logs.length > 0) mergeBloom(bloom, logsBloom(outcome.logs))
    receipts.push(receipt)
    results.push(outcome)
  }
  return { receipts, results, rejected, gasUsed, blobGasUsed, logsBloom: bloom }
}

/** A step under a tracer of its own. */
function* watched<T>(driver: Driver, tracer: Tracer | null, attempt: Attempt<T>): Steps<T> {
  const before = driver.tracer
  if (tracer) driver.tracer = tracer
  const outcome = yield* step(attempt)
  driver.tracer = before
  return outcome
}

function senderOf({ table, crypto }: Driver, tx: Transaction, chainId: bigint): bigint | Rejection {
  return (
    checkSignature(tx, table.rules, chainId) ??
    recoverSender(tx, crypto) ??
    reject('invalid-signature', 'the signature gives no sender')
  )
}

function invalidTransaction(index: number, rejection: Rejection): BlockRejection {
  return {
    code: 'transaction',
    message: `transactions[${index}]: ${rejection.message}`,
    transaction: rejection,
  }
}

function receiptOf(
  tx: Transaction,
  { status, logs }: TransactionResult,
  cumulativeGasUsed: bigint,
  rules: Rules,
  input: BlockInput,
): Receipt {
  const success = status === 'success' ? 1 : 0
  const outcome = rules.receiptOutcome === 'status' ? success : input.stateRoot()
  return { type: tx.type, outcome, cumulativeGasUsed, logs }
}

/** The deposits, which logs show, before the requests of contracts: lists are sorted by type (EIP-7685). */
function withRequests(
  run: Run,
  requested: readonly Uint8Array[],
  rules: Rules,
): BlockResult | BlockRejection {
  const requests = allRequests(run.receipts, requested, rules)
  return requests !== null && 'code' in requests ? requests : { ...run, requests }
}

/** As `BlockResult.requests`, from those of contracts, or why the block is invalid. */
export function allRequests(
  receipts: readonly Receipt[],
  requested: readonly Uint8Array[],
  { requests }: Rules,
): readonly Uint8Array[] | BlockRejection | null {
  if (requests === null) return null
  const { depositContract } = requests
  if (depositContract === null) return requested
  const logs = receipts.flatMap((receipt) => receipt.logs)
  const deposits = depositsIn(logs, depositContract)
  if (deposits === null)
    return refuseBlock('deposit-layout', 'a deposit event has not the layout of EIP-6110')
  return [requestsOf(DEPOSIT_REQUESTS, deposits), ...requested]
}
