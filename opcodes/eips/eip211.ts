import type { Delta } from '../../src/core/table.ts'
import { RETURNDATACOPY, RETURNDATASIZE } from '../evm/environment.ts'

/** Output of the last message, of any size. */
export const eip211: Delta = {
  eip: 211,
  title: 'RETURNDATASIZE and RETURNDATACOPY',
  add: [RETURNDATASIZE, RETURNDATACOPY],
}
