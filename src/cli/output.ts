import { readFileSync } from 'node:fs'
import { ZvmError } from '../core/errors.ts'
import { bytesToHex, toQuantity } from '../core/hex.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'

/** Writes a line to stdout. */
export function print(line: string): void {
  process.stdout.write(line + '\n')
}

/** Writes a line to stderr. */
export function warn(line: string): void {
  process.stderr.write(line + '\n')
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
 * with the line to report.
 */
export function reportError(error: unknown, asJson: boolean): number {
  if (error instanceof ZvmError) {
    const { code, message, details } = error
    if (asJson) printJson({ error: { code, message, details } })
    else warn(`zvm: ${message}`)
    return exitCodeOf(code)
  }
  const message = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  const where = error instanceof Error ? (/\n\s+at (.*)/.exec(error.stack ?? '')?.[1] ?? '') : ''
  const line = `this is a bug of zvm ${version()}, please report this line: ${message.split('\n')[0]} (at ${where.replace(/file:\/\/.*\//, '')})`
  if (asJson) printJson({ error: { code: 'BUG', message: line, details: {} } })
  else warn(`zvm: ${line}`)
  return EXIT.bug
}

/** Version of the package. The path is the same from src/cli and from dist/bin. */
export function version(): string {
  const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
    version: string
  }
  return manifest.version
}
