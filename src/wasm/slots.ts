import type { SlotAccess } from '../core/lower.ts'
import { MIX_FACTOR, OWNER_FACTOR } from '../state/slot-hash.ts'
import { HEADER, RECORD, RECORD_BYTES, REFUND, SLOT } from '../state/slot-layout.ts'
import * as CELL from './cells.ts'
import {
  add32,
  and32,
  eq32,
  eqz32,
  eqz64,
  extend32,
  type I32,
  type I64,
  i32,
  i64,
  load32,
  load64,
  load128,
  ltS32,
  ltU32,
  mul32,
  mul64,
  ne32,
  or32,
  or64,
  shl32,
  shrU32,
  shrU64,
  sub32,
  wrap64,
  xor32,
  xor64,
} from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { SLOT_ROOM } from './layout.ts'
import type { Callable, ModuleBuilder, Signature } from './module.ts'

export const ENTRIES = SLOT_ROOM.entries.at
export const BUCKETS = SLOT_ROOM.buckets.at
export const RECORDS = SLOT_ROOM.records.at

export const FIND_SLOT: Signature = { params: ['i32', 'i64', 'i64', 'i64', 'i64'], results: ['i32'] }
export const RECORD_SLOT: Signature = { params: ['i32'], results: [] }

/** Address of the refund counter's entry. */
export const REFUND_COUNTER = i32(ENTRIES + REFUND)

/** An instruction records at the most its slot and the refund counter. */
const RECORDS_OF_ONE = 2 * RECORD_BYTES

/** A field of the table's header. */
export function header(field: number): I32 {
  return load32(i32(ENTRIES + field))
}

/** Whether generated code must leave a slot, whose address may be 0, to the host (see `Builder.slot`). */
export function isNotAtHand(address: I32, { warm, changes }: SlotAccess): I32 {
  const isStale = ne32(load32(address, warm ? SLOT.warmIn : SLOT.stamp), header(HEADER.transaction))
  const isMissing = or32(eqz32(address), isStale)
  if (!changes) return isMissing
  return or32(isMissing, isUnchangeable())
}

/** Whether generated code must leave every change to the host: the call is static, or there is no room to record. */
export function isUnchangeable(): I32 {
  const room = sub32(header(HEADER.recordsLimit), header(HEADER.recordsEnd))
  return or32(load32(i32(CELL.isStatic)), ltU32(room, i32(RECORDS_OF_ONE)))
}

/** Writes a function (owner, key) → address: as `SlotTable.find`, on the table in linear memory; 0 if it is not there. */
export function writeFindSlot(module: ModuleBuilder): Callable {
  const f = module.function(FIND_SLOT.params, FIND_SLOT.results)
  const owner = f.param(0, 'i32').get
  const key = [1, 2, 3, 4].map((i) => f.param(i, 'i64').get)
  const isIt = (address: I32) => {
    const differences = key.map((limb, i) => xor64(limb, load64(address, SLOT.key + 8 * i)))
    return and32(eq32(load32(address, SLOT.owner), owner), eqz64(differences.reduce(or64)))
  }
  const last = f.let(add32(header(HEADER.last), i32(ENTRIES))).get
  f.if(isIt(last), () => f.return(last))
  const mask = f.let(header(HEADER.mask)).get
  const bucket = f.let(hashOf(f, owner, key))
  f.loop((next) => {
    f.set(bucket, and32(bucket.get, mask))
    const slot = f.let(load32(shl32(bucket.get, i32(2)), BUCKETS)).get
    f.if(eqz32(slot), () => f.return(i32(0)))
    const address = f.let(add32(slot, i32(ENTRIES))).get
    f.if(isIt(address), () => {
      f.store32(i32(ENTRIES + HEADER.last), slot)
      f.return(address)
    })
    f.set(bucket, add32(bucket.get, i32(1)))
    f.br(next)
  })
  f.unreachable()
  return f
}

/** The hash of `slot-hash.ts`. */
export function hashOf(f: FunctionBuilder, owner: I32, key: readonly I64[]): I32 {
  const products = key.map((limb, i) => {
    const low = add32(wrap64(limb), header(HEADER.seeds + 8 * i))
    const high = add32(wrap64(shrU64(limb, i64(32n))), header(HEADER.seeds + 8 * i + 4))
    return mul64(extend32(low), extend32(high))
  })
  const product = f.keep(products.reduce(xor64))
  const folded = xor32(wrap64(product), wrap64(shrU64(product, i64(32n))))
  let hash = f.keep(xor32(folded, mul32(owner, i32(OWNER_FACTOR))))
  hash = f.keep(mul32(xor32(hash, shrU32(hash, i32(16))), i32(MIX_FACTOR)))
  return xor32(hash, shrU32(hash, i32(13)))
}

/** Whether an entry is to be recorded before it is changed: no record of it was made since the last checkpoint. */
export function isUnrecorded(address: I32): I32 {
  return ltS32(load32(address, SLOT.record), header(HEADER.checkpoint))
}

/** Writes a function (address): as `SlotTable` records an entry. There is room for the record. */
export function writeRecordSlot(module: ModuleBuilder): Callable {
  const f = module.function(RECORD_SLOT.params, RECORD_SLOT.results)
  const address = f.param(0, 'i32').get
  const end = f.let(header(HEADER.recordsEnd)).get
  const record = f.let(add32(end, i32(RECORDS))).get
  f.store32(record, sub32(address, i32(ENTRIES)), RECORD.entry)
  f.store32(record, load32(address, SLOT.record), RECORD.record)
  f.store32(record, load32(address, SLOT.warmIn), RECORD.warmIn)
  for (const half of [0, 16]) f.store128(record, load128(address, SLOT.current + half), RECORD.current + half)
  f.store32(address, end, SLOT.record)
  f.store32(i32(ENTRIES + HEADER.recordsEnd), add32(end, i32(RECORD_BYTES)))
  return f
}
