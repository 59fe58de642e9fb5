/** What a store costs and refunds under each fork, by the tables of the EIPs. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accountsOf,
  asm,
  driverOf,
  play,
  playRow,
  push,
  SELF,
  sourceOf,
  submit,
  transact,
} from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'

const store = (value: bigint) => [push(value), push(0), 'SSTORE']

/** Stores the values one after the other into slot 0, which held `original`. */
function stores(fork: string, original: bigint, values: readonly bigint[], warm: boolean) {
  const accounts = [[SELF, { storage: [[0n, original]] }]] as const
  // A load warms the slot; it is paid for in the first lines and taken off again.
  const warming = warm ? [push(0), 'SLOAD', 'POP'] : []
  const { halt, gasUsed, state } = play({ fork, accounts, code: asm(warming, values.map(store)) })
  return [halt, gasUsed - (warm ? 2105n : 0n), state.refund]
}

/** Original value, values stored, and gas with its refund: EIP-1283, EIP-2200, EIP-3529 (the slot being warm). */
const NET: readonly [bigint, bigint[], [number, number], [number, number], [number, number]][] = [
  [0n, [0n, 0n], [412, 0], [1612, 0], [212, 0]],
  [0n, [0n, 1n], [20212, 0], [20812, 0], [20112, 0]],
  [0n, [1n, 0n], [20212, 19800], [20812, 19200], [20112, 19900]],
  [0n, [1n, 2n], [20212, 0], [20812, 0], [20112, 0]],
  [0n, [1n, 1n], [20212, 0], [20812, 0], [20112, 0]],
  [1n, [0n, 0n], [5212, 15000], [5812, 15000], [3012, 4800]],
  [1n, [0n, 1n], [5212, 4800], [5812, 4200], [3012, 2800]],
  [1n, [0n, 2n], [5212, 0], [5812, 0], [3012, 0]],
  [1n, [2n, 0n], [5212, 15000], [5812, 15000], [3012, 4800]],
  [1n, [2n, 3n], [5212, 0], [5812, 0], [3012, 0]],
  [1n, [2n, 1n], [5212, 4800], [5812, 4200], [3012, 2800]],
  [1n, [2n, 2n], [5212, 0], [5812, 0], [3012, 0]],
  [1n, [1n, 0n], [5212, 15000], [5812, 15000], [3012, 4800]],
  [1n, [1n, 2n], [5212, 0], [5812, 0], [3012, 0]],
  [1n, [1n, 1n], [412, 0], [1612, 0], [212, 0]],
  [0n, [1n, 0n, 1n], [40218, 19800], [40818, 19200], [40118, 19900]],
  [1n, [0n, 1n, 0n], [10218, 19800], [10818, 19200], [5918, 7600]],
]

describe('SSTORE by net change', () => {
  it.each(NET)('from %s by %s', (original, values, eip1283, eip2200, eip3529) => {
    const expected = ([gas, refund]: [number, number]) => [Halt.Stop, BigInt(gas), refund]
    expect(stores('Constantinople', original, values, false)).toEqual(expected(eip1283))
    expect(stores('Istanbul', original, values, false)).toEqual(expected(eip2200))
    for (const fork of ['London', 'Cancun', 'Osaka'])
      expect(stores(fork, original, values, true)).toEqual(expected(eip3529))
    // A cold slot is 2,100 more, once (EIP-2929).
    expect(stores('Osaka', original, values, false)).toEqual(expected([eip3529[0] + 2100, eip3529[1]]))
  })

  it('Berlin refunds 15,000 for clearing, and what a warm slot costs otherwise', () => {
    expect(stores('Berlin', 1n, [0n], true)).toEqual([Halt.Stop, 2906n, 15000])
    expect(stores('Berlin', 1n, [0n, 1n], true)).toEqual([Halt.Stop, 3012n, 2800])
    expect(stores('Berlin', 0n, [1n, 0n], true)).toEqual([Halt.Stop, 20112n, 19900])
  })

  it('in every order refunds what the rules sum up to', () => {
    // However values change, clearing counts by how the slot ends, and each return to the original by itself.
    const values = fc.array(fc.constantFrom(0n, 1n, 2n), { maxLength: 6 })
    fc.assert(
      fc.property(fc.constantFrom(0n, 1n, 2n), values, (original, changes) => {
        const path = [original, ...changes]
        const returns = path.filter((value, i) => i > 0 && value === original && path[i - 1] !== original)
        const cleared = original !== 0n && path.at(-1) === 0n ? 4800 : 0
        const expected = cleared + returns.length * (original === 0n ? 19900 : 2800)
        expect(stores('Osaka', original, changes, true)[2]).toBe(expected)
      }),
    )
  })
})

