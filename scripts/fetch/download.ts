/** Downloads a file so that a broken connection costs nothing: what came is kept and the rest asked for. */
import { existsSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'

export interface DownloadOptions {
  /** Tries before giving up; every one goes on where the last broke off. */
  readonly attempts?: number
  /** Wait before the second try, doubled for each further one. */
  readonly pauseMs?: number
  /** A connection that brings nothing for so long counts as broken. */
  readonly idleMs?: number
  /** Called as bytes arrive; the total is undefined when the server does not tell it. */
  readonly onProgress?: (received: number, total: number | undefined) => void
}

/** Why a try failed, whether another may help, and whether it must begin at the first byte. */
class TransferError extends Error {
  readonly retry: boolean
  readonly startOver: boolean

  constructor(message: string, retry: boolean, startOver = false) {
    super(message)
    this.retry = retry
    this.startOver = startOver
  }
}

/**
 * Downloads `url` to `file`, which appears only when it is whole. Until then `file.part` holds what came, also
 * across runs; it is continued only when the server's validator (`file.part.tag`) shows that it is still the same
 * file. Throws IO, naming the address and how far it came.
 */
export async function download(url: string, file: string, options: DownloadOptions = {}): Promise<void> {
  const { attempts = 5, pauseMs = 1000 } = options
  for (let attempt = 1; ; attempt++) {
    try {
      await transfer(url, file, options)
      renameSync(`${file}.part`, file)
      rmSync(`${file}.part.tag`, { force: true })
      return
    } catch (error) {
      const { message } = error as Error
      if (error instanceof TransferError && !error.retry)
        throw new ZvmError(ERROR_CODES.io, `${url}: ${message}`, { url }, error)
      if (attempt >= attempts) {
        const kept = `${sizeOf(`${file}.part`)} bytes are kept, run the command again to go on`
        throw new ZvmError(ERROR_CODES.io, `${url}: ${message} (${attempts} tries; ${kept})`, { url }, error)
      }
      await sleep(pauseMs * 2 ** (attempt - 1))
    }
  }
}

/** One request. Leaves the whole file in `file.part`, or throws with what came still in it. */
async function transfer(url: string, file: string, options: DownloadOptions): Promise<void> {
  const part = `${file}.part`
  const { from, tag } = resumePoint(url, part)
  const abort = new AbortController()
  const idle = idleTimer(options.idleMs ?? 60_000, () => abort.abort(new Error('nothing came for too long')))
  try {
    const response = await request(url, from, tag, abort.signal)
    const start = continues(response, from) ? from : 0
    writeFileSync(`${part}.tag`, JSON.stringify({ url, tag: validator(response.headers) }))
    const length = response.headers.get('content-length')
    const total = length === null ? undefined : start + Number(length)
    let received = start
    const out = await open(part, start > 0 ? 'a' : 'w')
    try {
      for await (const chunk of response.body ?? []) {
        idle.touch()
        await out.write(chunk)
        received += chunk.length
        options.onProgress?.(received, total)
      }
    } finally {
      await out.close()
    }
    if (total !== undefined && received !== total)
      throw new TransferError(`${received} of ${total} bytes came`, true)
  } catch (error) {
    if (error instanceof TransferError) {
      if (error.startOver) rmSync(`${part}.tag`, { force: true })
      throw error
    }
    // What the disk refuses it will refuse again; what the network did may go better.
    const { syscall } = error as NodeJS.ErrnoException
    throw new TransferError(reasonOf(error), syscall !== 'write' && syscall !== 'open')
  } finally {
    idle.stop()
  }
}

/** The answer with a body to take: 200, or 206 for the rest of a file. Throws for every other status. */
async function request(
  url: string,
  from: number,
  tag: string | null,
  signal: AbortSignal,
): Promise<Response> {
  const headers: Record<string, string> = { 'accept-encoding': 'identity', 'user-agent': 'zvm-fetch-tests' }
  if (from > 0 && tag !== null) Object.assign(headers, { range: `bytes=${from}-`, 'if-range': tag })
  const response = await fetch(url, { headers, signal })
  const { status } = response
  if (status === 200 || continues(response, from)) return response
  await response.body?.cancel()
  // A range that cannot be had or was not asked for: what is kept is of no use.
  if (status === 206 || status === 416)
    throw new TransferError(`the server sent a wrong range (${status})`, true, true)
  throw new TransferError(`the server answered ${status}`, status >= 500 || status === 408 || status === 429)
}

/** True when the body goes on at byte `from`. */
function continues(response: Response, from: number): boolean {
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1]
  return response.status === 206 && Number(start) === from
}

/** How much of the part may be kept, and the validator that ties it to the file on the server. */
function resumePoint(url: string, part: string): { from: number; tag: string | null } {
  if (!existsSync(part) || !existsSync(`${part}.tag`)) return { from: 0, tag: null }
  try {
    const known = JSON.parse(readFileSync(`${part}.tag`, 'utf8')) as { url: string; tag: string | null }
    return known.url === url && known.tag !== null
      ? { from: sizeOf(part), tag: known.tag }
      : { from: 0, tag: null }
  } catch {
    return { from: 0, tag: null } // a torn note is no note
  }
}

/** A validator that If-Range accepts: a strong entity tag or a date. */
function validator(headers: Headers): string | null {
  const tag = headers.get('etag')
  return tag !== null && !tag.startsWith('W/') ? tag : headers.get('last-modified')
}

function sizeOf(path: string): number {
  return existsSync(path) ? statSync(path).size : 0
}

/** fetch hides the reason ("fetch failed", "terminated") in the cause. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? cause.message || message : message
}

function idleTimer(ms: number, onIdle: () => void): { touch(): void; stop(): void } {
  const timer = setTimeout(onIdle, ms)
  return { touch: () => timer.refresh(), stop: () => clearTimeout(timer) }
}
