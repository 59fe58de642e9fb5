/** Native programs at random agree in all tiers, and so do those that live long enough to be translated. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type NativePart, native, playNative, put, returnTop, wordsOf } from '../../scripts/lib/native-harness.ts'
import { IMMEDIATES, SET } from '../../scripts/native-suite/set.ts'
import { play } from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { zvm } from './table.ts'

const NUMBERS = [0n, 1n, 2n, 5n, 31n, 32n, 40n, 255n, 256n, 1n << 64n, 1n << 255n, (1n << 256n) - 1n]

// All but those that take a millisecond.
const ROWS = SET.filter(([, name]) => !/^(PQ_|P256|ED25519|ECRECOVER)/.test(name))

/** An instruction, a few operands pushed before it, and an immediate that mostly reaches what is there. */
const instruction = fc
  .tuple(fc.constantFrom(...ROWS), fc.array(fc.constantFrom(...NUMBERS), { maxLength: 3 }), fc.nat(255), fc.nat(9))
  .map(([[, name], words, far, near]): NativePart => {
    const immediate = Uint8Array.from(IMMEDIATES[name] ?? [])
    if (immediate.length === 1 && name !== 'PUSH1') immediate[0] = far > 200 ? far : near
    return [words.map(put), name, immediate]
  })

/** Mostly what does not end the frame, a JUMPDEST at its start and after each part, so that loops arise. */
const program = fc
  .array(instruction, { minLength: 1, maxLength: 25 })
  .map((parts) => native('JUMPDEST', Array(6).fill(put(3)), parts.map((part) => [part, 'JUMPDEST']), returnTop(4)))

describe('native programs at random', () => {
  it('agree in every tier, at any gas', () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 0, max: 120_000 }), (code, gas) => {
        playNative({ code, gas: BigInt(gas) })
      }),
      { numRuns: 600, seed: 20_250_801 },
    )
  })

  it('stop at the same instruction, whatever the limit of steps', () => {
    fc.assert(
      fc.property(program, fc.integer({ min: 1, max: 80 }), (code, steps) => {
        playNative({ code, limits: { steps } })
      }),
      { numRuns: 200, seed: 7 },
    )
  })

  it('of bytes alone agree as well', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 60 }), (code) => {
        playNative({ code, gas: 50_000n })
      }),
      { numRuns: 400, seed: 11 },
    )
  })
})

describe('what the native set has alone', () => {
  /** A loop that counts in a register, reaches far into the stack, and adds up its steps. */
  const loop = (rounds: number) => {
    const start = native(Array.from({ length: 60 }, (_, i) => put(i)), put(rounds), 'REGSET', 15)
    return native(
      [start, 'JUMPDEST', 'DUPN', 50, 'SWAPN', 40, 'POP', 'DUPN', 20, 'SWAPN', 59, 'POP', 'STEPS', 'REGGET', 3, 'ADD'],
      ['REGSET', 3, put(1), 'REGGET', 15, 'SUB', 'DUP1', 'REGSET', 15, put(start.length), 'JUMPI'],
      ['REGGET', 3, 'REGGET', 15, 'STEPS', returnTop(3)],
    )
  }

  it('is exact after many rounds, in every tier', () => {
    const outcome = playNative({ code: loop(500), gas: 10_000_000n })
    const [steps, left] = wordsOf(outcome)
    expect([outcome.halt, left]).toEqual([Halt.Return, 0n])
    // 62 before the loop, 18 a round, 3 after it.
    expect(steps).toBe(62n + 500n * 18n + 3n)
  })

  it('is exact where the tier changes while it runs', () => {
    const code = loop(400_000)
    const scene = { fork: zvm, code, gas: 1_000_000_000n }
    const [judge, auto] = (['reference', 'auto'] as const).map((tier) => play({ ...scene, tier }))
    expect([auto.halt, auto.gasUsed, auto.steps, auto.output]).toEqual([
      ...[judge.halt, judge.gasUsed, judge.steps, judge.output],
    ])
  })
})
