import type { Delta } from '../../src/core/table.ts'

/** Data availability sampling; here only its limit of six blobs a transaction. */
export const eip7594: Delta = { eip: 7594, title: 'PeerDAS', rules: { blob: { perTransaction: 6 } } }
