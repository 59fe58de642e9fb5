import * as OWNER from '../state/owner-fields.ts'
import * as SLOT from '../state/slot-fields.ts'
import * as HEADER from '../state/slot-header.ts'
import { SLOT_BYTES, SLOTS } from '../state/slot-layout.ts'
import {
  add32,
  and32,
  eq32,
  eqz32,
  eqz64,
  gtU32,
  type I32,
  type I64,
  load32,
  load64,
  mul32,
  ne32,
  or64,
  pair64,
  shl32,
  TYPE_I32,
  TYPE_I64,
  xor64,
} from './expr.ts'
import type { FunctionBuilder, Local } from './function.ts'
import { SLOT_ROOM } from './layout.ts'
import type { Callable, Callables } from './module.ts'
import { BUCKETS, ENTRIES, hashOf, hasNoRoom, header } from './slots.ts'

export const MEET_SLOT = {
  params: [TYPE_I32, TYPE_I64, TYPE_I64, TYPE_I64, TYPE_I64],
  results: [TYPE_I32],
} as const

/**
 * Writes a function (owner, key) → address of the slot, which the transaction has met from then on: as `SlotTable.find`,
 * `add` and `stamp`. Where it is not in the table and not known to be zero, `loadSlot` asks the host for its value.
 * Gives 0, and has done nothing, where the table is not here or must be given more room first.
 */
export function writeMeetSlot(
  f: FunctionBuilder<typeof MEET_SLOT.params>,
  { loadSlot }: Callables<'loadSlot'>,
): void {
  const [owner, ...key] = f.args
  const isIt = (address: I32) => {
    const differences = key.map((limb, i) => xor64(limb, load64(address, SLOT.key + 8 * i)))
    return and32(eq32(load32(address, SLOT.owner), owner), eqz64(differences.reduce(or64)))
  }
  f.if(hasNoRoom(), () => f.return(0))
  const address = f.let(add32(header(HEADER.last), ENTRIES))
  f.block((found) => {
    f.brIf(found, isIt(address))
    const hash = f.let(hashOf(f, owner, key))
    const next = f.let(hash)
    const [bucket, slot] = [f.local(TYPE_I32), f.local(TYPE_I32)]
    // As `SlotIndex.find`, and the bucket where `SlotIndex.add` puts it if it is not there.
    f.block((missing) =>
      f.loop((again) => {
        f.set(bucket, shl32(and32(next, header(HEADER.mask)), 2))
        f.set(slot, load32(bucket, BUCKETS))
        f.brIf(missing, eqz32(slot))
        f.set(address, add32(slot, ENTRIES))
        f.if(isIt(address), () => {
          setHeader(f, HEADER.last, slot)
          f.br(found)
        })
        f.set(next, add32(next, 1))
        f.br(again)
      }),
    )
    takeEntry(f, slot)
    f.store32(bucket, slot, BUCKETS)
    f.set(address, add32(slot, ENTRIES))
    fillEntry(f, address, key)
    f.store32(address, owner, SLOT.owner)
    f.store32(address, hash, SLOT.hash)
    linkEntry(f, owner, slot, loadSlot)
  })
  f.if(ne32(load32(address, SLOT.stamp), header(HEADER.transaction)), () => {
    f.store32(address, header(HEADER.transaction), SLOT.stamp)
    f.store32(address, -1, SLOT.record)
    f.copyWord(address, SLOT.original, address, SLOT.current)
  })
  f.return(address)
}

function setHeader(f: FunctionBuilder, field: number, value: I32): void {
  f.store32(ENTRIES + field, value)
}

/** An entry that was given back, or else the next one; ends the function where there is no room for it. */
function takeEntry(f: FunctionBuilder, slot: Local<TYPE_I32>): void {
  f.set(slot, header(HEADER.free))
  f.if(
    slot,
    () => setHeader(f, HEADER.free, load32(add32(slot, ENTRIES), SLOT.next)),
    () => {
      f.set(slot, header(HEADER.entriesEnd))
      const end = f.keep(add32(slot, SLOT_BYTES))
      f.if(gtU32(end, SLOT_ROOM.entries.sizeBytes), () => f.return(0))
      // At most half of the buckets are taken: in bytes, half an entry a bucket.
      const most = add32(SLOTS, mul32(add32(header(HEADER.mask), 1), SLOT_BYTES / 2))
      f.if(gtU32(end, most), () => f.return(0))
      setHeader(f, HEADER.entriesEnd, end)
    },
  )
}

/** Zero, in no record, and warm in no transaction. Its stamp is written with those of slots met before. */
function fillEntry(f: FunctionBuilder, address: I32, key: readonly I64[]): void {
  const [none, zeros] = [-1n, f.let(pair64(0n, 0n))]
  f.storeLimbs(address, key, SLOT.key)
  for (let at = SLOT.current; at < SLOT_BYTES; at += 16) f.store128(address, zeros, at)
  f.store64(address, none, SLOT.warmIn)
}

/** Puts an entry to the end of its owner's and asks for its value, or among those of transient storage. */
function linkEntry(f: FunctionBuilder, owner: I32, slot: I32, loadSlot: Callable): void {
  const address = f.keep(add32(slot, ENTRIES))
  f.if(
    and32(owner, 1),
    () => {
      f.store32(address, header(HEADER.transients), SLOT.next)
      setHeader(f, HEADER.transients, slot)
    },
    () => {
      const account = f.keep(add32(owner, ENTRIES))
      f.store32(add32(load32(account, OWNER.last), ENTRIES), slot, SLOT.next)
      f.store32(account, slot, OWNER.last)
      f.if(eqz32(load32(account, OWNER.isZero)), () => f.call(loadSlot, [slot]))
    },
  )
}
