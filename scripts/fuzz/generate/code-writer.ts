import { FORKS } from '../../../opcodes/forks.ts'
import { STACK_LIMIT, type Table } from '../../../src/core/table.ts'
import { bigintToMinimalBytes } from '../../../src/core/word.ts'

/** The byte of every opcode of any fork. */
const CODES: ReadonlyMap<string, number> = new Map(
  FORKS.flatMap((fork) => [...fork.rows.values()].map((row) => [row.name, row.code] as const)),
)

const PUSH0 = 0x5f
/** Jump targets and data are addressed by PUSH2, whose immediate is filled in at the end. */
const PUSH2 = 0x61

/** A place in the code, known once it is placed. */
export type Label = number

/**
 * Writes bytecode and keeps account of the stack on the way, along the path that falls through. Data that the code
 * copies lies behind it.
 */
export class CodeWriter {
  readonly table: Table
  /** Operands on the stack here. */
  height = 0
  /** Operands below this height belong to an enclosing loop or branch: they may be copied, not taken. */
  floor = 0
  readonly #bytes: number[] = []
  readonly #labels: number[] = []
  readonly #uses: { at: number; label: Label }[] = []
  readonly #data: { label: Label; bytes: Uint8Array }[] = []

  constructor(table: Table) {
    this.table = table
  }

  get sizeBytes(): number {
    return this.#bytes.length
  }

  /** Operands that may be taken here. */
  get free(): number {
    return this.height - this.floor
  }

  /** Whether the fork has this opcode. */
  has(name: string): boolean {
    return this.table.rows.get(codeOf(name))?.name === name
  }

  /** Operands the opcode takes. */
  pops(name: string): number {
    return this.table.rows.get(codeOf(name))?.pops ?? 0
  }

  /** Writes an opcode, whether or not the fork has it. */
  op(name: string): void {
    this.code(codeOf(name))
  }

  code(code: number): void {
    this.#bytes.push(code)
    const row = this.table.rows.get(code)
    if (row) this.height = Math.min(STACK_LIMIT, Math.max(0, this.height + row.pushes - row.pops))
  }

  /** Bytes as they are; the account of the stack is not kept. */
  raw(bytes: Iterable<number>): void {
    for (const byte of bytes) this.#bytes.push(byte)
  }

  /** The shortest push of the word that the fork has, or with `padding` leading zeros. */
  push(word: bigint, padding = 0): void {
    const shortest = word > 0n && word < 256n ? [Number(word)] : bigintToMinimalBytes(word)
    const size = Math.min(32, Math.max(shortest.length + padding, this.table.rows.has(PUSH0) ? 0 : 1))
    this.code(PUSH0 + size)
    for (let zeros = size - shortest.length; zeros > 0; zeros--) this.#bytes.push(0)
    this.raw(shortest)
  }

  dup(n: number): void {
    this.code(0x7f + n)
  }

  swap(n: number): void {
    this.code(0x8f + n)
  }

  label(): Label {
    return this.#labels.push(-1) - 1
  }

  /** Puts a JUMPDEST here, which the label stands for. */
  place(label: Label): void {
    this.#labels[label] = this.#bytes.length
    this.op('JUMPDEST')
  }

  pushLabel(label: Label): void {
    this.code(PUSH2)
    this.#uses.push({ at: this.#bytes.length, label })
    this.raw([0, 0])
  }

  /** Puts the bytes behind the code and pushes the offset at which they will lie. */
  pushData(bytes: Uint8Array): void {
    const label = this.label()
    this.#data.push({ label, bytes })
    this.pushLabel(label)
  }

  /** Takes or adds operands until the stack has this height. */
  level(height: number): void {
    while (this.height > height) this.op('POP')
    while (this.height < height) this.push(BigInt(this.height))
  }

  finish(): Uint8Array {
    for (const { label, bytes } of this.#data) {
      this.#labels[label] = this.#bytes.length
      this.raw(bytes)
    }
    for (const { at, label } of this.#uses) {
      this.#bytes[at] = (this.#labels[label] >> 8) & 0xff
      this.#bytes[at + 1] = this.#labels[label] & 0xff
    }
    return Uint8Array.from(this.#bytes)
  }
}

function codeOf(name: string): number {
  const code = CODES.get(name)
  if (code === undefined) throw new Error(`no fork has an opcode ${name}`)
  return code
}
