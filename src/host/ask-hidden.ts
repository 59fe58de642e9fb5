import { openSync } from 'node:fs'
import { ReadStream, WriteStream } from 'node:tty'

const [END_OF_TEXT, END_OF_INPUT, BACKSPACE, NEWLINE, RETURN, KILL_LINE, DELETE] = [3, 4, 8, 10, 13, 21, 127]

/**
 * Asks the terminal that controls the process for a line, which is not shown; null where there is no terminal. It is asked
 * even where standard input is a pipe, as ssh does.
 */
export async function askHidden(question: string): Promise<string | null> {
  const terminal = openTerminal()
  if (!terminal) return null
  const { input, output } = terminal
  // Before the question: from then on nothing that is typed shows.
  input.setRawMode(true)
  output.write(question)
  try {
    return await readLine(input)
  } finally {
    input.setRawMode(false)
    output.write('\n')
    input.destroy()
    output.destroy()
  }
}

function openTerminal(): { input: ReadStream; output: WriteStream } | null {
  const path = process.platform === 'win32' ? ['\\\\.\\CONIN$', '\\\\.\\CONOUT$'] : ['/dev/tty', '/dev/tty']
  try {
    return { input: new ReadStream(openSync(path[0], 'r')), output: new WriteStream(openSync(path[1], 'w')) }
  } catch {
    return null
  }
}

async function readLine(input: ReadStream): Promise<string> {
  const bytes: number[] = []
  for await (const chunk of input as AsyncIterable<Uint8Array>)
    for (const byte of chunk) {
      if (byte === RETURN || byte === NEWLINE || byte === END_OF_INPUT) return textOf(bytes)
      if (byte === END_OF_TEXT) interrupt(input)
      else if (byte === KILL_LINE) bytes.length = 0
      else if (byte === BACKSPACE || byte === DELETE) dropCharacter(bytes)
      else bytes.push(byte)
    }
  return textOf(bytes)
}

/** What Ctrl-C does where the terminal is not read key by key. */
function interrupt(input: ReadStream): void {
  input.setRawMode(false)
  process.kill(process.pid, 'SIGINT')
}

/** Takes off the last character, of one to four bytes of UTF-8. */
function dropCharacter(bytes: number[]): void {
  let last = bytes.pop()
  while (last !== undefined && (last & 0xc0) === 0x80) last = bytes.pop()
}

function textOf(bytes: readonly number[]): string {
  return new TextDecoder().decode(Uint8Array.from(bytes))
}
