import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 9,700,000 blocks. */
export const eip3554: Delta = {
  eip: 3554,
  title: 'Difficulty bomb delay to December 2021',
  rules: { difficulty: { bombDelay: 9_700_000 } },
}
