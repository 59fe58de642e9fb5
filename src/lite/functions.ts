import type { ValueType } from './instructions.ts'
import type { FunctionType } from './module.ts'

/**
 * What a parameter means. `word` and `address` point at 32 and 20 bytes, big-endian; `signature` at 64 bytes; `pointer`
 * at as many as the next `size` says; `number` is an unsigned i32.
 */
export type Parameter = 'word' | 'address' | 'signature' | 'pointer' | 'size' | 'number' | 'gas'

/**
 * What comes back. `word` and `address` are written where one more parameter points; `found` is an address written so,
 * and 0 where there is none, else 1; `flag` is whether it was not zero.
 */
export type Answer = 'nothing' | 'i32' | 'i64' | 'flag' | 'word' | 'address' | 'found'

/** A function that modules import from `zvm`: a row of the native set, with its price, on the module's memory. */
export interface HostFunction {
  readonly name: string
  /** What a host may withhold. */
  readonly capability: string
  /** Mnemonic of the row that does it; of `log` that without topics. */
  readonly row: string
  /** The operands of the row, the topmost first. */
  readonly takes: readonly Parameter[]
  readonly answer: Answer
}

function define(
  capability: string,
  name: string,
  row: string,
  takes: readonly Parameter[] = [],
  answer: Answer = 'nothing',
): HostFunction {
  return { capability, name, row, takes, answer }
}

const RANGE = ['pointer', 'size'] as const
const RANGES = [...RANGE, ...RANGE] as const

/** Every function of module `zvm`, by capability. */
export const HOST_FUNCTIONS: readonly HostFunction[] = [
  define('context', 'gas_left', 'GAS', [], 'i64'),
  define('context', 'address', 'ADDRESS', [], 'address'),
  define('context', 'caller', 'CALLER', [], 'address'),
  define('context', 'origin', 'ORIGIN', [], 'address'),
  define('context', 'value', 'CALLVALUE', [], 'word'),
  define('context', 'block_number', 'NUMBER', [], 'i64'),
  define('context', 'block_timestamp', 'TIMESTAMP', [], 'i64'),
  define('context', 'calldata_size', 'CALLDATASIZE', [], 'i32'),
  define('context', 'calldata_copy', 'CALLDATACOPY', ['pointer', 'number', 'size']),
  define('context', 'returndata_size', 'RETURNDATASIZE', [], 'i32'),
  define('context', 'returndata_copy', 'RETURNDATACOPY', ['pointer', 'number', 'size']),
  define('context', 'return', 'RETURN', RANGE),
  define('context', 'revert', 'REVERT', RANGE),
  define('storage', 'storage_load', 'SLOAD', ['word'], 'word'),
  define('storage', 'storage_has', 'SLOAD', ['word'], 'flag'),
  define('storage', 'storage_store', 'SSTORE', ['word', 'word']),
  define('storage', 'storage_delete', 'SSTORE', ['word']),
  define('call', 'call', 'CALL', ['gas', 'address', 'word', ...RANGES], 'i32'),
  define('call', 'delegatecall', 'DELEGATECALL', ['gas', 'address', ...RANGES], 'i32'),
  define('call', 'staticcall', 'STATICCALL', ['gas', 'address', ...RANGES], 'i32'),
  define('create', 'create', 'CREATE', ['word', ...RANGE], 'found'),
  define('hash', 'keccak256', 'KECCAK256', RANGE, 'word'),
  define('hash', 'sha256', 'SHA256', RANGE, 'word'),
  define('verify', 'ed25519_verify', 'ED25519_VERIFY', ['word', 'signature', ...RANGE], 'i32'),
  define('verify', 'ecrecover', 'ECRECOVER', ['word', 'number', 'word', 'word'], 'found'),
  define('log', 'log', 'LOG0', RANGE),
  define('syscall', 'syscall', 'SYSCALL', RANGES, 'i32'),
]

/** Capabilities of these functions. A host that says nothing withholds none: all of them work on the machine alone. */
export const LITE_CAPABILITIES: readonly string[] = [
  ...new Set(HOST_FUNCTIONS.map(({ capability }) => capability)),
]

/** Parameters that do not come from the row: topics and how many of a log, the id of a system call. */
const MORE: Readonly<Record<string, { before: readonly ValueType[]; behind: readonly ValueType[] }>> = {
  log: { before: [], behind: ['i32', 'i32'] },
  syscall: { before: ['i32'], behind: [] },
}

/** The type that a module must import a function by. */
export function typeOfFunction({ name, takes, answer }: HostFunction): FunctionType {
  const { before = [], behind = [] } = MORE[name] ?? {}
  const own = takes.map((parameter): ValueType => (parameter === 'gas' ? 'i64' : 'i32'))
  const out: ValueType[] = ['word', 'address', 'found'].includes(answer) ? ['i32'] : []
  const isValue = ['i32', 'flag', 'found'].includes(answer)
  const results: ValueType[] = answer === 'i64' ? ['i64'] : isValue ? ['i32'] : []
  return { params: [...before, ...own, ...behind, ...out], results }
}

/** What is wrong with an import; null where nothing is. */
export function misfit(name: string, type: FunctionType): string | null {
  const found = HOST_FUNCTIONS.find((each) => each.name === name)
  if (!found) return name === 'row' ? 'only of what zvm compile writes' : 'there is no such function'
  const wanted = describe(typeOfFunction(found))
  return describe(type) === wanted ? null : `its type is ${wanted}`
}

/** A type as the text format writes it. */
export function describe({ params, results }: FunctionType): string {
  const text = `${params.length > 0 ? `(param ${params.join(' ')})` : ''} ${results.length > 0 ? `(result ${results.join(' ')})` : ''}`
  return text.trim() || '(func)'
}
