import { bytesOf } from './encoding.ts'
import { SET } from './set.ts'

/** A mnemonic, a byte, bytes as they are, or a list of these. */
export type Part = string | number | Uint8Array | readonly Part[]

const CODES = new Map(SET.map(([code, name]) => [name, code]))
const PUSHES = [1, 2, 4, 8, 16, 20, 32]

/** The bytes of a program. Throws on a name that the set does not have. */
export function code(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(bytesOfPart))
}

function bytesOfPart(part: Part): readonly number[] {
  if (typeof part === 'number') return [part]
  if (part instanceof Uint8Array) return [...part]
  if (typeof part !== 'string') return part.flatMap(bytesOfPart)
  const byte = CODES.get(part)
  if (byte === undefined) throw new Error(`no native opcode ${part}`)
  return [byte]
}

/** The narrowest push of a value. */
export function push(value: bigint | number): Uint8Array {
  const size = PUSHES.find((bytes) => BigInt(value) < 1n << BigInt(8 * bytes))!
  return code(`PUSH${size}`, bytesOf(BigInt(value), size))
}

/** Pushes operands, the first on top at the end, and runs the instruction. */
export function op(name: string, ...operands: readonly (bigint | number | Part)[]): Part {
  const pushes = [...operands]
    .reverse()
    .map((it) => (typeof it === 'bigint' || typeof it === 'number' ? push(it) : it))
  return [...pushes, name]
}

/** Keeps the top of the stack in a slot. */
export function keep(slot: number): Part {
  return [push(slot), 'SSTORE']
}

/** A word of calldata. */
export function word(index: number): Part {
  return op('CALLDATALOAD', 32 * index)
}

/** Calldata of words. */
export function data(...words: readonly (bigint | number)[]): Uint8Array {
  return Uint8Array.from(words.flatMap((value) => [...bytesOf(BigInt(value), 32)]))
}
