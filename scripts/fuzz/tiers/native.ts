import type { Row } from '../../../src/core/row.ts'
import type { Table } from '../../../src/core/table.ts'
import { bigintToBytes } from '../../../src/core/word.ts'
import { BUILTIN_CALLS } from '../../../src/runtime/calls/table.ts'
import type { Random } from '../random.ts'

/** Those that take a millisecond: the tiers share what they call. */
const SLOW = /^(PQ_|P256|ED25519|ECRECOVER)/
/** What ends a frame is drawn less often. */
const ENDS = /^(HALT|RETURN|REVERT|INVALID|SELFDESTRUCT)$/
const NUMBERS = [0n, 1n, 2n, 5n, 31n, 32n, 40n, 255n, 256n, 1n << 64n, 1n << 255n, (1n << 256n) - 1n]
const PUSH_SIZES = [1, 2, 4, 8, 16, 20, 32]
const SYSTEM_CALLS = BUILTIN_CALLS.map(({ id }) => id)

/** A native program: instructions with operands, a landing after each so that loops arise; or bytes of any kind. */
export function nativeProgram(random: Random, table: Table, contracts: readonly bigint[]): Uint8Array {
  if (random.oneIn(12)) return random.bytes(random.between(1, 60))
  return new NativeWriter(random, table, contracts).program()
}

class NativeWriter {
  readonly #random: Random
  readonly #rows: readonly Row[]
  readonly #codes: ReadonlyMap<string, number>
  readonly #operands: readonly bigint[]
  readonly #bytes: number[] = []
  readonly #landings: number[] = []
  /** Where a landing's place is to be filled in, two bytes. */
  readonly #uses: number[] = []

  constructor(random: Random, table: Table, contracts: readonly bigint[]) {
    this.#random = random
    this.#rows = [...table.rows.values()].filter(({ name }) => !SLOW.test(name))
    this.#codes = new Map([...table.rows.values()].map(({ name, code }) => [name, code]))
    this.#operands = [...NUMBERS, ...contracts]
  }

  program(): Uint8Array {
    const random = this.#random
    this.#land()
    for (let i = random.between(0, 6); i > 0; i--) this.#push(3n)
    for (let i = random.between(1, random.oneIn(8) ? 60 : 20); i > 0; i--) this.#instruction()
    if (!random.oneIn(6)) this.#returnTop(4)
    for (const at of this.#uses) {
      const place = random.pick(this.#landings)
      this.#bytes[at] = place >> 8
      this.#bytes[at + 1] = place & 0xff
    }
    return Uint8Array.from(this.#bytes)
  }

  #instruction(): void {
    const random = this.#random
    let row = random.pick(this.#rows)
    while (ENDS.test(row.name) && !random.oneIn(4)) row = random.pick(this.#rows)
    for (let i = random.below(4); i > 0; i--) this.#push(random.pick(this.#operands))
    if (row.name.startsWith('JUMP') && row.pops > 0 && !random.oneIn(4)) this.#pushLanding()
    this.#bytes.push(row.code, ...this.#immediate(row))
    if (!random.oneIn(3)) this.#land()
  }

  #immediate({ name, immediate = 0 }: Row): Uint8Array {
    const random = this.#random
    if (name === 'SYSCALL' && !random.oneIn(8))
      return bigintToBytes(BigInt(random.pick(SYSTEM_CALLS)), immediate)
    // Of the stack and the registers mostly what is there.
    if (immediate === 1 && !random.oneIn(5)) return Uint8Array.of(random.below(10))
    return random.bytes(immediate)
  }

  #land(): void {
    this.#landings.push(this.#bytes.length)
    this.#op('JUMPDEST')
  }

  #pushLanding(): void {
    this.#op('PUSH2')
    this.#uses.push(this.#bytes.length)
    this.#bytes.push(0, 0)
  }

  #push(word: bigint): void {
    const size = PUSH_SIZES.find((bytes) => word < 1n << BigInt(8 * bytes))!
    this.#op(`PUSH${size}`)
    this.#bytes.push(...bigintToBytes(word, size))
  }

  /** Returns words of the stack from memory that lies past what others mostly use. */
  #returnTop(count: number): void {
    for (let i = 0; i < count; i++) {
      this.#push(BigInt(256 + 32 * i))
      this.#op('MSTORE')
    }
    this.#push(BigInt(32 * count))
    this.#push(256n)
    this.#op('RETURN')
  }

  #op(name: string): void {
    this.#bytes.push(this.#codes.get(name)!)
  }
}
