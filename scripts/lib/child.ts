import { spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'

/** How a child ended. `code` is never 0 for a child that could not start or was killed. */
export interface ChildResult {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/**
 * Runs a program to its end. `inherit` passes that stream through to ours; a captured stream comes back as text.
 * Never throws for a failing child: a program that is missing ends with code 127, a killed one with 128.
 */
export function runChild(
  command: string,
  args: readonly string[],
  options: { cwd?: string; inherit?: readonly ('stdout' | 'stderr')[]; env?: NodeJS.ProcessEnv } = {},
): Promise<ChildResult> {
  const inherit = options.inherit ?? []
  const mode = (stream: 'stdout' | 'stderr') => (inherit.includes(stream) ? 'inherit' : 'pipe')
  return new Promise((resolve) => {
    const stdout: Buffer[] = []
    const stderr: Buffer[] = []
    const end = (code: number, note = '') =>
      resolve({
        code,
        stdout: Buffer.concat(stdout).toString(),
        stderr: Buffer.concat(stderr).toString() + note,
      })
    const child = spawn(command, args, {
      cwd: options.cwd,
      env: options.env,
      stdio: ['ignore', mode('stdout'), mode('stderr')],
    })
    child.stdout?.on('data', (chunk: Buffer) => stdout.push(chunk))
    child.stderr?.on('data', (chunk: Buffer) => stderr.push(chunk))
    child.on('error', (error) => end(127, `${command}: ${error.message}\n`))
    child.on('close', (code, signal) => end(code ?? 128, signal ? `${command} was ended by ${signal}\n` : ''))
  })
}

/** Runs the bin of an installed package with our own Node, so that no shell and no `npx` stands between. */
export function runTool(
  packageName: string,
  args: readonly string[],
  options?: Parameters<typeof runChild>[2],
): Promise<ChildResult> {
  const folder = join('node_modules', packageName)
  const { bin } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const file = typeof bin === 'string' ? bin : Object.values(bin)[0]
  return runChild(process.execPath, [join(folder, file ?? ''), ...args], options)
}
