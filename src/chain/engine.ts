import type { Runtime } from '../core/capability.ts'
import type { Crypto } from '../core/crypto.ts'
import { Driver, type Limits, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { type Halt, haltName } from '../core/halt.ts'
import { bytesToHex, hexToBytes, parseAddress, parseQuantity, toFixedHex } from '../core/hex.ts'
import type { BlockEnvironment, Log } from '../core/host.ts'
import type { Rules } from '../core/rules.ts'
import type { Table } from '../core/table.ts'
import type { Formats } from '../core/tier.ts'
import type { Tracer } from '../core/tracer.ts'
import { StateLayer } from '../state/layer.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import type { StateSource } from '../state/source.ts'
import { State } from '../state/state.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { sharedTier } from '../wasm/tiers.ts'
import { applyBlock, applyBlockAsync, type BlockInput, type BlockResult } from './apply-block.ts'
import { type Block, decodeBlock } from './block.ts'
import { blockInput } from './block-environment.ts'
import { receiptsRoot, validateOutcome, validateStateRoot } from './block-outcome.ts'
import type { BlockRejection } from './block-rejection.ts'
import { validateBody } from './body-validity.ts'
import { executeCall } from './call.ts'
import { checkEngineOptions, readBlock } from './engine-input.ts'
import {
  type BlockContext,
  executeTransaction,
  executeTransactionAsync,
  type TransactionResult,
} from './execute.ts'
import { readAlloc } from './genesis.ts'
import { validateFields } from './header-validity.ts'
import type { Rejection } from './rejection.ts'
import { checkSignature, recoverSender } from './signature.ts'
import type { Transaction } from './transaction.ts'
import { decodeTransaction } from './transaction-codec.ts'

/** Hex text with 0x, as viem types it. */
export type Hex = `0x${string}`

export interface EngineOptions {
  /** The instruction set and rules: a fork, or a table of one's own. */
  readonly table: Table
  /** Where state is read from; what runs here changes a cache over it, never the source itself. */
  readonly state: StateSource
  readonly crypto: Crypto
  /** Default 1. */
  readonly chainId?: bigint
  readonly tracer?: Tracer
  /** What grants and answers system calls, see `createRuntime`; without one all are denied. */
  readonly runtime?: Runtime
  readonly limits?: Limits
  /** Formats of code beside the table's, see `createFormats` of zvm-engine/lite. The table's then runs in `reference`. */
  readonly formats?: Formats
  /** What runs that nobody traces: `auto`, the fastest that the host can run, unless another is named. */
  readonly tier?: TierName
}

/** The block to run in; a field left out is zero, the gas limit 2^63−1. */
export type EngineBlock = Partial<BlockEnvironment>

/** A message without a transaction around it. Gas defaults to a thousand million, the caller to zero. */
export interface EngineCall {
  readonly from?: Hex
  /** Left out, `data` is run as initcode. */
  readonly to?: Hex
  readonly data?: Hex
  readonly value?: bigint
  readonly gas?: bigint
}

/** A log: 0 to 4 topics of 32 bytes. */
export interface EngineLog {
  readonly address: Hex
  readonly topics: readonly Hex[]
  readonly data: Hex
}

/** What a call or transaction did. */
export interface EngineResult {
  readonly status: 'success' | 'revert' | 'halt'
  /** Name of the halt, e.g. `Return`, `OutOfGas`. */
  readonly halt: string
  /** The capability that was denied last, in whatever frame; not there where none was. */
  readonly denied?: string
  readonly gasUsed: bigint
  readonly gasRefunded: bigint
  /** Instructions begun, all frames together. */
  readonly steps: number
  readonly output: Hex
  readonly logs: readonly EngineLog[]
  readonly contractAddress?: Hex
}

/** What a block did. */
export interface EngineBlockResult {
  readonly gasUsed: bigint
  readonly blobGasUsed: bigint
  readonly logsBloom: Hex
  readonly receiptsRoot: Hex
  /** The root of the state after it, as its header says; null where the source does not hold the whole state. */
  readonly stateRoot: Hex | null
  /** One list a type for the beacon chain (EIP-7685), its type first; null before. */
  readonly requests: readonly Hex[] | null
  readonly transactions: readonly EngineResult[]
}

/** The engine for those who embed it: hex and bigint at the edges, one state that calls and transactions share. */
export interface Engine {
  /** The state as it is. Another object after a block. */
  readonly state: State
  /** What runs what nobody traces: the tier asked for, or `reference` where `auto` met a host without WebAssembly, or
   * where there are formats. */
  readonly tier: TierName
  /** Runs a message and forgets what it changed, as `eth_call` does. Throws VALUE for a field that does not fit. */
  call(message: EngineCall, block?: EngineBlock): EngineResult
  /**
   * Runs a transaction, signed bytes in hex or decoded, and keeps what it changed. Throws INVALID_TRANSACTION, with
   * geth's reason, when it cannot be included, and STATE_NOT_LOADED where the source lacks something.
   */
  runTransaction(tx: Hex | Transaction, block?: EngineBlock): EngineResult
  /**
   * The same on a source that loads on demand. Those asked for at once run one after the other. Until it has ended
   * `call`, `runTransaction` and `runBlock` throw USAGE.
   */
  runTransactionAsync(tx: Hex | Transaction, block?: EngineBlock): Promise<EngineResult>
  /**
   * Runs the body of a block, its RLP in hex or decoded, and keeps what it changed. Throws INVALID_BLOCK, the state as
   * it was, where the body is not that of the header or comes to something else than it says. The state root is compared
   * over a `MemorySource`, which is taken to hold the whole state; over another source it is not known, and
   * `EngineBlockResult.stateRoot` is null. `Chain` validates blocks against their parents, and finds roots faster. Throws
   * STATE_NOT_LOADED where the source lacks something.
   */
  runBlock(block: Hex | Block): EngineBlockResult
  /**
   * The same on a source that loads on demand. Until it has ended `state` is of amid the block, and `call`,
   * `runTransaction` and `runBlock` throw USAGE.
   */
  runBlockAsync(block: Hex | Block): Promise<EngineBlockResult>
  /** Root of the state as it is now. Only over a `MemorySource`, which holds the whole of it. */
  stateRoot(): Hex
}

const DEFAULT_GAS = 1_000_000_000n

const EMPTY_BLOCK: BlockEnvironment = {
  number: 0n,
  timestamp: 0n,
  coinbase: 0n,
  gasLimit: (1n << 63n) - 1n,
  difficulty: 0n,
  prevRandao: 0n,
  baseFee: 0n,
  blobBaseFee: 1n,
}

/** A state in memory from a genesis `alloc`: address → balance, nonce, code, storage. Throws VALUE naming the member. */
export function memoryState(alloc: Readonly<Record<string, unknown>>): MemorySource {
  return readAlloc(alloc, 'alloc', new MemorySource())
}

/** An engine over a state. Throws USAGE for a table, state or tier that is none. */
export function createEngine(options: EngineOptions): Engine {
  checkEngineOptions(options)
  const {
    table,
    state: source,
    crypto,
    chainId = 1n,
    tracer = null,
    runtime = null,
    formats = null,
    limits = NO_LIMITS,
    tier = 'auto',
  } = options
  const fast = formats ? null : sharedTier(tier, table, limits)
  // What has been run lies between the source and the state that runs.
  const layer = new StateLayer(source)
  const open = () => {
    const state = new State(layer)
    const driver = new Driver(table, state, crypto, limits, fast)
    driver.tracer = tracer
    driver.runtime = runtime
    driver.formats = formats
    return { state, driver }
  }
  let { state, driver } = open()
  /** Forgets what was changed since the last `fold`. */
  const reopen = (): void => {
    const next = open()
    state = next.state
    driver = next.driver
  }
  /** What was changed goes into the layer, and a new state begins over it. */
  const fold = (): void => {
    layer.apply(state.changes())
    reopen()
  }
  /** What waits for its state, where something does. */
  let waiting: 'Block' | 'Transaction' | null = null
  /**
   * Throws USAGE where a block or transaction waits for its state. What a block has done so far is no state of any time; a
   * transaction would go on in a state that another block has replaced, and has taken the tracer off.
   */
  const demandWhole = (): void => {
    if (waiting) throw new ZvmError(ERROR_CODES.usage, `amid run${waiting}Async`)
  }
  let last: Promise<unknown> = Promise.resolve()
  /** What loads as it goes runs when all of its kind that was asked for before has ended: each changes the state alone. */
  const inTurn = <T>(name: typeof waiting, work: () => Promise<T>): Promise<T> => {
    const start = () => {
      waiting = name
      return work()
    }
    const turn = last.then(start, start).finally(() => {
      waiting = null
    })
    last = turn
    return turn
  }
  const inputOf = (block: Block): BlockInput => {
    const stateRoot = () => hexToBytes(engine.stateRoot(), 'stateRoot')
    return blockInput(block, chainId, table.rules, stateRoot)
  }
  const conclude = (block: Block, outcome: BlockResult | BlockRejection): EngineBlockResult => {
    if ('code' in outcome) throw invalidBlock(outcome)
    const root = source instanceof MemorySource ? engine.stateRoot() : null
    const fault =
      validateOutcome(block.header, outcome, crypto) ??
      (root && validateStateRoot(block.header, BigInt(root)))
    if (fault) throw invalidBlock(fault)
    fold()
    return toBlockResult(outcome, root)
  }
  const contextOf = (block: EngineBlock): BlockContext => {
    const full = readBlock(block, EMPTY_BLOCK)
    return { chainId, block: full, gasLeft: full.gasLimit, blobGasUsed: 0n }
  }
  const read = (tx: Hex | Transaction) => readSigned(tx, table, chainId, crypto)
  const engine: Engine = {
    get state() {
      return state
    },
    tier: fast ? tier : 'reference',
    call(message, block = {}) {
      demandWhole()
      const request = {
        caller: message.from === undefined ? 0n : parseAddress(message.from, 'from'),
        to: message.to === undefined ? null : parseAddress(message.to, 'to'),
        value: parseQuantity(message.value ?? 0n, 'value'),
        data: hexToBytes(message.data ?? '0x', 'data'),
        gas: parseQuantity(message.gas ?? DEFAULT_GAS, 'gas', 64),
      }
      const env = {
        chainId,
        block: contextOf(block).block,
        origin: request.caller,
        gasPrice: 0n,
        blobHashes: [],
      }
      const result = executeCall(driver, state, request, env, 'forget')
      return toResult({ ...result, gasRefunded: 0n }, driver.denied)
    },
    runTransaction(tx, block = {}) {
      demandWhole()
      const { transaction, sender } = read(tx)
      return included(executeTransaction(driver, state, transaction, sender, contextOf(block)), driver.denied)
    },
    runTransactionAsync: (tx, block = {}) =>
      inTurn('Transaction', async () => {
        const { transaction, sender } = read(tx)
        const outcome = await executeTransactionAsync(driver, state, transaction, sender, contextOf(block))
        return included(outcome, driver.denied)
      }),
    runBlock(given) {
      demandWhole()
      const block = blockOf(given, table.rules)
      driver.demandIdle()
      fold()
      try {
        return conclude(block, applyBlock(driver, state, inputOf(block)))
      } catch (error) {
        reopen()
        throw error
      }
    },
    runBlockAsync: (given) =>
      inTurn('Block', async () => {
        const block = blockOf(given, table.rules)
        fold()
        try {
          return conclude(block, await applyBlockAsync(driver, state, inputOf(block)))
        } catch (error) {
          reopen()
          throw error
        }
      }),
    stateRoot() {
      if (!(source instanceof MemorySource))
        throw new ZvmError(ERROR_CODES.usage, 'stateRoot: needs a MemorySource')
      const image = source.fork()
      image.apply(layer.changes())
      image.apply(state.changes())
      return bytesToHex(image.root(merklePatricia)) as Hex
    },
  }
  return engine
}

function blockOf(given: Hex | Block, rules: Rules): Block {
  const block = typeof given === 'string' ? decodeBlock(hexToBytes(given, 'block'), 'block') : given
  const fault = validateFields(block.header, rules) ?? validateBody(block, rules)
  if (fault) throw invalidBlock(fault)
  return block
}

function invalidBlock({ code, message }: BlockRejection): ZvmError {
  return new ZvmError(ERROR_CODES.invalidBlock, `block: ${message}`, { rejection: code })
}

function toBlockResult(
  { receipts, results, ...outcome }: BlockResult,
  stateRoot: Hex | null,
): EngineBlockResult {
  return {
    stateRoot,
    gasUsed: outcome.gasUsed,
    blobGasUsed: outcome.blobGasUsed,
    logsBloom: bytesToHex(outcome.logsBloom) as Hex,
    receiptsRoot: toFixedHex(receiptsRoot(receipts), 32) as Hex,
    requests: outcome.requests === null ? null : outcome.requests.map((list) => bytesToHex(list) as Hex),
    transactions: results.map((result) => toResult(result, '')),
  }
}

function readSigned(
  tx: Hex | Transaction,
  table: Table,
  chainId: bigint,
  crypto: Crypto,
): { transaction: Transaction; sender: bigint } {
  const transaction =
    typeof tx === 'string' ? decodeTransaction(hexToBytes(tx, 'transaction'), 'transaction') : tx
  const fault = checkSignature(transaction, table.rules, chainId)
  if (fault) throw refused(fault)
  const sender = recoverSender(transaction, crypto)
  if (sender === null) throw refused({ code: 'invalid-signature', message: 'the signature gives no sender' })
  return { transaction, sender }
}

function included(outcome: TransactionResult | Rejection, denied: string): EngineResult {
  if (!('status' in outcome)) throw refused(outcome)
  return toResult(outcome, denied)
}

function refused({ code, message }: Rejection): ZvmError {
  return new ZvmError(ERROR_CODES.invalidTransaction, `transaction: ${message}`, { rejection: code })
}

interface RawResult extends Omit<EngineResult, 'halt' | 'denied' | 'output' | 'logs' | 'contractAddress'> {
  readonly halt: Halt
  readonly output: Uint8Array
  readonly logs: readonly Log[]
  readonly contractAddress: bigint | null
}

function toResult(raw: RawResult, denied: string): EngineResult {
  const { status, gasUsed, gasRefunded, steps, contractAddress } = raw
  return {
    status,
    halt: haltName(raw.halt),
    ...(denied === '' ? {} : { denied }),
    gasUsed,
    gasRefunded,
    steps,
    output: bytesToHex(raw.output) as Hex,
    logs: raw.logs.map(({ address, topics, data }) => ({
      address: toFixedHex(address, 20) as Hex,
      topics: topics.map((topic) => toFixedHex(topic, 32) as Hex),
      data: bytesToHex(data) as Hex,
    })),
    ...(contractAddress === null ? {} : { contractAddress: toFixedHex(contractAddress, 20) as Hex }),
  }
}
