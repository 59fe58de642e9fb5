import { writeAddmod } from './arithmetic/addmod.ts'
import { writeByte, writeSignextend } from './arithmetic/byte.ts'
import { type DivisionParts, writeDivision } from './arithmetic/division.ts'
import { writeExp } from './arithmetic/exp.ts'
import { BINARY, TERNARY } from './arithmetic/limbs.ts'
import {
  DIVIDE_BY_LIMB,
  DIVIDE_WIDE,
  writeDivideByLimb,
  writeDivideWide,
} from './arithmetic/long-division.ts'
import { MEET, writeMeet } from './arithmetic/modulus.ts'
import { writeMul } from './arithmetic/mul.ts'
import { writeMulmod } from './arithmetic/mulmod.ts'
import { RECIPROCAL, writeReciprocal } from './arithmetic/reciprocal.ts'
import { writeSar, writeShl, writeShr } from './arithmetic/shift.ts'
import { writeSignedDivision } from './arithmetic/signed.ts'
import { TYPE_I32, type ValueType } from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { GROW_MEMORY, writeGrowMemory } from './grow-memory.ts'
import { HASH, writeHash } from './hash-cache.ts'
import { FIND_KNOWN, writeFindKnown } from './known-accounts.ts'
import { APPEND_LOG, HAS_LOG_ROOM, writeAppendLog, writeHasLogRoom } from './logs.ts'
import { MEET_SLOT, writeMeetSlot } from './meet-slot.ts'
import type { Callable, Callables, ModuleBuilder, Signature } from './module.ts'
import { RECORD_SLOT, writeRecordSlot, writeWarmSlot } from './slots.ts'
import { LEAVE, UNIT, writeCallOut, writeLeave, writeOutside } from './ways-out.ts'

/** What a function takes and gives, and what writes its body, which may call others; without that the host has it. */
type Helper<N extends string> = readonly [
  signature: Signature,
  write: ((f: FunctionBuilder, called: Callables<N>) => void) | undefined,
]

function helper<P extends readonly ValueType[], N extends string = never>(
  signature: Signature<P>,
  write?: (f: FunctionBuilder<P>, called: Callables<N>) => void,
): Helper<N> {
  return [signature, write as Helper<N>[1]]
}

/** Short, so that each translation has its own: a call by way of the table takes as long as they do. */
export const SHIFTS = {
  shl: helper(BINARY, writeShl),
  shr: helper(BINARY, writeShr),
  sar: helper(BINARY, writeSar),
}

/** Those that compute a word from words, as limbs, in the operand order of the EVM. */
export const OPERATIONS = {
  mul: helper(BINARY, writeMul),
  div: helper(BINARY, (f, parts: DivisionParts) => writeDivision(f, parts, 'quotient')),
  mod: helper(BINARY, (f, parts: DivisionParts) => writeDivision(f, parts, 'remainder')),
  sdiv: helper(BINARY, (f, { div }: Callables<'div'>) => writeSignedDivision(f, div, 'quotient')),
  smod: helper(BINARY, (f, { mod }: Callables<'mod'>) => writeSignedDivision(f, mod, 'remainder')),
  addmod: helper(TERNARY, writeAddmod),
  mulmod: helper(TERNARY, writeMulmod),
  exp: helper(BINARY, writeExp),
  signextend: helper(BINARY, writeSignextend),
  byte: helper(BINARY, writeByte),
  ...SHIFTS,
}

export type Operation = keyof typeof OPERATIONS

/** The functions that generated code calls. */
export const HELPERS = {
  /** A unit itself, the first in the table; see `writeOutside`. */
  outside: helper(UNIT, writeOutside),
  leave: helper(LEAVE, writeLeave),
  callOut: helper(LEAVE, writeCallOut),
  /** (byte) → halt: the host executes the row, its checks done and its static gas charged unless the byte is UNCHECKED. */
  execute: helper({ params: [TYPE_I32], results: [TYPE_I32] }),
  /** (0 the frame's, 1 the transaction's): the host puts the words of the environment in place. */
  environment: helper({ params: [TYPE_I32], results: [] }),
  ...OPERATIONS,
  hash: helper(HASH, writeHash),
  growMemory: helper(GROW_MEMORY, writeGrowMemory),
  findKnown: helper(FIND_KNOWN, writeFindKnown),
  meetSlot: helper(MEET_SLOT, writeMeetSlot),
  recordSlot: helper(RECORD_SLOT, writeRecordSlot),
  warmSlot: helper(RECORD_SLOT, writeWarmSlot),
  hasLogRoom: helper(HAS_LOG_ROOM, writeHasLogRoom),
  appendLog: helper(APPEND_LOG, writeAppendLog),
}

/** The functions that only these call. */
export const INNER = {
  /** (address, size, out): src/core has it in a module of its own (see `keccakOver`). */
  keccak: helper(HASH),
  /** (slot): the host asks the source for it. */
  loadSlot: helper(RECORD_SLOT),
  reciprocal: helper(RECIPROCAL, writeReciprocal),
  divideByLimb: helper(DIVIDE_BY_LIMB, writeDivideByLimb),
  divideWide: helper(DIVIDE_WIDE, writeDivideWide),
  meet: helper(MEET, writeMeet),
}

export type Helpers = Callables<keyof typeof HELPERS>

/** Their names, in the order in which they come first in the table of a module that links them. */
export const HELPER_NAMES = Object.keys(HELPERS) as readonly (keyof Helpers)[]

/** For a module that is to be given those of another, which has exported them. */
export const LINKED: readonly Signature[] = Object.values(HELPERS).map(([signature]) => signature)
export const LINKED_HELPERS = Object.fromEntries(
  HELPER_NAMES.map((name, i) => [name, { ...LINKED[i], index: i, type: i }]),
) as Helpers

export function exportHelpers(module: ModuleBuilder, helpers: Helpers): void {
  for (const name of HELPER_NAMES) module.export(name, helpers[name])
}

/** Writes all of them, or some, into a module: imports first, as it wants them, bodies last, as they call each other. */
export function writeHelpers(
  module: ModuleBuilder,
  parts = Object.entries({ ...INNER, ...HELPERS }),
): Helpers {
  const all: Record<string, Callable> = {}
  for (const [name, [signature, write]] of parts)
    if (!write) all[name] = module.importFunction(name, signature)
  const bodies = parts.map(([name, [signature, write]]) => {
    if (!write) return null
    const f = module.function(signature)
    all[name] = f
    return () => write(f, all as Callables<keyof typeof HELPERS | keyof typeof INNER>)
  })
  for (const write of bodies) write?.()
  return all as Helpers
}
