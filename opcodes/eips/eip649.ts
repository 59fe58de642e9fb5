import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 3,000,000 blocks, and a block brings 3 ether. */
export const eip649: Delta = {
  eip: 649,
  title: 'Metropolis difficulty bomb delay and block reward reduction',
  rules: { difficulty: { bombDelay: 3_000_000 }, reward: 3n * 10n ** 18n },
}
