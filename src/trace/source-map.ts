import { disassemble, type Instruction } from '../core/disassembler.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Table } from '../core/table.ts'

/** A file that code was compiled from; `text` is null where nobody has it. */
export interface SourceFile {
  readonly name: string
  readonly text: string | null
}

/** Where in the sources an instruction comes from. */
export interface SourcePlace {
  readonly file: SourceFile
  /** From 1. */
  readonly line: number
}

/** Most entries of a map: one an instruction, of which no code has more. */
const ENTRY_LIMIT = 1 << 24

/**
 * What solc calls a source map: for each instruction start and length in bytes of a file, the file's number and a kind,
 * `s:l:f:j`, with `;` between instructions; what is left out is as it was before.
 */
export class SourceMap {
  readonly #places = new Map<number, SourcePlace>()
  /** Of the code that it is of; an immutable may have been filled in since, so that the bytes differ. */
  readonly codeSizeBytes: number

  /** Throws VALUE naming the place where the text is no map. */
  constructor(
    text: string,
    code: Uint8Array,
    table: Table,
    files: ReadonlyMap<number, SourceFile>,
    place: string,
  ) {
    this.codeSizeBytes = code.length
    const lines = new Map([...files.values()].map((file) => [file, lineStarts(file.text)]))
    for (const [instruction, { start, file: number }] of entriesOf(text, disassemble(code, table), place)) {
      const file = files.get(number)
      if (file) this.#places.set(instruction.pc, { file, line: lineAt(lines.get(file) ?? [], start) })
    }
  }

  /** Null where the instruction comes from no file: what the compiler adds of itself. */
  at(pc: number): SourcePlace | null {
    return this.#places.get(pc) ?? null
  }
}

interface Entry {
  readonly start: number
  readonly file: number
}

function* entriesOf(
  text: string,
  instructions: readonly Instruction[],
  place: string,
): Generator<[Instruction, Entry]> {
  const parts = text.split(';', ENTRY_LIMIT)
  let entry: Entry = { start: 0, file: -1 }
  for (const [i, instruction] of instructions.entries()) {
    if (i >= parts.length) return
    const [start, , file] = parts[i].split(':')
    entry = { start: numberOf(start, entry.start, place, i), file: numberOf(file, entry.file, place, i) }
    yield [instruction, entry]
  }
}

function numberOf(text: string | undefined, before: number, place: string, entry: number): number {
  if (text === undefined || text === '') return before
  if (/^-?\d{1,10}$/.test(text)) return Number(text)
  const shown = JSON.stringify(text.slice(0, 20))
  throw new ZvmError(ERROR_CODES.value, `${place}: entry ${entry}: ${shown} is no number`, { place })
}

/** The offsets in UTF-8 at which lines begin. */
function lineStarts(text: string | null): number[] {
  const starts = [0]
  const bytes = new TextEncoder().encode(text ?? '')
  for (const [i, byte] of bytes.entries()) if (byte === 0x0a) starts.push(i + 1)
  return starts
}

function lineAt(starts: readonly number[], offset: number): number {
  let low = 0
  let high = starts.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (starts[middle] <= offset) low = middle + 1
    else high = middle
  }
  return Math.max(1, low)
}
