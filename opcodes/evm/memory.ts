import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { toNumber } from '../../src/core/word.ts'

/** What a byte range costs to copy or hash is by started words of 32 bytes. Exact below 2^53. */
export function wordsOf(size: bigint): number {
  return Math.ceil(toNumber(size) / 32)
}

/** Gas a word of what is copied (Yellow Paper Gcopy). */
export const COPY_WORD_GAS = 3

/** MLOAD(offset): the 32 bytes from offset on. */
export const MLOAD: Row = {
  code: 0x51, name: 'MLOAD', pops: 1, pushes: 1, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const offset = toNumber(frame.pop())

    const halt = frame.expandTo(offset + 32)
    if (halt !== Halt.None) return halt

    frame.push(frame.loadWord(offset))
    return Halt.None
  },
  lower: (b, offset) => b.loadMemory(offset),
}

/** MSTORE(offset, word): 32 bytes. */
export const MSTORE: Row = {
  code: 0x52, name: 'MSTORE', pops: 2, pushes: 0, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const offset = toNumber(frame.pop()), word = frame.pop()

    const halt = frame.expandTo(offset + 32)
    if (halt !== Halt.None) return halt

    frame.storeWord(offset, word)
    return Halt.None
  },
  lower: (b, offset, word) => b.storeMemory(offset, word),
}

/** MSTORE8(offset, word): the lowest byte of word. */
export const MSTORE8: Row = {
  code: 0x53, name: 'MSTORE8', pops: 2, pushes: 0, gas: 3, spec: 'YP H.2',
  execute(frame) {
    const offset = toNumber(frame.pop()), word = frame.pop()

    const halt = frame.expandTo(offset + 1)
    if (halt !== Halt.None) return halt

    frame.storeByte(offset, toNumber(word & 0xffn))
    return Halt.None
  },
  lower: (b, offset, word) => b.storeByte(offset, word),
}

/** MSIZE(): bytes of memory in use, a multiple of 32. */
export const MSIZE: Row = {
  code: 0x59, name: 'MSIZE', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(BigInt(frame.memorySize))
    return Halt.None
  },
  lower: (b) => b.memorySize(),
}

/** MCOPY(to, from, size): copies within memory; the ranges may overlap. */
export const MCOPY: Row = {
  code: 0x5e, name: 'MCOPY', pops: 3, pushes: 0, gas: 3, spec: 'EIP-5656',
  execute(frame) {
    const to = frame.pop(), from = frame.pop(), size = frame.pop()

    if (!frame.charge(COPY_WORD_GAS * wordsOf(size))) return Halt.OutOfGas
    const halt = frame.expand(to > from ? to : from, size)
    if (halt !== Halt.None) return halt

    frame.moveMemory(to, from, size)
    return Halt.None
  },
  lower: (b, to, from, size) => b.moveMemory(to, from, size),
}
