import type { Precompile } from '../core/precompile.ts'
import * as CELL from './cells.ts'
import {
  add32,
  and64,
  load32,
  load64,
  mul32,
  ne32,
  ne64,
  or32,
  shrU32,
  TYPE_I32,
  TYPE_I64,
  wrap64,
} from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import * as KNOWN_ENTRY from './known-entry.ts'
import { KNOWN, KNOWN_ENTRIES, KNOWN_ENTRY_BYTES } from './layout.ts'
import type { LinearViews } from './linear-views.ts'
import type { PlacedProgram } from './program-space.ts'

export const FIND_KNOWN = { params: [TYPE_I64, TYPE_I64, TYPE_I64], results: [TYPE_I32] } as const

/** Spreads addresses over the entries (Knuth's multiplicative hash). */
const FACTOR = 0x9e3779b1
const INDEX_BITS = Math.log2(KNOWN_ENTRIES)

/** Writes a function (address as three limbs) → address of its entry, 0 where nothing is known. Upper bits are ignored. */
export function writeFindKnown(f: FunctionBuilder<typeof FIND_KNOWN.params>): void {
  const [low, middle, high] = f.args
  const index = shrU32(mul32(wrap64(low), FACTOR | 0), 32 - INDEX_BITS)
  const entry = f.let(add32(KNOWN, mul32(index, KNOWN_ENTRY_BYTES)))
  const isOther = or32(
    or32(ne64(load64(entry, KNOWN_ENTRY.low), low), ne64(load64(entry, KNOWN_ENTRY.middle), middle)),
    ne64(load64(entry, KNOWN_ENTRY.high), and64(high, 0xffffffffn)),
  )
  const isOld = ne32(load32(entry, KNOWN_ENTRY.stamp), load32(CELL.knownStamp))
  f.if(or32(isOther, isOld), () => f.return(0))
  f.return(entry)
}

/** An account that runs code. */
export class Callee {
  address = 0n
  placed!: PlacedProgram
  /** What its slots are filed under, 0 until that was asked for. */
  storageOwner = 0
  transientOwner = 0
}

/**
 * Accounts of which the transaction has learned what a message to them runs: code that is placed in linear memory, the
 * precompile that copies, or nothing. They are warm by then, they exist, and those that run nothing are touched: a
 * further message without value changes nothing beside what its code does, so generated code need not send it. What
 * was learned holds until a frame that was open by then fails, a contract is created, or the transaction ends.
 */
export class KnownAccounts {
  /** How many were learned: what was learned since a moment can be forgotten. */
  learned = 0
  /** Generated code finds nothing here, from the next `forget` on: it sends every message. */
  isHidden = false
  readonly #views: LinearViews
  readonly #callees: Callee[] = Array.from({ length: KNOWN_ENTRIES }, () => new Callee())
  #stamp = 0

  constructor(views: LinearViews) {
    this.#views = views
  }

  forget(): void {
    this.#stamp = (this.#stamp + 1) & 0x7fffffff || 1
    // No entry has that stamp.
    this.#views.cells[CELL.knownStamp >> 2] = this.isHidden ? -1 : this.#stamp
  }

  /** Changes made since then were undone. */
  forgetSince(learned: number): void {
    if (this.learned !== learned) this.forget()
  }

  /** The account of an entry that runs code. */
  callee(entry: number): Callee {
    return this.#callees[(entry - KNOWN) / KNOWN_ENTRY_BYTES]
  }

  /** A message to this account runs the program. */
  learnCode(address: bigint, placed: PlacedProgram): void {
    const at = this.#enter(address, placed.program.sizeBytes)
    const callee = this.callee(at)
    callee.address = address
    callee.placed = placed
    callee.storageOwner = 0
    callee.transientOwner = 0
  }

  /** A message to this account runs nothing, or the precompile that copies. */
  learnIdle(address: bigint, copies: Precompile['copies']): void {
    const at = this.#enter(address, 0)
    const { halves } = this.#views
    halves[(at + KNOWN_ENTRY.base) >> 2] = copies?.base ?? 0
    halves[(at + KNOWN_ENTRY.perWord) >> 2] = copies?.perWord ?? 0
    halves[(at + KNOWN_ENTRY.copies) >> 2] = copies ? 1 : 0
  }

  /** Takes the account's entry, whosever it was. */
  #enter(address: bigint, codeSize: number): number {
    const { halves, limbs } = this.#views
    const index = Math.imul(Number(address & 0xffffffffn), FACTOR) >>> (32 - INDEX_BITS)
    const at = KNOWN + index * KNOWN_ENTRY_BYTES
    limbs[(at + KNOWN_ENTRY.low) >> 3] = address
    limbs[(at + KNOWN_ENTRY.middle) >> 3] = address >> 64n
    limbs[(at + KNOWN_ENTRY.high) >> 3] = address >> 128n
    halves[(at + KNOWN_ENTRY.stamp) >> 2] = this.#stamp
    halves[(at + KNOWN_ENTRY.codeSize) >> 2] = codeSize
    this.learned++
    return at
  }
}
