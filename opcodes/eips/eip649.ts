import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 3,000,000 blocks. */
export const eip649: Delta = {
  eip: 649,
  title: 'Metropolis difficulty bomb delay and block reward reduction',
  rules: { difficulty: { bombDelay: 3_000_000 } },
}
