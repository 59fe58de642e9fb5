import { ERROR_CODES, type ErrorCode } from '../core/errors.ts'

/** What the process answers with. */
export const EXIT = {
  ok: 0,
  /** A check failed, or execution reverted or halted. */
  failed: 1,
  /** A block that cannot be executed to its end. */
  evm: 2,
  usage: 3,
  missingBlockHash: 4,
  json: 10,
  io: 11,
  rlp: 12,
  node: 13,
  /** A bug of ours. */
  bug: 70,
  interrupted: 130,
} as const

const BY_ERROR: Readonly<Record<ErrorCode, number>> = {
  [ERROR_CODES.usage]: EXIT.usage,
  [ERROR_CODES.io]: EXIT.io,
  [ERROR_CODES.json]: EXIT.json,
  [ERROR_CODES.value]: EXIT.json,
  [ERROR_CODES.rlp]: EXIT.rlp,
  [ERROR_CODES.invalidTransaction]: EXIT.failed,
  [ERROR_CODES.invalidBlock]: EXIT.evm,
  [ERROR_CODES.unknownFork]: EXIT.usage,
  [ERROR_CODES.badTable]: EXIT.usage,
  [ERROR_CODES.badPlugin]: EXIT.usage,
  [ERROR_CODES.badSignature]: EXIT.failed,
  [ERROR_CODES.badProof]: EXIT.failed,
  [ERROR_CODES.stateNotLoaded]: EXIT.failed,
  [ERROR_CODES.mismatch]: EXIT.failed,
  [ERROR_CODES.refused]: EXIT.failed,
  [ERROR_CODES.missingBlockHash]: EXIT.missingBlockHash,
  [ERROR_CODES.node]: EXIT.node,
}

export function exitCodeOf(code: ErrorCode): number {
  return BY_ERROR[code]
}
