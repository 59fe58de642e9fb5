import type { Crypto } from '../core/crypto.ts'
import type { Log } from '../core/host.ts'
import { bytesToBigint } from '../core/word.ts'

/** Type of the requests that deposits are (EIP-6110). */
export const DEPOSIT_REQUESTS = 0

/** keccak256('DepositEvent(bytes,bytes,bytes,bytes,bytes)'). */
const DEPOSIT_TOPIC = 0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5n

/** Bytes of pubkey, withdrawal credentials, amount, signature and index: the arguments, and in this order a request. */
const DEPOSIT_PARTS = [48, 32, 8, 96, 8] as const
const WORD_BYTES = 32
const EVENT_BYTES = 576

/**
 * The deposits that the deposit contract's logs show, one after the other, 192 bytes each (EIP-6110). Null where a
 * deposit event has not the layout that the contract gives it: the block is invalid then. Logs of other events count
 * for nothing.
 */
export function depositsIn(logs: Iterable<Log>, contract: bigint): Uint8Array | null {
  const deposits: Uint8Array[] = []
  for (const { address, topics, data } of logs) {
    if (address !== contract || topics[0] !== DEPOSIT_TOPIC) continue
    const deposit = depositOf(data)
    if (deposit === null) return null
    deposits.push(deposit)
  }
  return concat(deposits)
}

/** An event's ABI encoding: five offsets, then each part with its length before it, filled up to whole words. */
function depositOf(data: Uint8Array): Uint8Array | null {
  if (data.length !== EVENT_BYTES) return null
  const wordAt = (at: number) => bytesToBigint(data.subarray(at, at + WORD_BYTES))
  const parts: Uint8Array[] = []
  let at = DEPOSIT_PARTS.length * WORD_BYTES
  for (const [i, sizeBytes] of DEPOSIT_PARTS.entries()) {
    if (wordAt(i * WORD_BYTES) !== BigInt(at) || wordAt(at) !== BigInt(sizeBytes)) return null
    const from = at + WORD_BYTES
    parts.push(data.subarray(from, from + sizeBytes))
    at = from + Math.ceil(sizeBytes / WORD_BYTES) * WORD_BYTES
  }
  return concat(parts)
}

/** A request list as EIP-7685 has it: the byte of its type, then the data. */
export function requestsOf(type: number, data: Uint8Array): Uint8Array {
  return concat([Uint8Array.of(type), data])
}

/** SHA-256 of nothing: the `requestsHash` of a block without requests. */
export const EMPTY_REQUESTS_HASH = 0xe3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855n

/** What the header's `requestsHash` must be: SHA-256 of the hashes of all lists that hold anything (EIP-7685). */
export function requestsHash(requests: readonly Uint8Array[], crypto: Pick<Crypto, 'sha256'>): bigint {
  const filled = requests.filter(({ length }) => length > 1)
  return bytesToBigint(crypto.sha256(concat(filled.map((list) => crypto.sha256(list)))))
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((size, { length }) => size + length, 0))
  let at = 0
  for (const part of parts) {
    whole.set(part, at)
    at += part.length
  }
  return whole
}
