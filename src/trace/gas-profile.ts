import type { Frame } from '../core/frame.ts'
import { Halt, isExceptional } from '../core/halt.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { CallKind, type Message, type MessageResult } from '../core/message.ts'
import type { Opcode } from '../core/table.ts'
import type { Tracer, TransactionEnd, TransactionStart } from '../core/tracer.ts'

/** Gas and how often it was taken, under a name. */
export interface ProfileLine {
  readonly name: string
  readonly gas: bigint
  readonly count: number
}

/** Calls by the same way, and what each of their opcodes cost. */
interface Node {
  readonly name: string
  readonly contract: string
  readonly calls: Map<string, Node>
  readonly opcodes: Map<string, { gas: bigint; count: number }>
  count: number
}

/** A message that has not ended. */
interface Open {
  readonly node: Node
  readonly gas: bigint
  /** What is told of so far: by its opcodes, and by the messages that it sent. */
  told: bigint
}

const SELECTOR_BYTES = 4

/**
 * Where the gas of transactions went: by the way of calls and the opcode, as a flame graph shows it, by opcode, and by
 * contract. What a message burns by failing, or pays for the code it deploys, stands as `(burnt)` and `(deposit)`,
 * intrinsic gas as `(intrinsic)`; refunds are not taken off. Sums are exact: all that is told is all that was taken.
 */
export class GasProfile implements Tracer {
  readonly #root: Node = newNode('all', '')
  /** Null between transactions: what a block sends by itself is not told of. */
  #transaction: TransactionStart | null = null
  readonly #open: Open[] = []
  #gasBefore = 0n
  #refunded = 0n

  begin(transaction: TransactionStart): void {
    this.#transaction = transaction
    this.#open.length = 0
    if (transaction.intrinsicGas > 0n) add(this.#root.opcodes, '(intrinsic)', transaction.intrinsicGas, 1)
  }

  enter(message: Message): void {
    const transaction = this.#transaction
    if (transaction === null) return
    const parent = this.#open.at(-1)?.node ?? this.#root
    const contract = toFixedHex(message.to, 20)
    const name = nameOf(message, contract, transaction)
    const node = parent.calls.get(name) ?? newNode(name, contract)
    parent.calls.set(name, node)
    node.count++
    this.#open.push({ node, gas: message.gas, told: 0n })
  }

  step(frame: Frame): void {
    this.#gasBefore = frame.gas
  }

  stepEnd(frame: Frame, opcode: Opcode, halt: Halt): void {
    if (this.#transaction === null) return
    // What was lent is the callee's to tell of; a stipend on top, too.
    const lent = halt === Halt.Suspend ? frame.pending.gas : 0n
    this.#tell(isExceptional(halt) ? '(burnt)' : opcode.name, this.#gasBefore - frame.gas - lent)
  }

  exit({ kind }: Message, { halt, gas }: MessageResult, frame: Frame | null): void {
    if (this.#transaction === null) return
    const open = this.#open[this.#open.length - 1]
    const rest = open.gas - gas - open.told
    if (frame === null) this.#tell(isExceptional(halt) ? '(burnt)' : '(precompile)', rest)
    else this.#tell(kind >= CallKind.Create && !isExceptional(halt) ? '(deposit)' : '(burnt)', rest)
    this.#open.pop()
    const sender = this.#open.at(-1)
    if (sender) sender.told += open.gas - gas
  }

  end({ gasRefunded }: TransactionEnd): void {
    this.#refunded += gasRefunded
    this.#transaction = null
  }

  /** What refunds gave back, in gas. */
  get refunded(): bigint {
    return this.#refunded
  }

  /** Every way of calls with an opcode at its end, outermost first, and the gas that this opcode took there. */
  *stacks(): Iterable<{ readonly stack: readonly string[]; readonly gas: bigint }> {
    for (const { node, stack } of this.#nodes())
      for (const [name, { gas }] of node.opcodes) yield { stack: [...stack, name], gas }
  }

  /** What each opcode took, the hottest first. */
  opcodes(): ProfileLine[] {
    const lines = new Map<string, { gas: bigint; count: number }>()
    for (const { node } of this.#nodes())
      for (const [name, { gas, count }] of node.opcodes) add(lines, name, gas, count)
    return hottest(lines)
  }

  /** What the code of each account took, without what it called, the hottest first; `count` is that of its calls. */
  contracts(): ProfileLine[] {
    const lines = new Map<string, { gas: bigint; count: number }>()
    for (const { node } of this.#nodes())
      if (node !== this.#root) add(lines, node.contract, ownGas(node), node.count)
    return hottest(lines)
  }

  *#nodes(): Iterable<{ node: Node; stack: readonly string[] }> {
    const waiting = [{ node: this.#root, stack: [] as readonly string[] }]
    for (let next = waiting.pop(); next; next = waiting.pop()) {
      yield next
      for (const node of next.node.calls.values()) waiting.push({ node, stack: [...next.stack, node.name] })
    }
  }

  #tell(name: string, gas: bigint): void {
    const open = this.#open[this.#open.length - 1]
    open.told += gas
    if (gas !== 0n || !name.startsWith('(')) add(open.node.opcodes, name, gas, 1)
  }
}

function nameOf({ kind, to, input }: Message, contract: string, transaction: TransactionStart): string {
  if (transaction.isPrecompile(to)) return `precompile ${contract}`
  if (kind >= CallKind.Create) return `${contract} creation`
  return input.length < SELECTOR_BYTES
    ? contract
    : `${contract} ${bytesToHex(input.subarray(0, SELECTOR_BYTES))}`
}

type Lines = Map<string, { gas: bigint; count: number }>

function newNode(name: string, contract: string): Node {
  return { name, contract, calls: new Map(), opcodes: new Map(), count: 0 }
}

function add(lines: Lines, name: string, gas: bigint, count: number): void {
  const line = lines.get(name) ?? { gas: 0n, count: 0 }
  lines.set(name, line)
  line.gas += gas
  line.count += count
}

function ownGas({ opcodes }: Node): bigint {
  return [...opcodes.values()].reduce((sum, { gas }) => sum + gas, 0n)
}

function hottest(lines: Lines): ProfileLine[] {
  return [...lines]
    .map(([name, line]) => ({ name, ...line }))
    .sort((a, b) => (a.gas !== b.gas ? (a.gas < b.gas ? 1 : -1) : a.name < b.name ? -1 : 1))
}
