import { exit } from './output.ts'

const ENTER = '\u001b[?1049h\u001b[?25l'
const LEAVE = '\u001b[?25h\u001b[?1049l'

/** Parts of a line that stand out. */
export const inverse = (text: string): string => `\u001b[7m${text}\u001b[27m`
export const bold = (text: string): string => `\u001b[1m${text}\u001b[22m`

/** Signals that would leave the terminal as it is, with the exit code of a process that one of them ends. */
const SIGNALS: readonly (readonly [NodeJS.Signals, number])[] = [
  ['SIGINT', 130],
  ['SIGTERM', 143],
  ['SIGHUP', 129],
]

/** Names of keys that send a sequence; all others are what they write. */
const SEQUENCES: Readonly<Record<string, string>> = {
  ...{ '[A': 'up', '[B': 'down', '[C': 'right', '[D': 'left' },
  ...{ OA: 'up', OB: 'down', OC: 'right', OD: 'left' },
  ...{ '[5~': 'page-up', '[6~': 'page-down' },
  ...{
    '\u0003': 'ctrl-c',
    '\r': 'enter',
    '\n': 'enter',
    '\t': 'tab',
    '\u007f': 'backspace',
    '\b': 'backspace',
  },
  '\u001a': 'ctrl-z',
}

/**
 * The whole of a terminal: a screen of its own, without what was on it before, which comes back when this is left, by
 * an error or a signal too. Keys come one by one, unread by the terminal.
 */
export class FullTerminal {
  readonly #key: (key: string) => void
  readonly #resized: () => void
  #isOpen = false

  constructor(key: (key: string) => void, resized: () => void) {
    this.#key = key
    this.#resized = resized
  }

  get width(): number {
    return process.stdout.columns || 80
  }

  get height(): number {
    return process.stdout.rows || 24
  }

  open(): void {
    for (const [signal] of SIGNALS) process.on(signal, this.#signal)
    process.on('exit', this.#restore)
    process.on('SIGCONT', this.#resume)
    process.stdout.on('resize', this.#resized)
    process.stdin.setEncoding('utf8')
    process.stdin.on('data', this.#data)
    this.#take()
  }

  close(): void {
    this.#restore()
    for (const [signal] of SIGNALS) process.off(signal, this.#signal)
    process.off('exit', this.#restore)
    process.off('SIGCONT', this.#resume)
    process.stdout.off('resize', this.#resized)
    process.stdin.off('data', this.#data)
    process.stdin.pause()
  }

  /** Gives the terminal back until the process goes on. */
  suspend(): void {
    this.#restore()
    process.kill(process.pid, 'SIGTSTP')
  }

  /** Shows lines from the top; they must not be wider than the screen. */
  draw(lines: readonly string[]): void {
    if (!this.#isOpen) return
    const rows = lines.map((line, i) => `\u001b[${i + 1};1H${line}\u001b[K`)
    process.stdout.write(`${rows.join('')}\u001b[J`)
  }

  #take(): void {
    this.#isOpen = true
    process.stdin.setRawMode(true)
    process.stdin.resume()
    process.stdout.write(ENTER)
  }

  readonly #restore = (): void => {
    if (!this.#isOpen) return
    this.#isOpen = false
    process.stdin.setRawMode(false)
    process.stdout.write(LEAVE)
  }

  readonly #resume = (): void => {
    if (this.#isOpen) return
    this.#take()
    this.#resized()
  }

  readonly #signal = (signal: NodeJS.Signals): void => {
    this.#restore()
    exit(SIGNALS.find(([name]) => name === signal)?.[1])
  }

  readonly #data = (text: string): void => {
    for (const key of keysOf(text)) this.#key(key)
  }
}

const ESCAPE = '\u001b'
const KEY = new RegExp(`${ESCAPE}(?:\\[[0-9;]*[A-Za-z~]|O[A-Z])|.`, 'gsu')

/** The keys of what a terminal has sent. */
export function keysOf(text: string): string[] {
  const parts = text.match(KEY) ?? []
  return parts.map((part) => SEQUENCES[part.length > 1 ? part.replace(ESCAPE, '') : part] ?? part)
}
