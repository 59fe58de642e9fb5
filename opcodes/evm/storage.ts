import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Builder, Word } from '../../src/core/lower.ts'
import { READS_GAS, type Row, WRITES } from '../../src/core/row.ts'

/** SSTORE halts when this much gas or less is left (EIP-2200), so that a stipend of 2,300 cannot store. */
const SENTRY_GAS = 2300

/** SLOAD before access sets: one price. */
export const sloadFlat = (gas: number, spec: string): Row => ({
  code: 0x54, name: 'SLOAD', pops: 1, pushes: 1, gas, spec,
  execute(frame) {
    const key = frame.pop()
    frame.push(frame.host.storage(frame.self, key))
    return Halt.None
  },
  lower: (b, key) => b.slot('storage', key).current,
})

/** SLOAD(key): a word of storage; `gas` always, and `cold` more the first time in a transaction. */
export const sload = ({ gas, cold }: { gas: number; cold: number }): Row => ({
  code: 0x54, name: 'SLOAD', pops: 1, pushes: 1, gas, spec: 'EIP-2929',
  execute(frame) {
    const key = frame.pop()

    if (frame.host.warmSlot(frame.self, key) && !frame.charge(cold)) return Halt.OutOfGas

    frame.push(frame.host.storage(frame.self, key))
    return Halt.None
  },
  lower(b, key) {
    const slot = b.slot('storage', key)

    b.charge(slot.isCold, cold)

    b.warmSlot(slot)
    return slot.current
  },
})

/** SSTORE(key, value) as it began: priced by whether the slot goes from zero to non-zero. */
export const SSTORE_FRONTIER: Row = {
  code: 0x55, name: 'SSTORE', pops: 2, pushes: 0, gas: 0, flags: WRITES, spec: 'YP H.2',
  execute(frame) {
    const key = frame.pop(), value = frame.pop()
    const current = frame.host.storage(frame.self, key)

    if (!frame.charge(current === 0n && value !== 0n ? 20000 : 5000)) return Halt.OutOfGas

    if (current !== 0n && value === 0n) frame.host.addRefund(15000)
    frame.host.setStorage(frame.self, key, value)
    return Halt.None
  },
  lower(b, key, value) {
    const slot = b.slot('storage', key)
    const wasZero = slot.current.isZero(), becomesZero = value.isZero()

    b.charge(b.choose(wasZero.and(becomesZero.isZero()), b.word(20000n), b.word(5000n)), 1)

    b.when(wasZero.isZero().and(becomesZero), () => b.refund(15000))
    b.setSlot(slot, value)
  },
}

/** Prices of a store by what the slot held when the transaction began and holds now. */
export interface StoreCosts {
  /** Part of every price below that is charged up front, as static gas. */
  readonly base: number
  /** Added when the slot is cold (EIP-2929). */
  readonly cold: number
  /** Nothing changes, or the slot was changed before in this transaction. */
  readonly again: number
  /** First change of a zero. */
  readonly set: number
  /** First change of anything else. */
  readonly reset: number
  /** Refund of clearing a slot. */
  readonly clear: number
  /** Whether the EIP-2200 sentry stands guard. */
  readonly sentry: boolean
  readonly spec: string
}

/** SSTORE(key, value), metered by net change (EIP-1283, EIP-2200). */
export const sstore = (costs: StoreCosts): Row => ({
  code: 0x55, name: 'SSTORE', pops: 2, pushes: 0, gas: costs.base, flags: WRITES | READS_GAS, spec: costs.spec,
  execute(frame) {
    const key = frame.pop(), value = frame.pop()

    if (costs.sentry && frame.gasHigh === 0 && frame.gasLow <= SENTRY_GAS - costs.base) return Halt.OutOfGas
    const current = frame.host.storage(frame.self, key)
    const original = frame.host.originalStorage(frame.self, key)
    const access = costs.cold > 0 && frame.host.warmSlot(frame.self, key) ? costs.cold : 0
    if (!frame.charge(access + changeCost(costs, original, current, value))) return Halt.OutOfGas

    if (value === current) return Halt.None
    refund(frame, costs, original, current, value)
    frame.host.setStorage(frame.self, key, value)
    return Halt.None
  },
  lower(b, key, value) {
    if (costs.sentry) b.leaveIf(b.gasLeft().lt(price(b, SENTRY_GAS + 1 - costs.base)))
    const slot = b.slot('storage', key)
    const { current, original } = slot
    if (costs.cold > 0) b.charge(slot.isCold, costs.cold)
    b.charge(lowerChangeCost(b, costs, original, current, value), 1)

    if (costs.cold > 0) b.warmSlot(slot)
    b.when(value.eq(current).isZero(), () => {
      lowerRefund(b, costs, original, current, value)
      b.setSlot(slot, value)
    })
  },
})

function changeCost(costs: StoreCosts, original: bigint, current: bigint, value: bigint): number {
  if (value === current || original !== current) return costs.again - costs.base
  return (original === 0n ? costs.set : costs.reset) - costs.base
}

function lowerChangeCost(b: Builder, costs: StoreCosts, original: Word, current: Word, value: Word): Word {
  const isAgain = value.eq(current).or(original.eq(current).isZero())
  const beyondBase = (gas: number) => price(b, gas - costs.base)
  const first = b.choose(original.isZero(), beyondBase(costs.set), beyondBase(costs.reset))
  return b.choose(isAgain, beyondBase(costs.again), first)
}

/** Clearing is refunded, and taken back when undone; so is what a return to the original value had cost too much. */
function refund(frame: Frame, costs: StoreCosts, original: bigint, current: bigint, value: bigint): void {
  let gas = 0
  if (original !== 0n) {
    if (current === 0n) gas -= costs.clear
    if (value === 0n) gas += costs.clear
  }
  if (original !== current && original === value) gas += (original === 0n ? costs.set : costs.reset) - costs.again
  if (gas !== 0) frame.host.addRefund(gas)
}

function lowerRefund(b: Builder, costs: StoreCosts, original: Word, current: Word, value: Word): void {
  b.when(original.isZero().isZero(), () => {
    b.when(current.isZero(), () => b.refund(-costs.clear))
    b.when(value.isZero(), () => b.refund(costs.clear))
  })
  b.when(original.eq(current).isZero().and(original.eq(value)), () => {
    b.when(original.isZero(), () => b.refund(costs.set - costs.again))
    b.when(original.isZero().isZero(), () => b.refund(costs.reset - costs.again))
  })
}

function price(b: Builder, gas: number): Word {
  return b.word(BigInt(gas))
}

/** TLOAD(key): a word of transient storage. */
export const TLOAD: Row = {
  code: 0x5c, name: 'TLOAD', pops: 1, pushes: 1, gas: 100, spec: 'EIP-1153',
  execute(frame) {
    const key = frame.pop()
    frame.push(frame.host.transient(frame.self, key))
    return Halt.None
  },
  lower: (b, key) => b.slot('transient', key).current,
}

/** TSTORE(key, value): write one word of transient storage, cleared when the transaction ends. */
export const TSTORE: Row = {
  code: 0x5d, name: 'TSTORE', pops: 2, pushes: 0, gas: 100, flags: WRITES, spec: 'EIP-1153',
  execute(frame) {
    const key = frame.pop(), value = frame.pop()
    frame.host.setTransient(frame.self, key, value)
    return Halt.None
  },
  lower(b, key, value) {
    b.setSlot(b.slot('transient', key), value)
  },
}
