import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { compileAssemblyScript } from './compile-assemblyscript.ts'
import { wat } from './wat.ts'

const FOLDER = 'fixtures/examples'

/** Builds the module of an example from its source, with the tool chain of its language. */
export async function buildExample(name: string): Promise<{ path: string; bytes: Uint8Array }> {
  const folder = join(FOLDER, name)
  const source = readdirSync(folder).find((file) => /\.(wat|ts)$/.test(file)) as string
  const path = join(folder, source.replace(/\.(wat|ts)$/, '.wasm'))
  const text = readFileSync(join(folder, source), 'utf8')
  return { path, bytes: source.endsWith('.wat') ? wat(text) : await compileAssemblyScript(text) }
}
