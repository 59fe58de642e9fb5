import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../core/json.ts'
import { parseBundle } from './bundle.ts'
import { describeStepDifference, firstStepDifference } from './step-difference.ts'
import { packSteps, type Step, type TransactionSteps, unpackSteps } from './steps.ts'

const word = fc.bigInt({ min: 0n, max: (1n << 256n) - 1n })
const gas = fc.bigInt({ min: 0n, max: (1n << 64n) - 1n })

const step: fc.Arbitrary<Step> = fc.record(
  {
    pc: fc.nat(30_000),
    op: fc.nat(255),
    gas,
    gasCost: gas,
    depth: fc.integer({ min: 1, max: 4 }),
    memorySizeBytes: fc.nat(1000).map((words) => words * 32),
    stack: fc.array(fc.oneof(fc.constantFrom(0n, 1n), word), { maxLength: 6 }),
    error: fc.constantFrom('OutOfGas', 'a.dot'),
  },
  { requiredKeys: ['pc', 'op', 'gas', 'gasCost', 'depth', 'memorySizeBytes', 'stack'] },
)

/** Steps that often follow from the one before, as real ones do. */
const run: fc.Arbitrary<Step[]> = fc.array(fc.tuple(step, fc.boolean()), { maxLength: 20 }).map((pairs) => {
  const steps: Step[] = []
  for (const [each, follows] of pairs) {
    const before = steps.at(-1)
    const { pc, gas, gasCost, depth, memorySizeBytes, stack } = before ?? each
    const next = { ...each, pc: pc + 1, gas: gas - gasCost, depth, memorySizeBytes, stack: [...stack, 7n] }
    steps.push(follows && before && next.gas >= 0n ? next : each)
  }
  return steps
})

const transactions: fc.Arbitrary<TransactionSteps[]> = fc.array(fc.record({ hash: word, steps: run }), {
  maxLength: 3,
})

describe('steps', () => {
  it('are unpacked as they were packed', () => {
    fc.assert(
      fc.property(transactions, (given) => {
        expect(unpackSteps(packSteps(given), 'a.steps.gz')).toEqual(given)
      }),
    )
  })

  const HASH = '0b'.repeat(32)
  it.each([
    ['not gzip', new Uint8Array(20), /^a: cannot be unpacked/],
    ['no version', gzipSync(''), /^a: line 1: not zvm-steps\/1/],
    ['another version', gzipSync('zvm-steps/2\n'), /^a: line 1: not zvm-steps\/1/],
    ['a step without its transaction', gzipSync('zvm-steps/1\n0 0 0 0 1 0 0\n'), /^a: line 2: no tx line/],
    [
      'fewer steps than told',
      gzipSync(`zvm-steps/1\ntx ${HASH} 2\n0 0 0 0 1 0 0\n`),
      /^a: line 4: ends before/,
    ],
    ['a number that is none', gzipSync(`zvm-steps/1\ntx ${HASH} 1\n0 g 0 0 1 0 0\n`), /^a: line 3: no step/],
    [
      'a dot with nothing before',
      gzipSync(`zvm-steps/1\ntx ${HASH} 1\n. 0 0 0 1 0 0\n`),
      /^a: line 3: no step/,
    ],
    [
      'more words kept than there are',
      gzipSync(`zvm-steps/1\ntx ${HASH} 1\n0 0 0 0 1 0 1\n`),
      /^a: line 3: no step/,
    ],
  ])('are refused with %s', (_, packed, message) => {
    expect(() => unpackSteps(packed, 'a')).toThrow(message)
  })
})

/** A step that others are made from: ADD of 2 and 1. */
const ADD: Step = { pc: 4, op: 1, gas: 100n, gasCost: 3n, depth: 1, memorySizeBytes: 32, stack: [2n, 1n] }

