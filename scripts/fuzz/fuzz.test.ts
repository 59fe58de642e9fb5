import { describe, expect, it } from 'vitest'
import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { Halt, haltName, isSuccess } from '../../src/core/halt.ts'
import { at, extend, type Table } from '../../src/core/table.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { caseToJson, type Fixture, fixtureToJson, readFixture } from './fixture.ts'
import { FUZZED_FORKS, makeCase } from './generate/case.ts'
import { precompileInput } from './generate/precompile-input.ts'
import { runOurs } from './ours.ts'
import { differences } from './outcome.ts'
import { Random } from './random.ts'
import { fuzz } from './run.ts'

const osaka = forkByName('Osaka')
const [LT, SLT] = [osaka.rows.get(0x10)!, osaka.rows.get(0x12)!]

/** Faults as an engine may have them: a wrong price, a wrong result, a forgotten rule. */
const PLANTED: [string, Table][] = [
  ['a gas cost', extend(osaka, 'Osaka', [{ eip: 0, title: 'planted', reprice: { MULMOD: 9 } }])],
  [
    'a result',
    extend(osaka, 'Osaka', [{ eip: 0, title: 'planted', swap: [at(SLT.code, LT, { name: 'SLT' })] }]),
  ],
  ['a rule', extend(osaka, 'Osaka', [{ eip: 0, title: 'planted', rules: { refundQuotient: 2 } }])],
]

describe('the fuzzer', () => {
  it.each(PLANTED)('finds %s that is wrong, makes it small and keeps it', async (_, table) => {
    const kept: Fixture[] = []
    const report = await fuzz({
      ...{ seed: 5, first: 0, programs: 3000, seconds: 40, fork: osaka, findLimit: 1 },
      tableOf: () => table,
      keep: (fixture) => `fixture ${kept.push(fixture)}`,
    })
    expect(report.finds[0].fixture).toBe('fixture 1')
    const json = fixtureToJson(kept[0])
    const { case: small, ours, peer } = readFixture(JSON.parse(json), 'fixture')
    expect(small.transactions.length).toBe(1)
    expect(Math.max(...[...small.pre.values()].map(({ code }) => code.length))).toBeLessThan(60)
    // What was read back is what was found, and without the fault ours is the peer's.
    expect(differences(runOurs(table, small), ours)).toEqual([])
    expect(differences(runOurs(osaka, small), peer)).toEqual([])
    expect(differences(ours, peer)).not.toEqual([])
  })

  it('makes the same programs from the same seed, each without those before it', () => {
    const programs = (seed: number) =>
      Array.from({ length: 20 }, (_, i) => caseToJson(makeCase(seed, i, null)))
    const first = programs(9)
    expect(programs(9)).toEqual(first)
    expect(caseToJson(makeCase(9, 13, null))).toEqual(first[13])
    expect(new Set([...first, ...programs(10)].map((each) => JSON.stringify(each))).size).toBe(40)
  })

  it('meets every fork', () => {
    const met = new Set(Array.from({ length: 600 }, (_, i) => makeCase(1, i, null).fork))
    expect([...met].sort()).toEqual(FUZZED_FORKS.map(({ name }) => name).sort())
    expect(FUZZED_FORKS.length).toBeGreaterThanOrEqual(FORKS.length - 2)
  })

  it.each(FUZZED_FORKS.map((fork) => [fork.name, fork] as const))('has a peer of %s', async (_, fork) => {
    const report = await fuzz({
      ...{ seed: 3, first: 0, programs: 5, seconds: 40, fork, findLimit: 1 },
      tableOf: forkByName,
      keep: () => '',
    })
    expect(report).toMatchObject({ programs: 5, finds: [] })
  })

  it('reaches every opcode, precompile, kind of message, halt and transaction', () => {
    const met = new Set<string>()
    for (let i = 0; i < 900; i++) {
      const fuzzCase = makeCase(7, i, osaka)
      const { transactions } = runOurs(osaka, fuzzCase, {
        stepEnd: (_, { name }, halt) => halt < Halt.OutOfGas && met.add(name),
        exit: ({ kind, to }, { halt }) => {
          met.add(haltName(halt)).add(`kind ${kind} ${isSuccess(halt)}`)
          met.add(`precompile ${to}`)
        },
      })
      for (const [i, { status }] of transactions.entries())
        met.add(`type ${fuzzCase.transactions[i].tx.type} ${status}`)
    }
    const wanted = [
      ...[...osaka.rows.values()].map(({ name }) => name).filter((name) => name !== 'INVALID'),
      ...[...osaka.precompiles.keys()].map((address) => `precompile ${address}`),
      ...[0, 1, 2, 3, 4, 5].flatMap((kind) => [`kind ${kind} true`, `kind ${kind} false`]),
      ...['OutOfGas', 'StackUnderflow', 'StackOverflow', 'InvalidJump', 'InvalidOpcode', 'StaticViolation'],
      ...[
        'ReturnDataOutOfBounds',
        'PrecompileFailure',
        'CodeSizeExceeded',
        'InitCodeSizeExceeded',
        'InvalidCode',
      ],
      ...['AddressCollision', 'Revert', 'SelfDestruct', 'Stop', 'Return'],
      ...[0, 1, 2, 3, 4].flatMap((type) =>
        ['success', 'halt', 'revert', 'refused'].map((status) => `type ${type} ${status}`),
      ),
    ]
    expect(wanted.filter((each) => !met.has(each))).toEqual([])
  })

  it.each([...osaka.precompiles.values()])('knows valid input for $name', (precompile) => {
    const random = new Random(1, 1)
    const isAccepted = Array.from({ length: 40 }, () => precompileInput(random, precompile.address)).some(
      (input) => precompile.gas(input) < 1e6 && (precompile.run(input, nodeCrypto)?.length ?? 0) > 0,
    )
    expect(isAccepted).toBe(true)
  })
})
