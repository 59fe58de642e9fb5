import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 5,000,000 blocks. */
export const eip1234: Delta = {
  eip: 1234,
  title: 'Constantinople difficulty bomb delay and block reward adjustment',
  rules: { difficulty: { bombDelay: 5_000_000 } },
}
