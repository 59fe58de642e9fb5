import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Builder, Word } from '../../src/core/lower.ts'
import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { toNumber } from '../../src/core/word.ts'
import { DUPS, POP, PUSHES, SWAPS } from '../evm/stack.ts'
import { SPEC } from './costs.ts'

/** Registers of a frame; each holds a word, zero at the start. */
export const REGISTER_COUNT = 16

const push = (code: number, sizeBytes: number) => at(code, PUSHES[sizeBytes - 1])

/** DUPN n: a copy of the operand n from the top, 1 the top itself, n a byte of 1 to 255; 0 is no instruction. */
const DUPN: Row = {
  code: 0x20, name: 'DUPN', immediate: 1, pops: 0, pushes: 1, stack: (n) => ({ pops: n, pushes: n + 1 }), gas: 3,
  spec: SPEC,
  execute(frame) {
    const n = toNumber(frame.immediate(1))
    if (n === 0) return Halt.InvalidOpcode
    frame.push(frame.stack[frame.sp - n])
    return Halt.None
  },
  lower(b) {
    const n = b.immediate(1)
    b.leaveIf(n.isZero())
    b.dup(n)
  },
}

/** SWAPN n: the top exchanged with the operand n below it, n a byte of 1 to 255; 0 is no instruction. */
const SWAPN: Row = {
  code: 0x21, name: 'SWAPN', immediate: 1, pops: 1, pushes: 1, stack: (n) => ({ pops: n + 1, pushes: n + 1 }), gas: 3,
  spec: SPEC,
  execute(frame) {
    const n = toNumber(frame.immediate(1))
    if (n === 0) return Halt.InvalidOpcode
    const { stack } = frame
    const top = frame.sp - 1
    const word = stack[top]
    stack[top] = stack[top - n]
    stack[top - n] = word
    return Halt.None
  },
  lower(b) {
    const n = b.immediate(1)
    b.leaveIf(n.isZero())
    b.swap(n)
  },
}

/** REGGET r: the word in register r, a byte of 0 to 15; higher ones are no instruction. */
const REGGET: Row = {
  code: 0x23, name: 'REGGET', immediate: 1, pops: 0, pushes: 1, gas: 2, spec: SPEC,
  execute(frame) {
    const index = registerOf(frame)
    if (index >= REGISTER_COUNT) return Halt.InvalidOpcode
    frame.push(frame.registers[index] ?? 0n)
    return Halt.None
  },
  lower: (b) => b.register(lowerRegister(b)),
}

/** REGSET r (word): register r, as REGGET. */
const REGSET: Row = {
  code: 0x24, name: 'REGSET', immediate: 1, pops: 1, pushes: 0, gas: 2, spec: SPEC,
  execute(frame) {
    const index = registerOf(frame), word = frame.pop()
    if (index >= REGISTER_COUNT) return Halt.InvalidOpcode
    frame.registers[index] = word
    return Halt.None
  },
  lower: (b, word) => b.setRegister(lowerRegister(b), word),
}

function registerOf(frame: Frame): number {
  return toNumber(frame.immediate(1))
}

function lowerRegister(b: Builder): Word {
  const index = b.immediate(1)
  b.leaveIf(index.gt(b.word(BigInt(REGISTER_COUNT - 1))))
  return index
}

export const STACK_ROWS: readonly Row[] = [
  at(0x10, POP),
  ...[push(0x11, 1), push(0x12, 2), push(0x13, 4), push(0x14, 8), push(0x15, 16), push(0x16, 32)],
  ...DUPS.slice(0, 4).map((row, i) => at(0x17 + i, row)),
  ...SWAPS.slice(0, 4).map((row, i) => at(0x1b + i, row)),
  ...[DUPN, SWAPN, push(0x22, 20), REGGET, REGSET],
]
