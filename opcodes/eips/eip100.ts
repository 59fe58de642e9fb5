import type { Delta } from '../../src/core/table.ts'

/** Difficulty follows the time between blocks with their ommers: more of them make the next block harder. */
export const eip100: Delta = {
  eip: 100,
  title: 'Change difficulty adjustment to target mean block time including uncles',
  rules: { difficulty: { secondsPerStep: 9, countsOmmers: true } },
}
