import { Halt } from '../../src/core/halt.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import type { Row } from '../../src/core/row.ts'
import { bytesToBigint } from '../../src/core/word.ts'
import { wordsOf } from './memory.ts'

const WORD_GAS = 6

/** KECCAK256(offset, size): the hash of a range of memory. */
export const KECCAK256: Row = {
  code: 0x20, name: 'KECCAK256', pops: 2, pushes: 1, gas: 30, spec: 'YP H.2',
  execute(frame) {
    const offset = frame.pop(), size = frame.pop()

    const halt = frame.expand(offset, size)
    if (halt !== Halt.None) return halt
    if (!frame.charge(WORD_GAS * wordsOf(size))) return Halt.OutOfGas

    frame.push(bytesToBigint(keccak256(frame.viewMemory(offset, size))))
    return Halt.None
  },
  lower: (b, offset, size) => b.keccak(offset, size),
}
