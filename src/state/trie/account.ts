import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { decodeRlp } from '../../core/rlp.ts'
import { bytesToBigint, MAX_UINT64 } from '../../core/word.ts'
import { EMPTY_ROOT } from './root.ts'

/** An account as the state trie holds it (Yellow Paper 4.1). */
export interface TrieAccount {
  /** Below 2^64 (EIP-2681). */
  readonly nonce: bigint
  /** In wei, a word. */
  readonly balance: bigint
  /** 32 bytes. */
  readonly storageRoot: Uint8Array
  /** keccak256 of the code, as a word. */
  readonly codeHash: bigint
}

/** What is proven absent reads as this. */
export const EMPTY_ACCOUNT: TrieAccount = {
  nonce: 0n,
  balance: 0n,
  storageRoot: EMPTY_ROOT,
  codeHash: EMPTY_CODE_HASH,
}

// The longest account has a header of 2 bytes, a nonce of 9 and three words of 33. Numbers are first written in full
// behind that, where their leading zeros are found.
const scratch = new Uint8Array(160)
const view = new DataView(scratch.buffer)
const NUMBER_AT = 128
const HEADER_ROOM = 2

/**
 * The RLP of an account: [nonce, balance, storageRoot, codeHash]. Written directly, since every root encodes every
 * account: the library takes several times as long. A view, which the next account or slot overwrites.
 */
export function encodeAccount(account: TrieAccount): Uint8Array {
  let at = writeInteger(account.nonce, HEADER_ROOM)
  at = writeInteger(account.balance, at)
  scratch[at] = 0xa0
  scratch.set(account.storageRoot, at + 1)
  scratch[at + 33] = 0xa0
  writeWord(account.codeHash, at + 34)
  at += 66
  // Two hashes make the payload longer than 55 bytes, and it is shorter than 256.
  scratch[0] = 0xf8
  scratch[1] = at - HEADER_ROOM
  return scratch.subarray(0, at)
}

/** The RLP of a slot's value as the storage trie holds it, likewise; null for zero, which the trie leaves out. */
export function encodeSlotValue(value: bigint): Uint8Array | null {
  return value === 0n ? null : scratch.subarray(0, writeInteger(value, 0))
}

/** Writes the RLP of an integer into the scratch; returns its end. */
function writeInteger(value: bigint, at: number): number {
  const end = NUMBER_AT + 32
  let first = end - 8
  if (value <= MAX_UINT64) view.setBigUint64(first, value)
  else {
    first = NUMBER_AT
    writeWord(value, first)
  }
  while (first < end && scratch[first] === 0) first++
  const sizeBytes = end - first
  let next = at
  if (sizeBytes !== 1 || scratch[first] >= 0x80) scratch[next++] = 0x80 + sizeBytes
  while (first < end) scratch[next++] = scratch[first++]
  return next
}

function writeWord(value: bigint, at: number): void {
  view.setBigUint64(at, value >> 192n)
  view.setBigUint64(at + 8, BigInt.asUintN(64, value >> 128n))
  view.setBigUint64(at + 16, BigInt.asUintN(64, value >> 64n))
  view.setBigUint64(at + 24, BigInt.asUintN(64, value))
}

/** Reads an account. Throws RLP naming `place` if the bytes are not the canonical RLP of one. */
export function decodeAccount(bytes: Uint8Array, place: string): TrieAccount {
  const items = decodeRlp(bytes, place)
  if (!Array.isArray(items) || items.length !== 4)
    refuse(place, 'not a list of nonce, balance, storage root and code hash')
  const field = (index: number, name: string): Uint8Array => {
    const item = items[index]
    return item instanceof Uint8Array ? item : refuse(`${place}.${name}`, 'a list')
  }
  return {
    nonce: integer(field(0, 'nonce'), 8, `${place}.nonce`),
    balance: integer(field(1, 'balance'), 32, `${place}.balance`),
    storageRoot: hash(field(2, 'storageRoot'), `${place}.storageRoot`),
    codeHash: bytesToBigint(hash(field(3, 'codeHash'), `${place}.codeHash`)),
  }
}

/** Reads a slot's value, a word; null, an absent slot, is zero. Throws RLP naming `place`. */
export function decodeSlotValue(bytes: Uint8Array | null, place: string): bigint {
  if (bytes === null) return 0n
  const item = decodeRlp(bytes, place)
  return item instanceof Uint8Array ? integer(item, 32, place) : refuse(place, 'a list')
}

function integer(bytes: Uint8Array, maxBytes: number, place: string): bigint {
  if (bytes.length > maxBytes) refuse(place, `more than ${maxBytes} bytes`)
  if (bytes[0] === 0) refuse(place, 'leading zeros')
  return bytesToBigint(bytes)
}

function hash(bytes: Uint8Array, place: string): Uint8Array {
  return bytes.length === 32 ? bytes : refuse(place, 'not 32 bytes')
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.rlp, `${place}: ${what}`, { place })
}
