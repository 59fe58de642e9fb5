import { existsSync, mkdirSync } from 'node:fs'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { ZvmError } from '../../core/errors.ts'
import { readBytes } from '../../host/read-file.ts'
import { writeAtomically } from '../../host/write-file.ts'
import { oneLine, print } from '../output.ts'
import { Blocks } from './blocks.ts'
import { completionsOf } from './completion.ts'
import type { Repl } from './repl.ts'

/** Lines that are kept from one session to the next, and the longest file of them. */
const HISTORY_LINES = 1000
const HISTORY_LIMIT = 1 << 20

/** Takes lines from a terminal until it is left. Ctrl-C cancels what is typed or runs, and never the session. */
export async function replOnTerminal(repl: Repl, historyOption: unknown): Promise<void> {
  const file = historyFile(historyOption)
  const lines = createInterface({
    ...{ input: process.stdin, output: process.stdout, terminal: true },
    ...{ history: readHistory(file), historySize: HISTORY_LINES, removeHistoryDuplicates: true },
    completer: (line: string) => completionsOf(repl, line),
  })
  const blocks = new Blocks()
  let isBusy = false
  const ask = () => {
    lines.setPrompt(blocks.isOpen ? '...> ' : `${repl.bench.table.name}> `)
    lines.prompt()
  }
  lines.on('SIGINT', () => {
    if (isBusy) {
      repl.isCancelled = true
      return
    }
    blocks.take()
    // What stands to the right of the cursor and to its left.
    lines.write(null, { ctrl: true, name: 'k' })
    lines.write(null, { ctrl: true, name: 'u' })
    process.stdout.write('^C\n')
    ask()
  })
  let history: readonly string[] = []
  lines.on('history', (all: string[]) => {
    history = all
  })
  print('zvm repl; :help lists what can be typed, :quit leaves')
  ask()
  for await (const line of lines) {
    const text = blocks.add(line)
    isBusy = true
    const isLast = text !== null && (await attempt(repl, text))
    isBusy = false
    if (isLast) break
    ask()
  }
  lines.close()
  if (file !== null && history.length > 0) keepHistory(file, history)
}

async function attempt(repl: Repl, text: string): Promise<boolean> {
  try {
    const { lines, isLast } = await repl.execute(text)
    for (const line of lines) print(line)
    return isLast
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    for (const line of error.message.split('\n')) print(oneLine(line))
    return false
  }
}

function historyFile(option: unknown): string | null {
  if (option === 'none') return null
  return typeof option === 'string' && option !== '' ? option : join(homedir(), '.cache/zvm/repl-history')
}

/** The latest first, as readline has it; nothing where there is no file that can be read. */
function readHistory(file: string | null): string[] {
  if (file === null || !existsSync(file)) return []
  try {
    return new TextDecoder().decode(readBytes(file, HISTORY_LIMIT)).split('\n').filter(Boolean).reverse()
  } catch {
    return []
  }
}

/** A session is not to end in an error because its history cannot be kept. */
function keepHistory(file: string, history: readonly string[]): void {
  try {
    mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
    writeAtomically(file, `${[...history].slice(0, HISTORY_LINES).reverse().join('\n')}\n`)
  } catch {
    // There is nobody to tell, and nothing is lost but the history.
  }
}
