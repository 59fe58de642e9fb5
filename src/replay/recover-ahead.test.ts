import { resolve } from 'node:path'
import { describe, expect, it } from 'vitest'
import { privateKeyToAddress, signAuthorization, signTransaction } from '../chain/sign.ts'
import { recoverAuthority, recoverSender, signaturesOf } from '../chain/signature.ts'
import { newTransaction, type Transaction } from '../chain/transaction.ts'
import type { Crypto } from '../core/crypto.ts'
import { bigintToBytes } from '../core/word.ts'
import { nodeCrypto } from './node-crypto.ts'
import { recoverAhead } from './recover-ahead.ts'

/** As `npm run build` has made it, which `npm test` does first. */
const WORKER = resolve('dist/src/replay/recover-worker.js')

const keyOf = (i: number) => bigintToBytes(BigInt(i % 7) + 1n, 32)

function transactions(count: number): Transaction[] {
  return Array.from({ length: count }, (_, i) => {
    const auth = signAuthorization({ chainId: 1n, address: 5n, nonce: BigInt(i) }, keyOf(i + 1))
    const fields = { type: 4, chainId: 1n, to: 9n, nonce: BigInt(i), authorizations: [auth] } as const
    return signTransaction(newTransaction(fields), keyOf(i))
  })
}

/** The primitives, and how often they were asked for a key. */
function counted(): { crypto: Crypto; asked: () => number } {
  let count = 0
  const secp256k1Recover: Crypto['secp256k1Recover'] = (...args) => {
    count++
    return nodeCrypto.secp256k1Recover(...args)
  }
  return { crypto: { ...nodeCrypto, secp256k1Recover }, asked: () => count }
}

describe('signatures recovered ahead', () => {
  it('by workers give the same senders and authorities, and nothing is recovered again', async () => {
    const all = transactions(230)
    const broken = { ...all[0], signature: { yParity: 0, r: 5n, s: 7n } } as const
    const { crypto, asked } = counted()
    const ahead = await recoverAhead([...all, broken].flatMap(signaturesOf), crypto, WORKER)
    for (const [i, tx] of all.entries()) {
      expect(recoverSender(tx, ahead)).toBe(privateKeyToAddress(keyOf(i)))
      expect(recoverAuthority(tx.authorizations[0], ahead)).toBe(privateKeyToAddress(keyOf(i + 1)))
    }
    expect(recoverSender(broken, ahead)).toBe(recoverSender(broken, nodeCrypto))
    expect(asked()).toBe(0)
    const [other] = transactions(1).map((tx) => signTransaction({ ...tx, nonce: 1000n }, keyOf(3)))
    expect(recoverSender(other, ahead)).toBe(privateKeyToAddress(keyOf(3)))
    expect(asked()).toBe(1)
  })

  it('of few are left to the primitives themselves', async () => {
    const { crypto } = counted()
    expect(await recoverAhead(transactions(3).flatMap(signaturesOf), crypto, WORKER)).toBe(crypto)
  })
})
