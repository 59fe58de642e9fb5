import { isSuccess } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { bytesToBareHex, bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import { CallKind, type Message, type MessageResult } from '../core/message.ts'
import type { Tracer } from '../core/tracer.ts'
import type { WriteLine } from './eip3155.ts'

const TYPES: readonly string[] = (Object.keys(CallKind) as (keyof typeof CallKind)[]).map((kind) =>
  kind.toUpperCase(),
)

/**
 * Writes a line where a message begins, and one where it ends that is not the outermost, as geth does between the steps
 * of a trace; the outermost's end is the trace's own last line.
 */
export class CallFrames implements Tracer {
  readonly #write: WriteLine
  /** Gas that the messages under way began with, outermost first. */
  readonly #gas: bigint[] = []

  constructor(write: WriteLine) {
    this.#write = write
  }

  enter(message: Message): void {
    const { kind, caller, self, to, input, gas, value } = message
    const isDelegate = kind === CallKind.DelegateCall
    this.#gas.push(gas)
    this.#write(
      JSON.stringify({
        from: toFixedHex(isDelegate ? self : caller, 20),
        // Who was called, also where another's code runs by delegation (EIP-7702), as geth has it.
        to: toFixedHex(to, 20),
        ...(input.length > 0 && { input: bytesToHex(input) }),
        gas: toQuantity(gas),
        value: toQuantity(value),
        type: TYPES[kind],
      }),
    )
  }

  exit({ depth }: Message, { halt, gas, output }: MessageResult): void {
    const before = this.#gas.pop() ?? 0n
    if (depth === 0) return
    const gasUsed = toQuantity(before - gas)
    const error = isSuccess(halt) ? {} : { error: haltMessage(halt) }
    this.#write(JSON.stringify({ output: bytesToBareHex(output), gasUsed, ...error }))
  }
}
