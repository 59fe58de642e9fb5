import { RLP } from '@ethereumjs/rlp'
import { keccak256 } from 'ethereum-cryptography/keccak.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex, hexToBytes } from '../../core/hex.ts'
import type { Change, Entry } from './batch.ts'
import { EMPTY_ROOT, orderedRoot, rootOf } from './root.ts'
import { MemoryNodeStore } from './store.ts'
import { Trie } from './trie.ts'

// The oracle: Yellow Paper appendix D as it stands, on arrays of nibbles.

type Nibbles = number[]
type Item = Uint8Array | Item[]
type Pairs = [Nibbles, Uint8Array][]

const nibblesOf = (key: Uint8Array): Nibbles => Array.from(key).flatMap((byte) => [byte >> 4, byte & 15])

/** Appendix C. */
function hexPrefix(path: Nibbles, flag: number): Uint8Array {
  const all = path.length % 2 === 0 ? [2 * flag, 0, ...path] : [2 * flag + 1, ...path]
  return Uint8Array.from({ length: all.length / 2 }, (_, i) => 16 * all[2 * i] + all[2 * i + 1])
}

/** The function c. */
function structure(pairs: Pairs, depth: number): Item {
  const first = pairs[0][0]
  if (pairs.length === 1) return [hexPrefix(first.slice(depth), 1), pairs[0][1]]
  let shared = depth
  while (pairs.every(([key]) => key.length > shared && key[shared] === first[shared])) shared++
  if (shared > depth) return [hexPrefix(first.slice(depth, shared), 0), reference(pairs, shared)]
  const children = Array.from({ length: 16 }, (_, nibble) =>
    reference(
      pairs.filter(([key]) => key[depth] === nibble),
      depth + 1,
    ),
  )
  return [...children, pairs.find(([key]) => key.length === depth)?.[1] ?? new Uint8Array(0)]
}

/** The function n. */
function reference(pairs: Pairs, depth: number): Item {
  if (pairs.length === 0) return new Uint8Array(0)
  const node = structure(pairs, depth)
  const encoded = RLP.encode(node)
  return encoded.length < 32 ? node : keccak256(encoded)
}

function oracleRoot(content: Content): string {
  const pairs: Pairs = Array.from(content, ([key, value]) => [nibblesOf(hexToBytes(key, '')), value])
  return bytesToHex(keccak256(RLP.encode(pairs.length === 0 ? new Uint8Array(0) : structure(pairs, 0))))
}

/** What a trie should hold, by key in hex. */
type Content = Map<string, Uint8Array>

function apply(content: Content, changes: readonly Change[]): Content {
  const after = new Map(content)
  for (const [key, value] of changes)
    if (value === null || value.length === 0) after.delete(bytesToHex(key))
    else after.set(bytesToHex(key), value)
  return after
}

// Keys that share long prefixes and are prefixes of each other, and keys as hashes are; values that make nodes shorter
// and longer than a hash.
const crowdedKey = fc
  .array(fc.constantFrom(0x00, 0x01, 0x10, 0x11, 0xf1), { maxLength: 4 })
  .map((b) => Uint8Array.from(b))
const deepKey = crowdedKey.map((key) => Uint8Array.of(...new Uint8Array(29).fill(7), ...key))
const hashedKey = fc.nat({ max: 40 }).map((n) => keccak256(Uint8Array.of(n)))
const anyKey = fc.oneof({ weight: 4, arbitrary: crowdedKey }, deepKey, { weight: 2, arbitrary: hashedKey })
const value = fc.oneof(
  fc.uint8Array({ minLength: 1, maxLength: 3 }),
  fc.uint8Array({ minLength: 28, maxLength: 40 }),
  fc.constantFrom(Uint8Array.of(0), Uint8Array.of(0x7f), Uint8Array.of(0x80), new Uint8Array(300).fill(1)),
)
const insertion: fc.Arbitrary<Entry> = fc.tuple(anyKey, value)
const change: fc.Arbitrary<Change> = fc.oneof(
  insertion,
  fc.tuple(anyKey, fc.constantFrom(null, new Uint8Array(0))),
)
const batch = fc.array(change, { maxLength: 30 })

function trieOf(changes: Iterable<Change>): Trie {
  const trie = new Trie(new MemoryNodeStore())
  trie.update(changes)
  return trie
}

const errorOf = (work: () => unknown): { code?: string; message?: string } => {
  try {
    work()
  } catch (error) {
    return error as Error
  }
  return {}
}

