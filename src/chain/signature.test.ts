import { secp256k1 } from 'ethereum-cryptography/secp256k1.js'
import fc from 'fast-check'
import { privateKeyToAccount } from 'viem/accounts'
import { hashAuthorization } from 'viem/utils'
import { describe, expect, it } from 'vitest'
import { FRONTIER_RULES } from '../../opcodes/empty-table.ts'
import type { Crypto } from '../core/crypto.ts'
import { bytesToHex, hexToBytes, toFixedHex } from '../core/hex.ts'
import { changeRules } from '../core/rules.ts'
import { bigintToBytes } from '../core/word.ts'
import { privateKeyToAddress, signAuthorization, signTransaction } from './sign.ts'
import { authorizationHash, checkSignature, recoverAuthority, recoverSender } from './signature.ts'
import type { Transaction, TransactionType } from './transaction.ts'
import { newTransaction } from './transaction.ts'
import { decodeTransaction, encodeTransaction } from './transaction-codec.ts'

const N = secp256k1.CURVE.n

/** The one primitive these functions use, straight from the library. */
const crypto: Pick<Crypto, 'secp256k1Recover'> = {
  secp256k1Recover(digest, yParity, r, s) {
    try {
      const signature = new secp256k1.Signature(r, s).addRecoveryBit(yParity)
      return signature.recoverPublicKey(digest).toRawBytes(false).subarray(1)
    } catch {
      return null
    }
  },
}

const privateKeys = fc.bigInt(1n, N - 1n).map((key) => bigintToBytes(key, 32))
const types: TransactionType[] = [0, 1, 2, 3, 4]
const someTransaction = (type: TransactionType, seed: bigint, chainId: bigint | null) =>
  newTransaction({
    type,
    nonce: seed % 1000n,
    gasLimit: 21000n,
    to: seed,
    value: seed * 3n,
    data: bigintToBytes(seed, 20),
    maxFeePerGas: 9n,
    maxPriorityFeePerGas: type < 2 ? 9n : 3n,
    chainId: type > 0 ? (chainId ?? 1n) : chainId,
  })

describe('sender', () => {
  it.each(types)('of a signed transaction of type %i is the signer, through the codec too', (type) => {
    const inputs = [
      privateKeys,
      fc.bigInt(0n, (1n << 160n) - 1n),
      fc.option(fc.bigInt(0n, 1n << 64n)),
    ] as const
    fc.assert(
      fc.property(...inputs, (key, seed, chainId) => {
        const signed = signTransaction(someTransaction(type, seed, chainId), key)
        const { address } = privateKeyToAccount(bytesToHex(key) as `0x${string}`)
        expect(privateKeyToAddress(key)).toBe(BigInt(address))
        expect(recoverSender(signed, crypto)).toBe(BigInt(address))
        expect(recoverSender(decodeTransaction(encodeTransaction(signed), 'tx'), crypto)).toBe(
          BigInt(address),
        )
      }),
      { numRuns: 10 },
    )
  })

  it('signs as viem does', async () => {
    const key = `0x${'46'.repeat(32)}` as const
    // The example of EIP-155.
    const example = newTransaction({
      chainId: 1n,
      nonce: 9n,
      gasPrice: 20n * 10n ** 9n,
      gasLimit: 21000n,
      to: BigInt(`0x${'35'.repeat(20)}`),
      value: 10n ** 18n,
    })
    const signed = encodeTransaction(signTransaction(example, hexToBytes(key, 'key')))
    const expected = await privateKeyToAccount(key).signTransaction({
      chainId: 1,
      nonce: 9,
      gasPrice: 20n * 10n ** 9n,
      gas: 21000n,
      to: `0x${'35'.repeat(20)}`,
      value: 10n ** 18n,
    })
    expect(bytesToHex(signed)).toBe(expected)
    expect(expected).toContain('25a028ef61340bd939bc2195fe537567866003e1a15d3c71ff63e1590620aa636276')
  })

  it('of the first transaction of mainnet', () => {
    const raw =
      'f86780862d79883d2000825208945df9b87991262f6ba471f09758cde1c0fc1de734827a69801ca088ff6cf0fefd94db46111149ae4bfc179e9b94721fffd821d38d16464b3f71d0a045e0aff800961cfce805daef7016b9b675c137a6a41a548f7b60a3484c06a33a'
    const sender = recoverSender(decodeTransaction(hexToBytes(raw, 'raw'), 'tx'), crypto)
    expect(sender).toBe(0xa1e4380a3b1f749673e270229993ee55f35663b4n)
  })

  it('is unknown without a signature, with r or s out of range, or where no point has that x', () => {
    const tx = newTransaction({})
    expect(recoverSender(tx, crypto)).toBeNull()
    // 5 is the least x on no point of the curve.
    // biome-ignore format: pairs on a line
    for (const [r, s] of [[0n, 1n], [N, 1n], [1n, 0n], [1n, N], [5n, 1n]])
      expect(recoverSender({ ...tx, signature: { yParity: 0, r, s } }, crypto), `${r} ${s}`).toBeNull()
    expect(recoverSender({ ...tx, signature: { yParity: 0, r: 1n, s: 1n } }, crypto)).not.toBeNull()
  })
})

