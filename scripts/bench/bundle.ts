import { mkdirSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type BuildOptions, build } from 'esbuild'
import { runChild } from '../lib/child.ts'

const CACHE = 'node_modules/.cache/zvm'

/** One file made of an entry point, which is given as text and imports from the project's folder. */
async function bundle(entry: string, options: BuildOptions): Promise<Uint8Array> {
  const { outputFiles } = await build({
    stdin: { contents: entry, resolveDir: process.cwd(), loader: 'ts' },
    bundle: true,
    format: 'esm',
    target: 'es2022',
    write: false,
    logLevel: 'error',
    ...options,
  })
  return outputFiles![0].contents
}

/** Bytes of the minified bundle of an entry point, for a browser, everything included but what only Node has. */
export async function bundleBytes(entry: string): Promise<number> {
  return (await bundle(entry, { minify: true, platform: 'browser', external: ['node:*', 'lmdb'] })).length
}

/** Runs a module in a process of its own; gives what it prints. Throws where it fails. */
export async function evaluate(entry: string): Promise<string> {
  mkdirSync(CACHE, { recursive: true })
  const file = join(CACHE, `evaluated.${process.pid}.mjs`)
  writeFileSync(file, await bundle(entry, { packages: 'external', platform: 'node' }))
  try {
    const { code, stdout, stderr } = await runChild(process.execPath, [file])
    if (code !== 0) throw new Error(`a process of its own ended with ${code}: ${stderr}`)
    return stdout.trim()
  } finally {
    rmSync(file)
  }
}
