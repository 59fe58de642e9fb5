/** Tables and rows, the frames and the driver that run them: what knows no opcode. */
export type { Crypto } from './crypto.ts'
export { DEPTH_LIMIT, Driver, type Limits, NO_LIMITS } from './driver.ts'
export { ERROR_CODES, type ErrorCode, ZvmError } from './errors.ts'
export type { Frame } from './frame.ts'
export { Halt, haltName, isExceptional, isSuccess } from './halt.ts'
export type { BlockEnvironment, Environment, Host, Log } from './host.ts'
export { EMPTY_CODE_HASH, keccak256 } from './keccak.ts'
export { MEMORY_LIMIT_BYTES } from './memory.ts'
export { CallKind, Message, type MessageResult } from './message.ts'
export type { Precompile } from './precompile.ts'
export type { Program } from './program.ts'
export {
  ENDS,
  JUMPDEST,
  JUMPS,
  READS_GAS,
  type Reach,
  type Row,
  SUSPENDS,
  WRITES,
} from './row.ts'
export type { BlobSchedule, CreateRules, Intrinsic, RuleChange, Rules } from './rules.ts'
export {
  at,
  type Delta,
  emptyTable,
  extend,
  type Opcode,
  STACK_LIMIT,
  type Table,
} from './table.ts'
export type {
  AccountView,
  TouchedAccount,
  TouchedSlot,
  Tracer,
  TransactionEnd,
  TransactionStart,
} from './tracer.ts'
