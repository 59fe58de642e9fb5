/** Bugs other engines have had: in gas, refunds and blobs. */
import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { blobBaseFee, nextExcessBlobGas } from '../chain/fees.ts'
import { Halt } from '../core/halt.ts'
import { before, FORK_NAMES, offer, since } from './consensus-parts.ts'
import { type Accounts, asm, callOf, play, push, SELF, SENDER, transact } from './harness.ts'

describe('EIP-3529', () => {
  /** Clears so many slots. */
  const clearing = (slots: number): Accounts => [
    [
      SELF,
      {
        code: asm(Array.from({ length: slots }, (_, key) => [push(0), push(key), 'SSTORE'])),
        storage: Array.from({ length: slots }, (_, key) => [BigInt(key), 1n] as const),
      },
    ],
  ]

  it('EIP-3529: refunds are at most half of the gas, a fifth from EIP-3529 on', () => {
    for (const fork of FORK_NAMES) {
      const { gasUsed, gasRefunded } = transact({ fork, accounts: clearing(20) })
      const isLondon = since('London').includes(fork)
      const spent = 21_000n + 20n * (6n + 5000n)
      const earned = isLondon ? 20n * 4800n : 20n * 15_000n
      const cap = spent / (isLondon ? 5n : 2n)
      expect([fork, gasRefunded, gasUsed]).toEqual([
        fork,
        earned < cap ? earned : cap,
        spent - (earned < cap ? earned : cap),
      ])
    }
  })

  it('EIP-3529: below the cap they are given in full, and halves are rounded down', () => {
    const one = (fork: string) => transact({ fork, accounts: clearing(1) })
    expect(one('Osaka')).toMatchObject({ gasRefunded: 4800n, gasUsed: 26_006n - 4800n })
    expect(one('Berlin')).toMatchObject({ gasRefunded: 13_003n, gasUsed: 13_003n })
    // The cap counts gas that a failed call burnt; a failed transaction refunds nothing.
    const fails = transact({
      accounts: [[SELF, { ...clearing(1)[0][1], code: asm(clearing(1)[0][1].code!, 'INVALID') }]],
    })
    expect(fails).toMatchObject({ gasRefunded: 0n, gasUsed: 1_000_000n })
  })

  it('EIP-2200: on a stipend of 2,300 nothing is stored, not even what is there', () => {
    const OTHER = 0x07e4n
    for (const fork of since('Istanbul'))
      for (const value of [0, 1]) {
        const accounts: Accounts = [
          [SELF, { balance: 9n }],
          [OTHER, { code: asm(push(value), push(0), 'SSTORE') }],
        ]
        const run = (gas: number) =>
          play({ fork, accounts, code: asm(callOf('CALL', gas, OTHER, 1, 0, 0, 0, 0)) }).stack
        // Two pushes take 6 first; with 2,306 there are 2,300 left, and with one more the store is paid if it can be.
        expect([fork, run(0), run(6)]).toEqual([fork, [0n], [0n]])
        expect([fork, run(30_000)]).toEqual([fork, [1n]])
      }
    const run = (gas: number) =>
      play({
        fork: 'Istanbul',
        accounts: [[OTHER, { code: asm(push(0), push(0), 'SSTORE') }]],
        code: asm(callOf('CALL', gas, OTHER, 0, 0, 0, 0, 0)),
      }).stack
    expect([run(2306), run(2307)]).toEqual([[0n], [1n]])
  })

  it('EIP-7623: the floor stands after refunds', () => {
    const data = new Uint8Array(3000).fill(1)
    for (const fork of since('Prague')) {
      const floor = 21_000n + 10n * 4n * 3000n
      const plain = transact({ fork, tx: { data, to: 0xbeefn } })
      expect([fork, plain.gasUsed]).toEqual([fork, floor])
      // Execution beyond the floor is paid as it is; its refund does not go below the floor.
      const { gasUsed, gasRefunded } = transact({ fork, tx: { data }, accounts: clearing(18) })
      const spent = 21_000n + 16n * 3000n + 18n * 5006n
      expect([fork, gasUsed]).toEqual([fork, spent - spent / 5n > floor ? spent - spent / 5n : floor])
      expect(gasRefunded).toBe(spent / 5n)
      const sender = plain.source.account(SENDER)!
      expect(sender.balance).toBe(10n ** 24n - floor)
      expect(offer({ fork, tx: { data, to: 0xbeefn, gasLimit: floor - 1n } })).toMatchObject({
        code: 'floor-gas',
      })
    }
    expect(transact({ fork: 'Cancun', tx: { data, to: 0xbeefn } }).gasUsed).toBe(21_000n + 16n * 3000n)
  })

  it('EIP-7623: tokens of zero bytes count a quarter', () => {
    const data = new Uint8Array(4000)
    expect(transact({ tx: { data, to: 0xbeefn } }).gasUsed).toBe(21_000n + 10n * 4000n)
  })

  it('EIP-7825: from Osaka on a transaction is limited to 2^24 gas', () => {
    const limit = 1n << 24n
    const code = (fork: string, gasLimit: bigint) => offer({ fork, tx: { gasLimit } })
    for (const fork of since('Osaka')) {
      expect([fork, code(fork, limit)]).toMatchObject([fork, { status: 'success' }])
      expect([fork, code(fork, limit + 1n)]).toMatchObject([fork, { code: 'gas-limit-too-high' }])
    }
    expect(code('Prague', limit + 1n)).toMatchObject({ status: 'success' })
  })
})

