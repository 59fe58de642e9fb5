import { spawn } from 'node:child_process'
import { BIN } from './built-bins.ts'

/** How a command ended, and what it said. */
export interface EndedZvm {
  readonly code: number | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs a built bin with standard input from a pipe. */
export function runZvm(
  args: readonly string[],
  stdin = '',
  { bin = BIN, cwd = process.cwd() } = {},
): Promise<EndedZvm> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args], { cwd })
    const said = { stdout: '', stderr: '' }
    for (const name of ['stdout', 'stderr'] as const)
      child[name].setEncoding('utf8').on('data', (text: string) => {
        said[name] += text
      })
    child.on('error', reject).on('close', (code) => resolve({ code, ...said }))
    child.stdin.on('error', () => {}).end(stdin)
  })
}
