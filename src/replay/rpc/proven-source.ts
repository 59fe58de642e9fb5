import { distinct } from '../../chain/settle.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex, toQuantity } from '../../core/hex.ts'
import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { arrayOf, Members } from '../../core/members.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { codeHashOf } from '../../state/memory-source.ts'
import { MerklePatriciaState, verifyAccount, verifySlot } from '../../state/merkle-patricia.ts'
import type { AccountChange, AccountRecord, Miss } from '../../state/source.ts'
import type { TrieAccount } from '../../state/trie/account.ts'
import { isEmptyRoot } from '../../state/trie/root.ts'
import { quantity, readBytes, readHash, readWord } from '../bundle-values.ts'
import { ancestors } from './ancestors.ts'
import { fromNode, nodeError } from './fault.ts'
import { lie } from './lie.ts'
import { LoadingSource, remember } from './loading-source.ts'
import type { ProvenBytes } from './proven-bytes.ts'
import type { Answer, Call, Rpc } from './rpc.ts'
import type { StateAt } from './state-cache.ts'

/** Nodes prove no more than a thousand slots of an account by one request. */
const SLOTS_AT_ONCE = 1000

/**
 * The state after one block, under a root that is trusted. What a node says is taken only with a proof: of accounts and
 * slots by `eth_getProof` (EIP-1186), of code by its hash, of an earlier block's hash by the headers in between. A lie
 * throws MISMATCH naming it.
 */
export class ProvenSource extends LoadingSource {
  readonly #rpc: Rpc
  readonly #root: Uint8Array
  /** Among them every node of every proof: together they are the part of the state that is known. */
  readonly #bytes: ProvenBytes
  readonly #state: MerklePatriciaState
  readonly #accounts = new Map<bigint, TrieAccount | null>()

  constructor(rpc: Rpc, bytes: ProvenBytes, at: StateAt, stateRoot: bigint) {
    super(at)
    this.#rpc = rpc
    this.#bytes = bytes
    this.#root = bigintToBytes(stateRoot, 32)
    this.#state = new MerklePatriciaState(bytes, this.#root)
  }

