import type { Address, Hex } from 'viem'
import { hexToBytes } from '../../src/core/hex.ts'
import type { BundleAccount, BundlePostAccount } from '../../src/replay/bundle.ts'
import type { Client } from './chain.ts'
import type { TransactionTrace } from './trace.ts'

interface Account {
  readonly balance: bigint
  readonly nonce: bigint
  readonly code: Hex
  readonly storage: ReadonlyMap<bigint, bigint>
}

/**
 * The accounts and slots that the transactions of a block touch, at every point between them. What one of them left is
 * what the next to touch it found, or what the node has after the block; the changes that its tracer tells are compared
 * with that but not relied on, since they leave out what became zero. Everything is checked against a second answer of
 * the node: a trace that leaves something out fails here and does not become a bundle.
 */
export class BlockState {
  private readonly client: Client
  private readonly number: bigint
  private readonly traces: readonly TransactionTrace[]
  /** By transaction: what it found of what it touched. */
  private readonly found: readonly ReadonlyMap<bigint, Account>[]

  constructor(client: Client, number: bigint, traces: readonly TransactionTrace[]) {
    this.client = client
    this.number = number
    this.traces = traces
    this.found = traces.map(({ before }) => {
      const accounts = Object.entries(before).map(
        ([key, { balance, nonce, code, storage }]): [bigint, Account] => [
          BigInt(key),
          {
            balance: BigInt(balance ?? 0),
            nonce: BigInt(nonce ?? 0),
            code: code ?? '0x',
            storage: new Map(
              Object.entries(storage ?? {}).map(([slot, value]) => [BigInt(slot), BigInt(value)]),
            ),
          },
        ],
      )
      return new Map(accounts)
    })
    for (const [i, trace] of traces.entries()) this.checkTouched(i, trace)
  }

  /** State before the first transaction, of all that any of them touches. */
  async before(): Promise<Map<bigint, BundleAccount>> {
    const pre = new Map<bigint, BundleAccount & { readonly storage: Map<bigint, bigint> }>()
    for (const accounts of this.found) {
      for (const [address, { balance, nonce, code, storage }] of accounts) {
        const account = pre.get(address) ?? {
          balance,
          nonce,
          code: hexToBytes(code, 'node'),
          storage: new Map(),
        }
        pre.set(address, account)
        for (const [slot, value] of storage) if (!account.storage.has(slot)) account.storage.set(slot, value)
      }
    }
    for (const [address, account] of pre) await this.checkParent(address, account)
    return pre
  }

  /** What the transaction left of what it touched; null for an account that is empty. */
  async after(index: number): Promise<Map<bigint, BundlePostAccount | null>> {
    const post = new Map<bigint, BundlePostAccount | null>()
    for (const [address, found] of this.found[index]) {
      const later = this.found.slice(index + 1)
      const { balance, nonce, code } =
        later.find((accounts) => accounts.has(address))?.get(address) ??
        (await this.ask(address, this.number))
      const storage = new Map<bigint, bigint>()
      for (const slot of found.storage.keys()) {
        const next = later.find((accounts) => accounts.get(address)?.storage.has(slot))
        storage.set(
          slot,
          next?.get(address)?.storage.get(slot) ?? (await this.askSlot(address, slot, this.number)),
        )
      }
      this.checkChange(index, address, { balance, nonce, code, storage })
      const empty = balance === 0n && nonce === 0n && code === '0x'
      const codeAfter = code === found.code ? undefined : hexToBytes(code, 'node')
      const slotsAfter = storage.size === 0 ? undefined : storage
      post.set(address, empty ? null : { balance, nonce, code: codeAfter, storage: slotsAfter })
    }
    return post
  }

  /** Fails where an instruction named an account or slot that the prestate tracer does not. */
  private checkTouched(index: number, { touched }: TransactionTrace): void {
    const found = this.found[index]
    for (const address of touched.accounts)
      if (!found.has(BigInt(address)))
        throw new Error(`transaction ${index}: ${address} is not in its prestate`)
    for (const [address, slot] of touched.slots)
      if (!found.get(BigInt(address))?.storage.has(BigInt(slot)))
        throw new Error(`transaction ${index}: ${address}[${slot}] is not in its prestate`)
  }

  private async checkParent(address: bigint, account: BundleAccount): Promise<void> {
    const parent = this.number - 1n
    const { balance, nonce, code } = await this.ask(address, parent)
    const name = `${addressHex(address)} before block ${this.number}`
    same(`balance of ${name}`, account.balance, balance)
    same(`nonce of ${name}`, account.nonce, nonce)
    same(`code length of ${name}`, account.code.length, code.length / 2 - 1)
    for (const [slot, value] of account.storage)
      same(`slot ${slot} of ${name}`, value, await this.askSlot(address, slot, parent))
  }

  /** Fails where the tracer's changes contradict the state found later. */
  private checkChange(index: number, address: bigint, after: Account): void {
    const change = this.traces[index].change.post[addressHex(address)]
    const name = `${addressHex(address)} after transaction ${index}`
    if (change?.balance !== undefined) same(`balance of ${name}`, BigInt(change.balance), after.balance)
    if (change?.nonce !== undefined) same(`nonce of ${name}`, BigInt(change.nonce), after.nonce)
    if (change?.code !== undefined) same(`code of ${name}`, change.code, after.code)
    for (const [slot, value] of Object.entries(change?.storage ?? {}))
      same(`slot ${slot} of ${name}`, BigInt(value), after.storage.get(BigInt(slot)))
  }

  private async ask(address: bigint, blockNumber: bigint): Promise<Omit<Account, 'storage'>> {
    const at = { address: addressHex(address), blockNumber }
    const [balance, nonce, code] = await Promise.all([
      this.client.getBalance(at),
      this.client.getTransactionCount(at),
      this.client.getCode(at),
    ])
    return { balance, nonce: BigInt(nonce), code: code ?? '0x' }
  }

  private async askSlot(address: bigint, slot: bigint, blockNumber: bigint): Promise<bigint> {
    const at = { address: addressHex(address), slot: `0x${slot.toString(16)}` as const, blockNumber }
    return BigInt((await this.client.getStorageAt(at)) ?? 0)
  }
}

function same(what: string, one: unknown, other: unknown): void {
  if (one !== other) throw new Error(`${what}: one answer of the node is ${one}, another ${other}`)
}

function addressHex(address: bigint): Address {
  return `0x${address.toString(16).padStart(40, '0')}`
}
