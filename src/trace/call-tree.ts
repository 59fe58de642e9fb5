import type { Frame } from '../core/frame.ts'
import type { Log } from '../core/host.ts'
import { CallKind, type Message, type MessageResult, NO_BYTES } from '../core/message.ts'
import type { Tracer, TransactionEnd, TransactionStart } from '../core/tracer.ts'
import { messageError, messageOutput } from './message-end.ts'

export interface CallTreeConfig {
  /** Leaves out what the outermost message sends. */
  readonly onlyTopCall?: boolean
  /** Adds the log, each entry with its place in the block's and among the calls of its frame. */
  readonly withLog?: boolean
}

const KINDS: Readonly<Record<CallKind, string>> = {
  [CallKind.Call]: 'CALL',
  [CallKind.CallCode]: 'CALLCODE',
  [CallKind.DelegateCall]: 'DELEGATECALL',
  [CallKind.StaticCall]: 'STATICCALL',
  [CallKind.Create]: 'CREATE',
  [CallKind.Create2]: 'CREATE2',
}

export interface PlacedLog {
  readonly log: Log
  /** Its place in the block's log. */
  readonly index: number
  /** Calls of its frame that are older. */
  readonly position: number
}

/** A message, and all that came of it. */
export interface Call {
  readonly type: string
  readonly from: bigint
  readonly to: bigint
  /** Null of a STATICCALL, which has none. */
  readonly value: bigint | null
  readonly input: Uint8Array
  readonly gas: bigint
  gasUsed: bigint
  output: Uint8Array
  error: string
  readonly calls: Call[]
  /** What it logged before it failed, if it did. */
  logs: PlacedLog[]
}

/**
 * The messages of a transaction as a tree, precompiles, refused calls and self-destructions included. It needs no steps.
 */
export class CallTree implements Tracer {
  readonly #ended: (top: Call) => void
  readonly #onlyTop: boolean
  readonly #withLog: boolean
  /** Null between transactions: what a block sends by itself is not told of. */
  #transaction: TransactionStart | null = null
  /** Entries of the log that have found their call. */
  #placed = 0
  /** The messages that have not ended, outermost first. */
  readonly #open: Call[] = []
  #top: Call | null = null

  /** `ended` is given the tree of each transaction when that has ended. */
  constructor(ended: (top: Call) => void, { onlyTopCall = false, withLog = false }: CallTreeConfig = {}) {
    this.#ended = ended
    this.#onlyTop = onlyTopCall
    this.#withLog = withLog
  }

  begin(transaction: TransactionStart): void {
    this.#transaction = transaction
    this.#placed = 0
    this.#open.length = 0
    this.#top = null
  }

  enter(message: Message): void {
    const transaction = this.#transaction
    if (transaction === null) return
    this.#placeLogs()
    const { kind, caller, self, to, value, gas, input } = message
    const isTop = this.#open.length === 0
    const isOfSender = kind === CallKind.CallCode || kind === CallKind.DelegateCall
    const isKept = isTop || !this.#onlyTop
    const call: Call = {
      type: KINDS[kind],
      from: isOfSender ? self : caller,
      to,
      value: kind === CallKind.StaticCall ? null : value,
      input: isKept ? input.slice() : NO_BYTES,
      gas: isTop ? transaction.gasLimit : gas,
      gasUsed: gas,
      ...{ output: NO_BYTES, error: '', calls: [], logs: [] },
    }
    if (isTop) this.#top = call
    else this.#add(call)
    this.#open.push(call)
  }

  destroy({ self, pending: { to, value } }: Frame): void {
    if (this.#transaction === null) return
    this.#placeLogs()
    this.#add({
      ...{ type: 'SELFDESTRUCT', from: self, to, value, input: NO_BYTES, gas: 0n, gasUsed: 0n },
      ...{ output: NO_BYTES, error: '', calls: [], logs: [] },
    })
  }

  exit(message: Message, result: MessageResult, frame: Frame | null): void {
    if (this.#transaction === null) return
    this.#placeLogs()
    const call = this.#open.pop()!
    call.gasUsed -= result.gas
    call.error = messageError(result.halt, frame)
    if (call === this.#top || !this.#onlyTop) call.output = messageOutput(message, result, frame).slice()
  }

  end({ gasUsed }: TransactionEnd): void {
    const top = this.#top
    this.#transaction = null
    if (top === null) return
    top.gasUsed = gasUsed
    this.#ended(top)
  }

  #add(call: Call): void {
    if (!this.#onlyTop) this.#open[this.#open.length - 1].calls.push(call)
  }

  /** What the log has more than before is of the innermost message; or it has less, since that was undone. */
  #placeLogs(): void {
    const transaction = this.#transaction
    if (!this.#withLog || transaction === null) return
    const logs = transaction.logs()
    const innermost = this.#open.at(-1)
    const isWanted = innermost === this.#top || !this.#onlyTop
    for (let at = this.#placed; at < logs.length && isWanted; at++)
      innermost?.logs.push({
        log: logs[at],
        index: transaction.logsBefore + at,
        position: innermost.calls.length,
      })
    this.#placed = logs.length
  }
}
