import { describe, expect, it } from 'vitest'
import { DUPS, SWAPS } from '../../opcodes/evm/stack.ts'
import { osaka } from '../../opcodes/forks.ts'
import { Halt } from '../core/halt.ts'
import { JUMPS, type Row, WRITES } from '../core/row.ts'
import { extend } from '../core/table.ts'
import { MAX_WORD } from '../core/word.ts'
import { createEngine, type EngineResult, memoryState } from '../index.ts'
import type { TierName } from './tier-names.ts'

// Rows that no fork has, of a table of one's own: the fast tiers must keep the contract of `Row` for them too.

const CALLEE = '0x00000000000000000000000000000000000ca11e'
const SELF = '0x000000000000000000000000000000000000c0de'
const RETURN_TOP = '5f5260205ff3'
const SHAPE = { spec: 'of our own', gas: 3 }

interface Case {
  /** Hex of the program, and of the one that it may call. */
  readonly code: string
  readonly callee?: string
  readonly gas?: bigint
  readonly expected: Partial<EngineResult>
}

const word = (value: bigint | number): EngineResult['output'] => `0x${value.toString(16).padStart(64, '0')}`

/** Writes nothing, but must not run in a static call. */
const MARK: Row = {
  ...{ ...SHAPE, code: 0x0c, name: 'MARK', pops: 1, pushes: 1, flags: WRITES },
  execute(frame) {
    frame.push((frame.pop() + 1n) & MAX_WORD)
    return Halt.None
  },
  lower: (b, operand) => operand.add(b.word(1n)),
}

/** A jump that only the host can run. */
const LEAP: Row = {
  ...{ ...SHAPE, code: 0x0d, name: 'LEAP', pops: 2, pushes: 0, flags: JUMPS },
  execute(frame) {
    const destination = frame.pop()
    return frame.pop() === 0n ? Halt.None : frame.jump(destination)
  },
}

/** Of many operands. */
function digits(code: number, pops: number): Row {
  return {
    ...{ ...SHAPE, code, name: `DIGITS${pops}`, pops, pushes: 1 },
    execute(frame) {
      let value = 0n
      for (let i = 0; i < pops; i++) value = value * 3n + frame.pop()
      frame.push(value & MAX_WORD)
      return Halt.None
    },
    lower: (b, ...operands) =>
      operands.reduce((value, digit) => value.mul(b.word(3n)).add(digit), b.word(0n)),
  }
}

/** The top exchanged with the operand n below it. */
function exchange(code: number, n: number): Row {
  return {
    ...{ ...SHAPE, code, name: `EXCHANGE${n}`, pops: n + 1, pushes: n + 1 },
    execute({ stack, sp }) {
      const top = stack[sp - 1]
      stack[sp - 1] = stack[sp - 1 - n]
      stack[sp - 1 - n] = top
      return Halt.None
    },
    lower: (b) => b.swap(n),
  }
}

/** Rows of the EVM that are one handler of the interpreter but for what is changed of them here. */
const CHANGED = [...DUPS.slice(4, 7), ...SWAPS.slice(4, 7)].map((row, i): Row => {
  const { lower, ...unlowered } = row
  return i % 3 < 2 ? unlowered : { ...row, pops: 20, pushes: 20 + row.pushes - row.pops }
})

/** The dearest that a row may be. */
const DEAR: Row = {
  ...{ ...SHAPE, code: 0x0e, name: 'DEAR', pops: 0, pushes: 0, gas: Number.MAX_SAFE_INTEGER },
  execute: () => Halt.None,
  lower() {},
}

const DIGITS = [18, 19, 64].map((count, i) => digits(0x21 + i, count))
const EXCHANGES = [17, 18, 30].map((n, i) => exchange(0x29 + i, n))

const TABLE = extend(osaka, 'own', [
  { eip: 0, title: 'rows of our own', add: [MARK, LEAP, DEAR, ...DIGITS, ...EXCHANGES], swap: CHANGED },
])

function run({ code, callee = '', gas = 1_000_000n }: Case, tier: TierName): EngineResult {
  const state = memoryState({ [SELF]: { code: `0x${code}` }, [CALLEE]: { code: `0x${callee}` } })
  return createEngine({ table: TABLE, tier, state }).call({ to: SELF, gas })
}

/** PUSH2 of 1, 2, … */
const pushes = (count: number) =>
  Array.from({ length: count }, (_, i) => `61${(i + 1).toString(16).padStart(4, '0')}`).join('')

/** Of the numbers up to `count`, the last the first digit, in base 3. */
const digitsOf = (count: number) =>
  Array.from({ length: count }, (_, i) => BigInt(count - i)).reduce((value, digit) => value * 3n + digit, 0n)

const CASES: Record<string, Case> = {
  'a row that WRITES, in a static call': {
    code: `5f5f5f5f62${CALLEE.slice(-6)}61fffffa${RETURN_TOP}`,
    callee: `60050c${RETURN_TOP}`,
    expected: { output: word(0) },
  },
  'the same in an ordinary one': { code: `60050c${RETURN_TOP}`, expected: { output: word(6) } },
  'a jump without lower': {
    code: `600160060d5f5b6002${RETURN_TOP}`,
    expected: { output: word(2), steps: 10 },
  },
  'the same, not taken': { code: `5f60070d6001${RETURN_TOP}`, expected: { output: word(1) } },
  'the same, to where none may land': {
    code: `600160050d5f5b6002${RETURN_TOP}`,
    expected: { halt: 'InvalidJump', steps: 3 },
  },
  'gas of dear rows, past what a double holds': {
    code: `0e5f500e5f505a0e${RETURN_TOP}`,
    gas: 1n << 62n,
    expected: { output: word((1n << 62n) - 2n * (2n ** 53n - 1n) - 10n) },
  },
}
for (const { name, code, pops } of DIGITS)
  CASES[name] = {
    code: `${pushes(pops)}${code.toString(16)}${RETURN_TOP}`,
    expected: { output: word(digitsOf(pops) & MAX_WORD) },
  }
for (const { name, code, pops } of EXCHANGES)
  CASES[name] = {
    code: `${pushes(40)}${code.toString(16)}${RETURN_TOP}`,
    expected: { output: word(41 - pops) },
  }
for (const row of [...DUPS, ...SWAPS]) {
  const code = row.code.toString(16)
  const { pops } = TABLE.rows.get(row.code)!
  CASES[row.name] = { code: `${pushes(40)}${code}${RETURN_TOP}`, expected: { output: word(41 - row.pops) } }
  CASES[`${row.name} of what it reaches alone`] = {
    code: `${pushes(row.pops)}${code}${RETURN_TOP}`,
    expected: pops > row.pops ? { halt: 'StackUnderflow' } : { output: word(1) },
  }
}

describe.each(Object.entries(CASES))('%s', (_, one) => {
  const judged = run(one, 'reference')

  it('means what it should', () => {
    expect(judged).toMatchObject(one.expected)
  })

  it.each(['interpreter', 'compiled'] as const)('is the same in tier %s', (tier) => {
    expect(run(one, tier)).toEqual(judged)
  })
})
