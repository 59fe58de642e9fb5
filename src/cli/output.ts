import { existsSync, readFileSync, writeSync } from 'node:fs'
import { bugLine, ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, toQuantity } from '../core/hex.ts'
import { pause, reasonOf } from '../host/read-file.ts'
import { EXIT, exitCodeOf } from './exit-codes.ts'

/** Writes a line to stdout. Once its reader has gone, nothing more is written, and the command goes on to its end. */
export function print(line: string): void {
  if (!isStdoutTaken) printText(line + '\n')
}

function printText(text: string): void {
  if (isStdoutOpen) isStdoutOpen = writeAll(1, text)
}

let isStdoutOpen = true
let isStdoutTaken = false

/** Takes stdout for one output: what is printed from here on is not shown. Returns what writes to it. */
export function takeStdout(): (text: string) => void {
  isStdoutTaken = true
  return printText
}

/** As it is before a user's code is loaded, from which it is kept. */
export const exit = process.exit.bind(process)

/** Writes a line to stderr. Once its reader has gone, nobody waits for the rest of a trace: the process ends. */
export function warn(line: string): void {
  if (!writeAll(2, line + '\n')) exit(process.exitCode)
}

/**
 * Writes all of a text; false where the reader of the pipe has gone. The streams of node keep what a full pipe does not
 * take until the event loop turns, which while code runs it never does: a trace would pile up in memory. Throws IO.
 */
function writeAll(stream: 1 | 2, text: string): boolean {
  const bytes = Buffer.from(text)
  for (let from = 0; from < bytes.length; )
    try {
      from += writeSync(stream, bytes, from)
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException
      if (code === 'EPIPE') return false
      if (code !== 'EAGAIN')
        throw new ZvmError(
          ERROR_CODES.io,
          `${stream === 1 ? 'stdout' : 'stderr'}: ${reasonOf(cause)}`,
          {},
          cause,
        )
      pause(1)
    }
  return true
}

/** What code of a user's prints goes through the streams: a reader that has seen enough of it is no error. */
export function tolerateClosedPipes(): void {
  for (const stream of [process.stdout, process.stderr])
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
    })
}

/** Writes one object to stdout, bigints as 0x quantities and bytes as hex. */
export function printJson(value: unknown, indent = 0): void {
  print(jsonText(value, indent))
}

/** As `printJson` writes it. */
export function jsonText(value: unknown, indent = 0): string {
  return JSON.stringify(value, (_key, item) => toPlain(item), indent)
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
    writeAll(2, `\r\u001b[K${line}`)
  }

  clear(): void {
    if (this.#isShown) writeAll(2, '\r\u001b[K')
  }
}

/** A count with its noun, e.g. `1 log`, `2 logs`. */
export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** A text from a file or the command line as part of a line: with nothing that ends it or that a terminal obeys. */
export function oneLine(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
  return text.replace(/[\u0000-\u001f\u007f-\u009f]/g, (control) => {
    return `\\u${control.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}

/**
 * Tells an error and gives the exit code: of a ZvmError its own; anything else is a bug of ours, told with the line to
 * report. It is one line, but for what the assembler, which gives a column, shows of a text and finds wrong after it:
 * that follows, and as JSON is in the details.
 */
export function reportError(error: unknown, asJson: boolean): number {
  const isOurs = error instanceof ZvmError
  const text = isOurs
    ? error.message
    : `this is a bug of zvm ${version()}, please report this line: ${bugLine(error)}`
  const hasExcerpt = isOurs && error.details.column !== undefined
  const [message, ...excerpt] = hasExcerpt ? text.split('\n') : [text]
  if (!asJson) {
    warn(`zvm: ${oneLine(message)}`)
    // What a tab is set by stays a tab, or the caret would not stand where it should.
    for (const line of excerpt) warn(line.split('\t').map(oneLine).join('\t'))
  } else {
    const details = {
      ...(isOurs ? error.details : {}),
      ...(excerpt.length > 0 ? { excerpt: excerpt.join('\n') } : {}),
    }
    printJson({ error: { code: isOurs ? error.code : 'BUG', message, details } })
  }
  return isOurs ? exitCodeOf(error.code) : EXIT.bug
}

/** Version of the package: of the nearest folder above that is ours, as this may run from src, dist or a bundle. */
export function version(): string {
  let folder = new URL('.', import.meta.url)
  for (let above = new URL('..', folder); ; folder = above, above = new URL('..', folder)) {
    const manifest = new URL('package.json', folder)
    if (existsSync(manifest)) {
      const { name, version } = JSON.parse(readFileSync(manifest, 'utf8')) as Record<string, string>
      if (name === 'zvm-engine') return version
    }
    if (above.href === folder.href) return 'of no package'
  }
}
