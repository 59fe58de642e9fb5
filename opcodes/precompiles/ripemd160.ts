import type { Precompile } from '../../src/core/precompile.ts'
import { countWords } from './input.ts'

/** RIPEMD160(data): its 20-byte RIPEMD-160 hash, right-aligned in a word. */
export const RIPEMD160: Precompile = {
  address: 0x03n,
  name: 'RIPEMD160',
  spec: 'YP E.1',
  gas: (input) => 600 + 120 * countWords(input),
  run(input, crypto) {
    const output = new Uint8Array(32)
    output.set(crypto.ripemd160(input), 12)
    return output
  },
}
