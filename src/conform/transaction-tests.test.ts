import { describe, expect, it } from 'vitest'
import { privateKeyToAddress, signTransaction } from '../chain/sign.ts'
import { newTransaction } from '../chain/transaction.ts'
import { encodeTransaction, transactionHash } from '../chain/transaction-codec.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { bigintToBytes } from '../core/word.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { runCases } from './case.ts'
import { findFork } from './fixture.ts'
import { transactionCases } from './transaction-tests.ts'

const run = (file: unknown) => [...runCases(transactionCases(file, 'file'), findFork, defaultCrypto)]

const key = bigintToBytes(7n, 32)
const tx = signTransaction(newTransaction({ chainId: 1n, gasLimit: 21_000n, gasPrice: 1n, to: 1n }), key)
const txbytes = bytesToHex(encodeTransaction(tx))
const right = {
  hash: bytesToHex(transactionHash(tx)),
  sender: toFixedHex(privateKeyToAddress(key), 20),
  intrinsicGas: '0x5208',
}
const file = (bytes: string, result: unknown) => ({ one: { _info: {}, txbytes: bytes, result } })

describe('transaction tests', () => {
  it('pass where hash, sender and gas are as stated, or the refusal is', () => {
    const early = { exception: 'TransactionException.INVALID_SIGNATURE_VRS', intrinsicGas: '0x00' }
    expect(run(file(txbytes, { Homestead: early, EIP158: right, Cancun: right }))).toEqual([
      { case: 'one', fork: 'Homestead', outcome: 'passed' },
      { case: 'one', fork: 'EIP158', outcome: 'passed' },
      { case: 'one', fork: 'Cancun', outcome: 'passed' },
    ])
    expect(
      run(file('0xc0', { London: { exception: 'TransactionException.RLP_TOO_FEW_ELEMENTS' } })),
    ).toMatchObject([{ outcome: 'passed' }])
  })

  it.each([
    ['another hash', { ...right, hash: '0x00' }, `hash is ${right.hash}, expected 0x00`],
    ['another sender', { ...right, sender: '0x01' }, `sender is ${right.sender}, expected 0x01`],
    ['other gas', { ...right, intrinsicGas: '0x01' }, 'intrinsicGas is 21000, expected 1'],
    [
      'an exception',
      { exception: 'TransactionException.NONCE_TOO_BIG' },
      'accepted, expected TransactionException.NONCE_TOO_BIG',
    ],
  ])('fail on %s', (_, result, reason) => {
    expect(run(file(txbytes, { London: result }))).toEqual([
      { case: 'one', fork: 'London', outcome: 'failed', reason },
    ])
  })

  it('fail when the refusal is for another reason', () => {
    const [found] = run(file(txbytes, { Frontier: { exception: 'TransactionException.ADDRESS_TOO_LONG' } }))
    expect(found).toMatchObject({ outcome: 'failed', reason: expect.stringContaining('invalid-signature') })
  })

  it('skip a fork nobody knows', () => {
    expect(run(file(txbytes, { Atlantis: right }))).toMatchObject([{ fork: 'Atlantis', outcome: 'skipped' }])
  })

  it('refuse a file of another form', () => {
    expect(() => run([])).toThrow('file: not an object')
  })

  it.each([
    ['no object', 5, 'file: one: not an object'],
    ['without results', { txbytes }, 'file: one.result: not an object'],
    ['without bytes', { result: { London: right } }, 'file: one.txbytes: not hex'],
    [
      'with bytes that are not hex',
      { txbytes: '0xzz', result: { London: right } },
      'file: one.txbytes: not hex',
    ],
    [
      'without a sender',
      { txbytes, result: { London: { hash: '0x' } } },
      'one.result.London.sender: missing',
    ],
  ])('fail a case %s, and it alone', (_, one, reason) => {
    const [first, second] = run({ one, two: { txbytes, result: { London: right } } })
    expect(first).toMatchObject({ case: 'one', outcome: 'failed', reason: expect.stringContaining(reason) })
    expect(second).toMatchObject({ case: 'two', outcome: 'passed' })
  })
})
