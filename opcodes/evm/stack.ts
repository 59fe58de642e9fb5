import { Halt } from '../../src/core/halt.ts'
import type { Builder, Word } from '../../src/core/lower.ts'
import type { Row } from '../../src/core/row.ts'

/** POP(a): drops it. */
export const POP: Row = {
  code: 0x50, name: 'POP', pops: 1, pushes: 0, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.sp--
    return Halt.None
  },
  lower: () => {},
}

/** PUSH0(): zero. */
export const PUSH0: Row = {
  code: 0x5f, name: 'PUSH0', pops: 0, pushes: 1, gas: 2, spec: 'EIP-3855',
  execute(frame) {
    frame.push(0n)
    return Halt.None
  },
  lower: (b) => b.word(0n),
}

/** PUSH1 to PUSH32: the big-endian immediate; bytes past the end of the code are zeros. */
export const PUSHES: readonly Row[] = Array.from({ length: 32 }, (_, index) => push(index + 1))

function push(sizeBytes: number): Row {
  return {
    code: 0x5f + sizeBytes, name: `PUSH${sizeBytes}`, immediate: sizeBytes, pops: 0, pushes: 1, gas: 3, spec: 'YP H.2',
    execute(frame) {
      frame.push(frame.immediate(sizeBytes))
      return Halt.None
    },
    lower: (b) => b.immediate(sizeBytes),
  }
}

/** DUP1 to DUP16: a copy of the operand n from the top, 1 the top itself. */
export const DUPS: readonly Row[] = Array.from({ length: 16 }, (_, index) => dup(index + 1))

function dup(n: number): Row {
  return {
    code: 0x7f + n, name: `DUP${n}`, nth: n, pops: n, pushes: n + 1, gas: 3, spec: 'YP H.2',
    execute(frame) {
      frame.push(frame.stack[frame.sp - n])
      return Halt.None
    },
    lower: lowerDup,
  }
}

function lowerDup(b: Builder, n: Word): void {
  b.dup(n)
}

/** SWAP1 to SWAP16: the top exchanged with the operand n below it. */
export const SWAPS: readonly Row[] = Array.from({ length: 16 }, (_, index) => swap(index + 1))

function swap(n: number): Row {
  return {
    code: 0x8f + n, name: `SWAP${n}`, nth: n, pops: n + 1, pushes: n + 1, gas: 3, spec: 'YP H.2',
    execute(frame) {
      const { stack } = frame
      const top = frame.sp - 1
      const word = stack[top]
      stack[top] = stack[top - n]
      stack[top - n] = word
      return Halt.None
    },
    lower: lowerSwap,
  }
}

function lowerSwap(b: Builder, n: Word): void {
  b.swap(n)
}
