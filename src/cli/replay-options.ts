/** Which options of `zvm replay` go with what is replayed: one that would be passed over is refused. */
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Arguments } from './main.ts'

/** Options that are of no use to what is replayed, and why. */
type Useless = ReadonlyMap<string, string>

/** What only one transaction has. */
export const OF_TRANSACTION: Useless = new Map([['quick', 'of one transaction: name its hash']])

/** What only a range has. */
export const OF_RANGE: Useless = new Map(
  ['journal', 'failures', 'workers'].map((option) => [option, 'of a range of blocks A..B']),
)

/** What a range does not have. */
export const OF_ONE_BLOCK: Useless = new Map([
  ['save', 'not of a range of blocks: those that fail are kept in the folder --failures'],
  ...['override', 'set-code'].map(
    (option) => [option, 'not of a range of blocks, which is compared with the chain'] as const,
  ),
  ...['details', 'trace', 'tracer', 'profile', 'quick'].map(
    (option) => [option, 'not of a range of blocks: name one block'] as const,
  ),
])

/** Options that only a replay from a node has a use for. */
export const OF_NODE: Useless = new Map(
  [
    ...['cache', 'cache-limit', 'chain', 'genesis', 'quick', 'override', 'set-code', 'verify'],
    ...['journal', 'failures', 'workers', 'save'],
  ].map((option) => [option, 'of a replay from a node: needs --rpc or --offline']),
)

/** Refuses options that would be passed over. Throws USAGE. */
export function refuse(args: Arguments, useless: Useless): void {
  for (const [option, reason] of useless)
    if (args[option] !== undefined && args[option] !== false)
      throw new ZvmError(ERROR_CODES.usage, `--${option}: ${reason}`)
}

/** Whether it names a transaction or blocks of a node, and no bundle. */
export function isTarget(text: string): boolean {
  return /^(0x[0-9a-fA-F]+|[0-9]+)(\.\.(0x[0-9a-fA-F]+|[0-9]+))?$/.test(text)
}
