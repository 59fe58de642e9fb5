import type { NativePrimitive } from './crypto.ts'
import { ERROR_CODES, ZvmError } from './errors.ts'
import type { Frame } from './frame.ts'
import { Halt } from './halt.ts'
import type { MessageResult } from './message.ts'
import type { Precompile } from './precompile.ts'
import { type CodeShape, Program } from './program.ts'
import { ENDS, hasFlag, JUMPDEST, READS_STEPS, type Reach, type Row, WRITES } from './row.ts'
import { changeRules, type RuleChange, type Rules } from './rules.ts'

/** Most operands a stack holds (Yellow Paper 9.1). */
export const STACK_LIMIT = 1024

/** Above every stack height, so that the loop's quick check fails: there is more to find out before it executes. */
const NEVER_QUICK = STACK_LIMIT + 1

/** A row as the loop reads it: every object of one shape, with what is derived worked out once. */
export class Opcode {
  readonly row: Row
  readonly code: number
  readonly name: string
  readonly gas: number
  /** Bytes of the instruction. */
  readonly size: number
  /** Lowest and highest stack height at which it may execute without more ado. */
  readonly minHeight: number
  readonly maxHeight: number
  /** False for a byte that has no row in the table. */
  readonly isDefined: boolean
  readonly execute: (frame: Frame) => Halt
  readonly resume: (frame: Frame, result: MessageResult) => Halt

  constructor(row: Row, isDefined: boolean, execute: (frame: Frame) => Halt) {
    this.row = row
    this.code = row.code
    this.name = row.name
    this.gas = row.gas
    this.size = 1 + (row.immediate ?? 0)
    this.minHeight = row.stack || hasFlag(row, READS_STEPS) ? NEVER_QUICK : row.pops
    this.maxHeight = STACK_LIMIT - Math.max(0, row.pushes - row.pops)
    this.isDefined = isDefined
    this.execute = execute
    this.resume = row.resume ?? (() => Halt.None)
  }

  /** How far the instruction at `at` reaches into the stack. */
  reachAt(bytes: Uint8Array, at: number): Reach {
    const { row, size } = this
    if (!row.stack) return row
    let immediate = 0
    for (let i = 1; i < size; i++) immediate = immediate * 256 + bytes[at + i]
    return row.stack(immediate)
  }
}

/** One change of the instruction set and its rules: an EIP, a fork of one's own, a subset. */
export interface Delta {
  /** Number of the EIP, or 0 where there is none. */
  readonly eip: number
  readonly title: string
  /** Primitives that its rows ask for beyond those of every `Crypto`: a driver is not made without them. */
  readonly needs?: readonly NativePrimitive[]
  /** Rows for bytes that are free. */
  readonly add?: readonly Row[]
  /** Rows for bytes that are taken. */
  readonly swap?: readonly Row[]
  /** Names of rows to take away. */
  readonly drop?: readonly string[]
  /** New static gas by name of row. */
  readonly reprice?: Readonly<Record<string, number>>
  /** Added, or put in the place of those at the same address. */
  readonly precompiles?: readonly Precompile[]
  readonly rules?: RuleChange
}

/** Rows made ready to run. Tables that differ only in rules and precompiles share one. */
export interface InstructionSet {
  /** The rows by byte. */
  readonly rows: ReadonlyMap<number, Row>
  /** 256 entries by byte, for ordinary and for static frames. */
  readonly opcodes: readonly Opcode[]
  readonly staticOpcodes: readonly Opcode[]
  readonly shape: CodeShape
  /** The code prepared for these rows; the same array gives the same program, and so may another one that is equal. */
  program(code: Uint8Array): Program
}

/** An instruction set with its precompiles and rules. Immutable; made only by `emptyTable` and `extend`. */
export interface Table extends InstructionSet {
  readonly name: string
  /** The deltas it is made of, oldest first, those of its ancestors included. */
  readonly deltas: readonly Delta[]
  readonly precompiles: ReadonlyMap<bigint, Precompile>
  readonly rules: Rules
}

