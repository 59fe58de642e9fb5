import { describe, expect, it } from 'vitest'
import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { difficultyOf } from './difficulty.ts'

const parent = { number: 0n, timestamp: 100n, difficulty: 2_048_000n, hasOmmers: false }

/** Difficulty of the block after `parent`, changed, in a fork; the parent's share of a step is 1,000. */
function difficulty(fork: string, seconds: bigint, change: Partial<typeof parent> = {}): bigint {
  const { rules } = forkByName(fork)
  return difficultyOf(rules.difficulty!, parent.timestamp + seconds, { ...parent, ...change })
}

/** Steps by which the block is harder than its parent, where no bomb is. */
const steps = (fork: string, seconds: bigint, hasOmmers = false) =>
  (difficulty(fork, seconds, { hasOmmers }) - parent.difficulty) / 1000n

describe('difficulty', () => {
  it.each([
    ['Frontier', 12n, 1n, 1n],
    ['Frontier', 13n, -1n, -1n],
    ['Frontier', 10_000n, -1n, -1n],
    ['Homestead', 9n, 1n, 1n],
    ['Homestead', 10n, 0n, 0n],
    ['Homestead', 1_009n, -99n, -99n],
    ['Homestead', 1_010n, -99n, -99n],
    ['Byzantium', 8n, 1n, 2n],
    ['Byzantium', 9n, 0n, 1n],
    ['Byzantium', 899n, -98n, -97n],
    ['Byzantium', 918n, -99n, -99n],
  ])('in %s after %d seconds moves by %d steps, with ommers by %d', (fork, seconds, alone, withOmmers) => {
    expect([steps(fork, seconds), steps(fork, seconds, true)]).toEqual([alone, withOmmers])
  })

  it.each([
    ['Frontier', 0n],
    ['EIP158', 0n],
    ['Byzantium', 3_000_000n],
    ['Constantinople', 5_000_000n],
    ['Istanbul', 5_000_000n],
    ['MuirGlacier', 9_000_000n],
    ['Berlin', 9_000_000n],
    ['London', 9_700_000n],
    ['ArrowGlacier', 10_700_000n],
    ['GrayGlacier', 11_400_000n],
  ])('in %s has its bomb %d blocks late', (fork, delay) => {
    const bomb = (number: bigint) =>
      difficulty(fork, 9n, { number: number - 1n }) - difficulty(fork, 9n, { number: 0n })
    expect(bomb(delay + 199_999n)).toBe(0n)
    expect(bomb(delay + 200_000n)).toBe(1n)
    expect(bomb(delay + 1_300_000n)).toBe(2n ** 11n)
    expect(bomb(2n ** 64n)).toBe(2n ** 256n)
  })

  it('is never under the minimum', () => {
    expect(difficulty('Homestead', 1_000_000n, { difficulty: 131_072n })).toBe(131_072n)
    expect(difficulty('Homestead', 1n, { difficulty: 0n })).toBe(131_072n)
    // The minimum is that of the sum: the bomb of 8,192 fills what the adjustment of -6,336 leaves, and 1,856 is over.
    expect(difficulty('Homestead', 1_000_000n, { difficulty: 131_072n, number: 1_500_000n })).toBe(132_928n)
  })

  it('is there until the merge', () => {
    const merged = FORKS.findIndex(({ name }) => name === 'Paris')
    expect(FORKS.map(({ rules }) => rules.difficulty !== null)).toEqual(FORKS.map((_, i) => i < merged))
  })
})
