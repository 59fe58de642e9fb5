import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { whyNoAnvil } from '../../scripts/record-bundles/node.ts'
import { recordUniswap } from '../../scripts/record-bundles/uniswap.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { type Bundle, parseBundle } from './bundle.ts'
import { replayBundle } from './replay-bundle.ts'
import { describeStepDifference, firstStepDifference } from './step-difference.ts'
import { recordSteps } from './step-recorder.ts'
import { unpackSteps } from './steps.ts'

const FOLDER = 'fixtures/bundles'
const NAMES = bundlesIn(FOLDER)

function bundlesIn(folder: string): string[] {
  const names = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return names.map((name) => name.slice(0, -'.json'.length))
}

function readBundle(name: string, folder = FOLDER): Bundle {
  return parseBundle(JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')), name)
}

/** Replays a bundle and compares values and, where the node's are kept, every step. Returns the steps compared. */
function check(name: string, folder = FOLDER): number {
  const bundle = readBundle(name, folder)
  const recorders = bundle.transactions.map(() => recordSteps())
  const replayed = replayBundle(bundle, forkByName(bundle.chain.fork), defaultCrypto, {
    tracer: (index) => recorders[index].tracer,
  })
  for (const { differences, compared } of replayed) {
    expect(differences).toEqual([])
    expect(compared).toBeGreaterThan(0)
  }
  if (name === 'first-mainnet-transaction') return 0
  const path = join(folder, `${name}.steps.gz`)
  const node = unpackSteps(readFileSync(path), path)
  expect(node.map(({ hash }) => hash)).toEqual(replayed.map(({ hash }) => hash))
  for (const [i, { steps }] of node.entries()) {
    const difference = firstStepDifference(steps, recorders[i].steps)
    expect(difference && describeStepDifference(difference)).toBeNull()
  }
  return node.reduce((sum, { steps }) => sum + steps.length, 0)
}

describe('recorded bundles', () => {
  it.each(NAMES)('%s agrees with the node in every value and at every step', (name) => {
    check(name)
  })

  it('are many steps, not none', () => {
    expect(NAMES.reduce((sum, name) => sum + check(name), 0)).toBeGreaterThan(10_000)
  })

  it('replays the first transaction of mainnet', () => {
    const [{ hash, sender, result }] = replayBundle(
      readBundle('first-mainnet-transaction'),
      forkByName('Frontier'),
      defaultCrypto,
    )
    expect(hash).toBe(0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060n)
    expect(sender).toBe(0xa1e4380a3b1f749673e270229993ee55f35663b4n)
    expect(result.gasUsed).toBe(21000n)
  })
})

describe('a replay', () => {
  const bundle = readBundle('erc20-transfers')
  const replay = (changed: Bundle) => replayBundle(changed, forkByName(changed.chain.fork), defaultCrypto)
  const withExpected = (change: object): Bundle => ({
    ...bundle,
    transactions: bundle.transactions.map((tx, i) =>
      i === 0 ? { ...tx, expected: { ...tx.expected, ...change } } : tx,
    ),
  })

  it.each([
    ['status', { status: 0 }],
    ['gasUsed', { gasUsed: 1n }],
    ['cumulativeGasUsed', { cumulativeGasUsed: 1n }],
    ['effectiveGasPrice', { effectiveGasPrice: 1n }],
    ['output', { output: Uint8Array.of(1) }],
    ['logs.length', { logs: [] }],
    [
      'post.0x000000000000000000000000000000000000c0de.balance',
      { post: new Map([[0xc0den, { balance: 1n }]]) },
    ],
  ])('tells that %s differs', (what, change) => {
    expect(replay(withExpected(change))[0].differences.map((difference) => difference.what)).toContain(what)
  })

  it('refuses a transaction that cannot be included, naming it', () => {
    const [first] = bundle.transactions
    expect(() => replay({ ...bundle, transactions: [first, first] })).toThrow(
      /transactions\[1\]: nonce too low/,
    )
    expect(() => replay({ ...bundle, transactions: [{ ...first, hash: 1n }] })).toThrow(
      /transactions\[0\]: hash is/,
    )
  })
})

describe('bundles recorded now', async () => {
  const reason = await whyNoAnvil()

  it.skipIf(reason !== null)(
    `agree for Uniswap v2 and v3${reason === null ? '' : ` (${reason})`}`,
    { timeout: 120_000 },
    async () => {
      const folder = mkdtempSync(join(tmpdir(), 'zvm-uniswap-'))
      try {
        await recordUniswap(folder)
        const names = bundlesIn(folder)
        expect(names.length).toBeGreaterThanOrEqual(3)
        for (const name of names) expect(check(name, folder)).toBeGreaterThan(1000)
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  )
})
