import fc from 'fast-check'
import { afterEach, expect, test, vi } from 'vitest'
import { MAX_UINT64 } from '../core/word.ts'
import { plainRounds, type Rounds, wasmRounds } from './blake2f-rounds.ts'

const words = fc.array(fc.bigInt({ min: 0n, max: MAX_UINT64 }), { minLength: 16, maxLength: 16 })

/** Around the length of the cycle, and around what is done in one call of generated code. */
const COUNTS = [...Array.from({ length: 32 }, (_, n) => n), 999, 1000, 1001, 1010, 2000, 3007]

function mixed(rounds: Rounds, count: number, vector: readonly bigint[], block: readonly bigint[]): bigint[] {
  rounds.vector.set(vector)
  rounds.block.set(block)
  rounds.mix(count)
  return [...rounds.vector, ...rounds.block]
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test('WebAssembly mixes as plain code does, at every count of rounds, and leaves the block alone', () => {
  const wasm = wasmRounds()!
  fc.assert(
    fc.property(words, words, (vector, block) => {
      for (const count of COUNTS) {
        const result = mixed(wasm, count, vector, block)
        expect(result).toEqual(mixed(plainRounds, count, vector, block))
        expect(result.slice(16)).toEqual(block)
      }
    }),
    { numRuns: 5 },
  )
})

test('rounds change the vector, each in another way', () => {
  const block = Array.from({ length: 16 }, (_, i) => BigInt(i))
  const results = COUNTS.map((count) => mixed(wasmRounds()!, count, block, block).join())
  expect(new Set(results).size).toBe(COUNTS.length)
})

test('there are none where WebAssembly is missing', () => {
  vi.stubGlobal('WebAssembly', undefined)
  expect(wasmRounds()).toBeNull()
})
