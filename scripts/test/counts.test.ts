import { describe, expect, it } from 'vitest'
import { readConform, readFuzz, readVitest } from './counts.ts'

const vitest = (change: object = {}) =>
  JSON.stringify({
    numPassedTests: 3,
    numFailedTests: 0,
    numPendingTests: 1,
    numTodoTests: 0,
    testResults: [],
    ...change,
  })

const suite = {
  suite: 'VMTests',
  fork: null,
  tier: 'reference',
  passed: 2,
  failed: 0,
  skipped: 1,
  outside: 0,
  seconds: 0.5,
}
const conform = (change: object = {}) =>
  JSON.stringify({
    suites: [suite, { ...suite, suite: 'a', failed: 1 }, suite],
    failures: [],
    passed: 6,
    failed: 1,
    skipped: 3,
    outside: 0,
    ...change,
  })

describe('reports', () => {
  it('are counted', () => {
    expect(readVitest(vitest(), 0)).toEqual({ passed: 3, failed: 0, skipped: 1, lines: [] })
    expect(readFuzz('{"programs":9,"finds":[{}]}', 1)).toMatchObject({ passed: 8, failed: 1 })
    const { lines, ...counts } = readConform(
      conform({ failures: [{ suite: 'a', case: 'c', fork: 'f', reason: 'r' }] }),
      1,
    )
    expect(counts).toEqual({ passed: 6, failed: 1, skipped: 3 })
    expect(lines).toEqual([
      'suite    passed  failed  skipped  seconds',
      'VMTests       4       0        2      1.0',
      'a             2       1        1      0.5',
      'FAILED a: c (f): r',
    ])
  })

  it.each([
    [
      'a test file that does not load',
      () => readVitest(vitest({ testResults: [{ status: 'failed', assertionResults: [] }] }), 1),
    ],
    ['vitest failing outside its tests', () => readVitest(vitest(), 1)],
    ['a case outside the table', () => readConform(conform({ failed: 0, outside: 1 }), 0)],
    ['suites of which no case ran', () => readConform(conform({ passed: 0, failed: 0 }), 0)],
    ['conform ending with an error', () => readConform(conform({ failed: 0 }), 70)],
    ['conform killed', () => readConform(conform({ failed: 0 }), 128)],
    ['fuzz that ran nothing', () => readFuzz('{"programs":0,"finds":[]}', 0)],
    ['fuzz failing otherwise', () => readFuzz('{"programs":5,"finds":[]}', 1)],
  ])('count %s as one failure', (_, read) => {
    expect(read().failed).toBe(1)
  })

  it.each([
    ['nothing', () => readConform('', 0)],
    ['an error', () => readConform('{"error":{"code":"IO"}}', 11)],
    ['no count', () => readVitest('{"testResults":[]}', 0)],
    ['no list', () => readFuzz('{"programs":5}', 0)],
  ])('are refused when they say %s', (_, read) => {
    expect(read).toThrow(/report/)
  })
})
