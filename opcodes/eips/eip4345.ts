import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 10,700,000 blocks. */
export const eip4345: Delta = {
  eip: 4345,
  title: 'Difficulty bomb delay to June 2022',
  rules: { difficulty: { bombDelay: 10_700_000 } },
}
