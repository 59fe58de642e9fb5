/** What holds for every byte under every fork: whether it is there, what it costs, how misuse of it ends. */
import { describe, expect, it } from 'vitest'
import { play, playRow, type Scene, stage } from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { STACK_LIMIT } from '../../src/core/table.ts'
import { EMPTY_TABLE } from '../empty-table.ts'
import { FORKS } from '../forks.ts'

/** A byte's name and reach, and from which forks on it takes how much gas in all, on operands of zero. */
type Entry = readonly [code: number, name: string, pops: number, pushes: number, gas: string]

const range = (count: number, entry: (n: number) => Entry): Entry[] =>
  Array.from({ length: count }, (_, i) => entry(i + 1))

// Transcribed from the Yellow Paper's appendix H and the EIPs. Accounts and slots are absent and cold.
const HISTORY: readonly Entry[] = [
  [0x00, 'STOP', 0, 0, 'Frontier 0'],
  [0x01, 'ADD', 2, 1, 'Frontier 3'],
  [0x02, 'MUL', 2, 1, 'Frontier 5'],
  [0x03, 'SUB', 2, 1, 'Frontier 3'],
  [0x04, 'DIV', 2, 1, 'Frontier 5'],
  [0x05, 'SDIV', 2, 1, 'Frontier 5'],
  [0x06, 'MOD', 2, 1, 'Frontier 5'],
  [0x07, 'SMOD', 2, 1, 'Frontier 5'],
  [0x08, 'ADDMOD', 3, 1, 'Frontier 8'],
  [0x09, 'MULMOD', 3, 1, 'Frontier 8'],
  [0x0a, 'EXP', 2, 1, 'Frontier 10'],
  [0x0b, 'SIGNEXTEND', 2, 1, 'Frontier 5'],
  [0x10, 'LT', 2, 1, 'Frontier 3'],
  [0x11, 'GT', 2, 1, 'Frontier 3'],
  [0x12, 'SLT', 2, 1, 'Frontier 3'],
  [0x13, 'SGT', 2, 1, 'Frontier 3'],
  [0x14, 'EQ', 2, 1, 'Frontier 3'],
  [0x15, 'ISZERO', 1, 1, 'Frontier 3'],
  [0x16, 'AND', 2, 1, 'Frontier 3'],
  [0x17, 'OR', 2, 1, 'Frontier 3'],
  [0x18, 'XOR', 2, 1, 'Frontier 3'],
  [0x19, 'NOT', 1, 1, 'Frontier 3'],
  [0x1a, 'BYTE', 2, 1, 'Frontier 3'],
  [0x1b, 'SHL', 2, 1, 'Constantinople 3'],
  [0x1c, 'SHR', 2, 1, 'Constantinople 3'],
  [0x1d, 'SAR', 2, 1, 'Constantinople 3'],
  [0x1e, 'CLZ', 1, 1, 'Osaka 5'],
  [0x20, 'KECCAK256', 2, 1, 'Frontier 30'],
  [0x30, 'ADDRESS', 0, 1, 'Frontier 2'],
  [0x31, 'BALANCE', 1, 1, 'Frontier 20, EIP150 400, Istanbul 700, Berlin 2600'],
  [0x32, 'ORIGIN', 0, 1, 'Frontier 2'],
  [0x33, 'CALLER', 0, 1, 'Frontier 2'],
  [0x34, 'CALLVALUE', 0, 1, 'Frontier 2'],
  [0x35, 'CALLDATALOAD', 1, 1, 'Frontier 3'],
  [0x36, 'CALLDATASIZE', 0, 1, 'Frontier 2'],
  [0x37, 'CALLDATACOPY', 3, 0, 'Frontier 3'],
  [0x38, 'CODESIZE', 0, 1, 'Frontier 2'],
  [0x39, 'CODECOPY', 3, 0, 'Frontier 3'],
  [0x3a, 'GASPRICE', 0, 1, 'Frontier 2'],
  [0x3b, 'EXTCODESIZE', 1, 1, 'Frontier 20, EIP150 700, Berlin 2600'],
  [0x3c, 'EXTCODECOPY', 4, 0, 'Frontier 20, EIP150 700, Berlin 2600'],
  [0x3d, 'RETURNDATASIZE', 0, 1, 'Byzantium 2'],
  [0x3e, 'RETURNDATACOPY', 3, 0, 'Byzantium 3'],
  [0x3f, 'EXTCODEHASH', 1, 1, 'Constantinople 400, Istanbul 700, Berlin 2600'],
  [0x40, 'BLOCKHASH', 1, 1, 'Frontier 20'],
  [0x41, 'COINBASE', 0, 1, 'Frontier 2'],
  [0x42, 'TIMESTAMP', 0, 1, 'Frontier 2'],
  [0x43, 'NUMBER', 0, 1, 'Frontier 2'],
  [0x44, 'DIFFICULTY', 0, 1, 'Frontier 2'],
  [0x45, 'GASLIMIT', 0, 1, 'Frontier 2'],
  [0x46, 'CHAINID', 0, 1, 'Istanbul 2'],
  [0x47, 'SELFBALANCE', 0, 1, 'Istanbul 5'],
  [0x48, 'BASEFEE', 0, 1, 'London 2'],
  [0x49, 'BLOBHASH', 1, 1, 'Cancun 3'],
  [0x4a, 'BLOBBASEFEE', 0, 1, 'Cancun 2'],
  [0x50, 'POP', 1, 0, 'Frontier 2'],
  [0x51, 'MLOAD', 1, 1, 'Frontier 6'],
  [0x52, 'MSTORE', 2, 0, 'Frontier 6'],
  [0x53, 'MSTORE8', 2, 0, 'Frontier 6'],
  [0x54, 'SLOAD', 1, 1, 'Frontier 50, EIP150 200, Istanbul 800, Berlin 2100'],
  [
    0x55,
    'SSTORE',
    2,
    0,
    'Frontier 5000, Constantinople 200, ConstantinopleFix 5000, Istanbul 800, Berlin 2200',
  ],
  [0x56, 'JUMP', 1, 0, 'Frontier 8'],
  [0x57, 'JUMPI', 2, 0, 'Frontier 10'],
  [0x58, 'PC', 0, 1, 'Frontier 2'],
  [0x59, 'MSIZE', 0, 1, 'Frontier 2'],
  [0x5a, 'GAS', 0, 1, 'Frontier 2'],
  [0x5b, 'JUMPDEST', 0, 0, 'Frontier 1'],
  [0x5c, 'TLOAD', 1, 1, 'Cancun 100'],
  [0x5d, 'TSTORE', 2, 0, 'Cancun 100'],
  [0x5e, 'MCOPY', 3, 0, 'Cancun 3'],
  [0x5f, 'PUSH0', 0, 1, 'Shanghai 2'],
  ...range(32, (n) => [0x5f + n, `PUSH${n}`, 0, 1, 'Frontier 3']),
  ...range(16, (n) => [0x7f + n, `DUP${n}`, n, n + 1, 'Frontier 3']),
  ...range(16, (n) => [0x8f + n, `SWAP${n}`, n + 1, n + 1, 'Frontier 3']),
  ...range(5, (n) => [0x9f + n, `LOG${n - 1}`, n + 1, 0, `Frontier ${375 * n}`]),
  [0xf0, 'CREATE', 3, 1, 'Frontier 32000'],
  [0xf1, 'CALL', 7, 1, 'Frontier 25040, EIP150 25700, EIP158 700, Berlin 2600'],
  [0xf2, 'CALLCODE', 7, 1, 'Frontier 40, EIP150 700, Berlin 2600'],
  [0xf3, 'RETURN', 2, 0, 'Frontier 0'],
  [0xf4, 'DELEGATECALL', 6, 1, 'Homestead 40, EIP150 700, Berlin 2600'],
  [0xf5, 'CREATE2', 4, 1, 'Constantinople 32000'],
  [0xfa, 'STATICCALL', 6, 1, 'Byzantium 700, Berlin 2600'],
  [0xfd, 'REVERT', 2, 0, 'Byzantium 0'],
  [0xff, 'SELFDESTRUCT', 1, 0, 'Frontier 0, EIP150 30000, EIP158 5000, Berlin 7600'],
]

