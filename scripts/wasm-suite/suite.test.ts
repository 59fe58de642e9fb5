import { describe, expect, it } from 'vitest'
import { missing, runSuite } from './suite.ts'

const reason = await missing()

describe('the WebAssembly testsuite', () => {
  it.skipIf(reason !== null)(
    `gives with metering what it gives without${reason === null ? '' : `: ${reason}`}`,
    { timeout: 600_000 },
    async () => {
      const reports = await runSuite()
      expect(reports.flatMap(({ file, faults }) => faults.map((fault) => `${file}: ${fault}`))).toEqual([])
      const sum = (key: 'inside' | 'outside' | 'refused' | 'passed') =>
        reports.reduce((total, report) => total + report[key], 0)
      expect(reports).toHaveLength(89)
      expect([sum('inside'), sum('outside'), sum('refused'), sum('passed')]).toEqual([343, 740, 2199, 7638])
    },
  )
})
