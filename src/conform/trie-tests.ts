import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { arrayOf, entriesOf, Members, type Read } from '../core/members.ts'
import type { Change } from '../state/trie/batch.ts'
import { compareKeys } from '../state/trie/nibbles.ts'
import { rootOf } from '../state/trie/root.ts'
import { MemoryNodeStore } from '../state/trie/store.ts'
import { Trie } from '../state/trie/trie.ts'
import { memberCases, type SuiteCase } from './case.ts'
import { readText } from './fixture.ts'

/**
 * The cases of a file of TrieTests, already parsed. A file whose name has "secure" hashes keys first. A case is a list
 * of changes, or entries in any order, with the root they give; or keys with the neighbours of other keys among them.
 * Throws VALUE when the file is not an object of cases.
 */
export function trieCases(file: unknown, place: string): SuiteCase[] {
  const isSecure = /secure/i.test(place)
  return memberCases(file, place, (value, at) => {
    const members = new Members(value, at)
    const neighbours = members.optional('tests', arrayOf(readNeighbours))
    const reason =
      neighbours === undefined ? rootFault(members, isSecure) : neighbourFault(members, neighbours)
    members.done()
    return reason
  })
}

function rootFault(members: Members, isSecure: boolean): string | null {
  const given = members.required('in', readChanges)
  const expected = bytesToHex(members.required('root', hexToBytes))
  members.optional('hexEncoded', (value) => value)
  const changes = given.changes.map(([key, value]) => [isSecure ? keccak256(key) : key, value] as const)
  const roots = {
    'built at once': rootOf(changes),
    'updated in one batch': new Trie(new MemoryNodeStore()).update(changes),
    'updated one by one': updateOneByOne(changes),
    ...(given.isOrdered ? {} : { 'updated in reverse': updateOneByOne(changes.toReversed()) }),
  }
  for (const [way, root] of Object.entries(roots))
    if (bytesToHex(root) !== expected) return `${way}: root ${bytesToHex(root)}, expected ${expected}`
  return null
}

function updateOneByOne(changes: readonly Change[]): Uint8Array {
  const trie = new Trie(new MemoryNodeStore())
  for (const change of changes) trie.update([change])
  return trie.root
}

/** Each test is a key with the nearest keys before and after it, empty where there is none. */
function neighbourFault(members: Members, tests: readonly Uint8Array[][]): string | null {
  const trie = new Trie(new MemoryNodeStore())
  trie.update(members.required('in', arrayOf(readBytes)).map((key) => [key, key] as const))
  const keys = Array.from(trie.entries(), ([key]) => key)
  for (const [key, before, after] of tests) {
    const previous = keys.findLast((other) => compareKeys(other, key) < 0) ?? new Uint8Array(0)
    const next = keys.find((other) => compareKeys(other, key) > 0) ?? new Uint8Array(0)
    if (compareKeys(previous, before) !== 0 || compareKeys(next, after) !== 0)
      return `key ${bytesToHex(key)}: between ${bytesToHex(previous)} and ${bytesToHex(next)}`
  }
  return null
}

/** Changes as pairs in their order, or entries as members of an object, whose order must not matter. */
function readChanges(value: unknown, place: string): { changes: Change[]; isOrdered: boolean } {
  const isOrdered = Array.isArray(value)
  const pairs = isOrdered ? arrayOf(tuple(2))(value, place) : entriesOf(value, place)
  const changes = pairs.map(
    ([key, val], i) =>
      [readBytes(key, `${place}[${i}]`), val === null ? null : readBytes(val, `${place}[${i}]`)] as const,
  )
  return { changes, isOrdered }
}

/** A key, the key before it, and the one after it. */
const readNeighbours: Read<Uint8Array[]> = (value, place) =>
  tuple(3)(value, place).map((part, i) => readBytes(part, `${place}[${i}]`))

/** An array of that many elements. */
function tuple(length: number): Read<unknown[]> {
  return (value, place) => {
    const elements = arrayOf((element) => element)(value, place)
    if (elements.length === length) return elements
    throw new ZvmError(ERROR_CODES.value, `${place}: not ${length} elements`, { place })
  }
}

/** Hex with 0x, or text. */
const readBytes: Read<Uint8Array> = (value, place) => {
  const read = readText(value, place)
  return read.startsWith('0x') ? hexToBytes(read, place) : new TextEncoder().encode(read)
}
