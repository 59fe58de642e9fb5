import { readFileSync, writeSync } from 'node:fs'
import { bugLine, ZvmError } from '../core/errors.ts'
import { bytesToHex, toQuantity } from '../core/hex.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'

/** Writes a line to stdout. Once its reader has gone, nothing more is written, and the command goes on to its end. */
export function print(line: string): void {
  if (!process.stdout.errored) process.stdout.write(line + '\n')
}

/**
 * Writes a line to stderr, and returns when it is written: a trace is written while the process never comes back to its
 * event loop, where a stream would only pile it up. Once its reader has gone, nobody waits for the rest: the process ends.
 */
export function warn(line: string): void {
  let rest: Uint8Array = new TextEncoder().encode(line + '\n')
  while (rest.length > 0)
    try {
      rest = rest.subarray(writeSync(process.stderr.fd, rest))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') process.exit(process.exitCode)
      // The pipe is full: give its reader a moment.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
}

/** A reader that has seen enough, such as `head`, closes the pipe: that is no error. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

/** Writes one object to stdout, bigints as 0x quantities and bytes as hex. */
export function printJson(value: unknown, indent = 0): void {
  print(JSON.stringify(value, (_key, item) => toPlain(item), indent))
}

function toPlain(item: unknown): unknown {
  if (typeof item === 'bigint') return toQuantity(item)
  return item instanceof Uint8Array ? bytesToHex(item) : item
}

/** A line on a terminal's stderr that is written over; nothing in a pipe. */
export class Progress {
  readonly #isShown = process.stderr.isTTY === true
  #last = 0

  show(line: string): void {
    if (!this.#isShown || performance.now() - this.#last < 100) return
    this.#last = performance.now()
    process.stderr.write(`\r\u001b[K${line}`)
  }

  clear(): void {
    if (this.#isShown) process.stderr.write('\r\u001b[K')
  }
}

/**
 * Tells an error in one line and gives the exit code: of a ZvmError its own; anything else is a bug of ours, told
 * with the line to report. More lines of a message, such as an excerpt, go into the details.
 */
export function reportError(error: unknown, asJson: boolean): number {
  const isOurs = error instanceof ZvmError
  const [message, ...excerpt] = isOurs
    ? error.message.split('\n')
    : [`this is a bug of zvm ${version()}, please report this line: ${bugLine(error)}`]
  if (!asJson) warn(`zvm: ${message}`)
  else {
    const details = {
      ...(isOurs ? error.details : {}),
      ...(excerpt.length > 0 ? { excerpt: excerpt.join('\n') } : {}),
    }
    printJson({ error: { code: isOurs ? error.code : 'BUG', message, details } })
  }
  return isOurs ? exitCodeOf(error.code) : EXIT.bug
}

/** Version of the package. The path is the same from src/cli and from dist/bin. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
