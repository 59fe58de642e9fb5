import * as RECORD from '../state/record-fields.ts'
import * as SLOT from '../state/slot-fields.ts'
import { MIX_FACTOR, OWNER_FACTOR } from '../state/slot-hash.ts'
import * as HEADER from '../state/slot-header.ts'
import { RECORD_BYTES, REFUND } from '../state/slot-layout.ts'
import {
  add32,
  extend32,
  type I32,
  type I64,
  i32,
  load32,
  ltS32,
  ltU32,
  mul32,
  mul64,
  ne32,
  shrU32,
  shrU64,
  sub32,
  TYPE_I32,
  wrap64,
  xor32,
  xor64,
} from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { SLOT_ROOM } from './layout.ts'
import type { Callables } from './module.ts'

export const ENTRIES = SLOT_ROOM.entries.at
export const BUCKETS = SLOT_ROOM.buckets.at
export const RECORDS = SLOT_ROOM.records.at

export const RECORD_SLOT = { params: [TYPE_I32], results: [] } as const

/** Address of the refund counter's entry. */
export const REFUND_COUNTER = i32(ENTRIES + REFUND)

/** An instruction records at the most its slot and the refund counter. */
const RECORDS_OF_ONE = 2 * RECORD_BYTES

/** A field of the table's header. */
export function header(field: number): I32 {
  return load32(ENTRIES + field)
}

/** Whether there is no room to record what an instruction changes; so it is where the table is not here. */
export function hasNoRoom(): I32 {
  return ltU32(sub32(header(HEADER.recordsLimit), header(HEADER.recordsEnd)), RECORDS_OF_ONE)
}

/** Whether an entry is cold (EIP-2929). */
export function isCold(address: I32): I32 {
  return ne32(load32(address, SLOT.warmIn), header(HEADER.transaction))
}

/** The hash of `slot-hash.ts`. */
export function hashOf(f: FunctionBuilder, owner: I32, key: readonly I64[]): I32 {
  const products = key.map((limb, i) => {
    const low = add32(wrap64(limb), header(HEADER.seeds + 8 * i))
    const high = add32(wrap64(shrU64(limb, 32n)), header(HEADER.seeds + 8 * i + 4))
    return mul64(extend32(low), extend32(high))
  })
  const product = f.keep(products.reduce(xor64))
  const folded = xor32(wrap64(product), wrap64(shrU64(product, 32n)))
  let hash = f.keep(xor32(folded, mul32(owner, OWNER_FACTOR)))
  hash = f.keep(mul32(xor32(hash, shrU32(hash, 16)), MIX_FACTOR))
  return xor32(hash, shrU32(hash, 13))
}

/** Whether an entry is to be recorded before it is changed: no record of it was made since the last checkpoint. */
export function isUnrecorded(address: I32): I32 {
  return ltS32(load32(address, SLOT.record), header(HEADER.checkpoint))
}

/** Writes a function (address): as `SlotTable` records an entry. There is room for the record. */
export function writeRecordSlot(f: FunctionBuilder<typeof RECORD_SLOT.params>): void {
  const [address] = f.args
  const end = f.let(header(HEADER.recordsEnd))
  const record = f.let(add32(end, RECORDS))
  f.store32(record, sub32(address, ENTRIES), RECORD.entry)
  f.store32(record, load32(address, SLOT.record), RECORD.record)
  f.store32(record, load32(address, SLOT.warmIn), RECORD.warmIn)
  f.copyWord(record, RECORD.current, address, SLOT.current)
  f.store32(address, end, SLOT.record)
  f.store32(ENTRIES + HEADER.recordsEnd, add32(end, RECORD_BYTES))
}

/** Writes a function (address): marks an entry accessed, as `SlotTable.warm`. There is room for the record. */
export function writeWarmSlot(
  f: FunctionBuilder<typeof RECORD_SLOT.params>,
  { recordSlot }: Callables<'recordSlot'>,
): void {
  const [address] = f.args
  f.if(isUnrecorded(address), () => f.call(recordSlot, [address]))
  f.store32(address, header(HEADER.transaction), SLOT.warmIn)
}
