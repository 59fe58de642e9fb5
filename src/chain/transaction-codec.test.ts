import fc from 'fast-check'
import type { TransactionSerializable } from 'viem'
import { parseTransaction, serializeTransaction, keccak256 as viemKeccak } from 'viem'
import { describe, expect, it } from 'vitest'
import { ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes, toFixedHex } from '../core/hex.ts'
import type { RlpInput } from '../core/rlp.ts'
import { decodeRlp, encodeRlp } from '../core/rlp.ts'
import type { Transaction, TransactionType } from './transaction.ts'
import { newTransaction } from './transaction.ts'
import {
  decodeTransaction,
  decodeTransactionItem,
  encodeTransaction,
  signingHash,
  transactionHash,
  transactionToItem,
} from './transaction-codec.ts'

type Hex = `0x${string}`
const hex = (value: bigint, sizeBytes: number) => toFixedHex(value, sizeBytes) as Hex

/** Integers of every length, so that leading zeros and length prefixes vary. */
const uint = (bits: number) =>
  fc.integer({ min: 0, max: bits }).chain((size) => fc.bigInt(0n, (1n << BigInt(size)) - 1n))
const address = fc.bigInt(0n, (1n << 160n) - 1n)
const bytes = fc.uint8Array({ maxLength: 80 })
const word = uint(256)
const small = { maxLength: 3 }

/** A signed transaction of one type, with only the fields that type has. */
function transactions(type: TransactionType): fc.Arbitrary<Transaction> {
  const fees = fc.record({ maxFeePerGas: word, maxPriorityFeePerGas: word })
  const price = word.map((wei) => ({ maxFeePerGas: wei, maxPriorityFeePerGas: wei }))
  const parity = fc.constantFrom<0 | 1>(0, 1)
  const plain = fc.record({
    nonce: uint(64),
    gasLimit: uint(64),
    to: type > 2 ? address : fc.option(address),
    value: word,
    data: bytes,
    chainId: type === 0 ? fc.option(uint(254)) : uint(256),
    signature: fc.record({ yParity: parity, r: word, s: word }),
  })
  const lists = fc.record({
    accessList:
      type > 0 ? fc.array(fc.record({ address, keys: fc.array(word, small) }), small) : fc.constant([]),
    maxFeePerBlobGas: type === 3 ? word : fc.constant(0n),
    blobHashes: type === 3 ? fc.array(word, small) : fc.constant([]),
    authorizations:
      type === 4
        ? fc.array(
            fc.record({
              chainId: word,
              address,
              nonce: uint(64),
              yParity: fc.integer({ min: 0, max: 255 }),
              r: word,
              s: word,
            }),
            small,
          )
        : fc.constant([]),
  })
  return fc
    .tuple(plain, type < 2 ? price : fees, lists)
    .map(([fields, wei, rest]) => newTransaction({ type, ...fields, ...wei, ...rest }))
}

const types: TransactionType[] = [0, 1, 2, 3, 4]
const VIEM_TYPES = ['legacy', 'eip2930', 'eip1559', 'eip4844', 'eip7702'] as const

/** The same transaction as viem writes it. Its chain ids and nonces are numbers, so those are kept small. */
function toViem(tx: Transaction): TransactionSerializable {
  const fees =
    tx.type < 2
      ? { gasPrice: tx.maxFeePerGas }
      : { maxFeePerGas: tx.maxFeePerGas, maxPriorityFeePerGas: tx.maxPriorityFeePerGas }
  const fields = {
    type: VIEM_TYPES[tx.type],
    ...(tx.chainId === null ? {} : { chainId: Number(tx.chainId) }),
    nonce: Number(tx.nonce),
    gas: tx.gasLimit,
    to: tx.to === null ? null : hex(tx.to, 20),
    value: tx.value,
    data: bytesToHex(tx.data) as Hex,
    ...fees,
    accessList: tx.accessList.map(({ address, keys }) => ({
      address: hex(address, 20),
      storageKeys: keys.map((key) => hex(key, 32)),
    })),
    ...(tx.type === 3 && {
      maxFeePerBlobGas: tx.maxFeePerBlobGas,
      blobVersionedHashes: tx.blobHashes.map((hash) => hex(hash, 32)),
    }),
    ...(tx.type === 4 && {
      authorizationList: tx.authorizations.map((auth) => ({
        ...auth,
        chainId: Number(auth.chainId),
        nonce: Number(auth.nonce),
        address: hex(auth.address, 20),
        r: hex(auth.r, 32),
        s: hex(auth.s, 32),
      })),
    }),
  }
  // viem's types tell the five apart more finely than a generated one can.
  return fields as unknown as TransactionSerializable
}

