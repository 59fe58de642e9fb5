import { EMPTY_TABLE } from '../../opcodes/empty-table.ts'
import { FORKS } from '../../opcodes/forks.ts'
import { ENDS, JUMPDEST, JUMPS, READS_GAS, READS_STEPS, type Row, SUSPENDS, WRITES } from '../core/row.ts'
import { type Delta, extend, type Table } from '../core/table.ts'

/** One opcode of a table, as plain data. */
export interface OpcodeEntry {
  readonly code: number
  readonly name: string
  /** Bytes that follow the opcode. */
  readonly immediate: number
  /** Of a row whose reach depends on its immediate, what the row states. */
  readonly pops: number
  readonly pushes: number
  /** Static gas. */
  readonly gas: number
  /** Names of the row's flags, e.g. `WRITES`. */
  readonly flags: readonly string[]
  readonly spec: string
  /** The first fork of the EVM with this name at this byte; absent where there is none. */
  readonly since?: string
}

/** The opcodes of a table by byte. */
export function listOpcodes(table: Table): OpcodeEntry[] {
  const firstForks = new Map<string, string>()
  for (const { code, changes } of opcodeHistories()) {
    for (const { row, fork } of changes) {
      const key = row ? keyOf(code, row) : ''
      if (!firstForks.has(key)) firstForks.set(key, fork)
    }
  }
  return [...table.rows.values()]
    .sort((a, b) => a.code - b.code)
    .map((row) => {
      const { code, name, immediate = 0, pops, pushes, gas, spec } = row
      const since = firstForks.get(keyOf(code, row))
      const entry = { code, name, immediate, pops, pushes, gas, flags: flagNames(row), spec }
      return since === undefined ? entry : { ...entry, since }
    })
}

function keyOf(code: number, { name }: Row): string {
  return `${code} ${name}`
}

const FLAGS = { WRITES, ENDS, JUMPS, JUMPDEST, SUSPENDS, READS_GAS, READS_STEPS }

function flagNames({ flags = 0 }: Row): string[] {
  return Object.entries(FLAGS).flatMap(([name, flag]) => (flags & flag ? [name] : []))
}

/** What one delta did to one byte. */
export interface OpcodeChange {
  /** The fork that brought the delta. */
  readonly fork: string
  readonly delta: Delta
  /** The row after it; null if it was dropped. */
  readonly row: Row | null
}

/** One byte through all forks. */
export interface OpcodeHistory {
  readonly code: number
  /** Oldest first, the first being the row's arrival. */
  readonly changes: readonly OpcodeChange[]
}

/** Every byte that has ever had a row, in order, with what each fork did to it. */
export function opcodeHistories(forks: readonly Table[] = FORKS): OpcodeHistory[] {
  const histories = new Map<number, OpcodeChange[]>()
  let table = EMPTY_TABLE
  for (const { name: fork, deltas } of forks) {
    // Each fork extends the one before it.
    for (const delta of deltas.slice(table.deltas.length)) {
      const next = extend(table, fork, [delta])
      for (const [code, row] of changedRows(table, next)) {
        const changes = histories.get(code) ?? []
        histories.set(code, changes)
        changes.push({ fork, delta, row })
      }
      table = next
    }
  }
  return [...histories].sort(([a], [b]) => a - b).map(([code, changes]) => ({ code, changes }))
}

/** Rows that a delta leaves alone stay the same objects. */
function changedRows({ rows: before }: Table, { rows: after }: Table): [number, Row | null][] {
  const codes = new Set([...before.keys(), ...after.keys()])
  return [...codes]
    .filter((code) => before.get(code) !== after.get(code))
    .map((code) => [code, after.get(code) ?? null])
}
