/** The table of slots by itself: what the state's own test, with its few slots, does not come to. */
import { describe, expect, it } from 'vitest'
import { SlotHome } from './slot-home.ts'
import { RECORD_BYTES, SLOT_BYTES, SLOTS } from './slot-layout.ts'
import { SlotTable } from './slot-table.ts'

/** Keys of all sizes, some of which differ in one limb only. */
const keyOf = (i: number): bigint => BigInt(i >> 2) << [0n, 64n, 130n, 224n][i & 3]

function homeOf(slots: number): SlotHome {
  const home = new SlotHome({
    entries: { at: 0, sizeBytes: SLOTS + slots * SLOT_BYTES },
    buckets: { at: 1 << 21, sizeBytes: 1 << 18 },
    records: { at: 1 << 22, sizeBytes: 10_000 * RECORD_BYTES },
    logs: { at: 1 << 20, sizeBytes: 0 },
  })
  home.see(new ArrayBuffer(1 << 23))
  return home
}

/** The slots of an owner by key. */
interface Owned {
  readonly owner: number
  readonly slots: Map<bigint, number>
}

/** Adds a slot that is not zero in the source. */
function addLoaded(table: SlotTable, owner: number, key: bigint, value: bigint): number {
  const slot = table.add(owner, key)
  table.load(slot, value)
  return slot
}

/** Slots of two owners, each with a value that tells them apart. */
function fill(table: SlotTable, count: number): Owned[] {
  const all = [0, 1].map(() => ({ owner: table.addOwner(false), slots: new Map<bigint, number>() }))
  for (let i = 0; i < count; i++) {
    const key = keyOf(i)
    if (all[0].slots.has(key)) continue
    for (const [n, { owner, slots }] of all.entries()) {
      if (table.find(owner, key) !== 0) expect.unreachable(`${key} is there`)
      slots.set(key, addLoaded(table, owner, key, BigInt(2 * i + n)))
    }
  }
  return all
}

function expectAll(table: SlotTable, all: readonly Owned[], change = 0n): void {
  const wrong = all.flatMap(({ owner, slots }) =>
    [...slots].filter(
      ([key, slot]) =>
        table.find(owner, key) !== slot ||
        table.key(slot) !== key ||
        table.original(slot) + change !== table.current(slot),
    ),
  )
  expect(wrong).toEqual([])
  // Linked in the order they were added.
  for (const { owner, slots } of all) expect(linkedTo(table, owner)).toEqual([...slots.values()])
}

function linkedTo(table: SlotTable, owner: number): number[] {
  const linked: number[] = []
  for (let slot = table.next(owner); slot !== 0; slot = table.next(slot)) linked.push(slot)
  return linked
}

