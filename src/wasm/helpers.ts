import { writeAddmod } from './arithmetic/addmod.ts'
import { writeByte, writeSignextend } from './arithmetic/byte.ts'
import { writeDivision } from './arithmetic/division.ts'
import { writeExp } from './arithmetic/exp.ts'
import { BINARY, TERNARY } from './arithmetic/limbs.ts'
import { writeDivideByLimb, writeDivideWide } from './arithmetic/long-division.ts'
import { writeMul } from './arithmetic/mul.ts'
import { writeMulmod } from './arithmetic/mulmod.ts'
import { writeReciprocal } from './arithmetic/reciprocal.ts'
import { writeSar, writeShl, writeShr } from './arithmetic/shift.ts'
import { writeSignedDivision } from './arithmetic/signed.ts'
import { GROW_MEMORY, writeGrowMemory } from './grow-memory.ts'
import { HASH, writeHash } from './hash-cache.ts'
import { FIND_KNOWN, writeFindKnown } from './known-accounts.ts'
import { SCRATCH } from './layout.ts'
import { APPEND_LOG, HAS_LOG_ROOM, writeAppendLog, writeHasLogRoom } from './logs.ts'
import { MEET_SLOT, writeMeetSlot } from './meet-slot.ts'
import type { Callable, ModuleBuilder, Signature } from './module.ts'
import { RECORD_SLOT, writeRecordSlot, writeWarmSlot } from './slots.ts'
import { LEAVE, UNIT, writeCallOut, writeLeave, writeOutside } from './ways-out.ts'

/** Those that compute a word from words, as limbs, in the operand order of the EVM. */
export const OPERATIONS = {
  ...{ mul: BINARY, div: BINARY, mod: BINARY, sdiv: BINARY, smod: BINARY, addmod: TERNARY, mulmod: TERNARY },
  ...{ exp: BINARY, signextend: BINARY, byte: BINARY, shl: BINARY, shr: BINARY, sar: BINARY },
} as const

export type Operation = keyof typeof OPERATIONS

/** The functions that generated code calls. */
const SIGNATURES = {
  /** A unit itself, the first in the table; see `writeOutside`. */
  outside: UNIT,
  /** See `writeLeave` and `writeCallOut`. */
  leave: LEAVE,
  callOut: LEAVE,
  /** (byte) → halt: the host executes the row, its checks done and its static gas charged unless the byte is UNCHECKED. */
  execute: { params: ['i32'], results: ['i32'] },
  /** (0 the frame's, 1 the transaction's): the host puts the words of the environment in place. */
  environment: { params: ['i32'], results: [] },
  ...OPERATIONS,
  /** (address, size, out): a hash over linear memory; see `writeHash`. */
  hash: HASH,
  /** (end, gas) → (done, gas): see `writeGrowMemory`. */
  growMemory: GROW_MEMORY,
  /** (three limbs of an address) → address of an entry: see `writeFindKnown`. */
  findKnown: FIND_KNOWN,
  /** (owner, key) → address, 0 for none: see `writeMeetSlot`. */
  meetSlot: MEET_SLOT,
  /** (address): see `writeRecordSlot` and `writeWarmSlot`. */
  recordSlot: RECORD_SLOT,
  warmSlot: RECORD_SLOT,
  /** See `writeHasLogRoom` and `writeAppendLog`. */
  hasLogRoom: HAS_LOG_ROOM,
  appendLog: APPEND_LOG,
} as const satisfies Record<string, Signature>

export type Helpers = Readonly<Record<keyof typeof SIGNATURES, Callable>>

/** Scratch of the helpers, one after the other; multiples of 8. */
const RECIPROCALS = SCRATCH
const MODULI = RECIPROCALS + 1024

/** Their names, in the order in which they come first in the table of a module that links them. */
export const HELPER_NAMES = Object.keys(SIGNATURES)

/** For a module that is to be given those of another, which has exported them. */
export const LINKED: readonly Signature[] = Object.values(SIGNATURES)
export const LINKED_HELPERS = Object.fromEntries(
  HELPER_NAMES.map((name, i) => [name, { ...LINKED[i], index: i, type: i }]),
) as Helpers

export function exportHelpers(module: ModuleBuilder, helpers: Helpers): void {
  for (const [name, helper] of Object.entries(helpers)) module.export(name, helper)
}

/** Writes them all into a module; keccak itself src/core has in a module of its own (see `keccakOver`). */
export function writeHelpers(module: ModuleBuilder): Helpers {
  const execute = module.importFunction('execute', SIGNATURES.execute)
  const environment = module.importFunction('environment', SIGNATURES.environment)
  const keccak = module.importFunction('keccak', HASH)
  // (slot): the host asks the source for it.
  const loadSlot = module.importFunction('loadSlot', RECORD_SLOT)
  const reciprocal = writeReciprocal(module, RECIPROCALS)
  const divideByLimb = writeDivideByLimb(module, reciprocal)
  const divideWide = writeDivideWide(module, reciprocal)
  const mul = writeMul(module)
  const shl = writeShl(module)
  const shr = writeShr(module)
  const recordSlot = writeRecordSlot(module)
  const parts = { divideByLimb, divideWide, shr }
  const div = writeDivision(module, parts, 'quotient')
  const mod = writeDivision(module, parts, 'remainder')
  return {
    outside: writeOutside(module),
    leave: writeLeave(module),
    callOut: writeCallOut(module, execute),
    execute,
    environment,
    mul,
    div,
    mod,
    sdiv: writeSignedDivision(module, div, 'quotient'),
    smod: writeSignedDivision(module, mod, 'remainder'),
    addmod: writeAddmod(module, mod),
    mulmod: writeMulmod(module, { mul, mod, divideWide }, MODULI),
    exp: writeExp(module, { mul, shl }),
    signextend: writeSignextend(module),
    byte: writeByte(module),
    shl,
    shr,
    sar: writeSar(module),
    hash: writeHash(module, keccak),
    growMemory: writeGrowMemory(module),
    findKnown: writeFindKnown(module),
    meetSlot: writeMeetSlot(module, loadSlot),
    recordSlot,
    warmSlot: writeWarmSlot(module, recordSlot),
    hasLogRoom: writeHasLogRoom(module),
    appendLog: writeAppendLog(module),
  }
}
