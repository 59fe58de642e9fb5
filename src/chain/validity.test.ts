import { describe, expect, it } from 'vitest'
import { FRONTIER_RULES } from '../../opcodes/empty-table.ts'
import { delegationTo } from '../core/delegation.ts'
import type { RuleChange, Rules } from '../core/rules.ts'
import { changeRules } from '../core/rules.ts'
import { newTransaction, type Transaction } from './transaction.ts'
import { type BlockOffer, type SenderState, validateInclusion, validateTransaction } from './validity.ts'

const MAX_UINT64 = (1n << 64n) - 1n
const MAX_WORD = (1n << 256n) - 1n
const BLOB_HASH = 1n << 248n
const BLOB_GAS = 131_072n

/** Every mechanism that checks transactions, switched on. */
const rules: Rules = changeRules(FRONTIER_RULES, {
  transactionTypes: [0, 1, 2, 3, 4],
  intrinsic: { nonZeroByte: 16, create: 32000, initCodeWord: 2, authorization: 25000 },
  floor: { perToken: 10 },
  transactionGasCap: 1 << 24,
  baseFee: { changeDenominator: 8, elasticity: 2 },
  blob: {
    target: 6,
    max: 9,
    updateFraction: 5_007_716,
    gasPerBlob: Number(BLOB_GAS),
    minPriceWei: 1,
    perTransaction: 6,
    reserveBaseCost: 8192,
  },
  create: { initCodeLimit: 49_152 },
  delegation: { existingRefund: 12_500 },
})

const sender: SenderState = {
  address: 0x71562b71999873db5b286df957af199ec94617f7n,
  nonce: 3n,
  balance: 10n ** 18n,
  code: new Uint8Array(0),
}
const block: BlockOffer = { baseFee: 100n, blobBaseFee: 7n, gasLeft: 10_000_000n, blobGasUsed: 0n }
const AT = 'address 0x71562b71999873DB5b286dF957af199Ec94617F7'

const transfer = { nonce: 3n, gasLimit: 21_000n, to: 1n }
const authorization = { chainId: 0n, address: 0n, nonce: 0n, yParity: 0, r: 1n, s: 1n }
const legacy = newTransaction({ ...transfer, gasPrice: 100n })
const market = newTransaction({ ...transfer, type: 2, maxFeePerGas: 100n, maxPriorityFeePerGas: 100n })
const blob = newTransaction({
  ...market,
  type: 3,
  maxFeePerBlobGas: 7n,
  blobHashes: Array(6).fill(BLOB_HASH),
})
const setCode = newTransaction({ ...market, type: 4, gasLimit: 46_000n, authorizations: [authorization] })
const creation = newTransaction({ ...legacy, to: null, gasLimit: 4_000_000n, data: new Uint8Array(49_152) })

interface Situation {
  tx: Transaction
  rules?: RuleChange
  sender?: Partial<SenderState>
  block?: Partial<BlockOffer>
}

const judge = (at: Situation) =>
  validateInclusion(
    at.tx,
    changeRules(rules, at.rules ?? {}),
    { ...sender, ...at.sender },
    { ...block, ...at.block },
  )

describe('what can be included', () => {
  it.each<[string, Situation]>([
    ['a legacy transaction at the base fee', { tx: legacy }],
    ['a fee market transaction whose fees are equal', { tx: market }],
    ['a blob transaction with the most blobs and the exact price', { tx: blob }],
    ['a set-code transaction with its exact gas', { tx: setCode }],
    ['the longest initcode', { tx: creation }],
    ['the last gas of the block', { tx: legacy, block: { gasLeft: 21_000n } }],
    ['the last blobs of the block', { tx: blob, block: { blobGasUsed: 3n * BLOB_GAS } }],
    ['exactly the balance', { tx: { ...legacy, value: 5n }, sender: { balance: 2_100_005n } }],
    ['the last nonce', { tx: { ...legacy, nonce: MAX_UINT64 - 1n }, sender: { nonce: MAX_UINT64 - 1n } }],
    ['a sender that delegates', { tx: legacy, sender: { code: delegationTo(5n) } }],
    [
      'any price where there is no base fee',
      { tx: { ...legacy, maxFeePerGas: 0n }, rules: { baseFee: null } },
    ],
    ['a gas limit at the cap', { tx: { ...legacy, gasLimit: 1n << 24n }, block: { gasLeft: 1n << 24n } }],
  ])('%s', (_, situation) => {
    expect(judge(situation)).toBeNull()
    expect(validateTransaction(situation.tx, changeRules(rules, situation.rules ?? {}))).toBeNull()
  })
})

