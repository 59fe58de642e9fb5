import type { Delta } from '../../src/core/table.ts'

/** A block has at most ten mebibytes, less two that are left to the beacon block around it. */
export const eip7934: Delta = {
  eip: 7934,
  title: 'RLP execution block size limit',
  rules: { blockSizeLimit: 8 * 2 ** 20 },
}
