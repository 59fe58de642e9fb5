import { RLP } from '@ethereumjs/rlp'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { EMPTY_CODE_HASH, keccak256 } from '../core/keccak.ts'
import type { AccountState } from './commitment.ts'
import { hashedAddress, hashedSlot } from './hashed-keys.ts'
import {
  accountsRoot,
  MerklePatriciaState,
  storageRoot,
  verifyAccount,
  verifySlot,
} from './merkle-patricia.ts'
import type { AccountChange } from './source.ts'
import { decodeAccount, encodeAccount } from './trie/account.ts'
import { EMPTY_ROOT } from './trie/root.ts'
import { MemoryNodeStore } from './trie/store.ts'

/** An independent encoder: the library, from hex. */
const hex = (value: bigint) => (value === 0n ? '0x' : '0x' + value.toString(16))
const hashOf = (value: bigint, sizeBytes: number) =>
  keccak256(Buffer.from(toFixedHex(value, sizeBytes).slice(2), 'hex'))

const word = fc.oneof(
  fc.bigInt({ min: 0n, max: 300n }),
  fc.nat({ max: 256 }).map((bits) => (1n << BigInt(bits)) - 1n),
  fc.bigInt({ min: 0n, max: (1n << 256n) - 1n }),
)
const nonce = word.map((n) => BigInt.asUintN(64, n))

describe('encodeAccount', () => {
  it('agrees with the library for numbers of every length, and is read back', () => {
    fc.assert(
      fc.property(nonce, word, word, word, (n, balance, root, codeHash) => {
        const account = { nonce: n, balance, storageRoot: hashOf(root, 32), codeHash }
        const encoded = encodeAccount(account)
        const items = [hex(n), hex(balance), account.storageRoot, toFixedHex(codeHash, 32)]
        expect(bytesToHex(encoded)).toBe(bytesToHex(RLP.encode(items)))
        expect(decodeAccount(encoded, 'a')).toEqual(account)
      }),
    )
  })

  it.each<[string, unknown, string]>([
    ['a string', '0x01', 'a: not a list of nonce, balance, storage root and code hash'],
    ['three items', ['0x', '0x', EMPTY_ROOT], 'a: not a list of nonce, balance, storage root and code hash'],
    ['a list for a number', [['0x'], '0x', EMPTY_ROOT, EMPTY_ROOT], 'a.nonce: a list'],
    ['leading zeros', ['0x', '0x0001', EMPTY_ROOT, EMPTY_ROOT], 'a.balance: leading zeros'],
    [
      'a nonce of nine bytes',
      ['0x010000000000000000', '0x', EMPTY_ROOT, EMPTY_ROOT],
      'a.nonce: more than 8 bytes',
    ],
    ['a short root', ['0x', '0x', '0x01', EMPTY_ROOT], 'a.storageRoot: not 32 bytes'],
    ['a long hash', ['0x', '0x', EMPTY_ROOT, new Uint8Array(33)], 'a.codeHash: not 32 bytes'],
  ])('decodes no account with %s', (_, items, message) => {
    const encoded = RLP.encode(items as Uint8Array)
    expect(() => decodeAccount(encoded, 'a')).toThrow(expect.objectContaining({ code: 'RLP', message }))
  })
})

describe('hashed keys', () => {
  it('are right whether or not they are remembered, also for keys that share low bits', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }))), (picks) => {
        for (const [low, high] of picks) {
          const key = (BigInt(high) << 100n) | BigInt(low)
          expect(hashedAddress(key)).toEqual(hashOf(key, 20))
          expect(hashedSlot(key)).toEqual(hashOf(key, 32))
        }
      }),
    )
  })
})

describe('the commitment of a state', () => {
  const address = fc.integer({ min: 1, max: 12 }).map((n) => BigInt(n) ** 40n)
  const slots = fc
    .array(fc.tuple(fc.bigInt({ min: 0n, max: 6n }), word), { maxLength: 6 })
    .map((list) => new Map(list))
  const change = fc.record<AccountChange>({
    address,
    account: fc.option(fc.record({ nonce, balance: word, codeHash: word }), { freq: 5 }),
    isStorageCleared: fc.boolean(),
    slots,
  })
  const block = fc.uniqueArray(change, { selector: (c) => c.address, maxLength: 8 })

  /** The model: accounts with their slots in maps. */
  class Model {
    readonly accounts = new Map<bigint, AccountState & { storage: Map<bigint, bigint> }>()

    apply({ address, account, isStorageCleared, slots }: AccountChange): void {
      const before = isStorageCleared ? [] : (this.accounts.get(address)?.storage ?? [])
      const storage = new Map([...before, ...slots].filter(([, value]) => value !== 0n))
      for (const [key, value] of slots) if (value === 0n) storage.delete(key)
      if (account === null) this.accounts.delete(address)
      else this.accounts.set(address, { address, ...account, storage })
    }
  }

  it('is the same updated block by block and computed whole, and reads and proves what the model holds', () => {
    fc.assert(
      fc.property(fc.array(block, { maxLength: 4 }), (blocks) => {
        const model = new Model()
        const state = new MerklePatriciaState(new MemoryNodeStore())
        for (const changes of blocks) {
          state.update(changes)
          for (const c of changes) model.apply(c)
          expect(state.root).toEqual(accountsRoot(model.accounts.values()))
          for (const c of changes) check(state, model.accounts.get(c.address), c)
        }
      }),
      { numRuns: 200 },
    )
  })

  function check(
    state: MerklePatriciaState,
    expected: Model['accounts'] extends Map<bigint, infer A> ? A | undefined : never,
    c: AccountChange,
  ): void {
    const keys = [...c.slots.keys()]
    const proof = state.prove(c.address, keys)
    const account = verifyAccount(state.root, c.address, proof.account)
    expect(account).toEqual(state.account(c.address))
    if (expected === undefined) expect(account).toBeNull()
    else {
      const { nonce, balance, codeHash } = expected
      expect(account).toEqual({ nonce, balance, codeHash, storageRoot: storageRoot(expected.storage) })
    }
    expect(state.anyStorage(c.address)).toBe((expected?.storage.size ?? 0) > 0)
    for (const [i, key] of keys.entries()) {
      expect(state.storage(c.address, key)).toBe(expected?.storage.get(key) ?? 0n)
      expect(verifySlot(account, key, proof.storage[i])).toBe(expected?.storage.get(key) ?? 0n)
    }
  }

  it('of one account with one slot is what the Yellow Paper writes down', () => {
    const codeHash = EMPTY_CODE_HASH
    const root = accountsRoot([
      {
        address: 5n,
        nonce: 1n,
        balance: 2n,
        codeHash,
        storage: [
          [3n, 4n],
          [6n, 0n],
        ],
      },
    ])
    const leaf = (key: Uint8Array, value: Uint8Array) =>
      keccak256(RLP.encode([Uint8Array.of(0x20, ...key), value]))
    const storage = leaf(hashOf(3n, 32), RLP.encode(4n))
    expect(root).toEqual(leaf(hashOf(5n, 20), RLP.encode([1n, 2n, storage, toFixedHex(codeHash, 32)])))
  })

  it('has the empty root without accounts and without slots', () => {
    expect(accountsRoot([])).toEqual(EMPTY_ROOT)
    expect(storageRoot([[1n, 0n]])).toEqual(EMPTY_ROOT)
    expect(EMPTY_ROOT).toEqual(keccak256(Uint8Array.of(0x80)))
  })
})