describe('a table of slots', () => {
  it('keeps the place of each of thousands, in a home until they are too many', () => {
    const table = new SlotTable()
    const home = homeOf(1000)
    table.begin()
    home.admit(table)
    const all = fill(table, 3000)
    expect(table.home).toBe(null)
    home.admit(table)
    expect(table.home).toBe(null)
    expectAll(table, all)
    const roomy = homeOf(3200 * 2)
    roomy.admit(table)
    expect(table.home).toBe(roomy)
    expectAll(table, all)
    // Taken into another home, it has left the first.
    const mark = table.checkpoint()
    for (const { slots } of all)
      for (const slot of slots.values()) table.setCurrent(slot, table.current(slot) + 1n)
    const second = homeOf(3200 * 2)
    second.admit(table)
    expect(table.home).toBe(second)
    roomy.admit(new SlotTable())
    expectAll(table, all, 1n)
    table.revert(mark, () => expect.unreachable())
    expectAll(table, all)
  })

  it('finds the others when some are removed, and gives their room to new ones', () => {
    const table = new SlotTable()
    table.begin()
    const all = fill(table, 400)
    const bytes = table.usedBytes('entries')
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 300; i++) table.add(9, keyOf(i * 5 + round) + 1n)
      expect(table.usedBytes('entries')).toBe(bytes + 300 * SLOT_BYTES)
      expectAll(table, all)
      table.begin()
      const left = Array.from({ length: 300 }, (_, i) => table.find(9, keyOf(i * 5 + round) + 1n))
      expect(left.filter((slot) => slot !== 0)).toEqual([])
      expectAll(table, all)
      // What lay at the end is not in use any more.
      expect(table.usedBytes('entries')).toBe(bytes)
    }
  })

  it('is small again after a transaction with much transient storage, in a home and out of it', () => {
    for (const home of [homeOf(4000), null]) {
      const table = new SlotTable()
      table.begin()
      home?.admit(table)
      const all = fill(table, 20)
      const bytes = table.usedBytes('buckets')
      for (let i = 0; i < 3000; i++) {
        table.add(9, keyOf(i))
        // Slots that stay lie among those that go.
        if (i < 3) all[1].slots.set(BigInt(9000 + i), addLoaded(table, all[1].owner, BigInt(9000 + i), 5n))
      }
      expect(table.usedBytes('buckets')).toBe(64 * bytes)
      table.begin()
      expectAll(table, all)
      expect(table.usedBytes('buckets')).toBe(bytes)
      for (let i = 0; i < 3000; i++) if (table.find(9, keyOf(i)) !== 0) expect.unreachable(`${i} is there`)
      for (let i = 0; i < 3000; i++) table.add(9, keyOf(i))
      for (let i = 0; i < 3000; i++)
        if (table.find(9, keyOf(i)) === 0) expect.unreachable(`${i} is not there`)
      table.begin()
      expectAll(table, all)
      if (home) expect(table.home).toBe(home)
    }
  })

  it('removes the placeholders of an owner, and an owner with all that is left', () => {
    const table = new SlotTable()
    table.begin()
    const all = fill(table, 300)
    const [{ owner, slots }, other] = all
    const isGone = (_: unknown, i: number) => i % 3 !== 1
    for (const slot of [...slots.values()].filter(isGone)) table.markPlaceholder(slot)
    for (const [key] of [...slots].filter(isGone)) slots.delete(key)
    table.removePlaceholders(owner)
    expectAll(table, all)
    const bytes = table.usedBytes('entries')
    table.removeAll(owner)
    expect([...slots.keys()].filter((key) => table.find(owner, key) !== 0)).toEqual([])
    expectAll(table, [other])
    expectAll(table, [other, ...fill(table, 140)])
    expect(table.usedBytes('entries')).toBe(bytes)
  })

  it('records a slot once between two checkpoints', () => {
    const table = new SlotTable()
    table.begin()
    const slot = addLoaded(table, table.addOwner(false), 1n, 5n)
    const first = table.checkpoint()
    for (let i = 0n; i < 100n; i++) table.setCurrent(slot, i)
    expect(table.usedBytes('records')).toBe(RECORD_BYTES)
    const second = table.checkpoint()
    for (let i = 0; i < 100; i++) table.addRefund(i % 2 === 0 ? 2 ** 40 : -(2 ** 40) - 1)
    table.setCurrent(slot, 1n << 255n)
    expect(table.usedBytes('records')).toBe(3 * RECORD_BYTES)
    expect(table.refund).toBe(-50)
    table.revert(second, () => expect.unreachable())
    expect([table.refund, table.current(slot)]).toEqual([0, 99n])
    // What was recorded before the checkpoint that is gone is recorded still.
    table.setCurrent(slot, 7n)
    table.revert(first, () => expect.unreachable())
    expect(table.current(slot)).toBe(5n)
  })

  it('undoes other changes in their order among those of slots', () => {
    const table = new SlotTable()
    table.begin()
    const slot = table.add(table.addOwner(true), 1n)
    const seen: bigint[] = []
    const mark = table.checkpoint()
    for (let i = 1n; i < 4n; i++) {
      table.recordOther()
      table.checkpoint()
      table.setCurrent(slot, i)
    }
    table.revert(mark, () => seen.push(table.current(slot)))
    expect(seen).toEqual([2n, 1n, 0n])
  })
})
