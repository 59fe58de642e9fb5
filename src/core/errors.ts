/**
 * Every error code of zvm, in one place. A code is stable: programs may match on it.
 * Execution itself never throws (see `Halt`); these are for what surrounds it. Commands add two: `BUG`, an error
 * that is none of these, and `EXECUTION_FAILED`, a message that had to succeed and did not.
 */
export const ERROR_CODES = {
  /** Command-line usage or configuration is wrong. */
  usage: 'USAGE',
  /** A file or folder cannot be read or written. */
  io: 'IO',
  /** Text is not JSON, or is nested or sized beyond the limit. */
  json: 'JSON',
  /** A value is not of the type or form its place asks for. */
  value: 'VALUE',
  /** Bytes are not canonical RLP, or not the RLP of what was expected. */
  rlp: 'RLP',
  /** A transaction cannot be included in the block. */
  invalidTransaction: 'INVALID_TRANSACTION',
  /** A block is not valid, or not what its header says. */
  invalidBlock: 'INVALID_BLOCK',
  /** No fork of that name. */
  unknownFork: 'UNKNOWN_FORK',
  /** A table, delta or row breaks the contract of opcode rows. */
  badTable: 'BAD_TABLE',
  /** A plug-in breaks the contract of plug-ins, or two of them clash. */
  badPlugin: 'BAD_PLUGIN',
  /** A signature does not hold, or an encrypted key does not open. */
  badSignature: 'BAD_SIGNATURE',
  /** A Merkle proof or partial trie lacks a node, or a node does not hash to its key. */
  badProof: 'BAD_PROOF',
  /** State was asked for that the source has not loaded; use the async entry point. */
  stateNotLoaded: 'STATE_NOT_LOADED',
  /** What was computed differs from what the input says it must be. */
  mismatch: 'MISMATCH',
  /** A rule, a balance or a limit of a ledger stands against what was asked. */
  refused: 'REFUSED',
  /** A block hash was needed that the input does not give. */
  missingBlockHash: 'MISSING_BLOCK_HASH',
  /** A node cannot be reached, refuses a request, or answers what no node should. */
  node: 'NODE',
} as const

export type ErrorCode = (typeof ERROR_CODES)[keyof typeof ERROR_CODES]

/** The one error class: `message` names the input and the place, `details` is JSON for machines. */
export class ZvmError extends Error {
  readonly code: ErrorCode
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause })
    this.name = 'ZvmError'
    this.code = code
    this.details = details
  }
}

/** An error that nobody expected, in one line with the place it came from: what a report of a bug needs. */
export function bugLine(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const where = /\n\s+at (.*)/.exec(error.stack ?? '')?.[1] ?? 'unknown'
  const message = error.message.split('\n')[0]
  return `${error.name}: ${message} (at ${where.replace(/(file:\/\/)?\/.*\//, '')})`
}
