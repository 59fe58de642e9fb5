import type { Answer, SystemCall } from '../../core/capability.ts'
import type { Frame } from '../../core/frame.ts'
import type { Halt } from '../../core/halt.ts'
import { toFixedHex } from '../../core/hex.ts'
import { bytesToBigint } from '../../core/word.ts'
import type { Session } from '../session.ts'

/** A call of the engine's own: a line of the table in the README, and what it does. */
export interface BuiltinCall extends Omit<SystemCall, 'run'> {
  /** Below `FIRST_USER_CALL`. */
  readonly id: number
  /** Layout of input and output, e.g. `key32 → value32`; the number is the size in bytes. */
  readonly payload: string
  /** The price in words. */
  readonly price: string
  run(input: Uint8Array, frame: Frame, session: Session): Answer | Halt
}

/** Price of a call: a base, and so much for each byte of the input. */
export function linear(base: number, perByte: number): Pick<BuiltinCall, 'gas' | 'price'> {
  const price = perByte === 0 ? `${base}` : `${base} + ${perByte} a byte`
  return { gas: (input) => base + perByte * input.length, price }
}

/** Price of a call: a base, and so much for each word of the input, as digests have it. */
export function byWord(base: number, perWord: number): Pick<BuiltinCall, 'gas' | 'price'> {
  return {
    gas: (input) => base + perWord * Math.ceil(input.length / 32),
    price: `${base} + ${perWord} a word`,
  }
}

/** The parts of an input of fixed sizes; null where it is of another length. The last may be of any size: `rest`. */
export function parts(input: Uint8Array, sizes: readonly number[], rest = false): Uint8Array[] | null {
  const total = sizes.reduce((sum, size) => sum + size, 0)
  if (rest ? input.length < total : input.length !== total) return null
  let end = 0
  const found = sizes.map((size) => {
    const start = end
    end += size
    return input.subarray(start, end)
  })
  return rest ? [...found, input.subarray(end)] : found
}

export function addressText(bytes: Uint8Array): string {
  return toFixedHex(bytesToBigint(bytes), 20)
}

/** The text of bytes; null where they are not UTF-8. */
export function textOf(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return null
  }
}