/** The table with no rows: every byte is an invalid opcode. */
export function emptyTable(rules: Rules): Table {
  return makeTable(makeInstructionSet(new Map()), {
    name: 'empty',
    deltas: [],
    precompiles: new Map(),
    rules,
  })
}

/**
 * A new table: `base` changed by `deltas` in order. Throws BAD_TABLE, naming the delta, on `add` to a taken byte,
 * on `swap`, `drop` or `reprice` of what is not there, on a name given twice, and on a row that breaks the contract.
 */
export function extend(base: Table, name: string, deltas: readonly Delta[]): Table {
  const isSameSet = deltas.every((delta) => !(delta.add ?? delta.swap ?? delta.drop ?? delta.reprice))
  const rows = new Map(base.rows)
  const codes = new Map<string, number>()
  if (!isSameSet) for (const [code, { name }] of rows) codes.set(name, code)
  const precompiles = new Map(base.precompiles)
  let rules = base.rules
  for (const delta of deltas) {
    applyRows(rows, codes, delta)
    for (const precompile of delta.precompiles ?? []) precompiles.set(precompile.address, precompile)
    if (delta.rules) rules = changeRules(rules, delta.rules)
  }
  const set = isSameSet ? base : makeInstructionSet(rows)
  return makeTable(set, { name, deltas: [...base.deltas, ...deltas], precompiles, rules })
}

function makeTable(set: InstructionSet, rest: Omit<Table, keyof InstructionSet>): Table {
  return Object.freeze({
    ...rest,
    rows: set.rows,
    program: set.program,
    // Not copied: to ask for them is to make them.
    get opcodes() {
      return set.opcodes
    },
    get staticOpcodes() {
      return set.staticOpcodes
    },
    get shape() {
      return set.shape
    },
  })
}

/** The row under another byte, and if wanted another name or static gas: how a table takes over a row of another. */
export function at(code: number, row: Row, change: { name?: string; gas?: number } = {}): Row {
  return { ...row, ...change, code }
}

/** Changes the rows, and with them `codes`, the byte of each name. */
function applyRows(rows: Map<number, Row>, codes: Map<string, number>, delta: Delta): void {
  for (const name of delta.drop ?? []) {
    rows.delete(codeOf(codes, name, delta, 'drops'))
    codes.delete(name)
  }
  for (const row of delta.add ?? []) {
    const taken = rows.get(row.code)
    if (taken) refuse(delta, `adds ${row.name} at ${hexByte(row.code)}, which ${taken.name} has`)
    rows.set(row.code, checkRow(row, delta))
  }
  for (const row of delta.swap ?? []) {
    const old = rows.get(row.code)
    if (!old) refuse(delta, `swaps ${row.name} at ${hexByte(row.code)}, where there is no row`)
    codes.delete(old.name)
    rows.set(row.code, checkRow(row, delta))
  }
  for (const { code } of [...(delta.add ?? []), ...(delta.swap ?? [])]) nameRow(codes, rows.get(code)!, delta)
  for (const [name, gas] of Object.entries(delta.reprice ?? {})) {
    const code = codeOf(codes, name, delta, 'reprices')
    rows.set(code, checkRow({ ...rows.get(code)!, gas }, delta))
  }
}

/** A mnemonic means one row: deltas, assembly and traces go by it. */
function nameRow(codes: Map<string, number>, { code, name }: Row, delta: Delta): void {
  const other = codes.get(name)
  if (other !== undefined && other !== code)
    refuse(delta, `leaves ${name} both at ${hexByte(other)} and ${hexByte(code)}`)
  codes.set(name, code)
}

function codeOf(codes: ReadonlyMap<string, number>, name: string, delta: Delta, verb: string): number {
  return codes.get(name) ?? refuse(delta, `${verb} ${name}, which is not in the table`)
}

