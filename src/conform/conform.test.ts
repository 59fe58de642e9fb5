import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { build } from 'esbuild'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type ConformOutcome, type ConformRequest, conform } from './conform.ts'
import { toJUnit } from './junit.ts'

const FIXTURES = 'fixtures/conform'
const folder = mkdtempSync(join(tmpdir(), 'zvm-conform-'))
// Where node finds the packages that the worker imports.
const workerUrl = resolve(`node_modules/.cache/zvm/worker.${process.pid}.mjs`)

beforeAll(async () => {
  const common = { bundle: true, packages: 'external', platform: 'node', format: 'esm' } as const
  await build({ ...common, entryPoints: ['src/conform/worker.ts'], outfile: workerUrl, logLevel: 'error' })
})
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(workerUrl)
})

type Json = { [name: string]: Json & Json[] }

function fixture(name: string): Json {
  return JSON.parse(readFileSync(join(FIXTURES, name), 'utf8')) as Json
}

/** Writes a file below the temporary folder and gives its path. */
function write(path: string, content: unknown): string {
  const file = join(folder, path)
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(file, typeof content === 'string' ? content : JSON.stringify(content))
  return file
}

function run(paths: string[], more: Partial<ConformRequest> = {}): Promise<ConformOutcome> {
  const all = { fork: null, run: null, table: null, tier: 'reference', workers: 1, isSlow: false } as const
  return conform({ paths, ...all, workerUrl, ...more })
}

/** Counts as `passed failed skipped outside`. */
function counts({ report }: ConformOutcome): string {
  return [report.passed, report.failed, report.skipped, report.outside].join(' ')
}

