import { RLP } from '@ethereumjs/rlp'
import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { decodeNode } from './node.ts'
import { MemoryNodeStore } from './store.ts'
import { Trie } from './trie.ts'

type Item = string | Item[]

const HASH = '0x' + 'ab'.repeat(32)
const encode = (item: Item) => RLP.encode(item)
const branch = (filled: Record<number, Item>): Item[] =>
  Array.from({ length: 17 }, (_, i) => filled[i] ?? '0x')
const leaf: Item = ['0x20', '0x01']

describe('decodeNode', () => {
  it.each<[string, Item, object]>([
    ['leaf, even path', ['0x2012', '0x0102'], { kind: 'leaf', path: Uint8Array.of(1, 2) }],
    ['leaf, odd path', ['0x3512', '0x01'], { kind: 'leaf', path: Uint8Array.of(5, 1, 2) }],
    ['extension with a hash', ['0x1a', HASH], { kind: 'extension', path: Uint8Array.of(10) }],
    ['extension with an embedded node', ['0x00bc', branch({ 1: leaf, 2: leaf })], { kind: 'extension' }],
    ['branch', branch({ 0: HASH, 15: leaf, 16: '0x1234' }), { kind: 'branch' }],
  ])('reads a %s', (_, item, node) => {
    expect(decodeNode(encode(item), 'n')).toMatchObject(node)
  })

  it.each<[string, Item, string]>([
    ['a string', HASH, 'n: not one list'],
    ['no items', [], 'n: a list of 0 items, not 2 or 17'],
    ['three items', ['0x20', '0x01', '0x'], 'n: a list of 3 items, not 2 or 17'],
    ['18 items', [...branch({ 0: HASH, 1: HASH }), '0x'], 'n: a list of 18 items, not 2 or 17'],
    ['a branch of one', branch({ 3: HASH }), 'n: a branch with fewer than two entries'],
    [
      'a short hash',
      branch({ 3: HASH, 4: HASH.slice(0, -2) }),
      'n: a child is neither a hash nor an embedded node',
    ],
    [
      'a long child',
      branch({ 3: HASH, 4: ['0x20', HASH] }),
      'n: a child is neither a hash nor an embedded node',
    ],
    ['a list as value', branch({ 3: HASH, 16: leaf }), 'n: the value of a branch is a list'],
    ['no path', ['0x', '0x01'], 'n: not a hex-prefix path'],
    ['a list as path', [['0x20'], '0x01'], 'n: not a hex-prefix path'],
    ['unknown flags', ['0x40', '0x01'], 'n: not a hex-prefix path'],
    ['padding that is not zero', ['0x21', '0x01'], 'n: not a hex-prefix path'],
    ['an extension of nothing', ['0x00', HASH], 'n: an extension without a path'],
    ['an extension to a value', ['0x11', '0x01'], 'n: a child is neither a hash nor an embedded node'],
    ['a leaf without value', ['0x20', '0x'], 'n: a leaf without a value'],
    ['a list as leaf value', ['0x20', ['0x01']], 'n: a leaf without a value'],
  ])('refuses %s', (_, item, message) => {
    expect(() => decodeNode(encode(item), 'n')).toThrow(
      expect.objectContaining({ code: 'BAD_PROOF', message }),
    )
  })

  it.each([
    ['0x', 'n: not canonical RLP at byte 0: an item is missing'],
    ['0xc22001ff', 'n: not one list'],
    ['0xc3208101', 'n: not canonical RLP at byte 2: a byte below 0x80 with a prefix'],
    ['0xc32082ff', 'n: not canonical RLP at byte 2: 2 bytes announced, 1 left'],
  ])('refuses %s', (hex, message) => {
    expect(() => decodeNode(hexToBytes(hex, ''), 'n')).toThrow(
      expect.objectContaining({ code: 'BAD_PROOF', message }),
    )
  })
})

describe('a trie of nodes that hash well but are none', () => {
  // Who chooses the root chooses the nodes; then errors must still be errors of the proof.
  const trieWith = (...items: Item[]) => {
    const nodes = items.map(encode)
    return Trie.fromProofs(keccak256(nodes[0]), nodes)
  }
  const key = Uint8Array.of(0x12)

  it('refuses a leaf whose key would end within a byte', () => {
    const trie = trieWith(['0x31', '0x01'])
    expect(trie.get(key)).toBeNull()
    const refused = expect.objectContaining({
      code: 'BAD_PROOF',
      message: 'trie: a key below path 0x ends within a byte',
    })
    expect(() => trie.update([[key, key]])).toThrow(refused)
    expect(() => Array.from(trie.entries())).toThrow(refused)
  })

  it('refuses a branch value where a key would end within a byte', () => {
    const trie = trieWith(['0x11', branch({ 1: ['0x20', '0x01'], 16: '0x02' })])
    expect(() => Array.from(trie.entries())).toThrow(
      expect.objectContaining({
        code: 'BAD_PROOF',
        message: 'trie: a key below path 0x1 ends within a byte',
      }),
    )
  })

  it('refuses extensions that lead deeper than any key', () => {
    const nodes: Uint8Array[] = [encode(['0x20', '0x01'])]
    for (let i = 0; i < 10; i++) nodes.unshift(RLP.encode([new Uint8Array(40), keccak256(nodes[0])]))
    const trie = Trie.fromProofs(keccak256(nodes[0]), nodes)
    expect(() => Array.from(trie.entries())).toThrow(expect.objectContaining({ code: 'BAD_PROOF' }))
    expect(trie.get(new Uint8Array(256))).toBeNull()
  })

  it('refuses an embedded node that is none', () => {
    const trie = trieWith(branch({ 1: ['0x45', '0x01'], 2: leaf }))
    expect(() => trie.get(key)).toThrow(
      expect.objectContaining({ code: 'BAD_PROOF', message: 'embedded node: not a hex-prefix path' }),
    )
  })
})

describe('MemoryNodeStore', () => {
  it('gives back every node, whatever its size, and copies what it is given', () => {
    const store = new MemoryNodeStore()
    const sizes = [0, 1, 31, 32, 100, 532, 4096, 1 << 20, (1 << 20) + 1, 3_000_000, 5, 70_000]
    for (let i = 0; i < 3000; i++) sizes.push(i % 600)
    const hashes = sizes.map((size, i) => {
      const node = new Uint8Array(size).fill(i)
      const hash = keccak256(Uint8Array.of(i, i >> 8))
      store.put(hash, node)
      store.put(hash, new Uint8Array(1))
      node.fill(0xee)
      return hash
    })
    expect(store.size).toBe(sizes.length)
    for (const [i, size] of sizes.entries()) {
      expect(Buffer.compare(store.get(hashes[i])!, new Uint8Array(size).fill(i))).toBe(0)
    }
    expect(store.get(keccak256(new Uint8Array(3)))).toBeUndefined()
  })

  it('tells hashes apart that begin alike', () => {
    const store = new MemoryNodeStore()
    const hashes = Array.from({ length: 200 }, (_, i) => new Uint8Array(32).fill(9).with(31, i))
    for (const [i, hash] of hashes.entries()) store.put(hash, Uint8Array.of(i))
    for (const [i, hash] of hashes.entries()) expect(store.get(hash)).toEqual(Uint8Array.of(i))
    expect(store.get(new Uint8Array(32).fill(9).with(31, 200))).toBeUndefined()
  })
})
