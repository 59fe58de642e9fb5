import { HEADER, SLOT, SLOT_BYTES, SLOTS } from '../state/slot-layout.ts'
import { add32, and32, eqz32, gtU32, type I32, i32, i64, load32, mul32, shl32 } from './expr.ts'
import { SLOT_ROOM } from './layout.ts'
import type { Callable, ModuleBuilder } from './module.ts'
import { BUCKETS, ENTRIES, FIND_SLOT, hashOf, header } from './slots.ts'

/**
 * Writes a function (owner, key) → address, as `findSlot`, which adds a slot of transient storage where there is none, as
 * `SlotTable.addTransient` does; 0 where the table is not here, or must be given more room first.
 */
export function writeFindTransient(module: ModuleBuilder, findSlot: Callable): Callable {
  const f = module.function(FIND_SLOT.params, FIND_SLOT.results)
  const owner = f.param(0, 'i32').get
  const key = [1, 2, 3, 4].map((i) => f.param(i, 'i64').get)
  const setHeader = (field: number, value: I32) => f.store32(i32(ENTRIES + field), value)
  const refuseIf = (condition: I32) => f.if(condition, () => f.return(i32(0)))
  const found = f.local('i32')
  f.call(findSlot, [owner, ...key], [found])
  f.if(found.get, () => f.return(found.get))
  // A table that has left has no room for records; nothing else of what it leaves behind may be believed.
  refuseIf(eqz32(header(HEADER.recordsLimit)))
  // An entry that was given back, or else the next one.
  const slot = f.let(header(HEADER.free))
  const address = () => add32(slot.get, i32(ENTRIES))
  f.if(
    slot.get,
    () => setHeader(HEADER.free, load32(address(), SLOT.next)),
    () => {
      f.set(slot, header(HEADER.entriesEnd))
      const end = f.keep(add32(slot.get, i32(SLOT_BYTES)))
      refuseIf(gtU32(end, i32(SLOT_ROOM.entries.sizeBytes)))
      // At most half of the buckets are taken: in bytes, half an entry a bucket.
      refuseIf(gtU32(end, add32(i32(SLOTS), mul32(add32(header(HEADER.mask), i32(1)), i32(SLOT_BYTES / 2)))))
      setHeader(HEADER.entriesEnd, end)
    },
  )
  const at = f.keep(address())
  f.zero(at, i32(SLOT_BYTES))
  for (const [i, limb] of key.entries()) f.store64(at, limb, SLOT.key + 8 * i)
  const bucket = f.let(hashOf(f, owner, key))
  f.store32(at, bucket.get, SLOT.hash)
  f.store32(at, owner, SLOT.owner)
  f.store32(at, header(HEADER.transaction), SLOT.stamp)
  // Warm in no transaction, and without a record.
  f.store64(at, i64(-1n), SLOT.warmIn)
  f.store32(at, header(HEADER.transients), SLOT.next)
  setHeader(HEADER.transients, slot.get)
  // As `SlotIndex.add`.
  f.loop((next) => {
    f.set(bucket, and32(bucket.get, header(HEADER.mask)))
    const place = f.keep(shl32(bucket.get, i32(2)))
    f.if(load32(place, BUCKETS), () => {
      f.set(bucket, add32(bucket.get, i32(1)))
      f.br(next)
    })
    f.store32(place, slot.get, BUCKETS)
  })
  f.return(at)
  return f
}