describe('Trie', () => {
  it('has the root of the Yellow Paper, and its content, after every batch', () => {
    fc.assert(
      fc.property(fc.array(batch, { maxLength: 5 }), (batches) => {
        const trie = new Trie(new MemoryNodeStore())
        let content: Content = new Map()
        for (const changes of batches) {
          trie.update(changes)
          content = apply(content, changes)
          expect(bytesToHex(trie.root)).toBe(oracleRoot(content))
          const sorted = Array.from(content).sort(([a], [b]) => (a < b ? -1 : 1))
          expect(Array.from(trie.entries(), ([k, v]) => [bytesToHex(k), v])).toEqual(sorted)
          for (const [key] of changes) expect(trie.get(key)).toEqual(content.get(bytesToHex(key)) ?? null)
        }
      }),
      { numRuns: 400 },
    )
  })

  it('does not depend on order or batches, nor on a store', () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(insertion, { selector: ([key]) => bytesToHex(key) }),
        fc.nat(),
        (entries, n) => {
          const at = entries.length === 0 ? 0 : n % entries.length
          const turned = [...entries.slice(at), ...entries.slice(0, at)].reverse()
          const singly = new Trie(new MemoryNodeStore())
          for (const entry of turned) singly.update([entry])
          expect(singly.root).toEqual(trieOf(entries).root)
          expect(rootOf(turned)).toEqual(singly.root)
        },
      ),
    )
  })

  it('returns to an earlier root when insertions are deleted again, and can still read that root', () => {
    fc.assert(
      fc.property(batch, batch, (before, more) => {
        const store = new MemoryNodeStore()
        const trie = new Trie(store)
        const earlier = trie.update(before)
        const content = apply(new Map(), before)
        trie.update(more)
        const later = new Trie(store, trie.root)
        trie.update(more.map(([key]) => [key, content.get(bytesToHex(key)) ?? null]))
        expect(trie.root).toEqual(earlier)
        for (const [key] of more) {
          expect(trie.get(key)).toEqual(content.get(bytesToHex(key)) ?? null)
          expect(later.get(key)).toEqual(apply(content, more).get(bytesToHex(key)) ?? null)
        }
      }),
    )
  })

  it('sorts a large batch, whose keys share prefixes of every length, as the oracle does', () => {
    const keys = Array.from({ length: 600 }, (_, i) => keccak256(Uint8Array.of(i, i >> 8)))
    const long = keys.map((key, i) => Uint8Array.of(...new Uint8Array(i % 40), ...key.subarray(0, 3)))
    const entries = [...keys, ...long].map((key, i) => [key, Uint8Array.of(1, i)] as const)
    const content = apply(new Map(), entries)
    expect(bytesToHex(rootOf(entries))).toBe(oracleRoot(content))
    expect(bytesToHex(rootOf([...entries, [keys[5], null]]))).toBe(
      oracleRoot(apply(content, [[keys[5], null]])),
    )
  })

  it('takes changes that are made by making other tries, and arrays that are written again', () => {
    const key = new Uint8Array(1)
    function* changes(): Generator<Entry> {
      for (let i = 0; i < 40; i++) {
        key[0] = i
        yield [key, rootOf([[Uint8Array.of(i, 1), new Uint8Array(i).fill(i + 1)]])]
      }
    }
    const entries = Array.from(changes(), ([, root], i) => [Uint8Array.of(i), root] as const)
    expect(bytesToHex(trieOf(changes()).root)).toBe(oracleRoot(apply(new Map(), entries)))
  })

  it('takes values larger than the memory it begins with, and is as before', () => {
    const entries = [17, 1].map(
      (megabytes, i) => [Uint8Array.of(i), new Uint8Array(megabytes << 20).fill(i + 1)] as const,
    )
    const trie = new Trie(new MemoryNodeStore())
    for (const entry of entries) trie.update([entry])
    expect(trie.root).toEqual(rootOf(entries))
    expect(bytesToHex(trie.root)).toBe(oracleRoot(apply(new Map(), entries)))
  })

  it('takes more changes than a call takes arguments where there is but one leaf', () => {
    const first: Entry = [Uint8Array.of(9), Uint8Array.of(9)]
    function* changes(): Generator<Entry> {
      const key = new Uint8Array(4)
      for (let i = 1; i < 150_000; i++) {
        new DataView(key.buffer).setUint32(0, Math.imul(i, 0x9e3779b1))
        yield [key, key]
      }
    }
    function* all(): Generator<Entry> {
      yield first
      yield* changes()
    }
    expect(trieOf([first]).update(changes())).toEqual(rootOf(all()))
  })

  it('keeps its root when an update meets a node that is missing', () => {
    const entries = Array.from(
      { length: 40 },
      (_, i) => [keccak256(Uint8Array.of(i)), Uint8Array.of(i, 1)] as const,
    )
    const full = trieOf(entries)
    const [shown, hidden] = [
      entries[0][0],
      entries.find(([key]) => key[0] >> 4 !== entries[0][0][0] >> 4)![0],
    ]
    const partial = Trie.fromProofs(full.root, full.prove(shown))
    for (const work of [
      () => partial.get(hidden),
      () =>
        partial.update([
          [shown, null],
          [hidden, null],
        ]),
    ]) {
      const { code, message } = errorOf(work)
      expect(code).toBe('BAD_PROOF')
      expect(message).toMatch(/^trie: node 0x[0-9a-f]{64} at or below path 0x[0-9a-f] is not known$/)
    }
    expect(partial.root).toEqual(full.root)
    expect(partial.get(shown)).toEqual(entries[0][1])
  })

  it('refuses a key that would make it too deep', () => {
    expect(trieOf([[new Uint8Array(256), Uint8Array.of(1)]]).get(new Uint8Array(256))).toEqual(
      Uint8Array.of(1),
    )
    expect(errorOf(() => rootOf([[new Uint8Array(257), Uint8Array.of(1)]])).code).toBe('VALUE')
  })

  it('reaches the depth its longest keys allow', () => {
    const entries = Array.from({ length: 257 }, (_, i) => [new Uint8Array(i), Uint8Array.of(1)] as const)
    const trie = trieOf(entries)
    expect(trie.root).toEqual(rootOf(entries))
    expect(Array.from(trie.entries())).toHaveLength(257)
    expect(trie.update(entries.map(([key]) => [key, null]))).toEqual(EMPTY_ROOT)
  })
})

