import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { GAS_UNIT, GasHolder } from './message.ts'

const MAX = (1n << 64n) - 1n
const UNIT = BigInt(GAS_UNIT)
const EDGES = [
  0n,
  1n,
  UNIT - 1n,
  UNIT,
  UNIT + 1n,
  (1n << 53n) - 1n,
  1n << 53n,
  (1n << 53n) + 1n,
  MAX - UNIT,
  MAX,
]

const holding = (gas: bigint) => {
  const holder = new GasHolder()
  holder.gas = gas
  return holder
}

/** Low part in range and small: what the loop's quick charge relies on. */
const isNormal = ({ gasLow, gasHigh }: GasHolder) =>
  Number.isSafeInteger(gasLow) &&
  gasLow >= 0 &&
  gasLow < GAS_UNIT &&
  Number.isSafeInteger(gasHigh) &&
  gasHigh >= 0

const anyGas = fc.oneof(fc.bigInt(0n, MAX), fc.bigInt(0n, 3n * UNIT), fc.constantFrom(...EDGES))

describe('gas', () => {
  it('holds every amount from 0 to 2^64−1 exactly', () => {
    for (const gas of EDGES) expect([holding(gas).gas, isNormal(holding(gas))]).toEqual([gas, true])
    fc.assert(fc.property(anyGas, (gas) => holding(gas).gas === gas && isNormal(holding(gas))))
  })

  it('is charged to the last unit, and not beyond', () => {
    for (const gas of EDGES) {
      const holder = holding(gas)
      const amount = Number(gas < BigInt(Number.MAX_SAFE_INTEGER) ? gas : BigInt(Number.MAX_SAFE_INTEGER))
      expect([holder.charge(amount), holder.gas]).toEqual([true, gas - BigInt(amount)])
      const short = holding(gas)
      if (gas < BigInt(Number.MAX_SAFE_INTEGER)) {
        expect([short.charge(amount + 1), short.gas]).toEqual([false, gas])
      }
    }
  })

  it('pays no price beyond the safe integers, which no gas covers', () => {
    for (const price of [2 ** 64, 1e30, Number.POSITIVE_INFINITY]) {
      const holder = holding(MAX)
      expect([holder.charge(price), holder.gas]).toEqual([false, MAX])
    }
  })

  it('agrees with a bigint through any run of charges, loans and returns', () => {
    const action = fc.oneof(
      fc.record({ kind: fc.constant('charge'), amount: fc.maxSafeNat() }),
      fc.record({ kind: fc.constant('charge'), amount: fc.nat(2 ** 31) }),
      fc.record({ kind: fc.constant('charge'), amount: fc.nat(100) }),
      fc.record({ kind: fc.constant('return'), amount: fc.maxSafeNat() }),
      fc.record({ kind: fc.constant('return'), amount: fc.constantFrom(0, 1, GAS_UNIT - 1, GAS_UNIT) }),
    )
    fc.assert(
      fc.property(anyGas, fc.array(action, { maxLength: 30 }), (gas, actions) => {
        const holder = holding(gas)
        let model = gas
        for (const { kind, amount } of actions) {
          if (kind === 'charge') {
            const isPaid = BigInt(amount) <= model
            if (isPaid) model -= BigInt(amount)
            if (holder.charge(amount) !== isPaid) return false
          } else if (model + BigInt(amount) <= MAX) {
            model += BigInt(amount)
            holder.returnGas(holding(BigInt(amount)))
          }
          if (holder.gas !== model || !isNormal(holder)) return false
        }
        return true
      }),
      { numRuns: 500 },
    )
  })
})
