/** A bench for tests of the native instruction set: its mnemonics, and scenes that are played in every tier. */
import { expect } from 'vitest'
import { zvm } from '../../opcodes/zvm/table.ts'
import { type Outcome, play, type Scene } from '../../src/conform/harness.ts'
import { haltName } from '../../src/core/halt.ts'
import { bytesToHex } from '../../src/core/hex.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'

/** A mnemonic, the bytes of an immediate or of data, or a list of these. */
export type NativePart = string | number | Uint8Array | readonly NativePart[]

const CODES = new Map([...zvm.rows.values()].map(({ name, code }) => [name, code]))

/** The bytes of a native program. Throws on a name that the set does not have. */
export function native(...parts: readonly NativePart[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(bytesOf))
}

function bytesOf(part: NativePart): readonly number[] {
  if (typeof part === 'number') return [part]
  if (part instanceof Uint8Array) return [...part]
  if (typeof part !== 'string') return part.flatMap(bytesOf)
  const code = CODES.get(part)
  if (code === undefined) throw new Error(`no native opcode ${part}`)
  return [code]
}

const PUSH_SIZES = [1, 2, 4, 8, 16, 20, 32]

/** The narrowest push of a value. */
export function put(value: bigint | number): Uint8Array {
  const size = PUSH_SIZES.find((bytes) => BigInt(value) < 1n << BigInt(8 * bytes))!
  return native(`PUSH${size}`, bigintToBytes(BigInt(value), size))
}

/** Pushes operands, the first on top at the end. */
export function operands(...values: readonly (bigint | number)[]): NativePart {
  return [...values].reverse().map(put)
}

/** Returns the topmost `count` words, the top first, from memory that lies past the first 256 bytes. */
export function returnTop(count = 1): NativePart {
  const stores = Array.from({ length: count }, (_, i) => [put(256 + 32 * i), 'MSTORE'])
  return [stores, put(32 * count), put(256), 'RETURN']
}

const TIERS = ['reference', 'interpreter', 'compiled'] as const

/** Plays a native scene in every tier, the operands on its stack; all must agree, to the step. */
export function playNative(scene: Scene, stack: readonly bigint[] = []): Outcome {
  const [judged, ...others] = TIERS.map((tier) => {
    const code = native(operands(...stack), scene.code ?? [])
    return play({ fork: zvm, ...scene, code, tier })
  })
  for (const other of others) expect(summary(other)).toEqual(summary(judged))
  return judged
}

function summary({ halt, gasUsed, steps, output, state, driver }: Outcome) {
  return {
    halt: haltName(halt),
    gasUsed,
    steps,
    output: bytesToHex(output),
    refund: state.refund,
    logs: [...state.logs],
    denied: driver.denied,
    changes: [...state.changes()],
  }
}

/** The words that a scene returned. */
export function wordsOf({ output }: Outcome): bigint[] {
  return Array.from({ length: output.length / 32 }, (_, i) =>
    bytesToBigint(output.subarray(32 * i, 32 * i + 32)),
  )
}
