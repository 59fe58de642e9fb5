import type { Address, Hash, Hex } from 'viem'
import type { Step } from '../../src/replay/steps.ts'
import type { Client } from './chain.ts'

/** An account of the prestate tracer; what is zero or unchanged is left out. */
export interface TracedAccount {
  readonly balance?: Hex
  readonly nonce?: number
  readonly code?: Hex
  readonly storage?: Readonly<Record<Hex, Hex>>
}

export type TracedState = Readonly<Record<Address, TracedAccount>>

/** What a transaction's execution reached for, as its instructions tell it. */
export interface Touched {
  readonly accounts: readonly Address[]
  readonly slots: readonly (readonly [Address, Hex])[]
  /** Block numbers that BLOCKHASH was asked for. */
  readonly blockNumbers: readonly bigint[]
}

export interface TransactionTrace {
  /** Accounts and slots that it touched, as they were before it. */
  readonly before: TracedState
  /** Those that it changed, before and after; one that it deleted is not in `post`. */
  readonly change: { readonly pre: TracedState; readonly post: TracedState }
  readonly output: Hex
  readonly error?: string
  readonly steps: readonly Step[]
  readonly touched: Touched
}

/** Asks the node for everything it can tell of a mined transaction. */
export async function traceTransaction(client: Client, hash: Hash): Promise<TransactionTrace> {
  const trace = <T>(options: object): Promise<T> =>
    client.request({ method: 'debug_traceTransaction', params: [hash, options] } as never) as Promise<T>
  const before = await trace<TracedState>({ tracer: 'prestateTracer' })
  const change = await trace<TransactionTrace['change']>({
    tracer: 'prestateTracer',
    tracerConfig: { diffMode: true },
  })
  const call = await trace<{ output?: Hex; error?: string }>({ tracer: 'callTracer' })
  const { structLogs } = await trace<{ structLogs: StructLog[] }>({ disableStorage: true })
  const watched = await trace<Watched>({ tracer: WATCHER })
  return {
    before,
    change,
    output: call.output ?? '0x',
    ...(call.error !== undefined && { error: call.error }),
    steps: joinSteps(hash, structLogs, watched),
    touched: {
      accounts: watched.accounts.map((account) => `0x${account.slice(-40).padStart(40, '0')}` as Address),
      slots: watched.slots.map(([address, slot]) => [address, slot] as const),
      blockNumbers: watched.blocks.map(BigInt),
    },
  }
}

interface StructLog {
  readonly pc: number
  readonly gas: number
  readonly gasCost: number
  readonly depth: number
  readonly stack: readonly Hex[]
  /** `Some(OutOfGas)` and the like. */
  readonly error?: string
}

interface Watched {
  /** pc, op, gas, depth, memory in bytes. */
  readonly steps: readonly (readonly [number, number, number, number, number])[]
  readonly accounts: readonly string[]
  readonly slots: readonly (readonly [Address, Hex])[]
  readonly blocks: readonly string[]
}

/**
 * A tracer that runs inside the node. It tells what struct logs do not, or only at great length: the instruction's
 * byte and the size of memory, and whatever state the instructions name.
 */
const WATCHER = `{
  steps: [], accounts: [], slots: [], blocks: [],
  step: function (log) {
    var op = log.op.toNumber()
    this.steps.push([log.getPC(), op, log.getGas(), log.getDepth(), log.memory.length()])
    var size = log.stack.length()
    var word = function (i) { return '0x' + log.stack.peek(i).toString(16) }
    if ((op === 0x54 || op === 0x55) && size > 0) this.slots.push([toHex(log.contract.getAddress()), word(0)])
    if ((op === 0x31 || op === 0x3b || op === 0x3c || op === 0x3f || op === 0xff) && size > 0)
      this.accounts.push(word(0).slice(2))
    if ((op === 0xf1 || op === 0xf2 || op === 0xf4 || op === 0xfa) && size > 1) this.accounts.push(word(1).slice(2))
    if (op === 0x40 && size > 0) this.blocks.push(word(0))
  },
  fault: function () {},
  result: function () {
    return { steps: this.steps, accounts: this.accounts, slots: this.slots, blocks: this.blocks }
  }
}`

/** One step from the two accounts of it, which must agree in what both tell. */
function joinSteps(hash: Hash, logs: readonly StructLog[], { steps }: Watched): Step[] {
  if (logs.length !== steps.length)
    throw new Error(`${hash}: ${logs.length} struct logs, but ${steps.length} watched steps`)
  return logs.map((log, i) => {
    const [pc, op, gas, depth, memorySizeBytes] = steps[i]
    if (log.pc !== pc || log.gas !== gas || log.depth !== depth)
      throw new Error(`${hash}: step ${i} is not the same in struct logs and watcher`)
    const error = /^Some\((.+)\)$/.exec(log.error ?? '')?.[1] ?? log.error
    return {
      pc,
      op,
      gas: BigInt(gas),
      gasCost: BigInt(log.gasCost),
      depth,
      memorySizeBytes,
      stack: log.stack.map(BigInt),
      ...(error && { error }),
    }
  })
}