describe('EIP-4844', () => {
  const BLOB_GAS = 131_072n
  const HASH = 1n << 248n
  // conventions.md: target, maximum, update fraction.
  it.each([
    ['Cancun', 3, 6, 3338477],
    ['Prague', 6, 9, 5007716],
    ['Osaka', 6, 9, 5007716],
    ['BPO1', 10, 15, 8346193],
    ['BPO2', 14, 21, 11684671],
    ['BPO3', 21, 32, 20609697],
    ['BPO4', 14, 21, 13739630],
  ])('EIP-7840: %s aims at %i blobs and takes %i', (fork, target, max, updateFraction) => {
    const { blob } = forkByName(fork).rules
    expect(blob).toMatchObject({ target, max, updateFraction, gasPerBlob: 131_072, minPriceWei: 1 })
    // At an excess of once the fraction the price is e, at 20 times it is e^20, rounded down.
    expect([0, 1, 20].map((times) => blobBaseFee(BigInt(times * updateFraction), blob!))).toEqual([
      1n,
      2n,
      485165195n,
    ])
    const parent = { gasLimit: 30_000_000n, gasUsed: 0n, baseFee: 7n, excessBlobGas: 0n, blobGasUsed: 0n }
    const next = (blobs: number) =>
      nextExcessBlobGas({ ...parent, blobGasUsed: BigInt(blobs) * BLOB_GAS }, blob!)
    expect([next(target - 1), next(target), next(target + 1)]).toEqual([0n, 0n, BLOB_GAS])
  })

  const blobs = (count: number) =>
    ({ type: 3, blobHashes: Array(count).fill(HASH), maxFeePerBlobGas: 1n }) as const

  it.each<[string, number]>([
    ['Cancun', 6],
    ['Prague', 9],
    ['Osaka', 6],
    ['BPO1', 6],
    ['BPO4', 6],
  ])('EIP-7840: one transaction of %s carries at most %i', (fork, most) => {
    expect(offer({ fork, tx: blobs(most) })).toMatchObject({ status: 'success' })
    expect(offer({ fork, tx: blobs(most + 1) })).toMatchObject({
      code:
        since('Osaka').includes(fork) && most + 1 <= forkByName(fork).rules.blob!.max
          ? 'blob-count'
          : 'blob-gas-allowance',
    })
  })

  it('EIP-4844: blob gas is paid at the price of the block, and burnt', () => {
    const { source, gasUsed } = transact({
      tx: { ...blobs(2), maxFeePerBlobGas: 9n },
      block: { blobBaseFee: 5n },
    })
    expect(source.account(SENDER)?.balance).toBe(10n ** 24n - gasUsed - 2n * BLOB_GAS * 5n)
    expect(offer({ tx: { ...blobs(1), maxFeePerBlobGas: 4n }, block: { blobBaseFee: 5n } })).toMatchObject({
      code: 'blob-fee-too-low',
    })
    // Also when execution fails.
    const fails = transact({
      tx: blobs(1),
      block: { blobBaseFee: 1n },
      accounts: [[SELF, { code: asm('INVALID') }]],
    })
    expect([fails.halt, fails.source.account(SENDER)?.balance]).toEqual([
      Halt.InvalidOpcode,
      10n ** 24n - 1_000_000n - BLOB_GAS,
    ])
  })

  it('EIP-4844: before Cancun there are none', () => {
    for (const fork of before('Cancun'))
      expect([fork, offer({ fork, tx: blobs(1) })]).toMatchObject([fork, { code: 'type-not-supported' }])
  })
})