/** Refused in a static frame (EIP-214, EIP-1153). CALL is, too, when it sends value. */
const WRITERS = 'SSTORE TSTORE LOG0 LOG1 LOG2 LOG3 LOG4 CREATE CREATE2 SELFDESTRUCT'.split(' ')

const ENDS: Readonly<Record<string, Halt>> = {
  STOP: Halt.Stop,
  RETURN: Halt.Return,
  REVERT: Halt.Revert,
  SELFDESTRUCT: Halt.SelfDestruct,
}

const forkNames = FORKS.map(({ name }) => name)
const merged = forkNames.indexOf('Paris')
const entries = new Map(HISTORY.map((entry) => [entry[0], entry]))

/** The entry and its gas as of a fork; undefined before the byte is defined. */
function entryAt(code: number, forkIndex: number) {
  const entry = entries.get(code)
  if (!entry) return undefined
  const [, written, pops, pushes, history] = entry
  const steps = history.split(', ').map((step) => step.split(' '))
  const step = steps.findLast(([fork]) => forkNames.indexOf(fork) <= forkIndex)
  const name = code === 0x44 && forkIndex >= merged ? 'PREVRANDAO' : written
  return step && { code, name, pops, pushes, gas: BigInt(step[1]) }
}

const bytes = Array.from({ length: 256 }, (_, code) => code)
const definedAt = (fork: number) => bytes.flatMap((code) => entryAt(code, fork) ?? [])
const programOf = (code: number) => Uint8Array.of(code, 0x5b)
/** Zeros, but for JUMP a destination. */
const operandsOf = (name: string, count: number) => Array<bigint>(count).fill(name === 'JUMP' ? 1n : 0n)

