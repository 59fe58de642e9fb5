import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 9,000,000 blocks. */
export const eip2384: Delta = {
  eip: 2384,
  title: 'Muir Glacier difficulty bomb delay',
  rules: { difficulty: { bombDelay: 9_000_000 } },
}
