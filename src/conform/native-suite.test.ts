/** The suite of the native instruction set, in every tier, and that it is what its model says. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { zvm } from '../../opcodes/zvm/table.ts'
import { fileOf } from '../../scripts/native-suite/case.ts'
import { FAMILIES } from '../../scripts/native-suite/families.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { Coverage } from './coverage.ts'
import { findFork } from './fixture.ts'
import { runStateTests, stateSuiteCases } from './state-tests.ts'

const FOLDER = 'fixtures/zvm'
const files = readdirSync(FOLDER).filter((name) => name.endsWith('.json'))
const read = (name: string): unknown => JSON.parse(readFileSync(`${FOLDER}/${name}`, 'utf8'))

describe('fixtures/zvm', () => {
  it('is a file a family, small in all', () => {
    expect(files).toEqual(
      Object.keys(FAMILIES)
        .map((family) => `${family}.json`)
        .sort(),
    )
    const sizes = files.map((name) => statSync(`${FOLDER}/${name}`).size)
    expect(sizes.reduce((sum, size) => sum + size)).toBeLessThan(1_500_000)
  })

  it.each(files)('%s passes in every tier', (name) => {
    const results = [...runStateTests(read(name), name, findFork, nodeCrypto, 'all')]
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
    expect(results.length).toBeGreaterThan(20)
  })

  it.each(['calls.json', 'flow.json', 'stack.json'])('%s passes as modules of wasm-lite', (name) => {
    const results = [...runStateTests(read(name), name, findFork, nodeCrypto, 'module')]
    expect(results.filter(({ outcome }) => outcome !== 'passed')).toEqual([])
  })

  it('reaches every opcode', () => {
    const coverage = new Coverage(zvm, zvm)
    let cases = 0
    for (const name of files)
      for (const one of stateSuiteCases(read(name), name)) {
        coverage.begin()
        const failure = one.check(coverage.table, nodeCrypto, ['reference'])
        coverage.end(failure === null)
        cases++
      }
    expect(coverage.counts.filter(({ passed }) => passed === 0)).toEqual([])
    expect([coverage.counts.length, cases]).toEqual([130, 1596])
  })

  it.each(['flow', 'calls', 'storage', 'signatures'])('%s is what the model makes', async (family) => {
    expect(await fileOf(FAMILIES[family]())).toBe(readFileSync(`${FOLDER}/${family}.json`, 'utf8'))
  })
})
