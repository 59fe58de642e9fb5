import { spawnSync } from 'node:child_process'
import type { HttpAnswer } from '../runtime/services.ts'
import { SystemCallError } from '../runtime/session.ts'

const TIME_LIMIT_MS = 10_000

/** Fetches one address without following redirections; writes the status in two bytes, then the body. */
const CLIENT = `
const { url, maxBytes, timeout } = JSON.parse(require('node:fs').readFileSync(0, 'utf8'))
async function get() {
  const response = await fetch(url, { redirect: 'manual', signal: AbortSignal.timeout(timeout) })
  const chunks = []
  let size = 0
  for await (const chunk of response.body ?? []) {
    size += chunk.length
    if (size > maxBytes) process.exit(3)
    chunks.push(chunk)
  }
  process.stdout.write(Buffer.concat([Buffer.of(response.status >> 8, response.status & 255), ...chunks]))
}
get().catch(() => { process.exitCode = 2 })
`

/**
 * GET by a child process, since a frame waits for its answer and nothing in JavaScript waits for the network. Null where
 * nobody answers within ten seconds. Throws where the body is longer than `maxBytes`.
 */
export function httpGet(url: string, maxBytes: number): HttpAnswer | null {
  const { status, stdout } = spawnSync(process.execPath, ['--no-warnings', '-e', CLIENT], {
    ...{ input: JSON.stringify({ url, maxBytes, timeout: TIME_LIMIT_MS }), env: {} },
    ...{ timeout: TIME_LIMIT_MS + 2000, killSignal: 'SIGKILL', maxBuffer: maxBytes + 2 },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  if (status === 3) throw new SystemCallError('failure', `the body is longer than ${maxBytes} bytes`)
  if (status !== 0 || stdout.length < 2) return null
  return { status: (stdout[0] << 8) | stdout[1], body: new Uint8Array(stdout.subarray(2)) }
}
