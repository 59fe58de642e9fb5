import type { BlobSchedule, Rules } from '../core/rules.ts'
import { MAX_WORD } from '../core/word.ts'
import type { Transaction } from './transaction.ts'

/** Base fee of the first block that has one, in wei (EIP-1559). */
export const INITIAL_BASE_FEE = 1_000_000_000n

/** What a new block's fees follow from. A field its block does not have is null. */
export interface ParentFees {
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** In wei per gas; null before EIP-1559. */
  readonly baseFee: bigint | null
  /** Null before EIP-4844, as is the blob gas used. */
  readonly excessBlobGas: bigint | null
  readonly blobGasUsed: bigint | null
}

/**
 * Wei per gas the sender pays: the base fee and as much of the priority fee as fits under the maximum (EIP-1559).
 * `baseFee` is zero before EIP-1559.
 */
export function effectiveGasPrice(tx: Transaction, baseFee: bigint): bigint {
  return min(tx.maxFeePerGas, baseFee + tx.maxPriorityFeePerGas)
}

/** Wei per gas the coinbase gets: the effective price less the base fee, which is burnt. Negative only if unchecked. */
export function effectivePriorityFee(tx: Transaction, baseFee: bigint): bigint {
  return effectiveGasPrice(tx, baseFee) - baseFee
}

/** Blob gas the transaction uses (EIP-4844): zero without blobs. */
export function blobGasOf(tx: Transaction, schedule: BlobSchedule): bigint {
  return BigInt(tx.blobHashes.length * schedule.gasPerBlob)
}

/**
 * Base fee of the block after `parent` (EIP-1559): moves with how far the parent's gas was from its target, by at
 * most 1/denominator. `rules` is the new block's.
 */
export function nextBaseFee(parent: ParentFees, rules: NonNullable<Rules['baseFee']>): bigint {
  if (parent.baseFee === null) return INITIAL_BASE_FEE
  const target = parent.gasLimit / BigInt(rules.elasticity)
  const step = (distance: bigint, fee: bigint) =>
    target === 0n ? 0n : (fee * distance) / target / BigInt(rules.changeDenominator)
  if (parent.gasUsed === target) return parent.baseFee
  if (parent.gasUsed > target) {
    const rise = step(parent.gasUsed - target, parent.baseFee)
    return parent.baseFee + (rise === 0n ? 1n : rise)
  }
  return parent.baseFee - step(target - parent.gasUsed, parent.baseFee)
}

/** Wei per blob gas at this excess (EIP-4844); 2^256 stands for all prices beyond a word. */
export function blobBaseFee(excessBlobGas: bigint, schedule: BlobSchedule): bigint {
  return fakeExponential(BigInt(schedule.minPriceWei), excessBlobGas, BigInt(schedule.updateFraction))
}

/**
 * Excess blob gas of the block after `parent` (EIP-4844). Where a reserve price holds (EIP-7918) and blobs are
 * cheaper than their share of execution, the target is not subtracted. `schedule` is the new block's.
 */
export function nextExcessBlobGas(parent: ParentFees, schedule: BlobSchedule): bigint {
  const excess = parent.excessBlobGas ?? 0n
  const used = parent.blobGasUsed ?? 0n
  const target = BigInt(schedule.target * schedule.gasPerBlob)
  if (excess + used < target) return 0n
  if (schedule.reserveBaseCost !== null) {
    const reserve = BigInt(schedule.reserveBaseCost) * (parent.baseFee ?? 0n)
    const blobPrice = BigInt(schedule.gasPerBlob) * blobBaseFee(excess, schedule)
    if (reserve > blobPrice)
      return excess + (used * BigInt(schedule.max - schedule.target)) / BigInt(schedule.max)
  }
  return excess + used - target
}

/**
 * factor × e^(numerator / denominator) by Taylor expansion in integers, as EIP-4844 defines it. The sum only grows,
 * so it ends with 2^256 once it has passed a word: an absurd excess costs no time.
 */
export function fakeExponential(factor: bigint, numerator: bigint, denominator: bigint): bigint {
  const limit = denominator * (MAX_WORD + 1n)
  let sum = 0n
  let term = factor * denominator
  for (let i = 1n; term > 0n; i++) {
    sum += term
    if (sum >= limit) return MAX_WORD + 1n
    term = (term * numerator) / (denominator * i)
  }
  return sum / denominator
}

function min(a: bigint, b: bigint): bigint {
  return a < b ? a : b
}
