import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { basename, extname, resolve } from 'node:path'
import { FORKS, forkByName } from '../../opcodes/forks.ts'
import { NAMED_TABLES, namedTable } from '../../opcodes/named.ts'
import { bugLine, ERROR_CODES, type ErrorCode, ZvmError } from '../core/errors.ts'
import { toQuantity } from '../core/hex.ts'
import type { Row } from '../core/row.ts'
import { type Delta, extend, type Table } from '../core/table.ts'
import { reasonOf } from './read-file.ts'

/**
 * A table of ours by its name (`zvm`, `zevm`), or the one that a user's TypeScript or JavaScript file defines; a file of
 * such a name is written as a path. The file exports one of:
 *
 * - `table`, or a default: a table, made with `extend`;
 * - `deltas` and `base`, a fork's name or a table to extend with them, and `name` if wanted; or a default of these.
 *
 * Its imports of `zvm-engine`, `zvm-engine/core`, `/evm`, `/native` and `/capabilities` are the modules that run here,
 * wherever the file lies: its forks are our forks. The file is trusted: it is run as code.
 *
 * Throws USAGE for a word that is neither, IO if the file cannot be read, BAD_TABLE on what it exports, and VALUE if it cannot be loaded; each names it.
 */
export async function findTable(nameOrPath: string): Promise<Table> {
  const named = namedTable(nameOrPath)
  if (!named && /^\w+$/.test(nameOrPath) && !existsSync(nameOrPath)) refuseName(nameOrPath)
  return named ?? loadTable(nameOrPath)
}

/** A word that is no file was meant as a name. */
function refuseName(name: string): never {
  const known = ['evm', ...NAMED_TABLES.map((table) => table.name)].join(', ')
  const fork = FORKS.find((each) => each.name.toLowerCase() === name.toLowerCase())
  const hint = fork ? `a fork is named by --fork ${fork.name}` : `known: ${known}, or the path of a file`
  throw about(ERROR_CODES.usage, name.slice(0, 40), `no table of that name; ${hint}`)
}

async function loadTable(path: string): Promise<Table> {
  const module = await importFile(path)
  const table = module.table ?? module.default
  if (isTable(table)) return withSoundPrecompiles(table, path)
  for (const source of [module, module.default])
    if (hasDeltas(source)) return withSoundPrecompiles(fromDeltas(source, path), path)
  const found = Object.keys(module).join(', ') || 'nothing'
  return refuse(path, `exports neither a table as \`table\` or default, nor \`deltas\` (it exports ${found})`)
}

/** An address that is no bigint would be passed over in silence, as no call has it. */
function withSoundPrecompiles(table: Table, path: string): Table {
  for (const [address, precompile] of table.precompiles) {
    const what = `the precompile at ${typeof address === 'bigint' ? toQuantity(address) : JSON.stringify(address)}`
    if (typeof address !== 'bigint') refuse(path, `${what}: its address is not a bigint`)
    for (const member of ['gas', 'run'] as const)
      if (typeof precompile[member] !== 'function') refuse(path, `${what}: ${member} is not a function`)
  }
  return table
}

type Exports = Readonly<Record<string, unknown>>

function hasDeltas(value: unknown): value is Exports {
  return typeof value === 'object' && value !== null && 'deltas' in value
}

/** What a user's file exports; it may import our entry points. Throws IO, and `fault` where it cannot be loaded. */
export async function importFile(path: string, fault: ErrorCode = ERROR_CODES.value): Promise<Exports> {
  checkReadable(path)
  forbidExit()
  // Loaded here: few runs need it, and Node 20 cannot import TypeScript by itself.
  const { createJiti } = await import('jiti')
  const virtualModules = {
    'zvm-engine': await import('../index.ts'),
    'zvm-engine/core': await import('../core.ts'),
    'zvm-engine/evm': await import('../../opcodes/index.ts'),
    'zvm-engine/native': await import('../native.ts'),
    'zvm-engine/capabilities': await import('../capabilities.ts'),
  }
  const jiti = createJiti(import.meta.url, { virtualModules, interopDefault: false, fsCache: false })
  try {
    return await jiti.import<Exports>(resolve(path))
  } catch (error) {
    const what = error instanceof Error ? error.message : String(error)
    if (error instanceof ZvmError) throw about(error.code, path, what, error)
    throw about(fault, path, `cannot be loaded: ${summary(what)}`, error)
  }
}

