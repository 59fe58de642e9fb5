import { Halt } from '../../src/core/halt.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { bytesToBigint, writeWord } from '../../src/core/word.ts'
import { KECCAK256 } from '../evm/keccak.ts'
import { SPEC } from './costs.ts'

/** TABLEHASH(key, slot): where a table at `slot` keeps the entry of `key`, keccak256(slot ‖ key), a word each. */
const TABLEHASH: Row = {
  code: 0xd2, name: 'TABLEHASH', pops: 2, pushes: 1, gas: 30, spec: SPEC,
  execute(frame) {
    const key = frame.pop(), slot = frame.pop()
    const both = new Uint8Array(64)
    const view = new DataView(both.buffer)
    writeWord(view, 0, slot)
    writeWord(view, 32, key)
    frame.push(bytesToBigint(keccak256(both)))
    return Halt.None
  },
  lower: (b, key, slot) => b.keccakOfPair(slot, key),
}

export const HASH_ROWS: readonly Row[] = [at(0x70, KECCAK256), TABLEHASH]