describe('SSTORE before net metering', () => {
  it.each(['Frontier', 'Homestead', 'EIP150', 'EIP158', 'Byzantium', 'ConstantinopleFix'])('%s', (fork) => {
    const cost = (original: bigint, value: bigint) => stores(fork, original, [value], false).slice(1)
    expect(cost(0n, 0n)).toEqual([5006n, 0])
    expect(cost(0n, 1n)).toEqual([20006n, 0])
    expect(cost(1n, 0n)).toEqual([5006n, 15000])
    expect(cost(1n, 1n)).toEqual([5006n, 0])
    expect(cost(1n, 2n)).toEqual([5006n, 0])
    expect(stores(fork, 1n, [0n, 1n, 0n], false)).toEqual([Halt.Stop, 30018n, 30000])
  })
})

describe('the sentry of EIP-2200', () => {
  it.each(['Istanbul', 'Berlin', 'London', 'Osaka'])('%s stores nothing on 2,300 gas or less', (fork) => {
    const on = (gas: bigint) => playRow('SSTORE', [0n, 0n], { fork, gas }).halt
    expect([on(2300n), on(2301n)]).toEqual([Halt.OutOfGas, Halt.None])
    // One more gas than 2^30 must not look like little.
    expect(on((1n << 30n) + 1n)).toBe(Halt.None)
  })
  it('does not stand in Constantinople, where 200 gas store', () => {
    expect(playRow('SSTORE', [0n, 0n], { fork: 'Constantinople', gas: 200n }).halt).toBe(Halt.None)
  })
})

describe('SLOAD', () => {
  it('reads what is there, and is cold once', () => {
    const accounts = [[SELF, { storage: [[7n, 99n]] }]] as const
    const load = [push(7), 'SLOAD']
    expect(play({ accounts, code: asm(load) })).toMatchObject({ stack: [99n], gasUsed: 2103n })
    expect(play({ accounts, code: asm(load, load) })).toMatchObject({ stack: [99n, 99n], gasUsed: 2206n })
    // A store warms it as well.
    expect(play({ accounts, code: asm(push(1), push(7), 'SSTORE', load) }).gasUsed).toBe(6n + 5000n + 103n)
  })

  it('the original value is that of the transaction, not of the frame', () => {
    // Two transactions in one state: the second finds as original what the first left, and the slot cold again.
    const code = asm(push(0), 'SLOAD', push(1), 'ADD', push(0), 'SSTORE')
    const scene = { accounts: [[SELF, { code }]] } as const
    const { driver, state } = driverOf(scene, sourceOf(accountsOf(scene)))
    const gas = [0n, 1n].map((nonce) => submit(driver, state, { ...scene, tx: { nonce } }))
    const load = 21000n + 3n + 2100n + 9n
    expect(gas).toMatchObject([{ gasUsed: load + 20000n }, { gasUsed: load + 2900n }])
    expect(state.storage(SELF, 0n)).toBe(2n)
  })
})

describe('transient storage', () => {
  it('holds a word by account and key, at 100 gas', () => {
    const set = asm(push(5), push(1), 'TSTORE', push(1), 'TLOAD', push(2), 'TLOAD')
    expect(play({ code: set })).toMatchObject({ stack: [0n, 5n], gasUsed: 6n + 100n + 103n + 103n })
  })

  it('leaves no trace in storage', () => {
    const code = asm(push(5), push(1), 'TSTORE', push(1), 'SLOAD')
    expect(play({ code }).stack).toEqual([0n])
    expect(transact({ accounts: [[SELF, { code }]] }).source.account(SELF)?.storage.size).toBe(0)
  })

  it('may be read, not written, in a static frame', () => {
    expect(playRow('TLOAD', [1n], { isStatic: true }).halt).toBe(Halt.None)
    expect(playRow('TSTORE', [1n, 1n], { isStatic: true }).halt).toBe(Halt.StaticViolation)
  })
})
