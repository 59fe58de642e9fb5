import { nativePrimitivesOf } from '../../src/core/capability.ts'
import type { NativeCrypto } from '../../src/core/crypto.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { bytesToBigint } from '../../src/core/word.ts'
import { wordsOf } from '../evm/memory.ts'
import { SPEC } from './costs.ts'

type Hash = (crypto: NativeCrypto, data: Uint8Array) => Uint8Array

/** (offset, size): a digest of a range of memory, as KECCAK256; one of 20 bytes lies in the low ones. */
function digest(code: number, name: string, gas: number, wordGas: number, hash: Hash): Row {
  return {
    code, name, pops: 2, pushes: 1, gas, spec: SPEC,
    execute(frame) {
      const offset = frame.pop(), size = frame.pop()

      const halt = frame.expand(offset, size)
      if (halt !== Halt.None) return halt
      if (!frame.charge(wordGas * wordsOf(size))) return Halt.OutOfGas

      frame.push(bytesToBigint(hash(nativePrimitivesOf(frame), frame.viewMemory(offset, size))))
      return Halt.None
    },
  }
}

/** Hashes of a range of memory. BLAKE2B and BLAKE3 give 32 bytes. */
export const DIGEST_ROWS: readonly Row[] = [
  digest(0x71, 'SHA256', 60, 12, (crypto, data) => crypto.sha256(data)),
  digest(0x72, 'RIPEMD160', 600, 120, (crypto, data) => crypto.ripemd160(data)),
  digest(0x73, 'BLAKE2B', 30, 6, (crypto, data) => crypto.blake2b(data)),
  digest(0x74, 'BLAKE3', 30, 6, (crypto, data) => crypto.blake3(data)),
]
