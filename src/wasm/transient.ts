import { HEADER, RECORD_BYTES, SLOT, SLOT_BYTES, SLOTS } from '../state/slot-layout.ts'
import { add32, and32, eqz32, gtU32, type I32, i32, i64, load32, mul32, or32, shl32, sub32 } from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { SLOT_ROOM } from './layout.ts'
import type { Callable, ModuleBuilder } from './module.ts'
import { BUCKETS, ENTRIES, FIND_SLOT, hashOf, header } from './slots.ts'

const { sizeBytes: ENTRIES_BYTES } = SLOT_ROOM.entries

/** No transaction has it warm, no record names it: what a new slot says of both. */
const NONE = i32(-1)

/**
 * Writes a function (owner, key) → address, as `findSlot`, which adds a slot of transient storage where there is none, as
 * `SlotTable.addTransient` does; 0 where the table is not here, or must be given more room first.
 */
export function writeFindTransient(module: ModuleBuilder, findSlot: Callable): Callable {
  const f = module.function(FIND_SLOT.params, FIND_SLOT.results)
  const owner = f.param(0, 'i32').get
  const key = [1, 2, 3, 4].map((i) => f.param(i, 'i64').get)
  const found = f.local('i32')
  f.call(findSlot, [owner, ...key], [found])
  f.if(found.get, () => f.return(found.get))
  // A table that has left has no room for records; nothing else of what it leaves behind may be believed.
  const room = sub32(header(HEADER.recordsLimit), header(HEADER.recordsEnd))
  f.if(eqz32(gtU32(room, i32(RECORD_BYTES))), () => f.return(i32(0)))
  const slot = newEntry(f)
  const address = f.keep(add32(slot, i32(ENTRIES)))
  const hash = f.keep(hashOf(f, owner, key))
  for (const [i, limb] of key.entries()) f.store64(address, limb, SLOT.key + 8 * i)
  for (const word of [SLOT.current, SLOT.original, SLOT.loaded])
    for (let i = 0; i < 4; i++) f.store64(address, i64(0n), word + 8 * i)
  f.store32(address, owner, SLOT.owner)
  f.store32(address, header(HEADER.transaction), SLOT.stamp)
  f.store32(address, NONE, SLOT.warmIn)
  f.store32(address, NONE, SLOT.record)
  f.store32(address, header(HEADER.transients), SLOT.next)
  f.store32(address, hash, SLOT.hash)
  f.store32(address, i32(0), SLOT.isPlaceholder)
  f.store32(i32(ENTRIES + HEADER.transients), slot)
  addToIndex(f, slot, hash)
  f.return(address)
  return f
}

/** An entry that was given back, or else the next one. Returns 0 from the function where either needs the host. */
function newEntry(f: FunctionBuilder): I32 {
  const slot = f.let(header(HEADER.free))
  f.if(
    slot.get,
    () => f.store32(i32(ENTRIES + HEADER.free), load32(add32(slot.get, i32(ENTRIES)), SLOT.next)),
    () => {
      f.set(slot, header(HEADER.entriesEnd))
      const end = f.keep(add32(slot.get, i32(SLOT_BYTES)))
      // At most half of the buckets are taken: in bytes, half an entry a bucket.
      const buckets = add32(header(HEADER.mask), i32(1))
      const most = add32(i32(SLOTS), mul32(buckets, i32(SLOT_BYTES / 2)))
      f.if(or32(gtU32(end, i32(ENTRIES_BYTES)), gtU32(end, most)), () => f.return(i32(0)))
      f.store32(i32(ENTRIES + HEADER.entriesEnd), end)
    },
  )
  return slot.get
}

/** As `SlotIndex.add`. */
function addToIndex(f: FunctionBuilder, slot: I32, hash: I32): void {
  const mask = f.keep(header(HEADER.mask))
  const bucket = f.let(hash)
  f.loop((next) => {
    f.set(bucket, and32(bucket.get, mask))
    const place = f.keep(shl32(bucket.get, i32(2)))
    f.if(load32(place, BUCKETS), () => {
      f.set(bucket, add32(bucket.get, i32(1)))
      f.br(next)
    })
    f.store32(place, slot, BUCKETS)
  })
}
