import { describe, expect, it } from 'vitest'
import { bytesToHex, toFixedHex, toQuantity } from '../../core/hex.ts'
import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { bytesToBigint } from '../../core/word.ts'
import { MerklePatriciaState } from '../../state/merkle-patricia.ts'
import type { AccountChange, Miss } from '../../state/source.ts'
import { MemoryNodeStore } from '../../state/trie/store.ts'
import { ProvenBytes } from './proven-bytes.ts'
import { ProvenSource } from './proven-source.ts'
import { type Call, Rpc } from './rpc.ts'

const ADDRESS = 0xc0den
const SLOTS = 2500

const account = { nonce: 1n, balance: 5n, codeHash: EMPTY_CODE_HASH }
const slots = new Map(Array.from({ length: SLOTS }, (_, key) => [BigInt(key), BigInt(key + 1)]))
const state = new MerklePatriciaState(new MemoryNodeStore())
const root = state.update([{ address: ADDRESS, account, isStorageCleared: false, slots }])

/** A node that, as Erigon does, refuses to prove more than a thousand slots at once. */
const node = {
  async request({ method, params }: Call) {
    if (method === 'eth_getCode') return '0x'
    const keys = params[1] as string[]
    if (keys.length > 1000) throw Object.assign(new Error('too many storage keys'), { code: -32602 })
    const { account: accountProof, storage } = state.prove(ADDRESS, keys.map(BigInt))
    return {
      ...{ nonce: toQuantity(1n), balance: toQuantity(5n), codeHash: toFixedHex(EMPTY_CODE_HASH, 32) },
      accountProof: accountProof.map(bytesToHex),
      storageProof: keys.map((key, i) => ({
        ...{ key, value: toQuantity(state.storage(ADDRESS, BigInt(key))), proof: storage[i].map(bytesToHex) },
      })),
    }
  },
}

const sourceOf = (rpc: Rpc) =>
  new ProvenSource(rpc, new ProvenBytes(null), { hash: 1n, number: 1n }, bytesToBigint(root))

describe('proven state', () => {
  it('asks for many slots of an account in one round, but not in one request', async () => {
    const rpc = new Rpc(node)
    const source = sourceOf(rpc)
    await source.load([...slots.keys()].map((key): Miss => ({ kind: 'storage', address: ADDRESS, key })))
    expect([...slots].every(([key, value]) => source.storage(ADDRESS, key) === value)).toBe(true)
    expect(rpc.rounds).toBe(1)
  })

  it('finds the root after a block that changed as many', async () => {
    const change: AccountChange = { address: ADDRESS, account, isStorageCleared: false, slots }
    expect(await sourceOf(new Rpc(node)).rootAfter([change], 2n)).toBe(bytesToBigint(root))
  })
})
