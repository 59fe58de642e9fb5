import { headerHash } from '../../chain/header.ts'
import { distinct } from '../../chain/settle.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex, toQuantity } from '../../core/hex.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../../core/keccak.ts'
import { arrayOf, Members } from '../../core/members.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { codeHashOf } from '../../state/memory-source.ts'
import { MerklePatriciaState, verifyAccount, verifySlot } from '../../state/merkle-patricia.ts'
import type { AccountChange, AccountRecord, Miss } from '../../state/source.ts'
import type { TrieAccount } from '../../state/trie/account.ts'
import { MemoryNodeStore } from '../../state/trie/store.ts'
import { quantity, readBytes, readHash, readWord } from '../bundle-values.ts'
import { readNodeHeader } from './answers.ts'
import { nodeError } from './fault.ts'
import { lie } from './lie.ts'
import type { Answer, Call, Rpc } from './rpc.ts'
import type { LoadingSource } from './source.ts'
import type { StateAt } from './state-cache.ts'

const NO_CODE = new Uint8Array(0)

/**
 * The state after one block, under a root that is trusted. What a node says is taken only with a proof: of accounts and
 * slots by `eth_getProof` (EIP-1186), of code by its hash, of an earlier block's hash by the headers in between. A lie
 * throws MISMATCH naming it.
 */
export class ProvenSource implements LoadingSource {
  readonly at: StateAt
  readonly #rpc: Rpc
  readonly #root: Uint8Array
  /** Every node of every proof, by its hash: together they are the part of the state that is known. */
  readonly #nodes = new MemoryNodeStore()
  readonly #accounts = new Map<bigint, TrieAccount | null>()
  readonly #codes = new Map<bigint, Uint8Array>([[EMPTY_CODE_HASH, NO_CODE]])
  readonly #slots = new Map<bigint, Map<bigint, bigint>>()
  readonly #hashes = new Map<bigint, bigint>()

  constructor(rpc: Rpc, at: StateAt, stateRoot: bigint) {
    this.#rpc = rpc
    this.at = at
    this.#root = bigintToBytes(stateRoot, 32)
    this.#hashes.set(at.number, at.hash)
  }

  account(address: bigint): AccountRecord | null | undefined {
    return this.#accounts.get(address)
  }

  code(_address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#codes.get(codeHash)
  }

  storage(address: bigint, key: bigint): bigint | undefined {
    return this.#slots.get(address)?.get(key)
  }

