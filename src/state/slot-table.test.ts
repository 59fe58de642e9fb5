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

/** Slots of two owners by key, each with a value that tells them apart. */
function fill(table: SlotTable, count: number): Map<bigint, number>[] {
  const slots = [new Map<bigint, number>(), new Map<bigint, number>()]
  for (let i = 0; i < count; i++) {
    const key = keyOf(i)
    if (slots[0].has(key)) continue
    for (const owner of [0, 1]) {
      if (table.find(owner + 2, key) !== 0) expect.unreachable(`${key} is there`)
      slots[owner].set(key, table.add(owner + 2, key, BigInt(2 * i + owner)))
    }
  }
  return slots
}

function expectAll(table: SlotTable, slots: readonly Map<bigint, number>[], change = 0n): void {
  const wrong = slots.flatMap((all, owner) =>
    [...all].filter(
      ([key, slot]) =>
        table.find(owner + 2, key) !== slot ||
        table.key(slot) !== key ||
        table.original(slot) + change !== table.current(slot),
    ),
  )
  expect(wrong).toEqual([])
}

describe('a table of slots', () => {
  it('keeps the place of each of thousands, in a home until they are too many', () => {
    const table = new SlotTable()
    const home = homeOf(1000)
    table.begin()
    home.admit(table)
    const slots = fill(table, 3000)
    expect(table.home).toBe(null)
    home.admit(table)
    expect(table.home).toBe(null)
    expectAll(table, slots)
    const roomy = homeOf(3200 * 2)
    roomy.admit(table)
    expect(table.home).toBe(roomy)
    expectAll(table, slots)
    // Taken into another home, it has left the first.
    const mark = table.checkpoint()
    for (const all of slots) for (const slot of all.values()) table.setCurrent(slot, table.current(slot) + 1n)
    const second = homeOf(3200 * 2)
    second.admit(table)
    expect(table.home).toBe(second)
    roomy.admit(new SlotTable())
    expectAll(table, slots, 1n)
    table.revert(mark, () => expect.unreachable())
    expectAll(table, slots)
  })

  it('finds the others when some are removed, and gives their room to new ones', () => {
    const table = new SlotTable()
    table.begin()
    const slots = fill(table, 400)
    const bytes = table.usedBytes('entries')
    for (let round = 0; round < 20; round++) {
      for (let i = 0; i < 300; i++) table.addTransient(9, keyOf(i * 5 + round) + 1n)
      if (round === 0) expect(table.usedBytes('entries')).toBe(bytes + 300 * SLOT_BYTES)
      expectAll(table, slots)
      table.begin()
      const left = Array.from({ length: 300 }, (_, i) => table.find(9, keyOf(i * 5 + round) + 1n))
      expect(left.filter((slot) => slot !== 0)).toEqual([])
      expectAll(table, slots)
    }
    expect(table.usedBytes('entries')).toBe(bytes + 300 * SLOT_BYTES)
  })

  it('records a slot once between two checkpoints', () => {
    const table = new SlotTable()
    table.begin()
    const slot = table.add(2, 1n, 5n)
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
    const slot = table.add(2, 1n, 0n)
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
