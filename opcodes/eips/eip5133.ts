import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 11,400,000 blocks. */
export const eip5133: Delta = {
  eip: 5133,
  title: 'Delaying difficulty bomb to mid-September 2022',
  rules: { difficulty: { bombDelay: 11_400_000 } },
}
