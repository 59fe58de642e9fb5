import { writeAddmod } from './arithmetic/addmod.ts'
import { writeByte, writeSignextend } from './arithmetic/byte.ts'
import { writeDivision } from './arithmetic/division.ts'
import { writeExp } from './arithmetic/exp.ts'
import { writeDivideByLimb, writeDivideWide } from './arithmetic/long-division.ts'
import { writeMul } from './arithmetic/mul.ts'
import { writeMulmod } from './arithmetic/mulmod.ts'
import { writeReciprocal } from './arithmetic/reciprocal.ts'
import { writeSar, writeShl, writeShr } from './arithmetic/shift.ts'
import { writeSignedDivision } from './arithmetic/signed.ts'
import type { ValueType } from './expr.ts'
import { writeGrowMemory } from './grow-memory.ts'
import { HASH, writeHash } from './hash-cache.ts'
import { FIND_KNOWN, writeFindKnown } from './known-accounts.ts'
import { SCRATCH } from './layout.ts'
import { APPEND_LOG, HAS_LOG_ROOM, writeAppendLog, writeHasLogRoom } from './logs.ts'
import { MEET_SLOT, writeMeetSlot } from './meet-slot.ts'
import type { Callable, ModuleBuilder } from './module.ts'
import { RECORD_SLOT, writeRecordSlot, writeWarmSlot } from './slots.ts'

/** Those that compute a word from words, as limbs, in the operand order of the EVM; and how many each takes. */
export const OPERATIONS = {
  ...{ mul: 2, div: 2, mod: 2, sdiv: 2, smod: 2, addmod: 3, mulmod: 3, exp: 2 },
  ...{ signextend: 2, byte: 2, shl: 2, shr: 2, sar: 2 },
} as const satisfies Record<string, number>

export type Operation = keyof typeof OPERATIONS

/** The functions that generated code calls. */
export interface Helpers extends Readonly<Record<Operation, Callable>> {
  /** (address, size, out): a hash over linear memory; see `writeHash`. */
  readonly hash: Callable
  /** (end, gas) → (done, gas): see `writeGrowMemory`. */
  readonly growMemory: Callable
  /** (three limbs of an address) → address of an entry: see `writeFindKnown`. */
  readonly findKnown: Callable
  /** (owner, key) → address, 0 for none: see `writeMeetSlot`. */
  readonly meetSlot: Callable
  /** (address): see `writeRecordSlot` and `writeWarmSlot`. */
  readonly recordSlot: Callable
  readonly warmSlot: Callable
  /** See `writeHasLogRoom` and `writeAppendLog`. */
  readonly hasLogRoom: Callable
  readonly appendLog: Callable
}

/** Scratch of the helpers, one after the other; multiples of 8. */
const RECIPROCALS = SCRATCH
const MODULI = RECIPROCALS + 1024

const WORD: readonly ValueType[] = ['i64', 'i64', 'i64', 'i64']

/** Declares them in a module that is to be given those of another, which has exported them. */
export function importHelpers(module: ModuleBuilder): Helpers {
  const operations = Object.entries(OPERATIONS).map(([name, count]) => {
    const params = Array.from({ length: count }, () => WORD).flat()
    return [name, module.importFunction(name, params, WORD)]
  })
  return {
    ...(Object.fromEntries(operations) as Record<Operation, Callable>),
    hash: module.importFunction('hash', HASH.params, HASH.results),
    growMemory: module.importFunction('growMemory', ['i64', 'i64'], ['i32', 'i64']),
    findKnown: module.importFunction('findKnown', FIND_KNOWN.params, FIND_KNOWN.results),
    meetSlot: module.importFunction('meetSlot', MEET_SLOT.params, MEET_SLOT.results),
    recordSlot: module.importFunction('recordSlot', RECORD_SLOT.params, RECORD_SLOT.results),
    warmSlot: module.importFunction('warmSlot', RECORD_SLOT.params, RECORD_SLOT.results),
    hasLogRoom: module.importFunction('hasLogRoom', HAS_LOG_ROOM.params, HAS_LOG_ROOM.results),
    appendLog: module.importFunction('appendLog', APPEND_LOG.params, APPEND_LOG.results),
  }
}

export function exportHelpers(module: ModuleBuilder, helpers: Helpers): void {
  for (const [name, helper] of Object.entries(helpers)) module.export(name, helper as Callable)
}

/** Writes them all into a module; keccak itself src/core has in a module of its own (see `keccakOver`). */
export function writeHelpers(module: ModuleBuilder): Helpers {
  const keccak = module.importFunction('keccak', HASH.params, HASH.results)
  // (slot): the host asks the source for it.
  const loadSlot = module.importFunction('loadSlot', ['i32'], [])
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
