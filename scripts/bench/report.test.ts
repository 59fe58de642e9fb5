import { expect, test } from 'vitest'
import type { Run } from './engine.ts'
import { measure } from './measure.ts'
import { geomeans, rowOf } from './report.ts'

const timing = (best: number) => ({ best, median: 2 * best })

function row(name: string, ms: number, peerMs: number) {
  const named = { group: 'evm', case: name, tier: 'reference', gas: 1, peer: 'other' }
  return rowOf(named, timing(ms), timing(peerMs))
}

test('a geometric mean is that of the ratios, of each family and of the group', () => {
  const means = geomeans([row('main/a', 1, 2), row('main/b', 2, 16), row('micro/c', 1, 27 / 16)])
  const near = (ratio: number) => expect.closeTo(ratio, 9)
  const named = { tier: 'reference', peer: 'other' }
  expect(means).toEqual([
    { group: 'evm/main', ...named, ratio: near(4) },
    { group: 'evm/micro', ...named, ratio: near(27 / 16) },
    { group: 'evm', ...named, ratio: near(3) },
  ])
})

test('contestants run in turn, a sample at a time, and the first runs do not count', async () => {
  const order: string[] = []
  const contestant = (name: string, times: number[]) => ({
    run(): Run {
      order.push(name)
      return { ms: times.shift()!, status: 'success', gasUsed: 0n, output: new Uint8Array(0) }
    },
  })
  const effort = { rounds: 3, sampleMs: 10, caseMs: 1000, leastRounds: 3 }
  const slow = contestant('slow', [90, 30, 10, 20])
  const fast = contestant('fast', [7, 7, 7, 5, 5, 4, 6, 10])
  const timings = await measure([slow, fast], effort, () => {})
  expect(order.join(' ')).toBe('slow fast fast fast slow fast fast slow fast fast slow fast')
  expect(timings).toEqual([
    { best: 10, median: 20 },
    { best: 5, median: 5 },
  ])
})
