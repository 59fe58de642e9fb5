import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { main } from 'assemblyscript/asc'
import { wat } from './wat.ts'

const FOLDER = 'fixtures/examples'
const ASC_OPTIONS = ['-O3', '--converge', '--runtime', 'stub', '--noAssert', '--use', 'abort=']

/** Builds the module of an example from its source, with the tool chain of its language. */
export async function buildExample(name: string): Promise<{ path: string; bytes: Uint8Array }> {
  const folder = join(FOLDER, name)
  const source = readdirSync(folder).find((file) => /\.(wat|ts)$/.test(file)) as string
  const path = join(folder, source.replace(/\.(wat|ts)$/, '.wasm'))
  if (source.endsWith('.wat')) return { path, bytes: wat(readFileSync(join(folder, source), 'utf8')) }
  const output = mkdtempSync(join(tmpdir(), 'zvm-asc-'))
  try {
    const file = join(output, 'out.wasm')
    const { error, stderr } = await main([join(folder, source), '-o', file, ...ASC_OPTIONS])
    if (error) throw new Error(`${source}: ${stderr.toString()}`)
    return { path, bytes: new Uint8Array(readFileSync(file)) }
  } finally {
    rmSync(output, { recursive: true })
  }
}
