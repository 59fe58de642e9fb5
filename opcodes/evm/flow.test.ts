import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asm, GAS, play, playRow, push } from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { frontier, osaka } from '../forks.ts'

const FAR = [2n, 255n, 1n << 32n, (1n << 32n) + 1n, 1n << 53n, (1n << 53n) + 1n, 1n << 64n, (1n << 256n) - 1n]

describe('JUMP', () => {
  it('goes on at a JUMPDEST', () => {
    const { halt, frame, gasUsed } = playRow('JUMP', [1n])
    expect([halt, frame.pc, gasUsed]).toEqual([Halt.None, 1, 8n])
  })

  it('halts anywhere else, however far, and burns all gas', () => {
    for (const destination of [0n, ...FAR])
      expect(playRow('JUMP', [destination])).toMatchObject({ halt: Halt.InvalidJump, gasUsed: GAS })
  })

  it('does not wrap the destination at 2^32, 2^53 or 2^64', () => {
    for (const bits of [8n, 32n, 53n, 64n, 128n])
      expect(playRow('JUMP', [(1n << bits) + 1n]).halt).toBe(Halt.InvalidJump)
  })
})

describe('JUMPI', () => {
  it('goes on behind itself when the condition is zero, whatever the destination', () => {
    for (const destination of [0n, 1n, ...FAR]) {
      const { halt, frame, gasUsed } = playRow('JUMPI', [destination, 0n])
      expect([halt, frame.pc, gasUsed]).toEqual([Halt.None, 1, 10n])
    }
  })

  it('jumps on any other condition', () => {
    for (const condition of [1n, 2n, 1n << 64n, 1n << 255n]) {
      const code = asm('JUMPI', 'STOP', 'JUMPDEST')
      expect(playRow('', [2n, condition], { code }).frame.pc).toBe(2)
      expect(playRow('', [1n, condition], { code }).halt).toBe(Halt.InvalidJump)
    }
  })
})

describe('where a jump may land', () => {
  const lands = (code: Uint8Array, destination: number) =>
    play({ code: asm(push(destination, 2), 'JUMP', code) }).halt !== Halt.InvalidJump
  const AT = 4

  it('not in the data of a PUSH', () => {
    for (let size = 1; size <= 32; size++) {
      const data = new Uint8Array(size).fill(0x5b)
      const code = asm(`PUSH${size}`, data, 'JUMPDEST')
      for (let i = 0; i <= size; i++) expect(lands(code, AT + i)).toBe(false)
      expect(lands(code, AT + size + 1)).toBe(true)
    }
  })

  it('not in the data of a PUSH that the code cuts off', () => {
    expect(lands(asm('PUSH32', 'JUMPDEST'), AT + 1)).toBe(false)
    expect(lands(asm('JUMPDEST', 'PUSH2', 'JUMPDEST'), AT)).toBe(true)
  })

  it('not past the end, where zeros are read', () => {
    for (const beyond of [1, 2, 32, 64]) expect(lands(asm('JUMPDEST'), AT + beyond)).toBe(false)
  })

  it('after a PUSH whose data holds a PUSH', () => {
    // 61 60 5b 5b: PUSH2 605b, JUMPDEST; not PUSH1 5b.
    expect(lands(Uint8Array.of(0x61, 0x60, 0x5b, 0x5b), AT + 3)).toBe(true)
    expect(lands(Uint8Array.of(0x61, 0x60, 0x5b, 0x5b), AT + 2)).toBe(false)
  })

  it('after PUSH0 and undefined bytes, which have no data', () => {
    expect(lands(Uint8Array.of(0x5f, 0x5b, 0x0c, 0x5b, 0xef, 0x5b), AT + 1)).toBe(true)
    expect(lands(Uint8Array.of(0x5f, 0x5b, 0x0c, 0x5b, 0xef, 0x5b), AT + 5)).toBe(true)
  })

  it('at a JUMPDEST outside every PUSH, on random code', () => {
    const bytes = fc.array(fc.oneof(fc.constantFrom(0x5b, 0x60, 0x61, 0x7f), fc.nat(255)), { maxLength: 200 })
    fc.assert(
      fc.property(bytes, (array) => {
        const code = Uint8Array.from(array)
        const expected: number[] = []
        let data = 0
        code.forEach((byte, at) => {
          if (data > 0) data--
          else if (byte === 0x5b) expected.push(at)
          else if (byte >= 0x60 && byte <= 0x7f) data = byte - 0x5f
        })
        for (const table of [frontier, osaka]) {
          const found = [...table.program(code).jumpDestinations].flatMap((yes, at) => (yes ? [at] : []))
          expect(found).toEqual(expected)
        }
      }),
    )
  })
})

describe('the rest', () => {
  it('PC is the position of the instruction', () => {
    const { stack } = play({ code: asm('PC', push(1), 'PC', 'POP', 'POP', 'PC') })
    expect(stack).toEqual([6n, 0n])
    expect(play({ code: asm(push(1, 5), 'PC') }).stack[0]).toBe(6n)
  })

  it('GAS is what is left after its own 2', () => {
    for (const gas of [2n, 1000n, 1n << 30n, (1n << 30n) + 1n, 1n << 53n, (1n << 64n) - 1n])
      expect(playRow('GAS', [], { gas }).stack).toEqual([gas - 2n])
  })

  it.each([
    ['RETURN', Halt.Return],
    ['REVERT', Halt.Revert],
  ])('%s gives a range of memory and keeps the gas left', (name, end) => {
    const code = asm(push(0xabcdn << 240n, 32), push(0), 'MSTORE', push(3), push(1), name)
    expect(play({ code })).toMatchObject({ halt: end, output: Uint8Array.of(0xcd, 0, 0), gasUsed: 18n })
    // Memory it reaches is charged for; nothing is, where the size is zero.
    expect(playRow(name, [64n, 1n])).toMatchObject({ halt: end, output: new Uint8Array(1), gasUsed: 9n })
    expect(playRow(name, [FAR[7], 0n])).toMatchObject({ halt: end, output: new Uint8Array(0), gasUsed: 0n })
    expect(playRow(name, [0n, FAR[7]])).toMatchObject({ halt: Halt.OutOfGas, gasUsed: GAS })
  })

  it('no exceptional halt has output', () => {
    expect(play({ code: asm(push(1), push(0), 'MSTORE', 'INVALID') }).output).toHaveLength(0)
  })

  it('the end of the code stops', () => {
    expect(play({ code: asm(push(1)) })).toMatchObject({ halt: Halt.Stop, steps: 2, gasUsed: 3n })
  })
})