describe('what the transaction and the fork alone decide', () => {
  const withHash = (hash: bigint) => ({ ...blob, blobHashes: [BLOB_HASH, hash] })
  const noAddress = 'input string too short for common.Address, decoding into'

  it.each<[string, Situation, string]>([
    [
      'type-not-supported',
      { tx: blob, rules: { transactionTypes: [0, 1, 2] } },
      'transaction type not supported: type 3',
    ],
    ['gas-uint64-overflow', { tx: { ...legacy, gasLimit: MAX_UINT64 + 1n } }, 'gas uint64 overflow'],
    [
      'fee-too-large',
      { tx: { ...market, maxFeePerGas: MAX_WORD + 1n } },
      'max fee per gas higher than 2^256-1',
    ],
    [
      'fee-too-large',
      { tx: { ...market, maxPriorityFeePerGas: MAX_WORD + 1n } },
      'max priority fee per gas higher than 2^256-1',
    ],
    [
      'blob-gas-allowance',
      { tx: { ...blob, blobHashes: Array(10).fill(BLOB_HASH) } },
      'blob gas (1310720) would exceed maximum allowance 1179648',
    ],
    [
      'gas-limit-too-high',
      { tx: { ...legacy, gasLimit: (1n << 24n) + 1n } },
      'transaction gas limit too high (cap: 16777216, tx: 16777217)',
    ],
    [
      'blob-create',
      { tx: { ...blob, to: null } },
      `blob transaction of type create: ${noAddress} (types.BlobTx).To`,
    ],
    ['blob-hashes-missing', { tx: { ...blob, blobHashes: [] } }, 'blob transaction missing blob hashes'],
    [
      'blob-count',
      { tx: { ...blob, blobHashes: Array(7).fill(BLOB_HASH) } },
      'blob transaction has too many blobs: 7, at most 6',
    ],
    ['blob-hash-version', { tx: withHash(0n) }, 'blob 1 has invalid hash version'],
    ['blob-hash-version', { tx: withHash(2n << 248n) }, 'blob 1 has invalid hash version'],
    [
      'set-code-create',
      { tx: { ...setCode, to: null } },
      `EIP-7702 transaction cannot be used to create contract: ${noAddress} (types.SetCodeTx).To`,
    ],
    [
      'intrinsic-gas',
      { tx: { ...legacy, gasLimit: 20_999n } },
      'intrinsic gas too low: have 20999, want 21000',
    ],
    [
      'floor-gas',
      { tx: { ...legacy, gasLimit: 21_039n, data: Uint8Array.of(1) } },
      'insufficient gas for floor data gas cost: have 21039, want 21040',
    ],
    [
      'initcode-size',
      { tx: { ...creation, data: new Uint8Array(49_153) } },
      'max initcode size exceeded: code size 49153 limit 49152',
    ],
  ])('%s', (code, situation, message) => {
    const fault = { code, message }
    expect(judge(situation)).toEqual(fault)
    expect(validateTransaction(situation.tx, changeRules(rules, situation.rules ?? {}))).toEqual(fault)
  })

  it.each([
    ['nonce-max', { ...legacy, nonce: MAX_UINT64 }, 'nonce has max value, nonce: 18446744073709551615'],
    [
      'priority-fee-above-max-fee',
      { ...market, maxPriorityFeePerGas: 101n },
      'max priority fee per gas higher than max fee per gas, maxPriorityFeePerGas: 101, maxFeePerGas: 100',
    ],
    ['set-code-empty', { ...setCode, authorizations: [] }, 'EIP-7702 transaction with empty auth list'],
    [
      'insufficient-funds',
      { ...legacy, maxFeePerGas: MAX_WORD / 21_000n + 1n },
      'insufficient funds for gas * price + value required balance exceeds 256 bits',
    ],
  ])('%s, before the sender is known', (code, tx, message) => {
    expect(validateTransaction(tx, rules)).toEqual({ code, message })
  })
})

