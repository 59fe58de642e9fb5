import type { Opcode } from '../../core/table.ts'
import { HELPERS, type Helpers, INNER, writeHelpers } from '../../wasm/helpers.ts'
import { writeLoop } from '../../wasm/interpreter.ts'
import type { Callable } from '../../wasm/module.ts'
import { moduleOpcodes } from './hosted.ts'
import { type Before, LiteModule } from './module.ts'
import { type Functions, functionsOf } from './sections.ts'

/** Helpers of rows that the host of a module executes, and of calls between modules. */
const UNUSED: ReadonlySet<string> = new Set([
  ...['outside', 'loadSlot', 'meetSlot', 'recordSlot', 'warmSlot'],
  ...['findKnown', 'hasLogRoom', 'appendLog'],
])

/** What all modules of an instruction set begin with: the helpers, and the interpreter for what is not translated. */
export interface Prelude extends Before {
  readonly opcodes: readonly Opcode[]
  readonly helpers: Helpers
  readonly run: Callable
  readonly functions: Functions
}

const preludes = new WeakMap<readonly Opcode[], Prelude>()

/** The prelude of a set of opcodes, written once. */
export function preludeOf(opcodes: readonly Opcode[]): Prelude {
  const known = preludes.get(opcodes)
  if (known) return known
  const written = writePrelude(moduleOpcodes(opcodes))
  preludes.set(opcodes, written)
  return written
}

function writePrelude(opcodes: readonly Opcode[]): Prelude {
  const module = new LiteModule()
  const { loadWord, storeWord, types } = module
  const expand = module.importFunction('expand', { params: [], results: HELPERS.execute[0].results })
  const wanted = Object.entries({ ...INNER, ...HELPERS }).filter(([name]) => !UNUSED.has(name))
  const helpers = writeHelpers(module, wanted)
  const run = writeLoop(module, opcodes, expand, helpers)
  const declared = [...types]
  const functions = functionsOf(module.build(1))
  const before = { types: declared, count: 1 + functions.types.count, loadWord, storeWord }
  return { ...before, opcodes, helpers, run, functions }
}
