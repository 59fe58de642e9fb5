import { describe, expect, it } from 'vitest'
import { EMPTY_CODE_HASH } from '../core/keccak.ts'
import { bytesToBigint } from '../core/word.ts'
import { CommittedSource } from './committed-source.ts'
import { StateLayer } from './layer.ts'
import { codeHashOf, MemorySource } from './memory-source.ts'
import { merklePatricia } from './merkle-patricia.ts'
import type { AccountChange, StateSource } from './source.ts'
import { EMPTY_ROOT } from './trie/root.ts'
import { MemoryNodeStore } from './trie/store.ts'

/** Numbers below a bound that look random (a linear congruential generator); the same seed gives the same. */
function randomOf(seed: number): (bound: number) => number {
  let state = seed
  return (bound) => {
    state = (Math.imul(state, 1664525) + 1013904223) | 0
    return (state >>> 8) % bound
  }
}

const ADDRESSES = 12
const KEYS = 5

/** What a block may do: a few accounts set, emptied of storage, or gone. */
function someChanges(random: (bound: number) => number, image: MemorySource): AccountChange[] {
  const addresses = new Set(Array.from({ length: 1 + random(4) }, () => BigInt(1 + random(ADDRESSES))))
  return [...addresses].map((address) => {
    if (random(5) === 0) return { address, account: null, isStorageCleared: true, slots: new Map() }
    const code = random(3) === 0 ? Uint8Array.of(random(4)) : undefined
    const before = image.account(address)
    const codeHash = code ? codeHashOf(code) : (before?.codeHash ?? EMPTY_CODE_HASH)
    const slots = new Map(Array.from({ length: random(4) }, () => [BigInt(random(KEYS)), BigInt(random(3))]))
    return {
      address,
      account: { nonce: BigInt(1 + random(3)), balance: BigInt(random(100)), codeHash },
      ...(code ? { code } : {}),
      isStorageCleared: before === null || random(6) === 0,
      slots,
    }
  })
}

function storeOfCodes() {
  const codes = new Map<bigint, Uint8Array>()
  return {
    get: (hash: bigint) => codes.get(hash),
    put: (hash: bigint, code: Uint8Array) => void codes.set(hash, code),
  }
}

/** Every answer of a source, but for slots of accounts that are not there. */
function answers(source: StateSource): unknown[] {
  return Array.from({ length: ADDRESSES }, (_, i) => BigInt(1 + i)).flatMap((address) => {
    const record = source.account(address)
    if (!record) return [record]
    const { nonce, balance, codeHash } = record
    const slots = Array.from({ length: KEYS }, (_, key) => source.storage(address, BigInt(key)))
    const code = codeHash === EMPTY_CODE_HASH ? [] : [...source.code(address, codeHash)!]
    return [nonce, balance, codeHash, ...code, ...slots]
  })
}

describe('a state that follows a chain', () => {
  it('answers and has the root as the whole image does, on every branch', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomOf(seed)
      const root = bytesToBigint(EMPTY_ROOT)
      const source = new CommittedSource(merklePatricia, new MemoryNodeStore(), storeOfCodes(), root)
      const states = [{ root, image: new MemorySource() }]
      for (let step = 0; step < 40; step++) {
        const from = random(3) === 0 ? states[random(states.length)] : states[states.length - 1]
        source.moveTo(from.root)
        // Some of it read before, some not.
        if (random(2) === 0) expect(answers(source)).toEqual(answers(from.image))
        const changes = someChanges(random, from.image)
        const image = from.image.fork()
        image.apply(changes)
        const after = source.rootAfter(changes)
        expect(source.root).toBe(from.root)
        expect(after).toBe(bytesToBigint(image.root(merklePatricia)))
        source.advance(changes, after)
        expect(answers(source)).toEqual(answers(image))
        for (let i = 1n; i <= ADDRESSES; i++) expect(source.anyStorage(i)).toBe(image.anyStorage(i))
        states.push({ root: after, image })
      }
    }
  })
})

describe('a layer', () => {
  it('answers as its source with the changes applied, and tells them all', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const random = randomOf(seed)
      const below = new MemorySource()
      for (let i = 0; i < 4; i++) below.apply(someChanges(random, below))
      const layer = new StateLayer(below)
      const image = below.fork()
      for (let step = 0; step < 12; step++) {
        const changes = someChanges(random, image)
        layer.apply(changes)
        image.apply(changes)
        expect(answers(layer)).toEqual(answers(image))
      }
      const told = below.fork()
      told.apply(layer.changes())
      expect(told.root(merklePatricia)).toEqual(image.root(merklePatricia))
    }
  })
})
