/**
 * zvm-engine/debugger: a message instruction by instruction, forth and back. What the stepper and the REPL stand on.
 */
export { beginCall } from './chain/call.ts'
export { type DebuggedRun, Debugger, type StopTest } from './trace/debugger.ts'