const exit = process.exit.bind(process)

/** A user's code that ends the process would have the command end well, with nothing done and nothing said. */
function forbidExit(): void {
  process.exit = (code) => {
    const error = new Error(`process.exit(${code ?? ''}) was called, which would end the command`)
    // Node itself ends a thread so after what nothing caught there; an error of ours then would end the whole process.
    const caller = error.stack?.split('\n')[2] ?? ''
    if (caller.includes('node:internal/main/worker_thread')) return exit(code)
    throw error
  }
}

/** Told here: what the loader says of such a file is not told apart from what the file throws. Throws IO. */
function checkReadable(path: string): void {
  try {
    const stats = statSync(path)
    if (!stats.isFile()) throw new Error(stats.isDirectory() ? 'is a folder, not a file' : 'is no file')
    accessSync(path, constants.R_OK)
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}

/** The first line of what was thrown; a syntax error gives its place, `FILE:LINE:COLUMN`, in the second. */
function summary(text: string): string {
  const [first = '', second = ''] = text.split('\n').map((line) => line.trim())
  const place = /^(.+):(\d+):\d+$/.exec(second)
  return place ? `${first} (${basename(place[1])}, line ${place[2]})` : first
}

function fromDeltas({ deltas, base, name }: Exports, path: string): Table {
  if (!Array.isArray(deltas)) return refuse(path, '`deltas` is not an array')
  const checked = deltas.map((delta, i) => checkDelta(delta, path, `deltas[${i}]`))
  if (typeof base !== 'string' && !isTable(base))
    return refuse(path, '`base` is neither the name of a fork nor a table')
  const ownName = typeof name === 'string' ? name : basename(path, extname(path))
  try {
    return extend(typeof base === 'string' ? forkByName(base) : base, ownName, checked)
  } catch (error) {
    if (error instanceof ZvmError) throw about(error.code, path, error.message, error)
    // A list that is none, a row that is null: `extend` trusts the types, which nobody may have checked.
    throw about(ERROR_CODES.badTable, path, `cannot be applied: ${bugLine(error)}`, error)
  }
}

const DELTA_MEMBERS = ['eip', 'title', 'add', 'swap', 'drop', 'reprice', 'precompiles', 'rules']

/** A file need not have been type-checked: a misspelt member must not silently change nothing. */
function checkDelta(value: unknown, path: string, place: string): Delta {
  if (typeof value !== 'object' || value === null) return refuse(path, `${place} is not a delta`)
  const stray = Object.keys(value).find((key) => !DELTA_MEMBERS.includes(key))
  if (stray !== undefined) refuse(path, `${place} has the unknown member ${stray}`)
  const { eip, title } = value as Partial<Delta>
  if (typeof eip !== 'number' || typeof title !== 'string') refuse(path, `${place} needs eip and title`)
  return value as Delta
}

/** By its shape: it may come from another copy of this package. */
function isTable(value: unknown): value is Table {
  if (typeof value !== 'object' || value === null) return false
  const { name, rows, opcodes, precompiles, program, deltas, rules } = value as Partial<Table>
  return (
    typeof name === 'string' &&
    rows instanceof Map &&
    precompiles instanceof Map &&
    [...rows.values()].every((row: Row | null) => typeof row?.execute === 'function') &&
    Array.isArray(opcodes) &&
    opcodes.length === 256 &&
    typeof program === 'function' &&
    Array.isArray(deltas) &&
    typeof rules === 'object'
  )
}

function refuse(path: string, what: string): never {
  throw about(ERROR_CODES.badTable, path, what)
}

function about(code: ErrorCode, path: string, what: string, cause?: unknown): ZvmError {
  return new ZvmError(code, `${path}: ${what}`, { path }, cause)
}