describe('proofs', () => {
  it('verify for every key, present or absent, and not when a byte or an entry is changed', () => {
    fc.assert(
      fc.property(
        fc.array(insertion, { minLength: 1, maxLength: 25 }),
        fc.array(anyKey),
        (entries, others) => {
          const trie = trieOf(entries)
          const content = apply(new Map(), entries)
          for (const key of [...entries.map(([k]) => k), ...others]) {
            const proof = trie.prove(key)
            expect(Trie.verifyProof(trie.root, key, proof)).toEqual(content.get(bytesToHex(key)) ?? null)
            for (const [i, node] of proof.entries())
              for (let at = 0; at < node.length; at += 1 + (node.length >> 3)) {
                const changed = proof.map((n) => n.slice())
                changed[i][at] ^= 1 << (at & 7)
                const { code, message } = errorOf(() => Trie.verifyProof(trie.root, key, changed))
                expect(code).toBe('BAD_PROOF')
                expect(message).toContain(`proof[${i}]: hashes to`)
              }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it('name what is missing, superfluous, or out of place', () => {
    const entries = Array.from(
      { length: 40 },
      (_, i) => [keccak256(Uint8Array.of(i)), Uint8Array.of(i, 1)] as const,
    )
    const trie = trieOf(entries)
    const [key] = entries[3]
    const proof = trie.prove(key)
    expect(proof.length).toBeGreaterThan(1)
    const verify = (nodes: Uint8Array[], root = trie.root) =>
      errorOf(() => Trie.verifyProof(root, key, nodes)).message
    expect(verify(proof.slice(0, -1))).toMatch(
      /^proof: ends after \d nodes, node 0x\w{64} at path 0x\w+ is missing$/,
    )
    expect(verify([])).toContain('proof: ends after 0 nodes')
    expect(verify([...proof, proof[0]])).toContain(`proof[${proof.length}]: not on the way to key 0x`)
    expect(verify(proof.toReversed())).toContain('proof[0]: hashes to')
    expect(verify(proof, EMPTY_ROOT)).toBe('proof[0]: the root is that of the empty trie')
  })

  it('of the empty trie are empty, or its one node', () => {
    const trie = new Trie(new MemoryNodeStore())
    expect(trie.prove(Uint8Array.of(1))).toEqual([])
    expect(Trie.verifyProof(EMPTY_ROOT, Uint8Array.of(1), [])).toBeNull()
    expect(Trie.verifyProof(EMPTY_ROOT, Uint8Array.of(1), [Uint8Array.of(0x80)])).toBeNull()
    expect(Trie.fromProofs(EMPTY_ROOT, [Uint8Array.of(0x80)]).update([])).toEqual(EMPTY_ROOT)
  })
})

describe('a partial trie', () => {
  it('reads and updates what its proofs show, to the root the whole trie gets', () => {
    fc.assert(
      fc.property(
        fc.array(insertion, { minLength: 1, maxLength: 40 }),
        fc.array(change),
        (entries, changes) => {
          const full = trieOf(entries)
          const content = apply(new Map(), entries)
          const partial = Trie.fromProofs(
            full.root,
            changes.flatMap(([key]) => full.prove(key)),
          )
          for (const [key] of changes) expect(partial.get(key)).toEqual(content.get(bytesToHex(key)) ?? null)
          // Insertions, and deletions of what is absent, need nothing beyond the proofs of their keys.
          const harmless = changes.filter(([key, v]) => v?.length || !content.has(bytesToHex(key)))
          const last = new Map(harmless.map((c) => [bytesToHex(c[0]), c] as const))
          expect(partial.update(last.values())).toEqual(full.update(last.values()))
        },
      ),
    )
  })

  it('asks for the neighbour that a deletion leaves alone, and for no other', () => {
    fc.assert(
      fc.property(fc.array(insertion, { minLength: 2, maxLength: 40 }), fc.nat(), (entries, n) => {
        const full = trieOf(entries)
        const [key] = entries[n % entries.length]
        const proof = full.prove(key)
        const partial = Trie.fromProofs(full.root, proof)
        const after = trieOf([...entries, [key, null]]).root
        const { code, message } = errorOf(() => partial.update([[key, null]]))
        if (code === undefined) {
          expect(partial.root).toEqual(after)
          return
        }
        expect(code).toBe('BAD_PROOF')
        expect(partial.root).toEqual(full.root)
        const missing = message!.match(/0x\w{64}/)![0]
        const all = entries.flatMap(([other]) => full.prove(other))
        const neighbour = all.find((node) => bytesToHex(keccak256(node)) === missing)!
        expect(Trie.fromProofs(full.root, [...proof, neighbour]).update([[key, null]])).toEqual(after)
      }),
    )
  })

  it('needs nothing below an extension to delete a key that is not there', () => {
    const long = new Uint8Array(40).fill(1)
    const entries = [0x30, 0x31, 0x3f].map((low) => [Uint8Array.of(0x12, low), long] as const)
    const full = trieOf(entries)
    const absent = Uint8Array.of(0x12, 0x40)
    const proof = full.prove(absent)
    expect(proof).toHaveLength(1)
    const partial = Trie.fromProofs(full.root, proof)
    expect(partial.update([[absent, null]])).toEqual(full.root)
    expect(
      partial.update([
        [absent, null],
        [Uint8Array.of(0x50), long],
      ]),
    ).toEqual(full.update([[Uint8Array.of(0x50), long]]))
  })

  it('refuses nodes that are not of the trie', () => {
    const full = trieOf(
      Array.from({ length: 40 }, (_, i) => [keccak256(Uint8Array.of(i)), Uint8Array.of(i, 1)]),
    )
    const proof = full.prove(keccak256(Uint8Array.of(1)))
    const changed = [proof[0], proof[1].with(5, proof[1][5] ^ 1)]
    expect(errorOf(() => Trie.fromProofs(full.root, changed))).toMatchObject({
      code: 'BAD_PROOF',
      message: `proof[1]: not part of the trie with root ${bytesToHex(full.root)}`,
    })
    expect(Trie.fromProofs(full.root, [...proof, ...proof].reverse()).root).toEqual(full.root)
  })
})

describe('known roots', () => {
  const text = (s: string) => new TextEncoder().encode(s)

  it.each([
    ['0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421', {}],
    [
      '0x5991bb8c6514148a29db676a14ac506cd2cd5775ace63c30a4fe457715e9ac84',
      { do: 'verb', dog: 'puppy', doge: 'coin', horse: 'stallion' },
    ],
    ['0x17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3', { foo: 'bar', food: 'bass' }],
    [
      '0x3f67c7a47520f79faa29255d2d3c084a7a6df0453116ed7232ff10277a8be68b',
      { be: 'e', dog: 'puppy', bed: 'd' },
    ],
  ])('%s', (root, content) => {
    expect(bytesToHex(rootOf(Object.entries(content).map(([k, v]) => [text(k), text(v)])))).toBe(root)
  })

  it('of lists whose indices pass 127 and 255', () => {
    for (const length of [0, 1, 2, 127, 128, 129, 256, 257, 300]) {
      const items = Array.from({ length }, (_, i) => new Uint8Array(1 + (i % 50)).fill(i + 1))
      const content: Content = new Map(items.map((item, i) => [bytesToHex(RLP.encode(i)), item]))
      expect(bytesToHex(orderedRoot(items))).toBe(oracleRoot(content))
    }
    expect(errorOf(() => orderedRoot([text('a'), text('')])).message).toBe('ordered trie: item 1 is empty')
  })
})
