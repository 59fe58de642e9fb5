import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { parseNumber } from '../../core/hex.ts'
import type { Table } from '../../core/table.ts'
import type { Debugger, StopTest } from '../../trace/debugger.ts'
import type { SourceMap } from '../../trace/source-map.ts'
import { plain } from '../plain.ts'

/** Where to stop: before the instruction for which `holds`. */
export interface Breakpoint {
  /** As it is typed. */
  readonly text: string
  readonly holds: StopTest
  /** One that goes on to hold once it does, as gas that is used up: it stops only where it begins to. */
  readonly isLasting: boolean
}

export const CONDITIONS = 'op NAME, pc N, depth N, write [SLOT], gas N, line [FILE:]N'

/** Reads a condition. Throws USAGE. */
export function readBreakpoint(text: string, table: Table, sourceMap: SourceMap | null): Breakpoint {
  const [kind = '', ...rest] = text.trim().split(/\s+/)
  const reader = Object.hasOwn(READERS, kind) ? READERS[kind] : null
  if (!reader || rest.length > 1) refuse(text, `not one of: ${CONDITIONS}`)
  const normal = [kind, ...rest].join(' ')
  const isLasting = kind === 'gas'
  return { text: normal, holds: reader(rest[0], text, table, sourceMap), isLasting }
}

type Reader = (value: string | undefined, text: string, table: Table, sourceMap: SourceMap | null) => StopTest

const READERS: Readonly<Record<string, Reader>> = {
  op(value, text, table) {
    const name = (value ?? '').toUpperCase()
    const row = [...table.rows.values()].find((each) => each.name === name)
    if (!row) refuse(text, `no instruction ${plain(name)} in the table ${table.name}`)
    return (debug) => opcodeOf(debug) === row.code
  },
  pc(value, text) {
    const pc = numberOf(value, text)
    return (debug) => debug.frame?.pc === pc
  },
  depth(value, text) {
    const depth = numberOf(value, text)
    return (debug) => debug.driver.open === depth && debug.frame?.pc === 0
  },
  write(value, text, table) {
    const rows = [...table.rows.values()].filter(({ name }) => name === 'SSTORE' || name === 'TSTORE')
    const codes = rows.map(({ code }) => code)
    const key = value === undefined ? null : wordOf(value, text)
    return (debug) => {
      const { frame } = debug
      if (frame === null || !codes.includes(opcodeOf(debug))) return false
      return key === null || (frame.sp > 0 && frame.stack[frame.sp - 1] === key)
    }
  },
  gas(value, text) {
    const gas = wordOf(value, text)
    return (debug) => debug.gasUsed >= gas
  },
  line(value, text, _table, sourceMap) {
    if (!sourceMap) refuse(text, 'no source map is given')
    const [, file, line] = /^(?:(.+):)?(\d{1,9})$/.exec(value ?? '') ?? refuse(text, 'not [FILE:]LINE')
    return ({ frame }) => {
      if (frame?.program.sizeBytes !== sourceMap.codeSizeBytes) return false
      const place = sourceMap.at(frame.pc)
      return place?.line === Number(line) && (file === undefined || place.file.name.endsWith(file))
    }
  },
}

function opcodeOf({ frame }: Debugger): number {
  return frame === null ? -1 : frame.program.bytes[frame.pc]
}

function numberOf(value: string | undefined, text: string): number {
  return Number(wordOf(value, text) & 0x1fffffffffffffn)
}

function wordOf(value: string | undefined, text: string): bigint {
  try {
    return parseNumber(value, 'number')
  } catch {
    return refuse(text, `${value === undefined ? 'a number is missing' : 'not a number'}`)
  }
}

function refuse(text: string, what: string): never {
  throw new ZvmError(ERROR_CODES.usage, `${plain(text.trim().slice(0, 60))}: ${what}`)
}
