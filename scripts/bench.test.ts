import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { BenchRow, Geomean } from './bench/report.ts'
import { runChild } from './lib/child.ts'
import { whyNoAnvil } from './record-bundles/node.ts'

interface Report {
  readonly rows: readonly BenchRow[]
  readonly geomean: readonly Geomean[]
}

const ROW = ['group', 'case', 'tier', 'ms', 'gas', 'peer', 'peerMs', 'ratio']
const ROW_MORE = ['msMedian', 'peerMsMedian', 'bytes', 'peerBytes']

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'zvm-bench-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

function bench(...args: string[]) {
  return runChild(process.execPath, ['scripts/run.mjs', 'bench', '--quick', ...args])
}

async function report(...args: string[]): Promise<Report> {
  const { code, stdout, stderr } = await bench('--json', ...args)
  expect(code, stderr).toBe(0)
  return JSON.parse(stdout) as Report
}

const SMALL = ['--group', 'evm', '--case', 'hash/chain']

describe('npm run bench', () => {
  it('gives rows and means of a program, against every peer in every tier asked for', async () => {
    const { rows, geomean } = await report(...SMALL, '--tier', 'interpreter,reference')
    const peers = (await whyNoAnvil()) === null ? ['@ethereumjs/evm', 'revm'] : ['@ethereumjs/evm']
    const pairs = ['interpreter', 'reference'].flatMap((tier) => peers.map((peer) => ({ tier, peer })))
    expect(rows).toHaveLength(pairs.length)
    for (const [i, row] of rows.entries()) {
      expect(Object.keys(row).sort()).toEqual([...ROW, ...ROW_MORE].sort())
      expect(row).toMatchObject({ group: 'evm', case: 'hash/chain', gas: 249_041, ...pairs[i] })
      expect(row.msMedian).toBeGreaterThanOrEqual(row.ms!)
      if (row.ratio === null) expect([row.peer, row.peerMs]).toEqual(['revm', null])
      else expect(row.ratio).toBeCloseTo(row.peerMs! / row.ms!, 9)
    }
    const [first] = rows
    expect(geomean[0]).toEqual({
      ...{ group: 'evm', tier: 'interpreter', peer: '@ethereumjs/evm' },
      ...{ ratio: expect.closeTo(first.ratio!, 9), least: first.ratio, leastCase: 'hash/chain' },
    })
    expect(geomean.at(-1)).toMatchObject({ tier: 'interpreter', peer: 'reference' })
  })

  it('measures ours alone, and profiles it', async () => {
    const path = join(folder, 'cpu.cpuprofile')
    const { rows, geomean } = await report(...SMALL, '--tier', 'reference', '--profile', path)
    expect(rows).toMatchObject([{ tier: 'reference', peer: null, peerMs: null, ratio: null }])
    expect(geomean).toEqual([])
    const { nodes } = JSON.parse(readFileSync(path, 'utf8')) as {
      nodes: { callFrame: { functionName: string } }[]
    }
    expect(nodes.map(({ callFrame }) => callFrame.functionName)).toContain('interpret')
  })

  it('refuses a profile that cannot be written before it measures', async () => {
    const path = join(folder, 'none', 'cpu.cpuprofile')
    const { code, stderr } = await bench(...SMALL, '--profile', path)
    expect([code, stderr]).toEqual([11, `zvm: ${path}: no such file or directory\n`])
  })

  it.each([
    ['crypto', 'keccak256/32', ['ethereum-cryptography'], 'ms'],
    ['trie', 'verify-1k/10k', ['@ethereumjs/mpt'], 'ms'],
    ['size', 'trie', ['@ethereumjs/mpt'], 'bytes'],
  ] as const)('measures %s', async (group, name, peers, member) => {
    const { rows } = await report('--group', group, '--case', name)
    expect(rows).toMatchObject(peers.map((peer) => ({ group, case: name, tier: null, gas: null, peer })))
    expect(rows[0][member]).toBeGreaterThan(0)
    expect(rows[0].ratio).toBeGreaterThan(1)
  })

  it('compares the first runs in a new engine', async () => {
    const corpus = ['--corpus', 'fixtures/programs/hash-chain.json']
    const { rows } = await report('--group', 'cold', ...corpus)
    const named = { group: 'cold', case: 'hash/chain', tier: 'auto', peer: 'interpreter' }
    expect(rows).toMatchObject([{ ...named, ms: expect.any(Number), peerMs: expect.any(Number) }])
  })

  it('tells a wrong result, and ends with an error', async () => {
    const corpus = ['--corpus', join(folder, 'wrong.json')]
    const [program] = JSON.parse(readFileSync('fixtures/programs/hash-chain.json', 'utf8')) as object[]
    writeFileSync(corpus[1], JSON.stringify([{ ...program, gasUsed: 1 }]))
    const { code, stdout, stderr } = await bench(
      '--group',
      'evm',
      '--tier',
      'reference',
      '--peer',
      'none',
      ...corpus,
    )
    expect(stderr).toContain('wrong: hash/chain: reference used 249041 gas, not 1')
    expect(stdout).toBe('')
    expect(code).toBe(1)
  })

  it('refuses to measure nothing', async () => {
    const { code, stderr } = await bench('--group', 'crypto', '--case', 'nothing of the kind')
    expect(stderr).toContain('no case was measured')
    expect(code).toBe(3)
  })
})
