import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { type Fixture, fixtureName, readFixture } from './fixture.ts'
import { KNOWN_FAULTS, knownFault } from './known.ts'
import { runOurs } from './ours.ts'
import { differences } from './outcome.ts'
import { runPeer } from './peer.ts'

const FOLDER = 'fixtures/fuzz'

const names = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []
const fixtures = new Map<string, Fixture>(
  names.map((name) => [name, readFixture(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')), name)]),
)

describe('finds of the fuzzer', () => {
  it.each([...fixtures])('%s ends as the specification says', (name, fixture) => {
    const { found, right, verdict, case: fuzzCase } = fixture
    expect(fixtureName(fuzzCase), 'the name of a fixture is the hash of its case').toBe(name)
    if (right === null || verdict === null)
      throw new Error(`${name} (${found}): nobody has said which side is right`)
    expect(differences(runOurs(forkByName(fuzzCase.fork), fuzzCase), fixture[right])).toEqual([])
  })
})

describe('known faults of the peer', () => {
  it.each(KNOWN_FAULTS)('$title: a fixture shows it', async (fault) => {
    const shown = [...fixtures.values()].filter(
      ({ right, case: fuzzCase }) =>
        right === 'ours' && knownFault(forkByName(fuzzCase.fork), fuzzCase) === fault,
    )
    expect(shown.length).toBeGreaterThan(0)
    // If the peer has been mended, the fault and its fixtures have done their service.
    for (const { case: fuzzCase, ours } of shown)
      expect(differences(ours, await runPeer(fuzzCase))).not.toEqual([])
  })
})