/** What viem can hold: numbers below 2^53, versioned hashes, ordered fees, r and s that are not zero. */
function forViem(tx: Transaction): Transaction {
  const number = (value: bigint) => value % (1n << 40n)
  const most = tx.maxFeePerGas >> 1n
  return {
    ...tx,
    chainId: tx.chainId === null ? null : number(tx.chainId) + 1n,
    nonce: number(tx.nonce),
    maxFeePerGas: tx.type < 2 ? most : most + (tx.maxPriorityFeePerGas >> 1n),
    maxPriorityFeePerGas: tx.type < 2 ? most : tx.maxPriorityFeePerGas >> 1n,
    blobHashes: [1n, ...tx.blobHashes]
      .map((hash) => (hash % (1n << 248n)) + (1n << 248n))
      .slice(tx.type === 3 ? 0 : 9),
    authorizations: tx.authorizations.map((auth) => ({
      ...auth,
      chainId: number(auth.chainId),
      nonce: number(auth.nonce),
      yParity: auth.yParity & 1,
      r: auth.r | 1n,
      s: auth.s | 1n,
    })),
    signature: { ...tx.signature!, r: tx.signature!.r | 1n, s: tx.signature!.s | 1n },
  }
}

describe.each(types)('type %i', (type) => {
  it('decodes what it encodes, alone and as an item of a block', () => {
    fc.assert(
      fc.property(transactions(type), (tx) => {
        expect(decodeTransaction(encodeTransaction(tx), 'tx')).toEqual(tx)
        const block = decodeRlp(encodeRlp([transactionToItem(tx) as RlpInput]), 'block') as Uint8Array[]
        expect(decodeTransactionItem(block[0], 'tx')).toEqual(tx)
      }),
    )
  })

  it('is written as viem writes it, signed and to be signed', () => {
    fc.assert(
      fc.property(transactions(type).map(forViem), (tx) => {
        const { yParity, r, s } = tx.signature!
        const signature = { yParity, v: BigInt(27 + yParity), r: hex(r, 32), s: hex(s, 32) }
        const signed = serializeTransaction(toViem(tx), signature)
        expect(bytesToHex(encodeTransaction(tx))).toBe(signed)
        expect(bytesToHex(transactionHash(tx))).toBe(viemKeccak(signed))
        expect(bytesToHex(signingHash(tx))).toBe(viemKeccak(serializeTransaction(toViem(tx))))
        const parsed = parseTransaction(signed)
        expect([
          BigInt(parsed.nonce ?? 0),
          parsed.gas ?? 0n,
          parsed.value ?? 0n,
          BigInt(parsed.to ?? 0),
        ]).toEqual([tx.nonce, tx.gasLimit, tx.value, tx.to ?? 0n])
      }),
    )
  })

  it('refuses damaged bytes, or reads another transaction that encodes to just these', () => {
    const damage = fc.record({
      tx: transactions(type),
      at: fc.nat(),
      change: fc.integer({ min: 1, max: 255 }),
    })
    fc.assert(
      fc.property(damage, ({ tx, at, change }) => {
        const damaged = encodeTransaction(tx)
        damaged[at % damaged.length] ^= change
        expectCanonicalOrRefused(damaged)
      }),
      { numRuns: 1000 },
    )
  })

  it('refuses every truncation and any byte more', () => {
    const [tx] = fc.sample(transactions(type), { numRuns: 1, seed: type })
    const whole = encodeTransaction(tx)
    for (let size = 0; size < whole.length; size++)
      expect(() => decodeTransaction(whole.subarray(0, size), 'tx'), `${size} bytes`).toThrow(ZvmError)
    expect(() => decodeTransaction(Uint8Array.of(...whole, 0), 'tx')).toThrow(ZvmError)
  })
})

function expectCanonicalOrRefused(input: Uint8Array) {
  let tx: Transaction
  try {
    tx = decodeTransaction(input, 'tx')
  } catch (error) {
    expect(error).toBeInstanceOf(ZvmError)
    return
  }
  expect(bytesToHex(encodeTransaction(tx))).toBe(bytesToHex(input))
}

describe('the first transaction of mainnet (block 46147)', () => {
  const raw =
    '0xf86780862d79883d2000825208945df9b87991262f6ba471f09758cde1c0fc1de734827a69801ca088ff6cf0fefd94db46111149ae4bfc179e9b94721fffd821d38d16464b3f71d0a045e0aff800961cfce805daef7016b9b675c137a6a41a548f7b60a3484c06a33a'

  it('has its fields and its hash', () => {
    const tx = decodeTransaction(hexToBytes(raw, 'raw'), 'tx')
    expect(tx).toMatchObject({ type: 0, chainId: null, nonce: 0n, gasLimit: 21000n, value: 31337n })
    expect(bytesToHex(transactionHash(tx))).toBe(
      '0x5c504ed432cb51138bcf09aa5e8a410dd4a1e204ef84bfed1be16dfba1b22060',
    )
  })
})

