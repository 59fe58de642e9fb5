/** Bugs other engines have had: in single rows. */
import { describe, expect, it } from 'vitest'
import { Halt } from '../core/halt.ts'
import { asm, GAS, playRow, push, stage } from './harness.ts'

const MAX = (1n << 256n) - 1n
const TOP = 1n << 255n

describe('YP H.2', () => {
  it.each([
    // Wide products and sums do not wrap at 2^256 before the modulus.
    ['MULMOD', MAX, MAX, 12n, 9n],
    ['MULMOD', MAX, MAX, MAX, 0n],
    ['MULMOD', MAX, MAX, MAX - 1n, 1n],
    ['MULMOD', MAX, 2n, MAX - 1n, 2n],
    ['MULMOD', TOP, TOP, MAX, 1n << 254n],
    ['MULMOD', TOP, 2n, MAX, 1n],
    ['MULMOD', 1n << 128n, 1n << 128n, MAX, 1n],
    ['ADDMOD', MAX, MAX, MAX, 0n],
    ['ADDMOD', MAX, 2n, 2n, 1n],
    ['ADDMOD', MAX, 1n, MAX - 1n, 2n],
    // Zeros, the modulus above all.
    ['MULMOD', MAX, MAX, 0n, 0n],
    ['MULMOD', 0n, 0n, 0n, 0n],
    ['MULMOD', 0n, MAX, 7n, 0n],
    ['MULMOD', MAX, 0n, 7n, 0n],
    ['MULMOD', MAX, MAX, 1n, 0n],
    ['ADDMOD', MAX, MAX, 0n, 0n],
    ['ADDMOD', MAX, MAX, 1n, 0n],
  ])('YP H.2: %s(%i, %i, %i)', (name, a, b, n, expected) => {
    expect(playRow(name, [a, b, n]).stack).toEqual([expected])
  })
})

it('YP 9.4.2: JUMPI looks at the condition before the destination', () => {
  for (const destination of [0n, 3n, 1n << 32n, 1n << 64n, MAX]) {
    expect(playRow('JUMPI', [destination, 0n]).halt).toBe(Halt.None)
    expect(playRow('JUMPI', [destination, 1n])).toMatchObject({ halt: Halt.InvalidJump, gasUsed: GAS })
  }
})

describe('YP H.1', () => {
  /** Rows that take a range of memory, asked for one byte far away or for very many. */
  const rows: [string, (far: bigint, long: bigint) => bigint[]][] = [
    ['MLOAD', (far) => [far]],
    ['MSTORE', (far) => [far, 1n]],
    ['MSTORE8', (far) => [far, 1n]],
    ['KECCAK256', (far, long) => [far, long]],
    ['CALLDATACOPY', (far, long) => [far, 0n, long]],
    ['CODECOPY', (far, long) => [far, 0n, long]],
    ['EXTCODECOPY', (far, long) => [0n, far, 0n, long]],
    ['MCOPY', (far, long) => [far, 0n, long]],
    ['LOG0', (far, long) => [far, long]],
    ['RETURN', (far, long) => [far, long]],
    ['REVERT', (far, long) => [far, long]],
    ['CALL', (far, long) => [0n, 0n, 0n, far, long, 0n, 0n]],
    ['DELEGATECALL', (far, long) => [0n, 0n, 0n, 0n, far, long]],
    ['CREATE', (far) => [0n, far, 1n]],
  ]

  it.each(rows)('YP H.1: %s charges, then looks at the limit, then takes memory', (name, operands) => {
    for (const far of [1n << 31n, 1n << 32n, 1n << 40n, 1n << 53n, 1n << 64n, MAX])
      for (const gas of [GAS, (1n << 64n) - 1n]) {
        const set = stage({ code: asm(name), gas }, operands(far, far > 1n << 40n ? far : 1n))
        const { arena } = set.frame
        const before = arena.bytes.length
        set.driver.step()
        expect([name, far, arena.bytes.length]).toEqual([name, far, before])
        expect([Halt.OutOfGas, Halt.MemoryLimit]).toContain(set.driver.result.halt)
        // Only what can be paid for is a matter of the limit.
        if (gas === GAS || far > 1n << 40n) expect(set.driver.result.halt).toBe(Halt.OutOfGas)
        else
          expect([far, set.driver.result.halt]).toEqual([
            far,
            far <= 1n << 37n ? Halt.MemoryLimit : Halt.OutOfGas,
          ])
      }
  })

  it('YP H.1: a limit that is lowered is never passed by what is taken', () => {
    const limits = { memoryBytes: 1 << 20 }
    const gas = 1n << 30n
    const set = stage({
      code: asm(push(1), push((1 << 20) - 32), 'MSTORE', push(1), push(1 << 20), 'MSTORE'),
      limits,
      gas,
    })
    set.driver.run()
    expect([set.driver.result.halt, set.frame.arena.bytes.length <= 1 << 20]).toEqual([
      Halt.MemoryLimit,
      true,
    ])
  })
})

describe('YP H.2', () => {
  const far = [1n << 32n, 1n << 53n, 1n << 64n, (1n << 64n) + 1n, (1n << 128n) + 3n, TOP, MAX]
  it.each([
    ['BYTE', MAX, 0n],
    ['SHL', MAX, 0n],
    ['SHR', MAX, 0n],
    ['SAR', MAX, MAX],
    ['SAR', TOP, MAX],
    ['SAR', TOP - 1n, 0n],
    ['SIGNEXTEND', 0x80n, 0x80n],
    ['SIGNEXTEND', TOP, TOP],
  ])('YP H.2: %s of %i by an index over 2^32 and 2^64', (name, x, expected) => {
    for (const index of far) expect([index, playRow(name, [index, x]).stack]).toEqual([index, [expected]])
  })
})
