import { readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { runChild } from './child.ts'

/** The bins as tests start them. */
export const BIN = 'dist/bin/zvm.js'
export const EVM_BIN = 'dist/bin/zvm-evm.js'

/** Builds the bins where a source is younger; gives what the build said where it failed. */
export async function buildBins(): Promise<string> {
  const built = statSync(BIN, { throwIfNoEntry: false })?.mtimeMs ?? 0
  if (newest('src') < built && newest('opcodes') < built) return ''
  const { code, stderr } = await runChild(process.execPath, ['scripts/run.mjs', 'build', '--bins'])
  return code === 0 ? stderr : `exit code ${code}: ${stderr}`
}

function newest(path: string): number {
  const stats = statSync(path)
  if (!stats.isDirectory()) return stats.mtimeMs
  return Math.max(...readdirSync(path).map((name) => newest(join(path, name))), 0)
}
