import type { Log } from '../core/host.ts'
import { keccak256 } from '../core/keccak.ts'
import type { RlpInput } from '../core/rlp.ts'
import { encodeRlp } from '../core/rlp.ts'
import { bigintToBytes, bigintToMinimalBytes } from '../core/word.ts'
import type { TransactionType } from './transaction.ts'

/** Size of a bloom filter; a value sets three of its 2,048 bits (Yellow Paper 4.3.1). */
const BLOOM_BYTES = 256
const BLOOM_BITS_PER_VALUE = 3

/** What a transaction left behind (Yellow Paper 4.3.1, EIP-658, EIP-2718). */
export interface Receipt {
  readonly type: TransactionType
  /** 1 for success and 0 for failure; before EIP-658 the 32 bytes of the state root after the transaction. */
  readonly outcome: 0 | 1 | Uint8Array
  /** Gas used by the block up to and with this transaction. */
  readonly cumulativeGasUsed: bigint
  readonly logs: readonly Log[]
}

/** The receipt as the receipts trie holds it: RLP, after the type's byte if that is not 0. */
export function encodeReceipt(receipt: Receipt): Uint8Array {
  const payload = encodeRlp([
    encodeOutcome(receipt.outcome),
    bigintToMinimalBytes(receipt.cumulativeGasUsed),
    logsBloom(receipt.logs),
    receipt.logs.map(logItem),
  ])
  if (receipt.type === 0) return payload
  const bytes = new Uint8Array(payload.length + 1)
  bytes[0] = receipt.type
  bytes.set(payload, 1)
  return bytes
}

/** keccak256 of the RLP of the logs: how state tests and t8n name what was logged. */
export function logsHash(logs: readonly Log[]): Uint8Array {
  return keccak256(encodeRlp(logs.map(logItem)))
}

/** The 256-byte filter of the logs: the bits of every address and topic. */
export function logsBloom(logs: readonly Log[]): Uint8Array {
  const bloom = new Uint8Array(BLOOM_BYTES)
  for (const log of logs) {
    addToBloom(bloom, bigintToBytes(log.address, 20))
    for (const topic of log.topics) addToBloom(bloom, bigintToBytes(topic, 32))
  }
  return bloom
}

/** Adds the filter `other` to `bloom`, in place: the filter of a block is that of all its receipts. */
export function mergeBloom(bloom: Uint8Array, other: Uint8Array): void {
  for (let i = 0; i < BLOOM_BYTES; i++) bloom[i] |= other[i]
}

/** Each of the hash's first three pairs of bytes, modulo 2,048, is a bit; bit 0 is the last byte's lowest. */
function addToBloom(bloom: Uint8Array, value: Uint8Array): void {
  const hash = keccak256(value)
  for (let pair = 0; pair < BLOOM_BITS_PER_VALUE; pair++) {
    const bit = ((hash[2 * pair] << 8) | hash[2 * pair + 1]) & (BLOOM_BYTES * 8 - 1)
    bloom[BLOOM_BYTES - 1 - (bit >> 3)] |= 1 << (bit & 7)
  }
}

function encodeOutcome(outcome: Receipt['outcome']): Uint8Array {
  return typeof outcome === 'number' ? bigintToMinimalBytes(BigInt(outcome)) : outcome
}

function logItem(log: Log): RlpInput {
  return [bigintToBytes(log.address, 20), log.topics.map((topic) => bigintToBytes(topic, 32)), log.data]
}