  anyStorage(address: bigint): boolean | undefined {
    if (!this.#accounts.has(address)) return undefined
    return new MerklePatriciaState(this.#nodes, this.#root).anyStorage(address)
  }

  blockHash(number: bigint): bigint | undefined {
    return this.#hashes.get(number)
  }

  async load(misses: readonly Miss[]): Promise<void> {
    await this.prefetch(misses)
  }

  async prefetch(misses: readonly Miss[], beside: readonly Call[] = []): Promise<Answer[]> {
    const keys = new Map<bigint, Set<bigint>>()
    for (const miss of distinct(misses)) {
      if (miss.kind === 'blockHash') await this.#loadHashes(miss.number)
      else if (miss.kind === 'storage') {
        if (this.storage(miss.address, miss.key) === undefined) keysOf(keys, miss.address).add(miss.key)
      } else if (this.account(miss.address) === undefined) keysOf(keys, miss.address)
    }
    const asked = [...keys].map(([address, slots]) => ({ address, slots: [...slots] }))
    const calls = asked.flatMap(({ address, slots }) => [
      this.#proofCall(address, slots, this.at.hash),
      {
        method: 'eth_getCode',
        params: [toFixedHex(address, 20), { blockHash: toFixedHex(this.at.hash, 32) }],
      },
    ])
    const answers = await this.#rpc.round([...calls, ...beside])
    for (const [i, { address, slots }] of asked.entries()) {
      const [proof, code] = answers
        .slice(2 * i, 2 * i + 2)
        .map((answer, j) => resultOf(calls[2 * i + j], answer))
      this.#take(address, slots, proof)
      this.#takeCode(address, code)
    }
    return answers.slice(calls.length)
  }

  /**
   * The state root after these changes, which a block made; null where the proofs do not show enough of the trie. The
   * proofs of the state after the block show what takes the place of what was deleted.
   */
  async rootAfter(changes: readonly AccountChange[], blockHash: bigint): Promise<bigint | null> {
    const early = this.#tryRoot(changes)
    if (early !== null) return early
    const calls = changes.map(({ address, slots }) => this.#proofCall(address, [...slots.keys()], blockHash))
    const answers = await this.#rpc.results(calls)
    for (const [i, answer] of answers.entries()) {
      const { account, storage } = readProof(answer, placeOf(calls[i]))
      for (const node of [account.proof, ...storage.map(({ proof }) => proof)].flat())
        this.#nodes.put(keccak256(node), node)
    }
    return this.#tryRoot(changes)
  }

  #tryRoot(changes: readonly AccountChange[]): bigint | null {
    try {
      return bytesToBigint(new MerklePatriciaState(this.#nodes, this.#root).update(changes))
    } catch (error) {
      if (error instanceof ZvmError && error.code === ERROR_CODES.badProof) return null
      throw error
    }
  }

  #proofCall(address: bigint, slots: readonly bigint[], blockHash: bigint): Call {
    const keys = slots.map((key) => toFixedHex(key, 32))
    const params = [toFixedHex(address, 20), keys, { blockHash: toFixedHex(blockHash, 32) }]
    return { method: 'eth_getProof', params }
  }

  /** What is stated beside a proof is not used, but a node that states something else than it proves is told of. */
  #take(address: bigint, slots: readonly bigint[], answer: unknown): void {
    const place = `${toFixedHex(address, 20)} after block ${this.at.number}`
    const { account: stated, storage } = readProof(answer, place)
    const account = proving(place, () => verifyAccount(this.#root, address, stated.proof))
    const { nonce, balance, codeHash } = account ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }
    same(`nonce of ${place}`, stated.nonce, nonce)
    same(`balance of ${place}`, stated.balance, balance)
    if (account) same(`code hash of ${place}`, stated.codeHash, codeHash)
    this.#accounts.set(address, account)
    for (const node of stated.proof) this.#nodes.put(keccak256(node), node)
    const known = this.#slots.get(address) ?? new Map<bigint, bigint>()
    this.#slots.set(address, known)
    for (const key of slots) {
      const at = `slot ${toQuantity(key)} of ${place}`
      const slot = storage.find((entry) => entry.key === key)
      if (!slot) throw lie(`the proof of ${at} is missing`)
      const value = proving(at, () => verifySlot(account, key, slot.proof))
      same(at, slot.value, value)
      known.set(key, value)
      for (const node of slot.proof) this.#nodes.put(keccak256(node), node)
    }
  }

  #takeCode(address: bigint, answer: unknown): void {
    const place = `code of ${toFixedHex(address, 20)}`
    const code = readBytes(answer, `node: ${place}`)
    const expected = this.#accounts.get(address)?.codeHash ?? EMPTY_CODE_HASH
    same(`hash of the ${place}`, codeHashOf(code), expected)
    this.#codes.set(expected, code)
  }

  /** The hashes of the blocks from the newest back to this one: each header names its parent. */
  async #loadHashes(number: bigint): Promise<void> {
    if (this.#hashes.has(number)) return
    const numbers: bigint[] = []
    for (let above = this.at.number; above > number; above--) numbers.push(above)
    const calls = numbers.map((above) => ({
      method: 'eth_getBlockByNumber',
      params: [toQuantity(above), false],
    }))
    const answers = await this.#rpc.results(calls)
    for (const [i, above] of numbers.entries()) {
      const header = readNodeHeader(answers[i], placeOf(calls[i]))
      same(`hash of block ${above}`, headerHash(header), this.#hashes.get(above)!)
      this.#hashes.set(above - 1n, header.parentHash)
    }
  }
}

function keysOf(keys: Map<bigint, Set<bigint>>, address: bigint): Set<bigint> {
  const known = keys.get(address) ?? new Set<bigint>()
  keys.set(address, known)
  return known
}

interface StatedProof {
  readonly account: TrieValues & { readonly proof: readonly Uint8Array[] }
  readonly storage: readonly {
    readonly key: bigint
    readonly value: bigint
    readonly proof: readonly Uint8Array[]
  }[]
}

type TrieValues = Pick<AccountRecord, 'nonce' | 'balance' | 'codeHash'>

function readProof(answer: unknown, place: string): StatedProof {
  const members = new Members(answer, place)
  return {
    account: {
      nonce: members.required('nonce', quantity(64)),
      balance: members.required('balance', readWord),
      codeHash: members.required('codeHash', readHash),
      proof: members.required('accountProof', arrayOf(readBytes)),
    },
    storage: members.required(
      'storageProof',
      arrayOf((value, at) => {
        const slot = new Members(value, at)
        return {
          key: slot.required('key', readWord),
          value: slot.required('value', readWord),
          proof: slot.required('proof', arrayOf(readBytes)),
        }
      }),
    ),
  }
}

function proving<T>(what: string, verify: () => T): T {
  try {
    return verify()
  } catch (error) {
    if (error instanceof ZvmError) throw lie(`${what}: ${error.message}`)
    throw error
  }
}

function same(what: string, stated: bigint, proven: bigint): void {
  if (stated !== proven) throw lie(`${what} is ${toQuantity(proven)}, not ${toQuantity(stated)}`)
}

function resultOf({ method }: Call, { fault, result }: Answer): unknown {
  if (fault) throw nodeError(method, fault)
  return result
}

function placeOf({ method, params }: Call): string {
  return `node: ${method}(${params[0]})`
}