describe('signature rules', () => {
  const high = N / 2n + 1n
  const frontier = FRONTIER_RULES
  const lowS = changeRules(frontier, { signature: { lowS: true } })
  const bound = changeRules(lowS, { signature: { chainId: true } })
  const typed = changeRules(bound, { transactionTypes: [0, 1] })
  const tx = (type: TransactionType, chainId: bigint | null, r = 1n, s = 1n): Transaction => ({
    ...newTransaction({ type, chainId }),
    signature: { yParity: 0, r, s },
  })

  it.each([
    ['an unprotected signature', tx(0, null), frontier, null],
    ['an unprotected signature where chains are bound', tx(0, null), typed, null],
    ['a bound signature before EIP-155', tx(0, 1n), lowS, 'invalid-signature'],
    ['a bound signature', tx(0, 1n), bound, null],
    ['a legacy signature for another chain', tx(0, 2n), bound, 'wrong-chain-id'],
    ['a typed transaction for another chain', tx(1, 2n), typed, 'wrong-chain-id'],
    ['a typed transaction for chain 0', tx(1, 0n), typed, 'wrong-chain-id'],
    ['a typed transaction', tx(1, 1n), typed, null],
    ['a type the fork lacks', tx(2, 1n), typed, 'type-not-supported'],
    ['half the order as s', tx(0, null, 1n, N / 2n), lowS, null],
    ['a high s before EIP-2', tx(0, null, 1n, high), frontier, null],
    ['a high s', tx(0, null, 1n, high), lowS, 'invalid-signature'],
    ['s = 0', tx(0, null, 1n, 0n), frontier, 'invalid-signature'],
    ['s = n', tx(0, null, 1n, N), frontier, 'invalid-signature'],
    ['r = 0', tx(0, null, 0n, 1n), frontier, 'invalid-signature'],
    ['r = n - 1', tx(0, null, N - 1n, 1n), frontier, null],
    ['r = n', tx(0, null, N, 1n), frontier, 'invalid-signature'],
    ['no signature', newTransaction({}), frontier, 'invalid-signature'],
  ])('%s', (_, transaction, rules, code) => {
    expect(checkSignature(transaction, rules, 1n)?.code ?? null).toBe(code)
  })
})

describe('authorisations', () => {
  const parts = [privateKeys, fc.maxSafeNat(), fc.bigInt(0n, (1n << 160n) - 1n), fc.maxSafeNat()] as const

  it('have the hash of viem, and give back their signer', () => {
    fc.assert(
      fc.property(...parts, (key, chainId, address, nonce) => {
        const unsigned = { chainId: BigInt(chainId), address, nonce: BigInt(nonce) }
        const expected = hashAuthorization({
          chainId,
          nonce,
          address: toFixedHex(address, 20) as `0x${string}`,
        })
        expect(bytesToHex(authorizationHash(unsigned))).toBe(expected)
        expect(recoverAuthority(signAuthorization(unsigned, key), crypto)).toBe(privateKeyToAddress(key))
      }),
      { numRuns: 10 },
    )
  })

  it('give no one for a parity over 1, a high s, or values out of range', () => {
    const key = bigintToBytes(7n, 32)
    const valid = signAuthorization({ chainId: 0n, address: 1n, nonce: 0n }, key)
    const mirrored = { ...valid, yParity: 1 - valid.yParity, s: N - valid.s }
    expect(recoverAuthority(valid, crypto)).toBe(privateKeyToAddress(key))
    for (const invalid of [mirrored, { ...valid, yParity: 2 }, { ...valid, r: 0n }, { ...valid, s: 0n }])
      expect(recoverAuthority(invalid, crypto)).toBeNull()
  })
})
