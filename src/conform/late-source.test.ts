/** A sample of the public state tests, from every folder, on a source that answers late and in any order. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FORKS } from '../../opcodes/forks.ts'
import { parseJson } from '../core/json.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import type { StateSource } from '../state/source.ts'
import { recorder } from './harness.ts'
import { LateSource } from './late-source.ts'
import { type StateCase, stateCases } from './state-tests.ts'
import { findSuites, type SuiteFile } from './suite.ts'

const ROOT = 'ethereum-tests'
/** Longest file taken, so that the sample stays short. */
const MAX_BYTES = 200_000
/** Most steps of a case that is traced. */
const MAX_STEPS = 5000

const tables = new Map(FORKS.map((table) => [table.name, table]))

/** One file of every folder: the one in the middle. */
function sample(): SuiteFile[] {
  const files = findSuites(ROOT).flatMap((suite) => suite.files.filter(({ kind }) => kind === 'state'))
  const folders = new Map<string, SuiteFile[]>()
  for (const file of files) {
    const folder = dirname(file.path)
    folders.set(folder, [...(folders.get(folder) ?? []), file])
  }
  return [...folders.values()].map((inFolder) => inFolder[inFolder.length >> 1])
}

/** One case of a file, each time another one, and so another fork. */
function caseOf({ path }: SuiteFile, turn: number): StateCase | undefined {
  const text = readFileSync(path)
  if (text.length > MAX_BYTES) return undefined
  const cases = [...stateCases(parseJson(text, path), path)].filter(({ fork }) => tables.has(fork))
  return cases[(turn * 7) % cases.length]
}

const files = existsSync(ROOT) ? sample() : []

describe.skipIf(files.length === 0)('state tests on a late source', () => {
  it('give the same results, roots and traces', async () => {
    let count = 0
    for (const [turn, file] of files.entries()) {
      const one = caseOf(file, turn)
      if (!one) continue
      const table = tables.get(one.fork)!
      const plain = one.run(table, nodeCrypto)
      // A trace as text is long.
      const isTraced = 'status' in plain.result && plain.result.steps < MAX_STEPS
      const [seen, traced] = isTraced ? [recorder(), recorder()] : []
      if (isTraced) one.run(table, nodeCrypto, seen)
      const late: LateSource[] = []
      const over = (pre: StateSource) => {
        late.push(new LateSource(pre, turn))
        return late[0]
      }
      const outcome = await one.runAsync(table, nodeCrypto, over, traced)
      const place = `${file.label} ${one.fork} ${one.index}`
      expect([place, outcome.failure, outcome.result]).toEqual([place, plain.failure, plain.result])
      expect([place, outcome.stateRoot]).toEqual([place, plain.stateRoot])
      expect([place, traced?.lines]).toEqual([place, seen?.lines])
      const [{ rounds, loaded }] = late
      expect(rounds).toBeLessThanOrEqual(loaded)
      count++
    }
    expect(count).toBeGreaterThan(100)
  })
})