  account(address: bigint): TrieAccount | null | undefined {
    const known = this.#accounts.get(address)
    if (known !== undefined) return known
    return remember(
      this.#accounts,
      address,
      whereProven(() => this.#state.account(address)),
    )
  }

  code(_address: bigint, codeHash: bigint): Uint8Array | undefined {
    return this.#bytes.code(codeHash)
  }

  protected findSlot(address: bigint, key: bigint): bigint | undefined {
    return whereProven(() => this.#state.storage(address, key))
  }

  anyStorage(address: bigint): boolean | undefined {
    const account = this.account(address)
    return account === undefined ? undefined : account !== null && !isEmptyRoot(account.storageRoot)
  }

  /** Hashes are loaded by the headers in between, all at once. */
  protected findHash(): undefined {
    return undefined
  }

  async prefetch(misses: readonly Miss[], beside: readonly Call[] = []): Promise<Answer[]> {
    const { proofs, codes } = this.#wanted(misses)
    const oldest = misses.flatMap((miss) => (miss.kind === 'blockHash' ? [miss.number] : []))
    for (const number of oldest) await this.#loadHashes(number)
    const proofCalls = proofs.map(({ address, slots }) => proofCall(address, slots, this.at.hash))
    const codeCalls = codes.map((address) => ({
      method: 'eth_getCode',
      params: [toFixedHex(address, 20), { blockHash: toFixedHex(this.at.hash, 32) }],
    }))
    const calls = [...proofCalls, ...codeCalls]
    const answers = await this.#rpc.round([...calls, ...beside])
    const results = calls.map((call, i) => resultOf(call, answers[i]))
    for (const [i, { address, slots }] of proofs.entries()) this.#take(address, slots, results[i])
    for (const [i, address] of codes.entries()) this.#takeCode(address, results[proofs.length + i])
    this.#bytes.flush()
    return answers.slice(calls.length)
  }

  /** What each request is to prove, an account with slots of it, and the accounts whose code is asked for. */
  #wanted(misses: readonly Miss[]): { proofs: Wanted[]; codes: bigint[] } {
    const keys = new Map<bigint, Set<bigint>>()
    const codes = new Set<bigint>()
    for (const miss of distinct(misses)) {
      if (miss.kind === 'blockHash') continue
      const { address } = miss
      const isKnown = this.account(address) !== undefined
      if (!isKnown) keysOf(keys, address)
      // The code of an account that is not known yet is most often needed next.
      if (!isKnown || (miss.kind === 'code' && this.code(address, miss.codeHash) === undefined))
        codes.add(address)
      if (miss.kind === 'storage' && this.storage(address, miss.key) === undefined)
        keysOf(keys, address).add(miss.key)
    }
    return {
      proofs: [...keys].flatMap(([address, slots]) => wantedOf(address, [...slots])),
      codes: [...codes],
    }
  }

  /**
   * The state root after these changes, which a block made; null where the proofs do not show enough of the trie. The
   * proofs of the state after the block show what takes the place of what was deleted.
   */
  async rootAfter(changes: readonly AccountChange[], blockHash: bigint): Promise<bigint | null> {
    const early = this.#tryRoot(changes)
    if (early !== null) return early
    if (this.#rpc.isOffline) return null
    const wanted = changes.flatMap(({ address, slots }) => wantedOf(address, [...slots.keys()]))
    const calls = wanted.map(({ address, slots }) => proofCall(address, slots, blockHash))
    const answers = await this.#rpc.results(calls)
    for (const [i, answer] of answers.entries()) {
      const { account, storage } = fromNode(() => readProof(answer, placeOf(calls[i])))
      for (const node of [account.proof, ...storage.map(({ proof }) => proof)].flat())
        this.#bytes.keepNode(node)
    }
    this.#bytes.flush()
    return this.#tryRoot(changes)
  }

  #tryRoot(changes: readonly AccountChange[]): bigint | null {
    const state = new MerklePatriciaState(this.#bytes, this.#root)
    return whereProven(() => bytesToBigint(state.update(changes))) ?? null
  }

  /** What is stated beside a proof is not used, but a node that states something else than it proves is told of. */
  #take(address: bigint, slots: readonly bigint[], answer: unknown): void {
    const place = `${toFixedHex(address, 20)} after block ${this.at.number}`
    const { account: stated, storage } = fromNode(() => readProof(answer, place))
    const account = proving(place, () => verifyAccount(this.#root, address, stated.proof))
    const { nonce, balance, codeHash } = account ?? { nonce: 0n, balance: 0n, codeHash: EMPTY_CODE_HASH }
    same(`nonce of ${place}`, stated.nonce, nonce)
    same(`balance of ${place}`, stated.balance, balance)
    if (account) same(`code hash of ${place}`, stated.codeHash, codeHash)
    this.#accounts.set(address, account)
    for (const node of stated.proof) this.#bytes.keepNode(node)
    for (const key of slots) {
      const at = `slot ${toQuantity(key)} of ${place}`
      const slot = storage.find((entry) => entry.key === key)
      if (!slot) throw lie(`the proof of ${at} is missing`)
      const value = proving(at, () => verifySlot(account, key, slot.proof))
      same(at, slot.value, value)
      this.setSlot(address, key, value)
      for (const node of slot.proof) this.#bytes.keepNode(node)
    }
  }

  #takeCode(address: bigint, answer: unknown): void {
    const place = `code of ${toFixedHex(address, 20)}`
    const code = fromNode(() => readBytes(answer, `node: ${place}`))
    const expected = this.account(address)?.codeHash ?? EMPTY_CODE_HASH
    same(`hash of the ${place}`, codeHashOf(code), expected)
    this.#bytes.keepCode(expected, code)
  }

  async #loadHashes(number: bigint): Promise<void> {
    if (this.blockHash(number) !== undefined) return
    for await (const block of ancestors(this.#rpc, this.#bytes, this.at, number))
      this.setHash(block.number, block.hash)
  }
}

/** What is read, undefined where the nodes that are known do not show it. */
function whereProven<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.badProof) return undefined
    throw error
  }
}

interface Wanted {
  readonly address: bigint
  readonly slots: readonly bigint[]
}

/** In as many requests as it takes; one without slots where there are none. */
function wantedOf(address: bigint, slots: readonly bigint[]): Wanted[] {
  const wanted = [{ address, slots: slots.slice(0, SLOTS_AT_ONCE) }]
  for (let at = SLOTS_AT_ONCE; at < slots.length; at += SLOTS_AT_ONCE)
    wanted.push({ address, slots: slots.slice(at, at + SLOTS_AT_ONCE) })
  return wanted
}

function proofCall(address: bigint, slots: readonly bigint[], blockHash: bigint): Call {
  const keys = slots.map((key) => toFixedHex(key, 32))
  const params = [toFixedHex(address, 20), keys, { blockHash: toFixedHex(blockHash, 32) }]
  return { method: 'eth_getProof', params }
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
