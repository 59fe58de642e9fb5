import type { Delta } from '../../src/core/table.ts'

/** The coinbase is warm from the start. */
export const eip3651: Delta = { eip: 3651, title: 'Warm COINBASE', rules: { warmth: { coinbase: true } } }
