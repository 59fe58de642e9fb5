import type { Frame } from '../core/frame.ts'
import { Halt } from '../core/halt.ts'
import type { Message, MessageResult } from '../core/message.ts'
import type { Opcode } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import type { GuessingSource } from './guessing-source.ts'
import { LINK_SLOTS } from './rpc/guess.ts'

/** Instructions of a transaction that are explored at the most. */
const STEP_LIMIT = 1 << 17

/** Frames with more operands have no branches kept: what a hostile one would have kept is bounded so. */
const HEIGHT_LIMIT = 64

/** What code that is not known gives back: zeros, more than most callers read. */
const UNKNOWN_OUTPUT = new Uint8Array(256)

/** Which branches a frame has taken, and which it has not. */
interface Trail {
  readonly taken: Set<number>
  /** Where the frame would go on, and with which stack; the branch that it met last comes last. Some are taken since. */
  readonly open: [pc: number, words: readonly bigint[]][]
}

/**
 * Drives a transaction past what it refuses because of guesses, so that it shows what else it needs: a frame that is
 * about to fail goes back to the branch it met last, and takes the other side, each once. Unlike other tracers it changes
 * what it is shown, so such a run means nothing but what it asked for.
 */
export class Explorer implements Tracer {
  readonly #source: GuessingSource
  /** By depth. */
  readonly #trails: Trail[] = []
  #steps = 0

  constructor(source: GuessingSource) {
    this.#source = source
  }

  step(frame: Frame, opcode: Opcode): void {
    if (++this.#steps > STEP_LIMIT) frame.gas = 0n
    else if (!this.#source.hasGuessed) return
    else if (opcode.name === 'JUMPI' && frame.sp >= opcode.minHeight && frame.sp <= HEIGHT_LIMIT)
      this.#note(frame)
    else if (fails(frame, opcode)) this.#turn(frame)
  }

  exit({ codeAddress, self }: Message, result: MessageResult, frame: Frame | null): void {
    if (frame) this.#trails.splice(frame.depth)
    if (frame || result.halt !== Halt.Stop || !this.#source.isGuessed(codeAddress)) return
    result.output = UNKNOWN_OUTPUT
    if (codeAddress === self) for (const key of LINK_SLOTS) this.#source.storage(self, key)
  }

  #note({ depth, stack, sp, pc, program }: Frame): void {
    const { taken, open } = this.#trailOf(depth)
    const target = Number(stack[sp - 1])
    if (program.jumpDestinations[target] !== 1) return
    const [goes, other] = stack[sp - 2] === 0n ? [pc + 1, target] : [target, pc + 1]
    taken.add(goes)
    if (!taken.has(other)) open.push([other, stack.slice(0, sp - 2)])
  }

  /** Where there is no other side left, the frame fails. */
  #turn(frame: Frame): void {
    const { taken, open } = this.#trailOf(frame.depth)
    let last = open.pop()
    while (last && taken.has(last[0])) last = open.pop()
    if (!last) return
    const [pc, words] = last
    taken.add(pc)
    for (const [i, word] of words.entries()) frame.stack[i] = word
    frame.sp = words.length
    frame.pc = pc
  }

  #trailOf(depth: number): Trail {
    while (this.#trails.length <= depth) this.#trails.push({ taken: new Set(), open: [] })
    return this.#trails[depth]
  }
}

function fails({ program, stack, sp }: Frame, { name, isDefined }: Opcode): boolean {
  if (name === 'REVERT' || name === 'INVALID' || !isDefined) return true
  return name === 'JUMP' && program.jumpDestinations[Number(stack[sp - 1])] !== 1
}
