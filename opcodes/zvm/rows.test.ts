/** What holds for every byte of the native set, in every tier: whether it is there, what it costs, how misuse of it ends. */
import { describe, expect, it } from 'vitest'
import { native, playNative } from '../../scripts/lib/native-harness.ts'
import { IMMEDIATES, SET } from '../../scripts/native-suite/set.ts'
import { playRow, type Scene } from '../../src/conform/harness.ts'
import type { Runtime } from '../../src/core/capability.ts'
import { Halt } from '../../src/core/halt.ts'
import { STACK_LIMIT } from '../../src/core/table.ts'
import { cancun } from '../forks.ts'
import { zvmCore } from './core.ts'
import { zvm } from './table.ts'

const WRITERS = new Set(
  SET.map(([, name]) => name).filter(
    (name) =>
      /^(SSTORE|TSTORE|LOG.|CREATE2?|SELFDESTRUCT|H[TC]S_.*)$/.test(name),
  ),
)

const ENDS: Readonly<Record<string, Halt>> = {
  HALT: Halt.Stop,
  RETURN: Halt.Return,
  REVERT: Halt.Revert,
  SELFDESTRUCT: Halt.SelfDestruct,
  INVALID: Halt.InvalidOpcode,
}

/** Grants everything, answers 1 at a price of 7. */
const runtime: Runtime = {
  find: (id) => ({
    name: `call ${id}`,
    capability: 'all',
    kind: 'pure',
    gas: () => 7,
    run: () => ({ status: 1n, output: new Uint8Array(0) }),
  }),
  allows: () => true,
}

const JUMPDEST = 0xa3
const codeOf = (name: string) => native(name, IMMEDIATES[name] ?? [], JUMPDEST)
/** Zeros, but for a jump a destination. */
const stackOf = (name: string, count: number) => Array<bigint>(count).fill(name === 'JUMP' ? 1n : 0n)
const play = (name: string, count: number, scene: Scene = {}) =>
  playRow('', stackOf(name, count), { fork: zvm, code: codeOf(name), runtime, ...scene })

describe('the native table', () => {
  it('has these rows and no others', () => {
    const rows = [...zvm.rows.values()].map(({ code, name, gas }) => [code, name, gas])
    expect(rows.sort(([a], [b]) => Number(a) - Number(b))).toEqual(SET.map(([code, name, , , gas]) => [code, name, gas]))
    expect(SET.length).toBe(130)
  })

  it('has the rules and precompiles of Cancun', () => {
    expect(zvm.rules).toEqual(cancun.rules)
    expect(new Set(zvm.precompiles.values())).toEqual(new Set(cancun.precompiles.values()))
    expect(zvmCore.rules).toEqual(cancun.rules)
  })

  it('leaves digests, signatures and precompiles out of its core', () => {
    const left = [...zvm.rows.keys()].filter((code) => !zvmCore.rows.has(code)).sort((a, b) => a - b)
    expect(left).toEqual([0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0xf0, 0xf1, 0xf2, 0xf3])
    expect(zvmCore.precompiles.size).toBe(0)
  })

  it('halts on every other byte, and burns all gas', () => {
    const codes = new Set(SET.map(([code]) => code))
    const others = Array.from({ length: 256 }, (_, code) => code).filter((code) => !codes.has(code))
    expect(others.length).toBe(126)
    for (const code of others) {
      const { halt, gasUsed, steps } = playNative({ code: Uint8Array.of(code, JUMPDEST) })
      expect([code, halt, gasUsed, steps]).toEqual([code, Halt.InvalidOpcode, 1_000_000n, 1])
    }
  })
})

describe.each(SET.map(([code, name, pops, pushes, base, total = base]) => ({ code, name, pops, pushes, total })))(
  '$name',
  ({ name, pops, pushes, total }) => {
    const end = ENDS[name] ?? Halt.None
    const gas = BigInt(total)

    it('takes the gas it is worth, and pops and pushes what it says', () => {
      const { halt, gasUsed, frame, steps } = play(name, pops)
      expect([halt, gasUsed, steps]).toEqual([end, end === Halt.InvalidOpcode ? 1_000_000n : gas, 1])
      if (end === Halt.None) expect(frame.sp).toBe(pushes)
    })

    // A program that pushes the operands has a jump's destination behind it, which costs 1.
    const isJump = name === 'JUMP'
    const pushed = isJump ? [3n] : stackOf(name, pops)
    const code = native(name, IMMEDIATES[name] ?? [], isJump ? 'JUMPDEST' : [], 'HALT')

    it('runs with exactly that gas, and not with one less, in every tier', () => {
      // The sentry of SSTORE asks for more than it takes (EIP-2200).
      const enough = name === 'SSTORE' ? 2301n : gas + (isJump ? 1n : 0n)
      const run = (left: bigint) => playNative({ code, gas: 3n * BigInt(pops) + left, runtime }, pushed)
      expect(run(enough).halt).toBe(end === Halt.None ? Halt.Stop : end)
      if (gas > 0n) expect(run(enough - 1n).halt).toBe(Halt.OutOfGas)
    })

    it('halts on an operand too few, and on one too many, in every tier', () => {
      if (pops > 0) expect(playNative({ code, runtime }, stackOf(name, pops - 1)).halt).toBe(Halt.StackUnderflow)
      const full = play(name, STACK_LIMIT)
      expect(full.halt).toBe(pushes > pops ? Halt.StackOverflow : end)
      if (pushes > pops) {
        expect(playNative({ code, runtime }, stackOf(name, STACK_LIMIT)).halt).toBe(Halt.StackOverflow)
        expect(play(name, STACK_LIMIT - (pushes - pops)).frame.sp).toBe(STACK_LIMIT)
      }
    })

    it('writes nothing in a static frame, in any tier', () => {
      const { halt } = playNative({ code, runtime, isStatic: true }, pushed)
      expect(halt).toBe(WRITERS.has(name) ? Halt.StaticViolation : end === Halt.None ? Halt.Stop : end)
    })
  },
)