describe('firstStepDifference', () => {
  it('finds none between equal runs', () => {
    fc.assert(
      fc.property(run, (steps) => {
        expect(firstStepDifference(steps, structuredClone(steps))).toBeNull()
      }),
    )
  })

  it.each([
    ['pc', { pc: 5 }],
    ['op', { op: 2 }],
    ['gas', { gas: 99n }],
    ['gasCost', { gasCost: 5n }],
    ['depth', { depth: 2 }],
    ['memorySizeBytes', { memorySizeBytes: 64 }],
    ['stack', { stack: [2n, 2n] }],
    ['stack', { stack: [2n] }],
    ['stack', { stack: [2n, 1n, 0n] }],
  ])('finds another %s: %o', (field, change) => {
    const actual = [ADD, { ...ADD, ...change }, ADD]
    expect(firstStepDifference([ADD, ADD, ADD], actual)).toMatchObject({ index: 1, field })
    expect(firstStepDifference(actual, [ADD, ADD, ADD])).toMatchObject({ index: 1, field })
  })

  it('finds a missing and a further step', () => {
    expect(firstStepDifference([ADD, ADD], [ADD])).toEqual({ index: 1, field: 'count', expected: ADD })
    expect(firstStepDifference([ADD], [ADD, ADD])).toEqual({ index: 1, field: 'count', actual: ADD })
  })

  it('lets a node count the gas lent to initcode, to the unit, and only there', () => {
    const create: Step = { ...ADD, op: 0xf0, gas: 146_649n, gasCost: 32_002n }
    // As anvil told it: all but a 64th of the 114,647 that are left.
    expect(firstStepDifference([{ ...create, gasCost: 144_858n }], [create])).toBeNull()
    expect(firstStepDifference([{ ...create, gasCost: 144_857n }], [create])).toMatchObject({
      field: 'gasCost',
    })
    const call = { ...create, op: 0xf1 }
    expect(firstStepDifference([{ ...call, gasCost: 144_858n }], [call])).toMatchObject({ field: 'gasCost' })
  })

  it('does not compare the cost of an instruction that failed', () => {
    const failed: Step = { ...ADD, op: 0x55, gasCost: 100n, error: 'OutOfGas' }
    expect(firstStepDifference([failed], [{ ...ADD, op: 0x55, gasCost: 22_100n }])).toBeNull()
    expect(firstStepDifference([failed], [{ ...ADD, op: 0x55, gas: 99n }])).toMatchObject({ field: 'gas' })
  })

  it('is described with both steps and the words that differ', () => {
    const difference = firstStepDifference([ADD], [{ ...ADD, stack: [2n, 255n, 3n] }])!
    expect(describeStepDifference(difference)).toBe(
      [
        'step 0 differs in stack',
        '  expected pc 4 op 0x01 gas 100 gasCost 3 depth 1 memory 32 stack of 2',
        '  actual   pc 4 op 0x01 gas 100 gasCost 3 depth 1 memory 32 stack of 3',
        '  stack[1] expected 0x1, actual 0xff',
        '  stack[2] expected nothing, actual 0x3',
      ].join('\n'),
    )
  })
})

describe('the committed steps', () => {
  const folder = 'fixtures/bundles'
  const files = readdirSync(folder).filter((name) => name.endsWith('.steps.gz'))

  it.each(files)('%s belong to the transactions of their bundle, and fail only where those do', (file) => {
    const name = file.replace('.steps.gz', '.json')
    const { transactions } = parseBundle(parseJson(readFileSync(join(folder, name)), name), name)
    const recorded = unpackSteps(readFileSync(join(folder, file)), file)
    expect(recorded.map(({ hash }) => hash)).toEqual(transactions.map(({ hash }) => hash))
    for (const [i, { steps }] of recorded.entries()) {
      const last = steps.at(-1)
      if (last?.error !== undefined && last.depth === 1)
        expect(transactions[i].expected.error).toMatch(/^(?!execution reverted)./)
      for (const each of steps) expect(each.stack.length).toBeLessThanOrEqual(1024)
    }
  })
})
