import { describe, expect, it } from 'vitest'
import type { BlobSchedule } from '../core/rules.ts'
import type { ParentFees } from './fees.ts'
import {
  blobBaseFee,
  blobGasOf,
  effectiveGasPrice,
  effectivePriorityFee,
  fakeExponential,
  nextBaseFee,
  nextExcessBlobGas,
} from './fees.ts'
import { newTransaction } from './transaction.ts'

const GWEI = 10n ** 9n
const GAS_PER_BLOB = 131_072
const schedule: BlobSchedule = {
  target: 3,
  max: 6,
  updateFraction: 3_338_477,
  gasPerBlob: GAS_PER_BLOB,
  minPriceWei: 1,
  perTransaction: null,
  reserveBaseCost: null,
}
const parent: ParentFees = {
  gasLimit: 20_000_000n,
  gasUsed: 10_000_000n,
  baseFee: GWEI,
  excessBlobGas: 0n,
  blobGasUsed: 0n,
}

describe('gas price', () => {
  const legacy = newTransaction({ gasPrice: 30n })
  const market = newTransaction({ type: 2, maxFeePerGas: 30n, maxPriorityFeePerGas: 5n })

  it.each([
    ['legacy without a base fee', legacy, 0n, 30n, 30n],
    ['legacy', legacy, 20n, 30n, 10n],
    ['the priority fee fits', market, 25n, 30n, 5n],
    ['the priority fee is cut', market, 28n, 30n, 2n],
    ['the maximum is not reached', market, 20n, 25n, 5n],
    ['nothing is left to the coinbase', market, 30n, 30n, 0n],
  ])('%s', (_, tx, baseFee, price, priority) => {
    expect(effectiveGasPrice(tx, baseFee)).toBe(price)
    expect(effectivePriorityFee(tx, baseFee)).toBe(priority)
  })
})

describe('base fee of the next block', () => {
  const rules = { changeDenominator: 8, elasticity: 2 }

  it.each([
    ['the first has one gwei', { baseFee: null, gasUsed: 19_000_000n }, GWEI],
    ['stays at the target', {}, GWEI],
    ['falls below it', { gasUsed: 9_000_000n }, 987_500_000n],
    ['rises above it', { gasUsed: 11_000_000n }, 1_012_500_000n],
    ['falls by an eighth after an empty block', { gasUsed: 0n }, 875_000_000n],
    ['rises by an eighth after a full block', { gasUsed: 20_000_000n }, 1_125_000_000n],
    ['rises by at least one', { gasUsed: 10_000_001n, baseFee: 7n }, 8n],
    ['does not fall when the step rounds to zero', { gasUsed: 0n, baseFee: 7n }, 7n],
    ['can stay zero', { gasUsed: 0n, baseFee: 0n }, 0n],
  ])('%s', (_, change, expected) => {
    expect(nextBaseFee({ ...parent, ...change }, rules)).toBe(expected)
  })
})

describe('blob fee', () => {
  // factor, numerator, denominator, result: the vectors clients share for EIP-4844.
  it.each([
    [1n, 0n, 1n, 1n],
    [38_493n, 0n, 1000n, 38_493n],
    [0n, 1234n, 2345n, 0n],
    [1n, 2n, 1n, 6n],
    [1n, 4n, 2n, 6n],
    [1n, 3n, 1n, 16n],
    [1n, 6n, 2n, 18n],
    [1n, 4n, 1n, 49n],
    [1n, 8n, 2n, 50n],
    [10n, 8n, 2n, 542n],
    [11n, 8n, 2n, 596n],
    [1n, 5n, 1n, 136n],
    [1n, 5n, 2n, 11n],
    [2n, 5n, 2n, 23n],
    [1n, 50_000_000n, 2_225_652n, 5_709_098_764n],
  ])('%i × e^(%i / %i) is %i', (factor, numerator, denominator, expected) => {
    expect(fakeExponential(factor, numerator, denominator)).toBe(expected)
  })

  it('starts to rise where EIP-4844 says', () => {
    expect(blobBaseFee(0n, schedule)).toBe(1n)
    expect(blobBaseFee(2_314_057n, schedule)).toBe(1n)
    expect(blobBaseFee(2_314_058n, schedule)).toBe(2n)
    expect(blobBaseFee(10n * 1024n * 1024n, schedule)).toBe(23n)
  })

  it('of an absurd excess is beyond a word, at once', () => {
    // e^177 is the last whole power below 2^256.
    const fraction = BigInt(schedule.updateFraction)
    expect(blobBaseFee(177n * fraction, schedule)).toBeLessThan(1n << 256n)
    expect(blobBaseFee(178n * fraction, schedule)).toBe(1n << 256n)
    expect(blobBaseFee((1n << 64n) - 1n, schedule)).toBe(1n << 256n)
  })
})

describe('excess blob gas of the next block', () => {
  const perBlob = BigInt(GAS_PER_BLOB)
  const target = 3n * perBlob

  it.each([
    ['nothing used', 0n, 0n, 0n],
    ['the target used', 0n, 3n, 0n],
    ['one above the target', 0n, 4n, perBlob],
    ['one below, with excess', perBlob, 2n, 0n],
    ['more below than there is excess', perBlob, 1n, 0n],
    ['excess that stays', target, 3n, target],
    ['excess that falls', target, 0n, 0n],
  ])('%s', (_, excessBlobGas, blobs, expected) => {
    const after = { ...parent, excessBlobGas, blobGasUsed: blobs * perBlob }
    expect(nextExcessBlobGas(after, schedule)).toBe(expected)
  })

  it('is zero after the first block without blob fields', () => {
    expect(nextExcessBlobGas({ ...parent, excessBlobGas: null, blobGasUsed: null }, schedule)).toBe(0n)
  })

  // EIP-7918: with a base cost of 2^13 gas a blob of 2^17 blob gas is too cheap while base fee > 16 × blob base fee.
  const osaka = { ...schedule, target: 6, max: 9, updateFraction: 5_007_716, reserveBaseCost: 8192 }
  it.each([
    ['above the reserve price the target is subtracted', 16n, 6n, 10n * perBlob],
    ['below it a third of what was used is added', 17n, 6n, 12n * perBlob],
    ['below it an empty block changes nothing', 17n, 0n, 10n * perBlob],
    ['below it a full block adds a third of nine', 17n, 9n, 13n * perBlob],
  ])('%s', (_, baseFee, blobs, expected) => {
    const after = { ...parent, baseFee, excessBlobGas: 10n * perBlob, blobGasUsed: blobs * perBlob }
    expect(blobBaseFee(10n * perBlob, osaka)).toBe(1n)
    expect(nextExcessBlobGas(after, osaka)).toBe(expected)
  })

  it('is zero below the target whatever the reserve price', () => {
    const after = { ...parent, baseFee: 10n ** 18n, excessBlobGas: perBlob, blobGasUsed: 4n * perBlob }
    expect(nextExcessBlobGas(after, osaka)).toBe(0n)
  })
})

it('a transaction uses the gas of its blobs', () => {
  expect(blobGasOf(newTransaction({}), schedule)).toBe(0n)
  expect(blobGasOf(newTransaction({ type: 3, blobHashes: [1n, 2n] }), schedule)).toBe(262_144n)
})
