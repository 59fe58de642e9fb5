import type { Precompile } from '../../src/core/precompile.ts'
import { countWords } from './input.ts'

/** SHA256(data): its SHA2-256 hash. */
export const SHA256: Precompile = {
  address: 0x02n,
  name: 'SHA256',
  spec: 'YP E.1',
  gas: (input) => 60 + 12 * countWords(input),
  run: (input, crypto) => crypto.sha256(input),
}
