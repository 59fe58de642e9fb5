/** zvm-engine/runtime: containers, their ABI, values encoded by it; capabilities, system calls, plug-ins, records. */
export { type AbiValue, decodeCall, decodeValues, encodeCall, encodeValues } from './abi-codec.ts'
export type { RecordedAnswer, Reply } from './answers.ts'
export type { BuiltinCall } from './calls/call.ts'
export { BUILTIN_CALLS } from './calls/table.ts'
export {
  ABI_LIMIT_BYTES,
  type Container,
  encodeContainer,
  isContainer,
  readContainer,
  TARGETS,
  type Target,
} from './container.ts'
export {
  type AbiEvent,
  type AbiField,
  type AbiFunction,
  type AbiParameter,
  type AbiStateVariable,
  type AbiTable,
  abiToJson,
  type ContractAbi,
  functionOf,
  type Mutability,
  readAbi,
  selectorOf,
  signatureOf,
  type Visibility,
} from './contract-abi.ts'
export { CAPABILITIES, Grants, grantsOf, NO_GRANTS, parseGrants } from './grants.ts'
export type { Intent } from './intent.ts'
export {
  type CallContext,
  definePlugin,
  type GasFormula,
  type HandlerAnswer,
  type Plugin,
  type PluginCall,
} from './plugin.ts'
export { type AnswerRecord, type RecordedCall, readRecord, recordToJson } from './record.ts'
export { type CapabilityRuntime, createRuntime, type RuntimeOptions } from './runtime.ts'
export type { Files, HttpAnswer, Ledger, PendingFile, Services, Signer } from './services.ts'
export { ANSWER_LIMIT_BYTES } from './session.ts'