describe('what the block and the sender decide', () => {
  const contract = { code: Uint8Array.of(0) }

  it.each<[string, Situation, string]>([
    ['nonce-too-low', { tx: { ...legacy, nonce: 2n } }, `nonce too low: ${AT}, tx: 2 state: 3`],
    ['nonce-too-high', { tx: { ...legacy, nonce: 4n } }, `nonce too high: ${AT}, tx: 4 state: 3`],
    [
      'nonce-max',
      { tx: { ...legacy, nonce: MAX_UINT64 }, sender: { nonce: MAX_UINT64 } },
      `nonce has max value: ${AT}, nonce: 18446744073709551615`,
    ],
    ['sender-not-eoa', { tx: legacy, sender: contract }, `sender not an eoa: ${AT}, len(code): 1`],
    [
      'sender-not-eoa',
      { tx: legacy, sender: { code: delegationTo(5n) }, rules: { delegation: null } },
      `sender not an eoa: ${AT}, len(code): 23`,
    ],
    [
      'max-fee-below-base-fee',
      { tx: legacy, block: { baseFee: 101n } },
      `max fee per gas less than block base fee: ${AT}, maxFeePerGas: 100, baseFee: 101`,
    ],
    [
      'blob-fee-too-low',
      { tx: blob, block: { blobBaseFee: 8n } },
      `max fee per blob gas less than block blob gas fee: ${AT} blobGasFeeCap: 7, blobBaseFee: 8`,
    ],
    [
      'set-code-empty',
      { tx: { ...setCode, authorizations: [] } },
      'EIP-7702 transaction with empty auth list (sender 0x71562b71999873DB5b286dF957af199Ec94617F7)',
    ],
    [
      'insufficient-funds',
      { tx: { ...legacy, value: 5n }, sender: { balance: 2_100_004n } },
      `insufficient funds for gas * price + value: ${AT} have 2100004 want 2100005`,
    ],
    [
      'insufficient-funds',
      { tx: blob, sender: { balance: 2_100_000n + 6n * BLOB_GAS * 7n - 1n } },
      `insufficient funds for gas * price + value: ${AT} have 7605023 want 7605024`,
    ],
    [
      'insufficient-funds',
      { tx: { ...legacy, value: MAX_WORD }, sender: { balance: MAX_WORD } },
      `insufficient funds for gas * price + value: ${AT} required balance exceeds 256 bits`,
    ],
    ['block-gas-limit', { tx: legacy, block: { gasLeft: 20_999n } }, 'gas limit reached'],
    [
      'blob-gas-allowance',
      { tx: blob, block: { blobGasUsed: 4n * BLOB_GAS } },
      'blob gas (1310720) would exceed maximum allowance 1179648',
    ],
  ])('%s', (code, situation, message) => {
    expect(judge(situation)).toEqual({ code, message })
    // None of these is the transaction's own fault, but for the empty list and the last nonce.
    if (!['set-code-empty', 'nonce-max'].includes(code))
      expect(validateTransaction(situation.tx, changeRules(rules, situation.rules ?? {}))).toBeNull()
  })
})

/** One transaction with all faults at once; each line mends the fault that was reported. */
it('faults are found in the order of geth', () => {
  let at: Required<Situation> = {
    tx: newTransaction({
      type: 3,
      nonce: 2n,
      gasLimit: (1n << 24n) + 1n,
      maxFeePerGas: 99n,
      maxPriorityFeePerGas: 100n,
      value: 10n ** 18n,
      data: new Uint8Array(49_153).fill(1),
    }),
    rules: { transactionTypes: [0] },
    sender: { code: Uint8Array.of(0) },
    block: { gasLeft: 0n },
  }
  const mend = (change: Partial<Situation>) => {
    at = { ...at, ...change }
    return judge(at)?.code
  }
  const tx = (change: Partial<Transaction>) => mend({ tx: { ...at.tx, ...change } })

  expect(judge(at)?.code).toBe('type-not-supported')
  expect(mend({ rules: {} })).toBe('nonce-too-low')
  expect(tx({ nonce: 3n })).toBe('gas-limit-too-high')
  expect(tx({ gasLimit: 20_000n })).toBe('sender-not-eoa')
  expect(mend({ sender: { balance: 10n ** 18n } })).toBe('priority-fee-above-max-fee')
  expect(tx({ maxPriorityFeePerGas: 99n })).toBe('max-fee-below-base-fee')
  expect(tx({ maxFeePerGas: 100n })).toBe('blob-create')
  expect(tx({ to: 1n })).toBe('blob-hashes-missing')
  expect(tx({ blobHashes: [0n] })).toBe('blob-hash-version')
  expect(tx({ blobHashes: [BLOB_HASH] })).toBe('blob-fee-too-low')
  expect(tx({ maxFeePerBlobGas: 7n })).toBe('insufficient-funds')
  expect(tx({ value: 0n })).toBe('block-gas-limit')
  expect(mend({ block: {} })).toBe('intrinsic-gas')
  expect(tx({ gasLimit: 900_000n })).toBe('floor-gas')
  expect(tx({ gasLimit: 4_000_000n })).toBeUndefined()
  expect(tx({ type: 0, to: null, blobHashes: [] })).toBe('initcode-size')
})
