/**
 * Builds the package: `npm run build [-- --bins]`.
 * dist/src and dist/opcodes are the library (one file a module, with declarations); dist/bin are the commands,
 * bundled because unbundled yargs alone costs 75 ms a start. `--bins` rebuilds only those, without type checks.
 */
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { basename, dirname, join, resolve } from 'node:path'
import { type BuildResult, build, type Plugin, transform } from 'esbuild'
import { FORKS } from '../opcodes/forks.ts'
import { NAMED_TABLES } from '../opcodes/named.ts'
import { interpreterBytes } from '../src/wasm/prepared.ts'
import { runChild, runTool } from './lib/child.ts'

const SHEBANG = '#!/usr/bin/env node\n'

/**
 * Entry points of dist/bin. Workers are started by path from a bin, so each must be a file of its own; `node-crypto` is
 * loaded in the midst of a run, when there is no time to wait for a promise.
 */
const BINS = {
  zvm: 'src/cli/zvm.ts',
  'zvm-evm': 'src/cli/zvm-evm.ts',
  'node-crypto': 'src/replay/node-crypto.ts',
  worker: 'src/conform/worker.ts',
  'recover-worker': 'src/replay/recover-worker.ts',
  'replay-worker': 'src/cli/replay-worker.ts',
}

/** Beside the bins, for src/conform/prepared-interpreters.ts: the generated interpreter of each table that has its own rows. */
const INTERPRETERS = 'interpreters'

/**
 * Stay imports: each is needed by few commands, is large or native, or finds its own files by path. `isows` belongs to a
 * part of viem that nothing here uses: it is shaken off, but would leave a chunk of its own.
 */
const NOT_BUNDLED = ['jiti', 'tinypool', 'isows']

/** Puts our platform in the place of the one that yargs brings; see there for the reason. */
const YARGS_PLATFORM: Plugin = {
  name: 'yargs-platform',
  setup({ onResolve }) {
    onResolve({ filter: /platform-shims\/esm\.mjs$/ }, ({ importer }) =>
      importer.endsWith(join('yargs', 'index.mjs'))
        ? { path: resolve('scripts/build/yargs-platform.mjs') }
        : undefined,
    )
    // The layout of help without what measures it: cliui exports only both together.
    onResolve({ filter: /^cliui\/build\// }, ({ path }) => ({ path: resolve('node_modules', path) }))
  },
}

/** See scripts/build/lmdb-scripts.mjs. The package finds its native module by the file it is, which it is not here. */
const LMDB_SCRIPTS: Plugin = {
  name: 'lmdb-scripts',
  setup({ onResolve, onLoad }) {
    const script = resolve('node_modules/lmdb/dist/index.cjs')
    onResolve({ filter: /\/lmdb-scripts\.ts$/ }, () => ({ path: resolve('scripts/build/lmdb-scripts.mjs') }))
    onResolve({ filter: /^bundled-lmdb$/ }, () => ({ path: script }))
    onLoad({ filter: /lmdb\/dist\/index\.cjs$/ }, ({ path }) => ({
      contents: patched(path, '__filename', "require('node:module').createRequire(fileUrl).resolve('lmdb')"),
    }))
    // Only where it finds no other way to tell which C library there is; to load it takes 10 ms.
    onLoad({ filter: /detect-libc\/lib\/detect-libc\.js$/ }, ({ path }) => ({
      contents: patched(
        path,
        "const childProcess = require('child_process');",
        "const childProcess = { exec: (...a) => require('child_process').exec(...a), execSync: (...a) => require('child_process').execSync(...a) };",
      ),
    }))
    // Database sets what keeps it from being loaded.
    onResolve({ filter: /^msgpackr-extract$/ }, () => ({ path: 'nothing', namespace: 'nothing' }))
    onLoad({ filter: /.*/, namespace: 'nothing' }, () => ({ contents: '' }))
  },
}

/** What the hashes of viem would take random bytes from loads all of `node:crypto`, for 10 ms, and nothing here asks it. */
const LAZY_RANDOM: Plugin = {
  name: 'lazy-random',
  setup({ onLoad }) {
    onLoad({ filter: /@noble\/hashes\/esm\/cryptoNode\.js$/ }, () => ({
      contents:
        'export const crypto = { getRandomValues: (bytes) => globalThis.crypto.getRandomValues(bytes) }',
    }))
  },
}

/** A file with one text of it in the place of another. Throws where that is not there. */
function patched(path: string, text: string, by: string): string {
  const contents = readFileSync(path, 'utf8')
  if (!contents.includes(text)) throw new Error(`build: ${path} has no ${text}`)
  return contents.replaceAll(text, by)
}

/** What most commands need: the table of a fork, the state, the driver, and what reads options and input. */
const COMMON = resolve('src/cli/run.ts')

/**
 * Keeps what COMMON imports in one file: a file costs half a millisecond at each start. A bundler cuts a module off where
 * other entry points reach it than its neighbours, so here all that is loaded lazily reaches them all.
 */
const ONE_COMMON_CHUNK: Plugin = {
  name: 'one-common-chunk',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^\.\.?\// }, ({ kind, path, resolveDir }) =>
      kind === 'dynamic-import' ? { path: resolve(resolveDir, path), namespace: 'lazy' } : undefined,
    )
    onResolve({ filter: /^common$/, namespace: 'lazy' }, () => ({ path: COMMON, sideEffects: true }))
    onLoad({ filter: /.*/, namespace: 'lazy' }, ({ path }) => ({
      contents: `import 'common'; export * from ${JSON.stringify(path)}`,
      resolveDir: dirname(path),
    }))
  },
}