function checkRow(row: Row, delta: Delta): Row {
  const { name, code, gas, pops, pushes, immediate = 0, nth = 1 } = row
  const isCount = (value: number, most = Infinity) =>
    Number.isSafeInteger(value) && value >= 0 && value <= most
  const broken = (what: string) => refuse(delta, `${name}: ${what}`)
  if (!isCount(code, 255)) broken(`code ${code} is not a byte`)
  if (!/^[A-Z][A-Z0-9_]*$/.test(name)) refuse(delta, `${JSON.stringify(name)} is not a mnemonic`)
  if (!isCount(gas)) broken(`gas ${gas} is not a non-negative integer`)
  if (!isCount(pops, STACK_LIMIT) || !isCount(pushes, STACK_LIMIT))
    broken(`pops and pushes must be 0 to ${STACK_LIMIT}`)
  if (!isCount(immediate, 32)) broken('immediate over 32 bytes')
  if (!isCount(nth - 1)) broken('nth below 1')
  for (const part of ['execute', 'stack', 'resume', 'lower'] as const)
    if ((part === 'execute' || row[part] !== undefined) && typeof row[part] !== 'function')
      broken(`${part} is not a function`)
  // What runs past the end of its code reads zeros: a row there that went on would never come to an end.
  if (code === 0 && !hasFlag(row, ENDS)) broken('at 0x00 but does not end the frame')
  return Object.isFrozen(row) ? row : Object.freeze({ ...row })
}

function refuse(delta: Delta, what: string): never {
  const source = delta.eip ? `EIP-${delta.eip}` : delta.title
  throw new ZvmError(ERROR_CODES.badTable, `${source}: ${what}`, { delta: source })
}

function hexByte(code: number): string {
  return '0x' + code.toString(16).padStart(2, '0')
}

/** Shorter code is compared with what was prepared before: that takes less time than to prepare it anew. */
const SHORT_BYTES = 256

/** The opcodes are made when they are first asked for: nineteen forks are defined at start-up, and one is run. */
function makeInstructionSet(rows: ReadonlyMap<number, Row>): InstructionSet {
  let opcodes: readonly Opcode[] | null = null
  let staticOpcodes: readonly Opcode[] | null = null
  let shape: CodeShape | null = null
  const programs = new WeakMap<Uint8Array, Program>()
  // The last of each length: a creation has its code in an array of its own each time.
  const short: Program[] = []
  const set: InstructionSet = {
    rows,
    get opcodes() {
      opcodes ??= makeOpcodes(rows, false)
      return opcodes
    },
    get staticOpcodes() {
      staticOpcodes ??= makeOpcodes(rows, true)
      return staticOpcodes
    },
    get shape() {
      shape ??= shapeOf(set.opcodes)
      return shape
    },
    program(code: Uint8Array): Program {
      const known = programs.get(code)
      if (known) return known
      const { length } = code
      const last = short[length]
      if (last?.isOf(code)) return last
      const program = new Program(code, set.shape)
      if (length < SHORT_BYTES) short[length] = program
      programs.set(code, program)
      return program
    },
  }
  return set
}

function makeOpcodes(rows: ReadonlyMap<number, Row>, isStatic: boolean): readonly Opcode[] {
  return Array.from({ length: 256 }, (_, code) => makeOpcode(code, rows.get(code), isStatic))
}

function shapeOf(opcodes: readonly Opcode[]): CodeShape {
  return {
    sizes: Uint8Array.from(opcodes, (opcode) => opcode.size),
    landings: Uint8Array.from(opcodes, (opcode) => Number(hasFlag(opcode.row, JUMPDEST))),
  }
}

function makeOpcode(code: number, row: Row | undefined, isStatic: boolean): Opcode {
  if (!row) return new Opcode(undefinedRow(code), false, () => Halt.InvalidOpcode)
  if (isStatic && hasFlag(row, WRITES)) return new Opcode(row, true, () => Halt.StaticViolation)
  return new Opcode(row, true, row.execute)
}

function undefinedRow(code: number): Row {
  const name = `opcode 0x${code.toString(16)} not defined`
  return { code, name, pops: 0, pushes: 0, gas: 0, spec: 'YP 9.4.2', execute: () => Halt.InvalidOpcode }
}
