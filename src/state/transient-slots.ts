import * as SLOT from './slot-fields.ts'
import * as HEADER from './slot-header.ts'
import type { State } from './state.ts'

/** A word of transient storage (EIP-1153) that is not zero. */
export interface TransientSlot {
  readonly address: bigint
  readonly key: bigint
  readonly value: bigint
}

/** What the running transaction holds in transient storage by now, in the order in which slots were met. */
export function transientSlots(state: State): TransientSlot[] {
  const { slots } = state
  const { halves } = slots.parts.entries
  const first = halves[HEADER.transients >> 2]
  if (first === 0) return []
  const addresses = new Map<number, bigint>()
  for (const { address } of state.changes()) addresses.set(state.transientOwner(address), address)
  const found: TransientSlot[] = []
  for (let slot = first; slot !== 0; slot = slots.next(slot)) {
    const address = addresses.get(halves[(slot + SLOT.owner) >> 2])
    const value = slots.current(slot)
    if (address !== undefined && value !== 0n) found.push({ address, key: slots.key(slot), value })
  }
  return found.reverse()
}
