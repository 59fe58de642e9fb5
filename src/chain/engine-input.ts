import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseQuantity } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import { TIERS } from '../wasm/tier-names.ts'

/** Bits that a field of a block may have. */
const BLOCK_BITS: Readonly<Record<keyof BlockEnvironment, number>> = {
  number: 64,
  timestamp: 64,
  coinbase: 160,
  gasLimit: 64,
  difficulty: 256,
  prevRandao: 256,
  baseFee: 256,
  blobBaseFee: 256,
}

/** A block over another, which says what the first leaves out. Throws VALUE naming the field, as `block.number`. */
export function readBlock(block: Partial<BlockEnvironment>, base: BlockEnvironment): BlockEnvironment {
  const read = { ...base }
  for (const [name, value] of Object.entries(block)) {
    if (!Object.hasOwn(BLOCK_BITS, name))
      throw new ZvmError(ERROR_CODES.value, `block.${name.slice(0, 40)}: unknown member`)
    const field = name as keyof BlockEnvironment
    if (value !== undefined) read[field] = parseQuantity(value, `block.${name}`, BLOCK_BITS[field])
  }
  return read
}

/** Throws USAGE for options that the types forbid: callers in JavaScript have none. */
export function checkEngineOptions(options: {
  readonly table: unknown
  readonly state: unknown
  readonly tier?: unknown
}): void {
  const { table, state, tier = 'auto' } = options
  if (typeof member(table, 'program') !== 'function')
    refuse('table', 'not a table of opcodes, as forkByName gives one')
  if (typeof member(state, 'account') !== 'function')
    refuse('state', 'not a source of state, as memoryState gives one')
  if (!TIERS.some((name) => name === tier))
    refuse('tier', `${String(tier).slice(0, 40)} is none of ${TIERS.join(', ')}`)
}

function member(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}

function refuse(option: string, what: string): never {
  throw new ZvmError(ERROR_CODES.usage, `createEngine: ${option}: ${what}`, { option })
}
