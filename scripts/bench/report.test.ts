import { describe, expect, test } from 'vitest'
import { type Contestant, measure, type Timed } from './measure.ts'
import { geomeans, sizeRow, timeRow } from './report.ts'
import { tableLine } from './table.ts'

const timing = (best: number) => ({ best, median: 2 * best })

function row(name: string, tier: string, ms: number, peerMs: number | null) {
  const named = { group: 'evm', case: name, tier, gas: 1, peer: 'other' }
  return timeRow(named, timing(ms), peerMs === null ? null : timing(peerMs))
}

describe('geometric means', () => {
  const near = (ratio: number) => expect.closeTo(ratio, 9)

  test('are those of the ratios, of each family and of the group, and name the least', () => {
    const rows = [row('main/a', 'x', 1, 2), row('main/b', 'x', 2, 16), row('micro/c', 'x', 1, 27 / 16)]
    const named = { tier: 'x', peer: 'other' }
    expect(geomeans(rows)).toEqual([
      { group: 'evm/main', ...named, ratio: near(4), least: 2, leastCase: 'main/a' },
      { group: 'evm/micro', ...named, ratio: near(27 / 16), least: 27 / 16, leastCase: 'micro/c' },
      { group: 'evm', ...named, ratio: near(3), least: 27 / 16, leastCase: 'micro/c' },
    ])
  })

  test('hold every other tier against the reference tier, and leave out what was not measured', () => {
    const rows = [
      row('a', 'x', 1, null),
      row('a', 'reference', 3, null),
      row('b', 'x', 4, 8),
      row('b', 'reference', 2, 8),
      { ...row('c', 'x', 1, null), peer: null },
    ]
    expect(geomeans(rows)).toEqual([
      { group: 'evm', tier: 'x', peer: 'other', ratio: near(2), least: 2, leastCase: 'b' },
      { group: 'evm', tier: 'reference', peer: 'other', ratio: near(4), least: 4, leastCase: 'b' },
      { group: 'evm', tier: 'x', peer: 'reference', ratio: near(1.5 ** 0.5), least: 0.5, leastCase: 'b' },
    ])
  })
})

test.each([
  [row('a', 'x', 0.25, 100), 'a x 1 0.250 0.500 other 100 200 400 x'],
  [row('a', 'x', 0.25, null), 'a x 1 0.250 0.500 other – – –'],
  [{ ...row('a', 'x', 0.25, null), peer: null }, 'a x 1 0.250 0.500'],
  [
    sizeRow({ group: 'size', case: 'a', tier: null, peer: 'other' }, 1000, 2500),
    'a 1,000 B other 2,500 B 2.50 x',
  ],
])('%o as a line of the table', (given, line) => {
  expect(tableLine(given).replaceAll(/ +/g, ' ')).toBe(line)
})

describe('measuring', () => {
  const contestant = (name: string, times: number[], order: string[]): Contestant<Timed> => ({
    run() {
      order.push(name)
      return { ms: times.shift()! }
    },
  })

  test('warms all up, then takes a sample of each in turn', async () => {
    const order: string[] = []
    const slow = contestant('slow', [90, 20, 30, 10, 20], order)
    const fast = contestant('fast', [...Array(20).fill(7), 5, 5, 4, 6, 10], order)
    const settled = { ...contestant('half', [50, 60, 80, 10, 60], order), settle: () => null }
    const effort = { rounds: 3, sampleMs: 10, totalMs: 1000, warmMs: 100 }
    const timings = await measure([slow, fast, settled], effort, () => {})
    const warm = ['slow', 'slow', ...Array(15).fill('fast'), 'half', 'half']
    expect(order.slice(0, warm.length)).toEqual(warm)
    expect(order.slice(warm.length).join(' ')).toMatch(
      /^slow fast( fast)* half slow fast( fast)* half slow fast( fast)* half$/,
    )
    expect(timings[0]).toEqual({ best: 10, median: 20 })
    expect(timings[2]).toBeNull()
  })

  test('counts the first run of what takes long, and stops sampling it when its time is up', async () => {
    const order: string[] = []
    const long = contestant('long', [1100, 500], order)
    const middle = { ...contestant('middle', [1200, 600, 500], order), compiles: true }
    const short = contestant('short', [100, 90, 80, 110], order)
    const effort = { rounds: 3, sampleMs: 10, totalMs: 1000, warmMs: 50 }
    const timings = await measure([long, middle, short], effort, () => {})
    expect(order).toEqual(['long', 'middle', 'short', 'middle', 'short', 'middle', 'short', 'short'])
    expect(timings).toEqual([
      { best: 1100, median: 1100 },
      { best: 500, median: 550 },
      { best: 80, median: 90 },
    ])
  })
})
