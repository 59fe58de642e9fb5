import { execFile } from 'node:child_process'
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runChild } from './lib/child.ts'

const { name, version, exports, bin } = JSON.parse(readFileSync('package.json', 'utf8')) as {
  name: string
  version: string
  bin: Record<string, string>
  exports: Record<string, string | { types: string; default: string }>
}

/** Entry points as a user writes them. */
const ENTRY_POINTS = Object.entries(exports)
  .filter(([, target]) => typeof target !== 'string')
  .map(([path]) => name + path.slice(1))

/** What the tarball may hold; everything else was packed by mistake. */
const ALLOWED = [
  /^package\.json$/,
  /^(README|CHANGELOG|SECURITY)\.md$/,
  /^LICENSE$/,
  /^dist\/bin\/[\w-]+\.js(\.v[\w.-]+\.code)?$/,
  /^dist\/bin\/package\.json$/,
  /^dist\/bin\/interpreters\/\w+\.wasm$/,
  /^dist\/(src|opcodes)\/[\w/-]+\.(js|d\.ts)$/,
  /^fixtures\/NOTICE\.md$/,
  /^fixtures\/schema\/zvm-bundle-1\.json$/,
  /^fixtures\/examples\/[\w/.-]+\.(json|ts|js|mjs|sol|zasm|zvm|txt|pub|zsig|multi|wat|wasm)$/,
  /^fixtures\/assembly\/\w+(\.abi)?\.(zasm|zvm|json)$/,
  /^fixtures\/bundles\/[\w/.-]+\.(json|steps\.gz)$/,
]

/** lmdb and what it brings, which is counted by name. */
const OF_LMDB = new Set([
  ...['lmdb', '@lmdb', '@harperfast', 'msgpackr', 'msgpackr-extract', '@msgpackr-extract', 'detect-libc'],
  ...['node-addon-api', 'node-gyp-build-optional-packages', 'ordered-binary', 'weak-lru-cache'],
])

const folder = mkdtempSync(join(tmpdir(), 'zvm-pack-'))
const installed = join(folder, 'user')
const run = promisify(execFile)
let files: string[]

beforeAll(async () => {
  if (!existsSync('dist/bin/zvm.js')) await run(process.execPath, ['scripts/run.mjs', 'build'])
  // Without scripts: dist is built, and a build now would pull it from under tests that run beside this one.
  const packing = await run('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder])
  const [packed] = JSON.parse(packing.stdout) as [{ filename: string; files: { path: string }[] }]
  files = packed.files.map(({ path }) => path)
  mkdirSync(installed)
  writeFileSync(join(installed, 'package.json'), '{ "name": "user", "private": true, "type": "module" }')
  const quiet = ['--prefer-offline', '--no-audit', '--no-fund', '--no-package-lock']
  await run('npm', ['install', ...quiet, join(folder, packed.filename)], { cwd: installed })
}, 60_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('the packed package', () => {
  it('holds what it should and nothing else', () => {
    expect(files.filter((path) => !ALLOWED.some((pattern) => pattern.test(path)))).toEqual([])
    expect(files.filter((path) => /\.(test|bench)\./.test(path))).toEqual([])
    expect(files).toEqual(
      expect.arrayContaining(['LICENSE', 'README.md', 'CHANGELOG.md', 'SECURITY.md', 'dist/bin/zvm.js']),
    )
  })

  it('has whatever its README links to', () => {
    const links = [...readFileSync('README.md', 'utf8').matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(
      (link) => link[1],
    )
    expect(links.length).toBeGreaterThan(3)
    expect(
      links.filter((link) => !files.some((path) => path === link || path.startsWith(`${link}/`))),
    ).toEqual([])
  })

  it.each([
    ['zvm', ['--version'], new RegExp(`^(zvm )?${version}`)],
    ['zvm-evm', ['-v'], new RegExp(`^evm version ${version}`)],
  ])('has the bin %s, which runs', async (command, args, expected) => {
    const { stdout, stderr } = await run(join(installed, 'node_modules/.bin', command), args, { cwd: folder })
    expect([stdout, stderr]).toEqual([expect.stringMatching(expected), ''])
    const file = resolve(installed, 'node_modules', name, bin[command] ?? '')
    expect(statSync(file).mode & 0o111).toBe(0o111)
  })

  it.each(ENTRY_POINTS)('lets a user import %s', async (entry) => {
    const program = `const all = await import('${entry}'); console.log(Object.keys(all).length)`
    const { code, stdout, stderr } = await runChild(
      process.execPath,
      ['--input-type=module', '--eval', program],
      { cwd: installed },
    )
    expect([code, stderr]).toEqual([0, ''])
    expect(Number(stdout)).toBeGreaterThan(0)
  })

  it('has types that a strict user can compile against', async () => {
    const imports = ENTRY_POINTS.map(
      (entry, at) => `import * as all${at} from '${entry}'\nexport { all${at} }`,
    )
    writeFileSync(join(installed, 'user.ts'), imports.join('\n'))
    const compilerOptions = { noEmit: true, strict: true, target: 'es2022', module: 'nodenext', types: [] }
    writeFileSync(join(installed, 'tsconfig.json'), JSON.stringify({ compilerOptions, files: ['user.ts'] }))
    const compiler = resolve('node_modules/typescript/bin/tsc')
    const result = await runChild(process.execPath, [compiler, '-p', '.'], { cwd: installed })
    expect(result).toEqual({ code: 0, stdout: '', stderr: '' })
  })

  it('installs few packages', () => {
    // A dependency brings its own; this is where an accident shows.
    const others = readdirSync(join(installed, 'node_modules')).filter((each) => !OF_LMDB.has(each))
    expect(others.length).toBeLessThan(30)
  })
})