describe('what is refused', () => {
  const none = new Uint8Array(0)
  const one = Uint8Array.of(1)
  const legacy = (...changes: [number, RlpInput][]) => {
    const fields: RlpInput[] = [none, one, one, none, none, none, Uint8Array.of(27), one, one]
    for (const [at, item] of changes) fields[at] = item
    return encodeRlp(fields)
  }
  const typed = (type: number, fields: RlpInput) => Uint8Array.of(type, ...encodeRlp(fields))
  const zeros = (size: number) => new Uint8Array(size)
  const ones = (size: number) => new Uint8Array(size).fill(1)
  const fee = [none, none, none, none, none, none, none, none, []]

  it.each<[string, Uint8Array, string]>([
    ['no bytes', none, 'tx: no bytes'],
    ['an RLP string', encodeRlp(ones(60)), 'tx: not a transaction'],
    ['type 5', typed(5, []), 'tx: transaction type not supported: 5'],
    ['type 0 as an envelope', typed(0, []), 'tx: transaction type not supported: 0'],
    ['a field too few', encodeRlp(Array<RlpInput>(8).fill(one)), 'tx: 8 fields where 9 are needed'],
    ['nine fields of eight', typed(1, fee), 'tx: 9 fields where 11 are needed'],
    ['a list for a nonce', legacy([0, []]), 'tx.nonce: a list where bytes are needed'],
    ['a nonce with a leading zero', legacy([0, zeros(1)]), 'tx.nonce: an integer with a leading zero'],
    ['a nonce of 9 bytes', legacy([0, ones(9)]), 'tx.nonce: an integer of 9 bytes, at most 8 fit'],
    ['a gas price of 33 bytes', legacy([1, ones(33)]), 'tx.gasPrice: an integer of 33 bytes, at most 32 fit'],
    ['a gas limit of 9 bytes', legacy([2, ones(9)]), 'tx.gasLimit: an integer of 9 bytes, at most 8 fit'],
    ['a recipient of 19 bytes', legacy([3, ones(19)]), 'tx.to: 19 bytes where 20 are needed'],
    ['a recipient of 21 bytes', legacy([3, zeros(21)]), 'tx.to: 21 bytes where 20 are needed'],
    ['an empty list as recipient', legacy([3, []]), 'tx.to: a list where bytes are needed'],
    ['v 0', legacy([6, none]), 'tx: v: 0 is not 27, 28, or 35 and above'],
    ['v 29', legacy([6, Uint8Array.of(29)]), 'tx: v: 29 is not 27, 28, or 35 and above'],
    ['v 34', legacy([6, Uint8Array.of(34)]), 'tx: v: 34 is not 27, 28, or 35 and above'],
    ['r of 33 bytes', legacy([7, ones(33)]), 'tx.r: an integer of 33 bytes, at most 32 fit'],
    ['parity 2', typed(2, [...fee, Uint8Array.of(2), one, one]), 'tx: yParity: 2 is not 0 or 1'],
    [
      'an access list entry of one item',
      typed(1, [none, none, none, none, none, none, none, [[ones(20)]], none, one, one]),
      'tx.accessList[0]: 1 fields where 2 are needed',
    ],
    [
      'a storage key of 31 bytes',
      typed(1, [
        none,
        none,
        none,
        none,
        none,
        none,
        none,
        [[ones(20), [ones(32), ones(31)]]],
        none,
        one,
        one,
      ]),
      'tx.accessList[0].storageKeys[1]: 31 bytes where 32 are needed',
    ],
    [
      'an authorisation with a parity of two bytes',
      typed(4, [...fee, [[none, ones(20), none, ones(2), one, one]], none, one, one]),
      'tx.authorizations[0].yParity: an integer of 2 bytes, at most 1 fit',
    ],
    [
      'a blob transaction with its sidecar',
      typed(3, [[...fee, none, []], [], [], []]),
      'tx: unexpected blob sidecar in transaction: give it without blobs, commitments and proofs',
    ],
  ])('%s', (_, input, message) => {
    expect(() => decodeTransaction(input, 'tx')).toThrow(message)
  })

  it('legacy bytes inside a string of a block', () => {
    expect(() => decodeTransactionItem(legacy(), 'block.transactions[0]')).toThrow(
      'block.transactions[0]: not a transaction',
    )
  })

  it('the encoding of an unsigned transaction', () => {
    expect(() => encodeTransaction(newTransaction({ type: 2 }))).toThrow('the transaction is not signed')
  })
})
