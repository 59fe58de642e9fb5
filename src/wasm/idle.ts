import type { Frame } from '../core/frame.ts'
import { CallKind } from '../core/message.ts'
import type { Precompile } from '../core/precompile.ts'
import { add32, and64, i32, i64, load32, load64, mul32, ne32, ne64, or32, shrU32, wrap64 } from './expr.ts'
import { CELL, IDLE, IDLE_ENTRIES, IDLE_ENTRY_BYTES } from './layout.ts'
import type { Callable, ModuleBuilder, Signature } from './module.ts'

/**
 * Accounts of which the running frame has just learned that a message to them runs nothing: they have no code and are
 * no precompile, or are the precompile that copies. Met, warm and touched as they then are, a further message without
 * value changes nothing, so generated code need not send it. What is known is forgotten when another frame runs.
 *
 * An entry: the address as three limbs, the stamp of the frame's run (i32), price, price a word of input, and whether
 * the input comes back (i32 each).
 */
export const IDLE_ENTRY = {
  low: 0,
  middle: 8,
  high: 16,
  stamp: 24,
  base: 28,
  perWord: 32,
  copies: 36,
} as const

export const FIND_IDLE: Signature = { params: ['i64', 'i64', 'i64'], results: ['i32'] }

/** Spreads addresses over the entries (Knuth's multiplicative hash). */
const FACTOR = 0x9e3779b1
const INDEX_BITS = Math.log2(IDLE_ENTRIES)

/** Writes a function (address as three limbs) → address of its entry, 0 where nothing is known. Upper bits are ignored. */
export function writeFindIdle(module: ModuleBuilder): Callable {
  const f = module.function(FIND_IDLE.params, FIND_IDLE.results)
  const [low, middle, high] = [0, 1, 2].map((i) => f.param(i, 'i64').get)
  const index = shrU32(mul32(wrap64(low), i32(FACTOR | 0)), i32(32 - INDEX_BITS))
  const entry = f.let(add32(i32(IDLE), mul32(index, i32(IDLE_ENTRY_BYTES)))).get
  const isOther = or32(
    or32(ne64(load64(entry, IDLE_ENTRY.low), low), ne64(load64(entry, IDLE_ENTRY.middle), middle)),
    ne64(load64(entry, IDLE_ENTRY.high), and64(high, i64(0xffffffffn))),
  )
  const isOld = ne32(load32(entry, IDLE_ENTRY.stamp), load32(i32(CELL.idleStamp)))
  f.if(or32(isOther, isOld), () => f.return(i32(0)))
  f.return(entry)
  return f
}

/** What the tier tells generated code about such accounts. */
export class IdleAccounts {
  #stamp = 1
  #frame: Frame | null = null
  /** The frame that has sent a message, as long as no frame was opened for it. */
  #sender: Frame | null = null

  /** A frame runs on, after a message that succeeded or not; `halves` and `limbs` are linear memory. */
  enter(
    frame: Frame,
    hasSucceeded: boolean,
    precompiles: ReadonlyMap<bigint, Precompile>,
    halves: Uint32Array,
    limbs: BigUint64Array,
  ): void {
    if (frame !== this.#frame) this.#forget(frame)
    halves[CELL.idleStamp / 4] = this.#stamp
    // One that failed may have left the account as it was before: absent, or cold.
    if (this.#sender === frame && hasSucceeded) this.#learn(frame, precompiles, halves, limbs)
    this.#sender = null
  }

  /** A frame has sent a message. */
  leave(frame: Frame): void {
    this.#sender = frame
  }

  /** A frame was opened: what was known may no longer hold. */
  open(): void {
    this.#sender = null
    this.#forget(null)
  }

  #forget(frame: Frame | null): void {
    this.#frame = frame
    this.#stamp = (this.#stamp + 1) & 0x7fffffff || 1
  }

  /** The frame's last message opened no frame. */
  #learn(
    { pending, host }: Frame,
    precompiles: ReadonlyMap<bigint, Precompile>,
    halves: Uint32Array,
    limbs: BigUint64Array,
  ): void {
    const { kind, to, codeAddress } = pending
    // The other kinds do not touch the account named, so that it may still be absent.
    if ((kind !== CallKind.Call && kind !== CallKind.StaticCall) || to !== codeAddress) return
    const copies = precompiles.get(to)?.copies
    if (!copies && (precompiles.has(to) || host.code(to).length > 0)) return
    const index = Math.imul(Number(to & 0xffffffffn), FACTOR) >>> (32 - INDEX_BITS)
    const at = IDLE + index * IDLE_ENTRY_BYTES
    limbs[(at + IDLE_ENTRY.low) / 8] = to
    limbs[(at + IDLE_ENTRY.middle) / 8] = to >> 64n
    limbs[(at + IDLE_ENTRY.high) / 8] = to >> 128n
    halves[(at + IDLE_ENTRY.stamp) / 4] = this.#stamp
    halves[(at + IDLE_ENTRY.base) / 4] = copies?.base ?? 0
    halves[(at + IDLE_ENTRY.perWord) / 4] = copies?.perWord ?? 0
    halves[(at + IDLE_ENTRY.copies) / 4] = copies ? 1 : 0
  }
}
