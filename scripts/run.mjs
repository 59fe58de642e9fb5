// Runs scripts/NAME.ts, or scripts/NAME/main.ts. Node 20 cannot import TypeScript, so the script is bundled (our own files only) and imported.
import { existsSync, mkdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'esbuild'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const [name, ...args] = process.argv.slice(2)
if (!/^[a-z0-9-]+$/.test(name ?? '')) {
  console.error(
    'usage: node scripts/run.mjs NAME [arguments]   (NAME is a file scripts/NAME.ts, or a folder with main.ts)',
  )
  process.exit(3)
}
const plain = join(root, `scripts/${name}.ts`)
const script = existsSync(plain) ? plain : join(root, `scripts/${name}/main.ts`)
const cache = join(root, 'node_modules/.cache/zvm')
mkdirSync(cache, { recursive: true })
// The pid keeps two runs at once apart; the file is small and the cache folder is disposable.
const outfile = join(cache, `${name}.${process.pid}.mjs`)
await build({
  entryPoints: [script],
  outfile,
  bundle: true,
  packages: 'external',
  platform: 'node',
  format: 'esm',
  target: 'node20',
  sourcemap: 'inline',
  logLevel: 'error',
})
process.chdir(root)
process.argv = [process.argv[0], script, ...args]
await import(pathToFileURL(outfile).href)
