/** What must hold before a commit: `npm run check`. Every check runs; each that fails prints what it found. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { type Budget, budgetFaults, measure } from './check/budgets.ts'
import { importFaults } from './check/imports.ts'
import { lockFaults } from './check/lock.ts'
import { runChild, runTool } from './lib/child.ts'

/** Files that git may hold under ethereum-tests/; all else there is other people's test data. */
const OWN_SUITE_FILES = ['README.md', 'manifest.json', 'known-failures.json', 'digests.txt']

/** What was found wrong, empty when all is well. */
type Check = () => Promise<string> | string

const CHECKS: Record<string, Check> = {
  types: () => failureOf(runTool('typescript', ['--noEmit', '-p', 'tsconfig.json'])),
  'format and lint': () =>
    failureOf(runTool('@biomejs/biome', ['check', '--colors=off', '--max-diagnostics=50'])),
  imports: () => importFaults(sourceFiles()).join('\n'),
  'no public suites in git': publicSuiteFiles,
  budgets: overBudget,
  'package-lock.json': () => lockFaults(readFileSync('package-lock.json', 'utf8')).join('\n'),
}

async function main(): Promise<number> {
  // All at once: the compiler and the linter are programs of their own.
  const results = await Promise.all(
    Object.entries(CHECKS).map(async ([name, check]) => ({ name, found: (await check()).trim() })),
  )
  for (const { name, found } of results)
    console.log(found === '' ? `ok      ${name}` : `FAILED  ${name}\n${found}\n`)
  return results.every(({ found }) => found === '') ? 0 : 1
}

async function failureOf(child: ReturnType<typeof runChild>): Promise<string> {
  const { code, stdout, stderr } = await child
  return code === 0 ? '' : stdout + stderr || `exit code ${code}`
}

async function overBudget(): Promise<string> {
  const budgets = JSON.parse(readFileSync('scripts/check/budgets.json', 'utf8')) as Record<string, Budget>
  return budgetFaults(budgets, await measure()).join('\n')
}

/** The text of every TypeScript file of the tree, by its path from the root. */
function sourceFiles(): Map<string, string> {
  const paths = ['src', 'opcodes', 'scripts']
    .filter((folder) => existsSync(folder))
    .flatMap((folder) =>
      readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => `${folder}/${name}`),
    )
    .map((path) => path.replaceAll('\\', '/'))
    .filter((path) => path.endsWith('.ts'))
    .sort()
  return new Map(paths.map((path) => [path, readFileSync(path, 'utf8')]))
}

/** Files of the public suites that git tracks: by their place, and elsewhere by the marks that fillers leave. */
async function publicSuiteFiles(): Promise<string> {
  if (!existsSync('.git')) return '' // an unpacked source archive has no index to ask
  const listed = await runChild('git', ['ls-files', '-z', 'ethereum-tests'])
  if (listed.code !== 0) return listed.stderr
  const misplaced = listed.stdout
    .split('\0')
    .filter((path) => path !== '' && !OWN_SUITE_FILES.includes(path.slice('ethereum-tests/'.length)))
  const marks = ['-e', '"filling-transition-tool"', '-e', '"filling-rpc-server"', '-e', '"fixture-format"']
  const marked = await runChild('git', ['grep', '-l', '-F', ...marks, '--', '*.json'])
  const found = [...misplaced, ...marked.stdout.split('\n').filter((path) => path !== '')]
  return found.map((path) => `${path}: a file of a public suite; remove it from git`).join('\n')
}

process.exitCode = await main()