async function main(args: readonly string[]): Promise<number> {
  // Everything is written beside `dist` and swapped in at the end: a failed build changes nothing.
  const fresh = `dist.new-${process.pid}`
  try {
    await bundleBins(join(fresh, 'bin'))
    writeInterpreters(join(fresh, 'bin', INTERPRETERS))
    await keepCode(join(fresh, 'bin'))
    if (args.includes('--bins')) {
      mkdirSync('dist', { recursive: true })
      swap(join(fresh, 'bin'), join('dist', 'bin'))
      return 0
    }
    const compiled = await runTool('typescript', ['-p', 'tsconfig.build.json', '--outDir', fresh])
    process.stdout.write(compiled.stdout)
    process.stderr.write(compiled.stderr)
    if (compiled.code !== 0) {
      console.error('build: the types do not check, so dist is left as it was')
      return 1
    }
    swap(fresh, 'dist')
    return 0
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** Bundles the bins into `folder`; lazily imported commands become modules of their own, which load.cjs loads. */
async function bundleBins(folder: string): Promise<void> {
  const entryPoints = Object.fromEntries(
    Object.entries(BINS)
      .filter(([, source]) => existsSync(source))
      .map(([name, source]) => [name + MAIN, source]),
  )
  const { metafile, outputFiles } = await build({
    entryPoints,
    outdir: folder,
    write: false,
    metafile: true,
    bundle: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: NOT_BUNDLED,
    plugins: [YARGS_PLATFORM, LMDB_SCRIPTS, LAZY_RANDOM, ONE_COMMON_CHUNK],
    define: { LMDB_VERSION: JSON.stringify(versionOf('lmdb')) },
    // Names and line breaks stay, so that a stack line from a user's report can be read.
    minifySyntax: true,
    logLevel: 'warning',
  })
  assertExternalsAreDependencies(metafile)
  mkdirSync(folder, { recursive: true })
  const changing = new Set(outputFiles.flatMap(({ text }) => changingExports(text)))
  for (const { path, text } of outputFiles) writeFileSync(path, await asCommonJs(text, changing))
  copyFileSync(join('scripts', 'build', 'load.cjs'), join(folder, 'load.js'))
  writeFileSync(join(folder, 'package.json'), '{ "type": "commonjs" }\n')
  for (const [path, { exports, entryPoint }] of Object.entries(metafile.outputs)) {
    const file = basename(path)
    if (entryPoint && file.endsWith(`${MAIN}.js`))
      writeEntry(folder, file.slice(0, -`${MAIN}.js`.length), exports)
  }
}

function versionOf(name: string): string {
  return (JSON.parse(readFileSync(`node_modules/${name}/package.json`, 'utf8')) as { version: string })
    .version
}

/** Ends the name of what is bundled for an entry point. */
const MAIN = '-main'

/** Names by which a bundled module exports what it sets anew after it is declared. */
function changingExports(text: string): readonly string[] {
  const exported = /^export \{([^}]*)\};?$/m.exec(text)?.[1].split(',') ?? []
  return exported
    .map((item) => item.trim().split(' as '))
    .filter(([local]) => {
      const name = local.replaceAll('$', '\\$')
      const set = new RegExp(`(?<![.\\w$])${name} *(?:[-+*/|&^?%<>]*=(?![=>])|\\+\\+|--)`, 'g')
      return (text.match(set)?.length ?? 0) > 1
    })
    .map((names) => names[names.length - 1])
}

/**
 * A bundled module as CommonJS, which V8 can be given compiled; the bundler splits only ES modules. Packages that are
 * imported when they are needed still are, as some are ES modules. What is imported from another bundled module is made
 * a constant, unless it is one of `changing`: else each use of it would ask the other module.
 */
async function asCommonJs(text: string, changing: ReadonlySet<string>): Promise<string> {
  const lazy = text
    .replace(/^import \{([^}]*)\} from ("\.\/[\w-]+\.js");$/gm, (all, names: string, path: string) =>
      names.split(',').some((name) => changing.has(name.trim().split(' as ')[0]))
        ? all
        : `const {${names.replaceAll(' as ', ': ')}} = require(${path});`,
    )
    .replace(/(?<![.\w])import\(("\.\/[\w-]+\.js")\)/g, 'Promise.resolve().then(() => require($1))')
    .replace(/(?<![.\w])import\(("[\w@][^"]*")\)/g, 'importPackage($1)')
  const { code } = await transform(lazy, {
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    define: { 'import.meta.url': 'fileUrl' },
  })
  return code
}

/** The file that is started, or imported by what starts workers: Node finds names in it that it has in a dead branch. */
function writeEntry(folder: string, name: string, exports: readonly string[]): void {
  const isBin = ['zvm', 'zvm-evm'].includes(name)
  const names = exports.length > 0 ? `0 && (module.exports = { ${exports.join(', ')} })\n` : ''
  const text = `module.exports = require('./load.js').load('${name}${MAIN}.js')\n${names}`
  writeFileSync(join(folder, `${name}.js`), (isBin ? SHEBANG : '') + text, { mode: isBin ? 0o755 : 0o644 })
}

/** What is run to have V8 compile what commands of which many are started need: none writes anything. */
const USUAL_COMMANDS = [
  ['run', '600260030160005260206000f3'],
  ['replay', 'fixtures/bundles/erc20-transfers.json'],
  ['replay', 'fixtures/bundles/erc20-transfers.json', '--details'],
]

/** Keeps beside the modules what V8 makes of them. */
async function keepCode(folder: string): Promise<void> {
  const args = [join('scripts', 'build', 'keep-code.cjs'), resolve(folder), JSON.stringify(USUAL_COMMANDS)]
  const { code, stderr } = await runChild(process.execPath, args)
  if (code !== 0 || stderr !== '') throw new Error(`build: the bins do not run (${code}): ${stderr}`)
}

function writeInterpreters(folder: string): void {
  mkdirSync(folder, { recursive: true })
  const seen = new Set<unknown>()
  for (const fork of [...FORKS, ...NAMED_TABLES]) {
    if (seen.has(fork.rows)) continue
    seen.add(fork.rows)
    writeFileSync(join(folder, `${fork.name}.wasm`), interpreterBytes(fork))
  }
}

/** A bin that imports what an installation would not have must fail here, not on a user's machine. */
function assertExternalsAreDependencies(metafile: NonNullable<BuildResult['metafile']>): void {
  const { dependencies, optionalDependencies = {} } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    dependencies: Record<string, string>
    optionalDependencies?: Record<string, string>
  }
  for (const [output, { imports }] of Object.entries(metafile.outputs)) {
    for (const { path, external } of imports) {
      const name = path.split('/', path.startsWith('@') ? 2 : 1).join('/')
      if (external && !isBuiltin(path) && !(name in dependencies) && !(name in optionalDependencies)) {
        throw new Error(
          `build: ${output} imports '${path}', which is not in the dependencies of package.json`,
        )
      }
    }
  }
}

/** Puts the folder `fresh` at `target` by renames. A second build running at once loses the race, not its files. */
function swap(fresh: string, target: string): void {
  const old = join(dirname(target), `${basename(target)}.old-${process.pid}`)
  for (let attempt = 0; ; attempt++) {
    try {
      if (existsSync(target)) renameSync(target, old)
      renameSync(fresh, target)
      break
    } catch (error) {
      if (attempt === 4) throw error
    } finally {
      rmSync(old, { recursive: true, force: true })
    }
  }
}

process.exitCode = await main(process.argv.slice(2))
