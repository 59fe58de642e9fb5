import { extend } from '../src/core/table.ts'
import { cancun } from './forks.ts'

/**
 * The part of the EVM that native zvm code can say: Cancun without the opcodes whose meaning the native set does not
 * have. Pushes of other sizes are there in a wider push, DUP5 to DUP16 and SWAP5 to SWAP16 in DUPN and SWAPN; nothing
 * tells of blobs. Bytes, prices, rules and precompiles are Cancun's.
 */
export const zevm = extend(cancun, 'zevm', [{ eip: 0, title: 'zevm', drop: ['BLOBHASH', 'BLOBBASEFEE'] }])
