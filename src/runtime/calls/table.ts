import type { BuiltinCall } from './call.ts'
import { INTENT_CALLS } from './intents.ts'
import { OUTSIDE_CALLS } from './outside.ts'
import { PRIMITIVE_CALLS } from './primitives.ts'
import { STATE_CALLS } from './state.ts'

/** Every call of the engine's own, by id. */
export const BUILTIN_CALLS: readonly BuiltinCall[] = [
  ...STATE_CALLS,
  ...PRIMITIVE_CALLS,
  ...OUTSIDE_CALLS,
  ...INTENT_CALLS,
].sort((a, b) => a.id - b.id)
