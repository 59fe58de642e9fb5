import type { Precompile } from '../../src/core/precompile.ts'
import { countWords } from './input.ts'

const PRICE = { base: 15, perWord: 3 }

/** ID(data): the data. A copy: sharing the bytes let later writes change the return data (CVE-2020-26241). */
export const IDENTITY: Precompile = {
  address: 0x04n,
  name: 'ID',
  spec: 'YP E.1',
  gas: (input) => PRICE.base + PRICE.perWord * countWords(input),
  copies: PRICE,
  run: (input) => new Uint8Array(input),
}
