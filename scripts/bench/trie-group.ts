import { createMerkleProof, createMPT, type MerklePatriciaTrie, verifyMerkleProof } from '@ethereumjs/mpt'
import { keccak256 } from '../../src/core/keccak.ts'
import { MemoryNodeStore, type NodeStore } from '../../src/state/trie/store.ts'
import { Trie } from '../../src/state/trie/trie.ts'
import { type AccountEntry, changedAccounts, randomAccounts, trieOf } from './accounts.ts'
import { evaluate } from './bundle.ts'
import type { Bench, Group } from './group.ts'
import { PEER } from './peers.ts'
import { sizeRow } from './report.ts'
import { runTask, type Task } from './tasks.ts'

/** Accounts in the trie: the number, its name, and what the peer takes to insert them. */
const SIZES = [
  { count: 10_000, name: '10k', peerMs: 4_000 },
  { count: 100_000, name: '100k', peerMs: 60_000 },
] as const

/** Accounts that change, or are proved. */
const SOME = 1000

/** The trie of accounts: insertion of all at once with the root, of a few into many, proofs, and memory. */
export const trieGroup: Group = {
  name: 'trie',
  share: 7,
  hasMean: true,
  async run(bench) {
    for (const { count, name, peerMs } of SIZES) {
      if (!hasWanted(bench, name)) continue
      if (bench.hasTimeFor(peerMs)) await new Contest(bench, count, name).run()
      else bench.note(`trie: ${name} left out of a quick run`)
    }
  },
}

const CASES = ['insert', 'dirty-1k', 'prove-1k', 'verify-1k', 'memory'] as const

function hasWanted(bench: Bench, size: string): boolean {
  return CASES.some((name) => bench.isWanted(`${name}/${size}`))
}

/** The cases of one size. */
class Contest {
  readonly #bench: Bench
  readonly #count: number
  readonly #size: string
  readonly #accounts: readonly AccountEntry[]
  readonly #some: readonly AccountEntry[]
  /** The peer's trie, which takes it long to fill. */
  #peerTrie: MerklePatriciaTrie | null = null

  constructor(bench: Bench, count: number, size: string) {
    this.#bench = bench
    this.#count = count
    this.#size = size
    this.#accounts = randomAccounts(count)
    const every = count / SOME
    this.#some = this.#accounts.filter((_, i) => i % every === 0)
  }

  async run(): Promise<void> {
    await this.#case(
      'insert',
      () => trieOf(new MemoryNodeStore(), this.#accounts).root,
      async () => (await this.#fillPeer()).root(),
    )
    await this.#dirty()
    await this.#proofs()
    await this.#memory()
  }

  async #dirty(): Promise<void> {
    if (!this.#bench.isWanted(this.#nameOf('dirty-1k'))) return
    const changed = changedAccounts(this.#some)
    const store = new MemoryNodeStore()
    const { root } = trieOf(store, this.#accounts)
    const peerDone = async () => {
      const trie = await this.#filledPeer()
      trie.root(root)
      for (const [address, account] of changed) await trie.put(address, account)
      return trie.root()
    }
    const ours = () => trieOf(new Overlay(store), changed, root).root
    await this.#case('dirty-1k', ours, peerDone)
    this.#peerTrie?.root(root)
  }

  async #proofs(): Promise<void> {
    if (!['prove-1k', 'verify-1k'].some((name) => this.#bench.isWanted(this.#nameOf(name)))) return
    const trie = trieOf(new MemoryNodeStore(), this.#accounts)
    const { root } = trie
    const addresses = this.#some.map(([address]) => address)
    const prove = () => addresses.map((address) => trie.prove(keccak256(address)))
    const provePeer = async () => {
      const peer = await this.#filledPeer()
      const proofs: Uint8Array[][] = []
      for (const address of addresses) proofs.push(await createMerkleProof(peer, address))
      return Buffer.concat(proofs.at(-1)!)
    }
    await this.#case('prove-1k', () => Buffer.concat(prove().at(-1)!), provePeer)
    const proofs = prove()
    const verify = () => {
      let value: Uint8Array | null = null
      for (const [i, address] of addresses.entries())
        value = Trie.verifyProof(root, keccak256(address), proofs[i])
      return value!
    }
    await this.#case('verify-1k', verify, async () => {
      let value: Uint8Array | null = null
      for (const [i, address] of addresses.entries())
        value = await verifyMerkleProof(address, proofs[i], { useKeyHashing: true, root })
      return value!
    })
  }

  /** The most memory of a process that makes the accounts and inserts them. */
  async #memory(): Promise<void> {
    const name = this.#nameOf('memory')
    if (!this.#bench.isWanted(name)) return
    this.#bench.progress(`trie: ${name}`)
    const said = await evaluate(`
      import { randomAccounts, trieOf } from './scripts/bench/accounts.ts'
      import { MemoryNodeStore } from './src/state/trie/store.ts'
      import { peakKilobytes } from './scripts/bench/peak-memory.ts'
      trieOf(new MemoryNodeStore(), randomAccounts(${this.#count}))
      console.log(peakKilobytes())`)
    this.#bench.add(sizeRow({ group: 'trie', case: name, tier: null, peer: null }, Number(said) * 1024, null))
  }

  async #case(name: string, ours: Task, peer: Task): Promise<void> {
    const full = this.#nameOf(name)
    if (this.#bench.isWanted(full))
      await runTask(this.#bench, { group: 'trie', case: full }, ours, { [PEER.mpt]: peer })
  }

  async #fillPeer(): Promise<MerklePatriciaTrie> {
    const trie = await createMPT({ useKeyHashing: true })
    for (const [address, account] of this.#accounts) await trie.put(address, account)
    this.#peerTrie = trie
    return trie
  }

  async #filledPeer(): Promise<MerklePatriciaTrie> {
    return this.#peerTrie ?? this.#fillPeer()
  }

  #nameOf(name: string): string {
    return `${name}/${this.#size}`
  }
}

/** A store over another, which stays as it is. */
class Overlay implements NodeStore {
  readonly #below: NodeStore
  readonly #own = new MemoryNodeStore()

  constructor(below: NodeStore) {
    this.#below = below
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return this.#own.get(hash) ?? this.#below.get(hash)
  }

  put(hash: Uint8Array, node: Uint8Array): void {
    this.#own.put(hash, node)
  }
}
