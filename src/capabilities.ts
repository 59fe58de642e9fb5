/**
 * zvm-engine/capabilities: what a contract may reach outside the machine. Grants, system calls, plug-ins, records of
 * answers, and the interfaces of what answers. What Node brings (files, network, sandbox) belongs to the commands.
 */
export { KeptAnswers, type RecordedAnswer, type Reply } from './runtime/answers.ts'
export type { BuiltinCall } from './runtime/calls/call.ts'
export { BUILTIN_CALLS } from './runtime/calls/table.ts'
export { CAPABILITIES, Grants, grantsOf, NO_GRANTS, parseGrants } from './runtime/grants.ts'
export type { Intent } from './runtime/intent.ts'
export {
  type CallContext,
  definePlugin,
  type GasFormula,
  type HandlerAnswer,
  type Plugin,
  type PluginCall,
} from './runtime/plugin.ts'
export { type AnswerRecord, type RecordedCall, readRecord, recordToJson } from './runtime/record.ts'
export { type CapabilityRuntime, createRuntime, type RuntimeOptions } from './runtime/runtime.ts'
export type { Files, HttpAnswer, Ledger, PendingFile, Services, Signer } from './runtime/services.ts'
export { ANSWER_LIMIT_BYTES } from './runtime/session.ts'
