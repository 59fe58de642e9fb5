import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { EMPTY_TRIE_ROOT } from '../../core/keccak.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { bigintToBytes, bigintToMinimalBytes } from '../../core/word.ts'
import { Batch, type Change } from './batch.ts'
import { build } from './build.ts'
import { compareKeys } from './nibbles.ts'
import { withWriter } from './writer.ts'

/** The RLP of the empty string stands for the trie without keys. */
export const EMPTY_TRIE = Uint8Array.of(0x80)
/** The root of a trie without keys, as bytes. Not to be changed. */
export const EMPTY_ROOT: Uint8Array = bigintToBytes(EMPTY_TRIE_ROOT, 32)

/**
 * The root of the trie that holds these entries and nothing else, 32 bytes; no node is kept.
 * In any order; of several values for a key the last one counts, null or an empty value leaves the key out.
 */
export function rootOf(entries: Iterable<Change>): Uint8Array {
  return withWriter(null, (out) => {
    const batch = new Batch(out, entries)
    const changes = batch.sorted()
    return build(batch, changes, 0, changes.length, 0) ? out.hash().slice() : EMPTY_ROOT
  })
}

/**
 * The root of a list: of transactions, receipts or withdrawals in their encoded form (Yellow Paper 4.3.2).
 * The key of an item is the RLP of its index. Throws VALUE for an empty item, which no trie can hold.
 */
export function orderedRoot(items: readonly Uint8Array[]): Uint8Array {
  return rootOf(
    items.map((item, index) => {
      if (item.length === 0) throw new ZvmError(ERROR_CODES.value, `ordered trie: item ${index} is empty`)
      return [encodeRlp(bigintToMinimalBytes(BigInt(index))), item] as const
    }),
  )
}

export function isEmptyRoot(root: Uint8Array): boolean {
  return compareKeys(root, EMPTY_ROOT) === 0
}
