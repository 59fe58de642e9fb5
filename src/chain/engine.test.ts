import { describe, expect, it } from 'vitest'
import { cancun, forkByName, osaka } from '../../opcodes/forks.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { createEngine } from '../index.ts'
import { type Hex, memoryState } from './engine.ts'
import { privateKeyToAddress, signTransaction } from './sign.ts'
import { newTransaction } from './transaction.ts'
import { encodeTransaction } from './transaction-codec.ts'

/** SSTORE(0, SLOAD(0) + 1), then return the new value. */
const COUNTER = '0x5f54600101805f555f5260205ff3'
const KEY = new Uint8Array(32).fill(1)
const SENDER = toFixedHex(privateKeyToAddress(KEY), 20)
const CONTRACT: Hex = '0x00000000000000000000000000000000000c0de5'

function counter() {
  const state = memoryState({ [CONTRACT]: { code: COUNTER }, [SENDER]: { balance: '1000000000000000000' } })
  return createEngine({ table: osaka, state })
}

function signed(nonce: bigint, fields: object = {}): Hex {
  const tx = newTransaction({
    type: 2,
    nonce,
    gasLimit: 100_000n,
    to: BigInt(CONTRACT),
    maxFeePerGas: 10n,
    maxPriorityFeePerGas: 1n,
    ...fields,
  })
  return bytesToHex(encodeTransaction(signTransaction(tx, KEY))) as Hex
}

describe('the engine', () => {
  it('forgets what a call changed and keeps what a transaction changed', () => {
    const engine = counter()
    expect(engine.call({ to: CONTRACT }).output).toBe(toFixedHex(1n, 32))
    expect(engine.call({ to: CONTRACT }).output).toBe(toFixedHex(1n, 32))
    const first = engine.runTransaction(signed(0n), { baseFee: 5n })
    expect(first).toMatchObject({ status: 'success', halt: 'Return', output: toFixedHex(1n, 32), steps: 12 })
    expect(engine.runTransaction(signed(1n), { baseFee: 5n }).output).toBe(toFixedHex(2n, 32))
    expect(engine.call({ to: CONTRACT }).output).toBe(toFixedHex(3n, 32))
  })

  it('pays the fee of what was used', () => {
    const engine = counter()
    const { gasUsed } = engine.runTransaction(signed(0n), { baseFee: 5n, coinbase: 0xc0n })
    expect(engine.state.balance(BigInt(SENDER))).toBe(10n ** 18n - gasUsed * 6n)
    expect(engine.state.balance(0xc0n)).toBe(gasUsed)
  })

  it('refuses what cannot be included, with the reason, and changes nothing', () => {
    const engine = counter()
    const root = engine.stateRoot()
    expect(() => engine.runTransaction(signed(1n))).toThrow(/nonce too high/)
    expect(() => engine.runTransaction(signed(0n), { baseFee: 11n })).toThrow(
      /max fee per gas less than block base fee/,
    )
    expect(() => engine.runTransaction('0x02')).toThrow(/transaction/)
    expect(() => engine.runTransaction('0xzz')).toThrow('transaction: not hex')
    expect(engine.stateRoot()).toBe(root)
  })

  it.each<[string, object, string]>([
    ['a number below zero', { number: -1n }, 'block.number: not an unsigned integer of 64 bits'],
    ['a time that is no number', { timestamp: 'now' }, 'block.timestamp: not an unsigned integer ("now")'],
    [
      'a coinbase that is too wide',
      { coinbase: 1n << 160n },
      'block.coinbase: not an unsigned integer of 160 bits',
    ],
    ['a member that no block has', { basefee: 1n }, 'block.basefee: unknown member'],
  ])('refuses a block with %s', (_, block, message) => {
    const engine = counter()
    for (const run of [
      () => engine.call({ to: CONTRACT }, block),
      () => engine.runTransaction(signed(0n), block),
    ])
      expect(run).toThrow(
        expect.objectContaining({ code: 'VALUE', message: expect.stringContaining(message) }),
      )
  })

  it.each<[string, object, string]>([
    ['no table', { table: undefined }, 'createEngine: table: not a table of opcodes'],
    ['the name of a fork', { table: 'Cancun' }, 'createEngine: table: not a table of opcodes'],
    ['no state', { state: undefined }, 'createEngine: state: not a source of state'],
    ['an alloc', { state: { [CONTRACT]: {} } }, 'createEngine: state: not a source of state'],
    ['a tier that there is not', { tier: 'fast' }, 'createEngine: tier: fast is none of auto, reference'],
  ])('is not made with %s', (_, options, message) => {
    const all = { table: osaka, state: memoryState({}), ...options } as never
    expect(() => createEngine(all)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    )
  })

  it('names the forks to who names none', () => {
    expect(() => forkByName(undefined as never)).toThrow(expect.objectContaining({ code: 'UNKNOWN_FORK' }))
  })

  it('gives the root of the state and runs initcode', () => {
    const engine = createEngine({ table: cancun, state: memoryState({}) })
    // The root of the empty trie, keccak256 of the RLP of the empty string.
    expect(engine.stateRoot()).toBe('0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421')
    const created = engine.call({ data: '0x60015f5360015ff3' })
    expect(created).toMatchObject({ status: 'success', halt: 'Return' })
    expect(created.contractAddress).toMatch(/^0x[0-9a-f]{40}$/)
  })
})
