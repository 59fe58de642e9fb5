import type { Delta } from '../../src/core/table.ts'

/**
 * Homestead's changes: a creation costs 53,000 in all, s is at most n/2, a deposit that gas cannot pay halts, and
 * difficulty falls faster the longer a block takes.
 */
export const eip2: Delta = {
  eip: 2,
  title: 'Homestead hard-fork changes',
  rules: {
    intrinsic: { create: 32000 },
    signature: { lowS: true },
    create: { depositShortage: 'halt' },
    difficulty: { secondsPerStep: 10 },
  },
}
