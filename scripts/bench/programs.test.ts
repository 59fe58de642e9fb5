import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { programsOf, recordFile, SOURCES } from './record-programs.ts'

describe('the programs of our own', () => {
  // Compiles them, runs them on both engines, and holds their output against a computation without an EVM.
  test.each(SOURCES)('of %s are what it compiles to and do what it says', async (source) => {
    expect(JSON.parse(readFileSync(recordFile(source), 'utf8'))).toEqual(await programsOf(source))
  })
})
