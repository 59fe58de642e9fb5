/**
 * Every test there is: `npm test`. Our own tests, the public suites that lie in ethereum-tests/, and short runs of
 * the fuzzer, beside the peer and from tier to tier. The last line is `N passed, N failed, N skipped`; the exit code is 0 only when nothing failed.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { type ChildResult, runChild, runTool } from './lib/child.ts'
import { fail, type Outcome, readConform, readFuzz, readVitest } from './test/counts.ts'

const SUITES = 'ethereum-tests'
/** Names of folders whose files are all tests of blocks. */
const BLOCK_SUITE = /^(BlockchainTests|blockchain_tests)$/
/** Of each mode of the fuzzer. */
const FUZZ_PROGRAMS = 2000

/** What dist is made from. */
const SOURCES = [
  'src',
  'opcodes',
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'scripts/build.ts',
  'scripts/build',
]

const NOTHING: Outcome = { passed: 0, failed: 0, skipped: 0, lines: [] }

async function main(): Promise<number> {
  const outcomes = [
    await step('build', buildIfStale),
    await step('own tests', ownTests),
    await step('public suites', publicSuites),
    await step('public suites of blocks', blockSuites),
    // Each takes one core.
    ...(await Promise.all([step('fuzz', () => fuzz()), step('fuzz of tiers', () => fuzz('--tiers'))])),
  ]
  const sum = (key: 'passed' | 'failed' | 'skipped') =>
    outcomes.reduce((total, outcome) => total + outcome[key], 0)
  console.log(`${sum('passed')} passed, ${sum('failed')} failed, ${sum('skipped')} skipped`)
  return sum('failed') === 0 ? 0 : 1
}

/** Runs one part and prints what it has to say. A part that breaks counts as a failure; the others still run. */
async function step(name: string, run: () => Promise<Outcome>): Promise<Outcome> {
  const outcome = await run().catch((error: Error) => fail(NOTHING, error.message))
  if (outcome.lines.length > 0) console.log(`\n${name}\n${outcome.lines.join('\n')}\n`)
  return outcome
}

async function buildIfStale(): Promise<Outcome> {
  const built = statSync('dist/bin/zvm.js', { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (SOURCES.every((source) => newest(source) < built)) return NOTHING
  const { code } = await script('build', [], ['stdout', 'stderr'])
  return code === 0 ? NOTHING : fail(NOTHING, `the build ended with exit code ${code}`)
}

/** The last change below a path, in milliseconds. Folders count: deleting a file changes its folder. */
function newest(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(stats.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

async function ownTests(): Promise<Outcome> {
  const folder = 'node_modules/.cache/zvm'
  mkdirSync(folder, { recursive: true })
  const report = join(folder, `vitest.${process.pid}.json`)
  const args = ['run', '--reporter=default', '--reporter=json', `--outputFile.json=${report}`]
  const { code } = await runTool('vitest', args, { inherit: ['stdout', 'stderr'] })
  const text = existsSync(report) ? readFileSync(report, 'utf8') : ''
  rmSync(report, { force: true })
  return readVitest(text, code)
}

/** All but blocks, in every tier. */
async function publicSuites(): Promise<Outcome> {
  const { others } = suitesBelow(SUITES)
  if (others.length > 0) return conform('--tiers', 'all', ...others)
  return {
    ...NOTHING,
    lines: ['The public suites are absent; `npm run fetch-tests` gets them (ethereum-tests/README.md).'],
  }
}

/** In the tier that is the default: what blocks execute, the other suites have in every tier. */
async function blockSuites(): Promise<Outcome> {
  const { blocks } = suitesBelow(SUITES)
  return blocks.length > 0 ? conform(...blocks) : NOTHING
}

/** Folders of blocks, and the folders beside them. */
function suitesBelow(folder: string): { blocks: string[]; others: string[] } {
  const blocks: string[] = []
  const others: string[] = []
  for (const entry of readdirSync(folder)) {
    const path = join(folder, entry)
    if (entry.startsWith('.') || !statSync(path).isDirectory()) continue
    const below = BLOCK_SUITE.test(entry) ? { blocks: [path], others: [] } : suitesBelow(path)
    blocks.push(...below.blocks)
    // A folder without blocks below it is one, whole.
    others.push(...(below.blocks.length > 0 || BLOCK_SUITE.test(entry) ? below.others : [path]))
  }
  return { blocks, others }
}

async function conform(...args: string[]): Promise<Outcome> {
  const { code, stdout } = await runChild(
    process.execPath,
    ['dist/bin/zvm.js', 'conform', '--json', ...args],
    { inherit: ['stderr'] },
  )
  return readConform(stdout, code)
}

async function fuzz(...mode: string[]): Promise<Outcome> {
  const args = [...mode, '--programs', String(FUZZ_PROGRAMS), '--json']
  const { code, stdout } = await script('fuzz', args, ['stderr'])
  return readFuzz(stdout, code)
}

function script(name: string, args: string[], inherit: ('stdout' | 'stderr')[]): Promise<ChildResult> {
  return runChild(process.execPath, ['scripts/run.mjs', name, ...args], { inherit })
}

process.exitCode = await main()
