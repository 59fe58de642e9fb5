/** The genesis blocks of public block tests, written as genesis files: the header that is made of one is theirs. */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FORKS } from '../../opcodes/forks.ts'
import { genesisHeader, readGenesis } from '../chain/genesis.ts'
import { headerHash } from '../chain/header.ts'
import { toFixedHex } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { asObject, type Json } from './fixture.ts'
import { findSuites } from './suite.ts'

const ROOT = 'ethereum-tests'
const MAX_BYTES = 300_000

/** geth's members for the forks, in the order of the forks. */
const MEMBERS: readonly (readonly [fork: string, member: string])[] = [
  ['Homestead', 'homesteadBlock'],
  ['EIP150', 'eip150Block'],
  ['EIP158', 'eip158Block'],
  ['Byzantium', 'byzantiumBlock'],
  ['Constantinople', 'constantinopleBlock'],
  ['ConstantinopleFix', 'petersburgBlock'],
  ['Istanbul', 'istanbulBlock'],
  ['Berlin', 'berlinBlock'],
  ['London', 'londonBlock'],
  ['Paris', 'terminalTotalDifficulty'],
  ['Shanghai', 'shanghaiTime'],
  ['Cancun', 'cancunTime'],
  ['Prague', 'pragueTime'],
  ['Osaka', 'osakaTime'],
  ['BPO1', 'bpo1Time'],
]

/** A configuration with everything up to a fork in force from the start. */
function configOf(network: string): Json {
  const at = FORKS.findIndex(({ name }) => name === network)
  const passed = MEMBERS.filter(([fork]) => FORKS.findIndex(({ name }) => name === fork) <= at)
  return { chainId: 1, ...Object.fromEntries(passed.map(([, member]) => [member, 0])) }
}

/** One file of every folder: the first. */
function sample(): string[] {
  const files = findSuites(ROOT).flatMap((suite) => suite.files.filter(({ kind }) => kind === 'block'))
  return [...new Map(files.map(({ path }) => [dirname(path), path])).values()]
}

const files = existsSync(ROOT) ? sample() : []

describe.skipIf(files.length === 0)('genesis files of public block tests', () => {
  it('give their genesis headers', () => {
    const networks = new Set<string>()
    for (const path of files) {
      const text = readFileSync(path)
      if (text.length > MAX_BYTES) continue
      for (const [name, value] of Object.entries(asObject(parseJson(text, path), path)).slice(0, 3)) {
        const { network, genesisBlockHeader, pre } = asObject(value, name)
        if (!FORKS.some((fork) => fork.name === network)) continue
        const header = asObject(genesisBlockHeader, name)
        const config = configOf(String(network))
        const genesis = readGenesis({ ...header, config, alloc: pre }, path, null)
        const hash = headerHash(genesisHeader(genesis, merklePatricia))
        expect([path, name, toFixedHex(hash, 32)]).toEqual([path, name, header.hash])
        networks.add(String(network))
      }
    }
    expect(networks.size).toBeGreaterThan(10)
  })
})