describe.each(FORKS.map((fork, index) => ({ name: fork.name, fork, index })))('$name', ({ fork, index }) => {
  const run = (code: number, operands: readonly bigint[], scene: Scene = {}) =>
    playRow('', operands, { fork, code: programOf(code), ...scene })

  it('has the rows of its time and no others', () => {
    const names = [...fork.rows.values()].map(({ code, name }) => [code, name])
    const expected = definedAt(index).map(({ code, name }) => [code, name])
    expect(names.sort()).toEqual([...expected, [0xfe, 'INVALID']].sort())
  })

  it('halts on every byte it does not define, and burns all gas', () => {
    const outcomes = bytes
      .filter((code) => !entryAt(code, index))
      .map((code) => [code, run(code, operandsOf('', 20))] as const)
    expect(outcomes.length).toBeGreaterThan(80)
    for (const [code, { halt, gasUsed, steps }] of outcomes)
      expect([code, halt, gasUsed, steps]).toEqual([code, Halt.InvalidOpcode, 1_000_000n, 1])
  })

  it('takes the gas each row is worth, and pops and pushes what it says', () => {
    for (const { code, name, pops, pushes, gas } of definedAt(index)) {
      const { halt, gasUsed, frame, steps } = run(code, operandsOf(name, pops))
      const end = ENDS[name] ?? Halt.None
      expect([name, halt, gasUsed, steps]).toEqual([name, end, gas, 1])
      if (end === Halt.None) expect([name, frame.sp]).toEqual([name, pushes])
    }
  })

  it('runs with exactly that gas, and not with one less', () => {
    for (const { code, name, pops, gas } of definedAt(index)) {
      // Its sentry asks for more than it takes (EIP-2200).
      if (name === 'SSTORE' && index >= forkNames.indexOf('Istanbul')) continue
      const end = ENDS[name] ?? Halt.None
      expect([name, run(code, operandsOf(name, pops), { gas }).halt]).toEqual([name, end])
      if (gas === 0n) continue
      const short = run(code, operandsOf(name, pops), { gas: gas - 1n })
      expect([name, short.halt, short.driver.result.gas]).toEqual([name, Halt.OutOfGas, 0n])
    }
  })

  it('halts on an operand too few, and on one too many', () => {
    for (const { code, name, pops, pushes } of definedAt(index)) {
      if (pops > 0)
        expect([name, run(code, operandsOf(name, pops - 1)).halt]).toEqual([name, Halt.StackUnderflow])
      const full = run(code, operandsOf(name, STACK_LIMIT)).halt
      expect([name, full]).toEqual([name, pushes > pops ? Halt.StackOverflow : (ENDS[name] ?? Halt.None)])
      if (pushes <= pops) continue
      const room = STACK_LIMIT - (pushes - pops)
      expect([name, run(code, operandsOf(name, room)).frame.sp]).toEqual([name, STACK_LIMIT])
    }
  })

  it('writes nothing in a static frame', () => {
    for (const { code, name, pops } of definedAt(index)) {
      const { halt } = run(code, operandsOf(name, pops), { isStatic: true })
      const end = ENDS[name] ?? Halt.None
      expect([name, halt]).toEqual([name, WRITERS.includes(name) ? Halt.StaticViolation : end])
    }
  })
})

describe('misuse', () => {
  it('halts on the designated invalid byte', () => {
    expect(playRow('INVALID', []).halt).toBe(Halt.InvalidOpcode)
  })

  it('knows no byte without a table', () => {
    expect(play({ fork: EMPTY_TABLE, code: Uint8Array.of(0) }).halt).toBe(Halt.InvalidOpcode)
  })

  it('counts the step that halts, and not the message', () => {
    const { driver } = stage({ code: Uint8Array.of(0x5b, 0x5b, 0x01) })
    expect(driver.steps).toBe(0)
    driver.run()
    expect([driver.steps, driver.result.halt]).toEqual([3, Halt.StackUnderflow])
  })
})
