import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { applyBlock } from '../chain/apply-block.ts'
import { encodeBlock } from '../chain/block.ts'
import { blockInput } from '../chain/block-environment.ts'
import { createEngine } from '../chain/engine.ts'
import { Driver } from '../core/driver.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import type { StateSource } from '../state/source.ts'
import { State } from '../state/state.ts'
import { Scene, SIGNER, signed } from './block-harness.ts'
import { asm, push } from './harness.ts'
import { LateSource } from './late-source.ts'

const COUNTER_ADDRESS = toFixedHex(0xc0den, 20) as `0x${string}`
/** Counts its calls. */
const COUNTER = asm(push(0), 'SLOAD', push(1), 'ADD', push(0), 'SSTORE')

function sceneOf(fork: string) {
  const scene = new Scene(fork, [[0xc0den, { code: COUNTER }]])
  const first = scene.childOf(scene.genesis, {
    transactions: [signed({ to: 0xc0den }), signed({ nonce: 1n, to: 0xc0den })],
  })
  const state = scene.images.get(scene.genesis.hash)!
  const engineOver = (source: StateSource) =>
    createEngine({ table: forkByName(fork), state: source, crypto: nodeCrypto })
  return { scene, first, state, engineOver }
}

describe.each(['Frontier', 'London', 'Cancun'])('a block of %s on the engine', (fork) => {
  it('comes to what its header says, one after the other', () => {
    const { scene, first, state, engineOver } = sceneOf(fork)
    const engine = engineOver(state)
    for (const block of [
      first,
      scene.childOf(scene.add(first), { transactions: [signed({ nonce: 2n, to: 0xc0den })] }),
    ]) {
      const { header, transactions } = block
      const result = engine.runBlock(bytesToHex(encodeBlock(block)) as `0x${string}`)
      expect(result).toMatchObject({
        gasUsed: header.gasUsed,
        receiptsRoot: toFixedHex(header.receiptsRoot, 32),
        logsBloom: bytesToHex(header.logsBloom),
        stateRoot: toFixedHex(header.stateRoot, 32),
        requests: null,
      })
      expect(result.transactions).toHaveLength(transactions.length)
      expect(engine.stateRoot()).toBe(toFixedHex(header.stateRoot, 32))
    }
    expect(engine.state.storage(0xc0den, 0n)).toBe(3n)
  })

  it('throws, the state as it was, where it does not', () => {
    const { first, state, engineOver } = sceneOf(fork)
    const engine = engineOver(state)
    const before = engine.stateRoot()
    const [one, two] = first.transactions
    const wrong = { ...first.header, gasUsed: first.header.gasUsed - 1n }
    expect(() => engine.runBlock({ ...first, header: wrong })).toThrow('block: gasUsed: ')
    const rooted = { ...first.header, stateRoot: first.header.stateRoot ^ 1n }
    expect(() => engine.runBlock({ ...first, header: rooted })).toThrow('block: stateRoot: 0x')
    expect(() => engine.runBlock({ ...first, transactions: [two, one] })).toThrow('block: transactionsRoot: ')
    expect(engine.stateRoot()).toBe(before)
    expect(engine.state.nonce(SIGNER)).toBe(0n)
    engine.runBlock(first)
    expect(engine.stateRoot()).toBe(toFixedHex(first.header.stateRoot, 32))
  })
})

describe('a block on a source that loads on demand', () => {
  it('comes to the same, and is refused by the call that waits for nothing', async () => {
    for (const seed of [undefined, 1, 2]) {
      const { first, state, engineOver } = sceneOf('Cancun')
      const engine = engineOver(new LateSource(state, seed))
      expect(() => engine.runBlock(first)).toThrow('state is not loaded')
      const running = engine.runBlockAsync(first)
      await Promise.resolve()
      for (const work of [
        () => engine.call({ to: COUNTER_ADDRESS }),
        () => engine.runTransaction(first.transactions[0]),
        () => engine.runBlock(first),
      ])
        expect(work).toThrow('amid runBlockAsync')
      const result = await running
      // No longer amid it: refused for a reason of its own.
      expect(() => engine.runBlock(first)).toThrow('nonce too low')
      expect(result).toMatchObject({ gasUsed: first.header.gasUsed, stateRoot: null })
      const plain = engineOver(state)
      plain.runBlock(first)
      expect([...engine.state.changes()]).toEqual([...plain.state.changes()])
      expect(engine.state.storage(0xc0den, 0n)).toBe(2n)
      expect(engine.state.balance(SIGNER)).toBe(plain.state.balance(SIGNER))
    }
  })
})

describe('a transaction on a source that loads on demand', () => {
  it('is not lost to a block that comes meanwhile', async () => {
    const { first, state, engineOver } = sceneOf('Cancun')
    const engine = engineOver(new LateSource(state))
    const block = { gasLimit: 30_000_000n, baseFee: 1n }
    await engine.runTransactionAsync(first.transactions[0], block)
    const running = engine.runTransactionAsync(first.transactions[1], block)
    await Promise.resolve()
    for (const work of [() => engine.runBlock(first), () => engine.call({ to: COUNTER_ADDRESS })])
      expect(work).toThrow('amid runTransactionAsync')
    await running
    expect([engine.state.nonce(SIGNER), engine.state.storage(0xc0den, 0n)]).toEqual([2n, 2n])
    await expect(engine.runTransactionAsync(first.transactions[0], block)).rejects.toThrow('nonce too low')
    expect(() => engine.runBlock(first)).toThrow('state is not loaded')
  })
})

describe('transactions that cannot be included', () => {
  it('are left out where that is asked for, and the others run', () => {
    const { scene, state } = sceneOf('London')
    const transactions = [
      signed({ nonce: 5n, to: 0xc0den }),
      signed({ to: 0xc0den }),
      { ...signed({ nonce: 1n, to: 0xc0den }), signature: { yParity: 0 as const, r: 0n, s: 1n } },
      signed({ nonce: 1n, to: 0xc0den, gasLimit: 30_000_001n }),
      signed({ nonce: 1n, to: 0xc0den }),
    ]
    const block = scene.childOf(scene.genesis, { transactions })
    const input = blockInput(block, 1n, scene.table.rules, () => new Uint8Array(32))
    const run = new State(state)
    const outcome = applyBlock(new Driver(scene.table, run, nodeCrypto), run, {
      ...input,
      rejected: 'leave-out',
    })
    if ('code' in outcome) throw new Error(outcome.message)
    expect(outcome.rejected.map(({ index, rejection }) => [index, rejection.code])).toEqual([
      [0, 'nonce-too-high'],
      [2, 'invalid-signature'],
      [3, 'block-gas-limit'],
    ])
    expect(outcome.receipts).toHaveLength(2)
    expect(outcome.receipts[1].cumulativeGasUsed).toBe(outcome.gasUsed)
    expect(run.storage(0xc0den, 0n)).toBe(2n)
  })
})
