import { keccak256 } from '../core/keccak.ts'
import { bytesToBigint } from '../core/word.ts'

/** The hash state tests give to block n: keccak256 of its number in decimal digits. */
export function testBlockHash(number: bigint): bigint {
  return bytesToBigint(keccak256(new TextEncoder().encode(number.toString())))
}
