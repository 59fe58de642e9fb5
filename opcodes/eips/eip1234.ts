import type { Delta } from '../../src/core/table.ts'

/** The difficulty bomb is put off by 5,000,000 blocks, and a block brings 2 ether. */
export const eip1234: Delta = {
  eip: 1234,
  title: 'Constantinople difficulty bomb delay and block reward adjustment',
  rules: { difficulty: { bombDelay: 5_000_000 }, reward: 2n * 10n ** 18n },
}
