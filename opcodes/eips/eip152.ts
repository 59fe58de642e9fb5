import type { Delta } from '../../src/core/table.ts'
import { BLAKE2F } from '../precompiles/blake2f.ts'

/** The compression function of BLAKE2b. */
export const eip152: Delta = {
  eip: 152,
  title: 'BLAKE2 compression function F precompile',
  precompiles: [BLAKE2F],
}
