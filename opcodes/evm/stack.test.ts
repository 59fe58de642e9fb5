import { describe, expect, it } from 'vitest'
import { asm, play, playRow, push, RETURN_TOP } from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { bytesToBigint } from '../../src/core/word.ts'

const NUMBERS = Array.from({ length: 17 }, (_, i) => BigInt(i + 1))
const sizes = Array.from({ length: 32 }, (_, i) => i + 1)

describe('PUSH', () => {
  it.each(sizes)('PUSH%i takes its bytes, high first', (size) => {
    const data = Uint8Array.from({ length: size }, (_, i) => 0xff - i)
    const { stack, frame } = playRow('', [], { code: asm(`PUSH${size}`, data) })
    expect([stack, frame.pc]).toEqual([[bytesToBigint(data)], 1 + size])
  })

  it.each(sizes)('PUSH%i reads zeros where the code ends', (size) => {
    for (const present of new Set([0, 1, size - 1])) {
      const data = Uint8Array.from({ length: present }, (_, i) => 0xff - i)
      const padded = Uint8Array.from({ length: size }, (_, i) => data[i] ?? 0)
      const outcome = play({ code: asm(`PUSH${size}`, data) })
      expect([outcome.stack, outcome.halt]).toEqual([[bytesToBigint(padded)], Halt.Stop])
      // The STOP past the end counts as a step and costs nothing.
      expect([outcome.steps, outcome.gasUsed]).toEqual([2, 3n])
    }
  })

  it('gives the same word each time round a loop', () => {
    // 3 times: the counter, then a PUSH2 whose value is added up.
    const loop = [
      push(0),
      push(3),
      'JUMPDEST',
      'SWAP1',
      push(0x1234),
      'ADD',
      'SWAP1',
      push(1),
      'SWAP1',
      'SUB',
    ]
    const code = asm(loop, 'DUP1', push(4), 'JUMPI', 'POP', RETURN_TOP)
    expect(bytesToBigint(play({ code }).output)).toBe(3n * 0x1234n)
  })

  it('PUSH0 is zero and one byte long', () => {
    const { stack, frame, gasUsed } = playRow('PUSH0', [])
    expect([stack, frame.pc, gasUsed]).toEqual([[0n], 1, 2n])
  })
})

describe('DUP and SWAP', () => {
  it.each(sizes.slice(0, 16))('DUP%i and SWAP%i reach the operand meant and leave the others', (n) => {
    expect(playRow(`DUP${n}`, NUMBERS).stack).toEqual([NUMBERS[n - 1], ...NUMBERS])
    const swapped = [...NUMBERS]
    swapped[0] = NUMBERS[n]
    swapped[n] = NUMBERS[0]
    expect(playRow(`SWAP${n}`, NUMBERS).stack).toEqual(swapped)
  })

  it('POP drops the top', () => expect(playRow('POP', [7n, 8n]).stack).toEqual([8n]))
})

describe('a stack', () => {
  const pushes = (count: number) => asm(...Array<Uint8Array>(count).fill(push(1)))

  it('holds 1,024 operands', () => {
    expect(play({ code: pushes(1024) })).toMatchObject({ halt: Halt.Stop, gasUsed: 3072n })
  })

  it('overflows at one more, before anything is charged for it', () => {
    expect(play({ code: pushes(1025) })).toMatchObject({ halt: Halt.StackOverflow, steps: 1025 })
    // With gas for 1,024 the overflow is found first: the check comes before the charge.
    expect(play({ code: pushes(1025), gas: 3072n }).halt).toBe(Halt.StackOverflow)
  })

  it('underflows before anything is charged', () => {
    expect(playRow('MULMOD', [1n, 2n], { gas: 0n }).halt).toBe(Halt.StackUnderflow)
  })

  it('can be worked on when it is full', () => {
    const code = asm(pushes(1024), 'ADD', push(5), 'SWAP16', 'POP', 'DUP16')
    expect(play({ code }).halt).toBe(Halt.Stop)
  })
})
