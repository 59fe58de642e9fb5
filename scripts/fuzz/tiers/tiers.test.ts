import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { FORKS, forkByName } from '../../../opcodes/forks.ts'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { asmFor, push } from '../../../src/core/asm.ts'
import { Halt } from '../../../src/core/halt.ts'
import type { Row } from '../../../src/core/row.ts'
import { at, extend, type Table } from '../../../src/core/table.ts'
import { ModuleTier } from '../../../src/lite/compile/tier.ts'
import { compareTiers, TierSet } from './compare.ts'
import {
  readTierFixture,
  type TierFixture,
  tierCaseToJson,
  tierFixtureName,
  tierFixtureToJson,
} from './fixture.ts'
import { forkOf, makeTierCase, PROGRAMS_A_FORK } from './generate.ts'
import { fuzzTiers } from './run.ts'
import { tableByName } from './tables.ts'

const FOLDER = 'fixtures/fuzz/tiers'
const osaka = forkByName('Osaka')
const [LT, JUMPDEST, SLOAD] = [0x10, 0x5b, 0x54].map((code) => osaka.rows.get(code)!)

/** Osaka with one row that some tiers are told otherwise. */
function planted(row: Row, otherwise: Partial<Row>): Table {
  const swap = [at(row.code, { ...row, ...otherwise }, {})]
  return extend(osaka, 'Osaka', [{ eip: 0, title: 'planted', swap }])
}

const PLANTED: [string, Table][] = [
  ['a result', planted(LT, { lower: (_, x, y) => y.lt(x) })],
  ['an effect', planted(SLOAD, { lower: (_, key) => key })],
  ['a price', planted(JUMPDEST, { lower: (b) => b.charge(b.word(1n), 1) })],
]

describe('the fuzzer of tiers', () => {
  it.each(PLANTED)('finds %s that is wrong, makes it small and keeps it', async (_, table) => {
    const kept: TierFixture[] = []
    const report = await fuzzTiers({
      ...{ seed: 5, first: 0, programs: 1000, seconds: 40, fork: osaka, findLimit: 1 },
      tableOf: () => table,
      keep: (fixture) => `fixture ${kept.push(fixture)}`,
    })
    expect(report.finds[0].fixture).toBe('fixture 1')
    const { case: small } = readTierFixture(JSON.parse(tierFixtureToJson(kept[0])), 'fixture')
    expect(small).toEqual(kept[0].case)
    expect(Math.max(...[...small.accounts.values()].map(({ code }) => code.length))).toBeLessThan(60)
    expect(compareTiers(new TierSet(table), small)).not.toEqual([])
    expect(compareTiers(new TierSet(osaka), small)).toEqual([])
  })

  it('finds what modules alone do otherwise', () => {
    const table = planted(SLOAD, {
      execute(frame) {
        return frame.tier instanceof ModuleTier ? Halt.InvalidOpcode : SLOAD.execute(frame)
      },
    })
    const code = asmFor(osaka)(push(1), 'SLOAD')
    const accounts = new Map([[0xc0den, { nonce: 1n, balance: 0n, code, storage: new Map() }]])
    const runs = [{ gas: 10_000n, steps: 10, slice: 0, data: new Uint8Array(0) }]
    const found = compareTiers(new TierSet(table), {
      ...{ fork: osaka.name, heat: 1, sharesTranslations: false, accounts, runs },
    })
    expect(found[0]).toEqual({ tier: 'module', field: 'halt', judged: 'Stop', given: 'InvalidOpcode' })
    expect(new Set(found.map(({ tier }) => tier))).toEqual(new Set(['module']))
  })

  it('makes the same programs from the same seed, each without those before it, for every fork', () => {
    const programs = (seed: number) =>
      Array.from({ length: 30 }, (_, i) => tierCaseToJson(makeTierCase(seed, i, osaka)))
    const first = programs(9)
    expect(programs(9)).toEqual(first)
    expect(tierCaseToJson(makeTierCase(9, 13, osaka))).toEqual(first[13])
    expect(new Set([...first, ...programs(10)].map((each) => JSON.stringify(each))).size).toBe(60)
    const forks = Array.from({ length: 300 }, (_, i) => forkOf(1, i * PROGRAMS_A_FORK).name)
    expect(new Set(forks).size).toBe(FORKS.length)
  })

  it('meets every way to halt', async () => {
    const keep = () => 'kept'
    const options = { seed: 3, first: 0, programs: 300, seconds: 40, fork: osaka, findLimit: 1 }
    const { halts, finds } = await fuzzTiers({ ...options, tableOf: forkByName, keep })
    expect(finds).toEqual([])
    const wanted = ['Stop', 'Return', 'Revert', 'OutOfGas', 'StackUnderflow', 'StackOverflow', 'InvalidJump']
    for (const halt of [...wanted, 'InvalidOpcode', 'StepLimit', 'SelfDestruct'])
      expect(Object.keys(halts)).toContain(halt)
  })
})

describe('the fuzzer of native programs', () => {
  const options = { seed: 4, first: 0, seconds: 60, fork: zvm, findLimit: 1 }

  it('finds a row that is wrong in a tier', async () => {
    const LT = zvm.rows.get(0x50)!
    const wrong = at(LT.code, { ...LT, lower: (_, x, y) => y.lt(x) }, {})
    const table = extend(zvm, 'zvm', [{ eip: 0, title: 'planted', swap: [wrong] }])
    const kept: TierFixture[] = []
    const keep = (fixture: TierFixture) => `fixture ${kept.push(fixture)}`
    const report = await fuzzTiers({ ...options, programs: 2000, tableOf: () => table, keep })
    expect(report.finds[0].fixture).toBe('fixture 1')
    const { case: small } = kept[0]
    expect(Math.max(...[...small.accounts.values()].map(({ code }) => code.length))).toBeLessThan(60)
    expect(compareTiers(new TierSet(zvm), small)).toEqual([])
  })

  it('meets every way to halt', async () => {
    const { halts, finds } = await fuzzTiers({
      ...options,
      programs: 400,
      tableOf: tableByName,
      keep: () => '',
    })
    expect(finds).toEqual([])
    const wanted = ['Stop', 'Return', 'Revert', 'OutOfGas', 'StackUnderflow', 'InvalidJump', 'InvalidOpcode']
    for (const halt of [...wanted, 'StepLimit', 'SelfDestruct', 'CapabilityDenied'])
      expect(Object.keys(halts)).toContain(halt)
  })
})

const names = existsSync(FOLDER) ? readdirSync(FOLDER).filter((name) => name.endsWith('.json')) : []

describe('what tiers once differed on', () => {
  it.each(names)('%s is the same in all of them', (name) => {
    const fixture = readTierFixture(JSON.parse(readFileSync(join(FOLDER, name), 'utf8')), name)
    expect(tierFixtureName(fixture), 'the name of a fixture is the hash of its case').toBe(name)
    if (fixture.verdict === null)
      throw new Error(`${name} (${fixture.found}): nobody has said what was wrong`)
    expect(compareTiers(new TierSet(tableByName(fixture.case.fork)), fixture.case)).toEqual([])
  })
})