describe('conform', () => {
  it('passes every kind of file, wherever it lies, with any number of workers', async () => {
    const one = await run([FIXTURES])
    expect(one.report.failures).toEqual([])
    expect(counts(one)).toBe('30 0 0 0')
    const rows = one.report.suites.map(({ suite, fork, tier, passed }) => [suite, fork, tier, passed])
    expect(rows).toEqual([
      ['conform', null, 'reference', 9],
      ['conform', 'Frontier', 'reference', 2],
      ['conform', 'Istanbul', 'reference', 6],
      ['conform', 'Shanghai', 'reference', 6],
      ['conform', 'Cancun', 'reference', 7],
    ])
    // The same but for the time it took, whatever the order in which files end.
    const two = await run([FIXTURES], { workers: 2 })
    const timeless = (text: string) => text.replace(/"seconds":[\d.]+/g, '')
    expect(timeless(JSON.stringify(two.report))).toBe(timeless(JSON.stringify(one.report)))
    expect(counts(await run([FIXTURES], { tier: 'all' }))).toBe('30 0 0 0')
  })

  it('sorts suites by the folders of the public ones, and judges by content', async () => {
    const root = join(folder, 'layout')
    const places = {
      'a/GeneralStateTests/VMTests/x.json': 'state.json',
      'a/LegacyTests/Constantinople/VMTests/vmSets/x.json': 'vm.json',
      'a/TrieTests/x_any.json': 'rlp.json',
      'b/state_tests/cancun/eip1/x.json': 'state.json',
      'b/state_tests/x.json': 'transaction.json',
      'c/blockchain_tests_engine/x.json': 'state.json',
      'c/nowhere/.hidden/x.json': 'state.json',
      'd/known-failures.json': 'hexencodetest.json',
    }
    for (const [place, name] of Object.entries(places)) write(join('layout', place), fixture(name))
    symlinkSync('..', join(root, 'a/up'))
    const { report } = await run([root])
    expect(report.suites.map(({ suite, fork, passed }) => [suite, fork ?? '', passed])).toEqual([
      ['a/GeneralStateTests', 'Istanbul', 6],
      ['a/GeneralStateTests', 'Shanghai', 6],
      ['a/GeneralStateTests', 'Cancun', 6],
      ['a/LegacyTests/Constantinople/VMTests', '', 2],
      ['a/TrieTests', '', 3],
      ['b/state_tests', 'Frontier', 2],
      ['b/state_tests', 'Cancun', 1],
      ['b/state_tests/cancun', 'Istanbul', 6],
      ['b/state_tests/cancun', 'Shanghai', 6],
      ['b/state_tests/cancun', 'Cancun', 6],
    ])
    const below = await run([join(root, 'a/GeneralStateTests/VMTests'), join(root, 'a/TrieTests/x_any.json')])
    expect(new Set(below.report.suites.map(({ suite }) => suite))).toEqual(
      new Set(['GeneralStateTests', 'TrieTests']),
    )
  })

  it('skips what it knows and does not run, fails what it cannot read', async () => {
    const root = dirname(write('mixed/package.json', { name: 'x', files: { a: 1 } }))
    write('mixed/payloads.json', { b: { engineNewPayloads: [], genesisBlockHeader: {}, pre: {} } })
    write('mixed/broken.json', '{"a":')
    write('mixed/deep.json', '['.repeat(100))
    write('mixed/crypto.json', { a: {} })
    write('mixed/CALLBlake2f_MaxRounds.json', fixture('state.json'))
    const outcome = await run([root])
    expect(outcome.cases.map((one) => [one.case, one.outcome, one.reason])).toEqual([
      ['CALLBlake2f_MaxRounds.json', 'skipped', 'takes long; run with --slow'],
      ['broken.json', 'failed', 'JSON ends too early (line 1, column 6)'],
      [
        'crypto.json: a',
        'skipped',
        'the encryption of connections between nodes, of which an engine has none',
      ],
      ['deep.json', 'failed', 'nested deeper than 64 levels (line 1, column 65)'],
      ['package.json', 'skipped', 'holds no kind of test that is known'],
      ['payloads.json', 'skipped', 'holds payloads of the engine API, which are not run'],
    ])
    const slow = await run([join(root, 'CALLBlake2f_MaxRounds.json')], { isSlow: true })
    expect(counts(slow)).toBe('18 0 0 0')
    // Whoever names a file means it.
    expect(counts(await run([join(root, 'package.json')]))).toBe('0 1 0 0')
  })

  it('fails a wrong or broken case alone, and says why', async () => {
    const file = fixture('state.json')
    const [first, second] = file.store.post.Cancun
    Object.assign(first, { hash: `0x${'00'.repeat(32)}` })
    Object.assign(second, { indexes: { data: 9, gas: 0, value: 0 } })
    Object.assign(file.store.post, { Istanbul: 5, Nowhere: file.store.post.Shanghai })
    Object.assign(file.create, { env: {} })
    Object.assign(file.hash, { post: [] })
    const outcome = await run([write('wrong.json', file)])
    expect(outcome.report.failures.map(({ case: name, fork, reason }) => [name, fork, reason])).toEqual([
      ['wrong.json: hash[0]', null, 'hash.post: not an object (array)'],
      ['wrong.json: create[0]', 'Istanbul', expect.stringMatching(/^create.env.currentCoinbase: /)],
      ['wrong.json: store[0]', 'Istanbul', 'store.post.Istanbul: not a list'],
      ['wrong.json: create[0]', 'Shanghai', expect.stringMatching(/^create.env.currentCoinbase: /)],
      ['wrong.json: create[0]', 'Cancun', expect.stringMatching(/^create.env.currentCoinbase: /)],
      ['wrong.json: store[0]', 'Cancun', expect.stringMatching(/^state root 0x\w+, expected 0x00/)],
      ['wrong.json: store[1]', 'Cancun', 'store.transaction.data[9]: not hex (undefined)'],
    ])
    // What cannot be read may be of any fork.
    expect(counts(await run([join(folder, 'wrong.json')], { fork: 'Shanghai' }))).toBe('4 2 0 0')
    const skipped = outcome.cases.filter((one) => one.outcome === 'skipped')
    expect(skipped.map(({ fork, reason }) => [fork, reason])).toEqual(
      Array(3).fill(['Nowhere', 'no fork Nowhere']),
    )
    expect(counts(outcome)).toBe('7 7 3 0')
  })

  it.each([
    ['an exception that does not come', 'store', { expectException: 'x' }, /^expected exception x, but/],
    [
      'an exception not expected',
      'refused',
      { expectException: '' },
      /^unexpected exception: nonce too high/,
    ],
    ['other logs', 'store', { logs: '0x00' }, /^logs hash 0x\w+, expected 0x00/],
    ['a root that is no text', 'store', { hash: 5 }, /^store.post.Cancun\[0\].hash: not text/],
  ])('fails %s', async (_, name, change, reason) => {
    const file = fixture('state.json')
    Object.assign(file[name].post.Cancun[0], change)
    const outcome = await run([write('one.json', file)], { fork: 'Cancun' })
    expect(counts(outcome)).toBe('5 1 0 0')
    expect(outcome.report.failures[0].reason).toMatch(reason)
  })

  it('runs only the fork and the names asked for', async () => {
    const of = async (more: Partial<ConformRequest>) => counts(await run([FIXTURES], more))
    expect(await of({ fork: 'cancun' })).toBe('7 0 0 0')
    expect(await of({ fork: 'Frontier' })).toBe('4 0 0 0')
    expect(await of({ run: '^store\\[1\\]$' })).toBe('3 0 0 0')
    expect(await of({ run: 'vm\\.json: out|^trie' })).toBe('3 0 0 0')
    expect(await of({ run: 'nothing' })).toBe('0 0 0 0')
  })

  it('refuses a pattern that takes forever', async () => {
    const file = write('long.json', { ['a'.repeat(60)]: { in: '', out: '80' } })
    await expect(run([file], { run: '(a|aa)+$x' })).rejects.toMatchObject({
      code: 'USAGE',
      message: '--run: matching "(a|aa)+$x" takes too long',
    })
  })

  it('forgives known failures and nothing else', async () => {
    const file = fixture('state.json')
    Object.assign(file.store.post.Cancun[0], { hash: '0x00' })
    const path = write('suite/deep/down/state.json', file)
    const known = { case: 'deep/down/state.json: store[0]', fork: 'Cancun', reason: 'https://example.org/1' }
    write('suite/known-failures.json', [known, { ...known, fork: 'Shanghai' }])
    for (const from of [path, dirname(path), join(folder, 'suite')]) {
      const outcome = await run([from])
      expect(counts(outcome)).toBe('16 1 1 0')
      const skipped = outcome.cases.find((one) => one.outcome === 'skipped')
      expect(skipped).toMatchObject({ fork: 'Cancun', reason: known.reason })
      expect(outcome.report.failures).toMatchObject([
        { fork: 'Shanghai', reason: 'listed in known-failures.json, but passed' },
      ])
    }
    write('suite/known-failures.json', [{ ...known, why: 'x' }])
    await expect(run([path])).rejects.toMatchObject({
      code: 'VALUE',
      message: expect.stringMatching(/known-failures.json\[0\].why: unknown member$/),
    })
  })

  it('tells what a table lacks, and how often each of its opcodes is met', async () => {
    const table = write(
      'subset.ts',
      `export const base = 'Cancun', deltas = [{ eip: 0, title: 's', drop: ['KECCAK256'] }]`,
    )
    const outcome = await run([FIXTURES], { table })
    expect(counts(outcome)).toBe('6 0 0 1')
    expect(outcome.cases.find((one) => one.outcome === 'outside')).toMatchObject({
      case: 'state.json: hash[0]',
    })
    const met = new Map(outcome.report.opcodes?.map(({ name, ...rest }) => [name, rest]))
    expect([met.get('SSTORE'), met.get('ADD'), met.get('KECCAK256')]).toEqual([
      { cases: 3, passed: 3 },
      { cases: 0, passed: 0 },
      undefined,
    ])
    const dear = write(
      'dear.ts',
      `export const base = 'Cancun', deltas = [{ eip: 0, title: 'd', reprice: { MSTORE: 4 } }]`,
    )
    const { report } = await run([FIXTURES], { table: dear, workers: 2 })
    expect([report.passed, report.failed]).toEqual([2, 5])
    expect(report.opcodes?.find(({ name }) => name === 'MSTORE')).toEqual({
      name: 'MSTORE',
      cases: 5,
      passed: 0,
    })
  })

  it('loses one file, and no other, to rows that throw or end the process', async () => {
    const breaking = (statement: string) => `
      import { cancun, extend } from 'zvm-engine/evm'
      const [row] = [...cancun.rows.values()].filter(({ name }) => name === 'KECCAK256')
      const broken = { ...row, execute() { ${statement} } }
      export const table = extend(cancun, 'broken', [{ eip: 0, title: 'b', swap: [broken] }])`
    const both = [dirname(write('both/a.json', fixture('state.json')))]
    write('both/b.json', fixture('transaction.json'))
    const thrown = await run(both, { table: write('throws.ts', breaking(`throw new TypeError('oh\\nno')`)) })
    expect(counts(thrown)).toBe('6 1 0 0')
    expect(thrown.report.failures[0].reason).toMatch(/^crashed: TypeError: oh \(at .*\)$/)
    const ended = await run(both, { table: write('ends.ts', breaking('process.exit(0)')) })
    expect(counts(ended)).toBe('6 1 0 0')
    expect(ended.report.failures[0].reason).toMatch(/^crashed: Error: process.exit\(0\) was called/)
    // This ends the thread, which both files were sent to.
    const late = breaking(`queueMicrotask(() => { throw new TypeError('late') }); return 0`)
    const died = await run(both, { table: write('dies.ts', late) })
    expect(counts(died)).toBe('1 1 0 0')
    expect(died.report.failures[0].reason).toMatch(/^crashed: /)
  })

  it('begins no file once it has failed', async () => {
    const log = write('begun.txt', '')
    // The first task fails the run; the second ends only with its thread.
    const worker = write(
      'worker.mjs',
      `import { appendFileSync, readFileSync } from 'node:fs'
      export async function runTask({ files }) {
        const begun = ${JSON.stringify(log)}
        appendFileSync(begun, files.length + ' ')
        if (readFileSync(begun).length < 4) await new Promise((end) => setTimeout(end, 500))
        else await new Promise((end) => setTimeout(end, 60_000))
        return { error: { code: 'IO', message: 'gone' } }
      }`,
    )
    const many = Array.from({ length: 32 }, (_, i) => write(`many/${i}.json`, fixture('rlp.json')))
    await expect(run(many, { workerUrl: worker, workers: 2 })).rejects.toThrow('gone')
    // Takes longer than to begin one.
    await run([FIXTURES])
    expect(readFileSync(log, 'utf8')).toMatch(/^(16 ){1,2}$/)
  })

  it('names a path that is not there', async () => {
    await expect(run([FIXTURES, join(folder, 'absent')])).rejects.toMatchObject({
      code: 'IO',
      message: `${join(folder, 'absent')}: no such file or directory`,
    })
  })
})

describe('toJUnit', () => {
  it('lists every case, and escapes what XML cannot hold', async () => {
    const root = join(folder, 'junit')
    cpSync(join(FIXTURES, 'rlp.json'), join(root, 'rlp.json'), { recursive: true })
    write('junit/odd.json', { '<"&\u0000\ud800': { in: 'x', out: '0x8' } })
    const { report, cases } = await run([root])
    const xml = toJUnit(report, cases)
    expect(xml.replace(/ time="[\d.]+"/g, '').split('\n')).toEqual([
      '<?xml version="1.0" encoding="UTF-8"?>',
      '<testsuites tests="4" failures="1" errors="0" skipped="0">',
      '  <testsuite name="junit" tests="4" failures="1" errors="0" skipped="0">',
      expect.stringMatching(
        /^ {4}<testcase classname="junit" name="odd.json: &lt;&quot;&amp;\?\?"><failure message=".*hex of odd length.*"\/><\/testcase>$/,
      ),
      '    <testcase classname="junit" name="rlp.json: dog"/>',
      '    <testcase classname="junit" name="rlp.json: list"/>',
      '    <testcase classname="junit" name="rlp.json: longForm"/>',
      '  </testsuite>',
      '</testsuites>',
      '',
    ])
  })
})
