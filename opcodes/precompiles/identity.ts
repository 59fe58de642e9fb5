import type { Precompile } from '../../src/core/precompile.ts'
import { countWords } from './input.ts'

/** ID(data): the data. A copy: sharing the bytes let later writes change the return data (CVE-2020-26241). */
export const IDENTITY: Precompile = {
  address: 0x04n,
  name: 'ID',
  spec: 'YP E.1',
  gas: (input) => 15 + 3 * countWords(input),
  run: (input) => new Uint8Array(input),
}
