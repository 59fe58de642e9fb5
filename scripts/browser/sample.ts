import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Program, Work } from './work.ts'

const OWN_PROGRAMS = 'fixtures/programs'
const CORPUS = '../shared/benchmarks/corpus.json'
const OWN_STATE_TESTS = 'fixtures/conform/state.json'

/** Of the public suites the smallest file of each folder, if it is below this. */
const MOST_BYTES = 100_000

/** Folders whose cases take minutes in plain TypeScript. */
const SLOW = /stTimeConsuming|stQuadraticComplexity|stAttack|benchmark/

/** The programs that are here, and a sample of the state tests below a folder, if that is here. */
export function readWork(suites: string, casesPerFile: number): Work {
  const ours = readdirSync(OWN_PROGRAMS).filter((name) => name.endsWith('.json'))
  const files = [...ours.map((name) => join(OWN_PROGRAMS, name)), ...[CORPUS].filter(existsSync)]
  const places = [OWN_STATE_TESTS, ...sampleOf(suites)]
  return {
    programs: files.flatMap((file) => readJson(file) as Program[]),
    stateTests: places.map((place) => [place, readJson(place)]),
    casesPerFile,
  }
}

/** One file of each folder of state tests. */
function sampleOf(suites: string): string[] {
  if (!existsSync(suites)) return []
  const smallest = new Map<string, { path: string; size: number }>()
  for (const name of readdirSync(suites, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.json') || !/GeneralStateTests|state_tests/.test(name) || SLOW.test(name)) continue
    const path = join(suites, name)
    const { size } = statSync(path)
    const known = smallest.get(dirname(path))
    if (size <= MOST_BYTES && !(known && known.size <= size)) smallest.set(dirname(path), { path, size })
  }
  return [...smallest.values()].map(({ path }) => path).sort()
}

function readJson(path: string): unknown {
  return JSON.parse(readFileSync(path, 'utf8'))
}
