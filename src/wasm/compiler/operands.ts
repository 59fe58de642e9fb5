import { STACK_LIMIT } from '../../core/table.ts'
import { type I32, sub32 } from '../expr.ts'
import type { FunctionBuilder } from '../function.ts'
import { WORD_BYTES } from '../layout.ts'
import { LimbWord, limbsOf, type WordContext } from '../word.ts'

/** Words below the top that are addressed by a constant offset; deeper ones cost an addition. */
const NEAR = 48

/**
 * A word that was written at so many ways out is written for good, so that no code grows with the product of the words
 * and the ways out.
 */
const MOST_COPIES = 2

interface Slot {
  readonly word: LimbWord
  /** Not yet in the memory of its place. */
  isDirty: boolean
  /** Ways out that have written it. */
  copies: number
}

/**
 * The operand stack while a unit is written: what the unit has pushed is kept as words, what lay there before is read
 * when it is needed. Places count from the top at the unit's start, so those that it found are negative.
 */
export class Operands {
  /** Operands above those that the unit found; negative where it has popped more. */
  height = 0
  /** Between what heights the instructions have reached. */
  lowest = 0
  highest = 0
  readonly #context: WordContext
  readonly #fn: FunctionBuilder
  readonly #top: I32
  readonly #near: I32
  readonly #slots = new Map<number, Slot>()

  /** `top`: address after the topmost operand at the unit's start. */
  constructor(context: WordContext, top: I32) {
    this.#context = context
    this.#fn = context.fn
    this.#top = top
    this.#near = context.fn.keep(sub32(top, NEAR * WORD_BYTES))
  }

  /** An instruction takes so many operands, and leaves so many. */
  reach(pops: number, pushes: number): void {
    const low = this.height - pops
    this.lowest = Math.min(this.lowest, low)
    this.highest = Math.max(this.highest, low + pushes)
  }

  /** The operand n from the top, 1 the top itself. */
  peek(n: number): LimbWord {
    const place = this.height - n
    const slot = this.#slots.get(place)
    if (slot) return slot.word
    const { address, offset } = this.#address(place)
    const word = LimbWord.slot(this.#context, address, offset)
    // Its address is not kept for later.
    if (place < -NEAR) limbsOf(word)
    this.#slots.set(place, { word, isDirty: false, copies: 0 })
    return word
  }

  drop(count: number): void {
    for (let i = 0; i < count; i++) this.#slots.delete(--this.height)
  }

  push(word: LimbWord): void {
    // Loaded now: its place of origin may be written over.
    limbsOf(word)
    this.#keep(this.height++, word)
  }

  dup(n: number): void {
    this.push(this.peek(n))
  }

  swap(n: number): void {
    const [top, other] = [this.peek(1), this.peek(n + 1)]
    for (const word of [top, other]) limbsOf(word)
    this.#keep(this.height - 1, other)
    this.#keep(this.height - 1 - n, top)
  }

  #keep(place: number, word: LimbWord): void {
    this.#slots.set(place, { word, isDirty: true, copies: 0 })
  }

  /** Something else has left `count` operands in memory. */
  pushStored(count: number): void {
    this.height += count
  }

  /** Writes what memory does not have yet, of the topmost `count` operands or of all, in a branch that leaves. */
  flush(count = STACK_LIMIT): void {
    for (const [place, slot] of this.#slots) {
      if (!slot.isDirty || place < this.height - count) continue
      slot.copies++
      this.#write(place, slot)
    }
  }

  /** Writes what memory does not have yet, where every path goes: all, or what ways out have written often. */
  settle(all: boolean): void {
    for (const [place, slot] of this.#slots) {
      if (!slot.isDirty || !(all || slot.copies >= MOST_COPIES)) continue
      slot.isDirty = false
      this.#write(place, slot)
    }
  }

  #write(place: number, { word }: Slot): void {
    const { address, offset } = this.#address(place)
    this.#fn.storeLimbs(address, limbsOf(word), offset)
  }

  /** Adds the locals that its words are in. */
  collectLocals(live: Set<number>): void {
    for (const { word } of this.#slots.values()) word.collectLocals(live)
  }

  #address(place: number): { address: I32; offset: number } {
    const offset = (place + NEAR) * WORD_BYTES
    if (offset >= 0) return { address: this.#near, offset }
    return { address: this.#fn.keep(sub32(this.#top, -place * WORD_BYTES)), offset: 0 }
  }
}
