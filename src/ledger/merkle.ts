import { concatBytes } from '../core/bytes.ts'
import type { Digests } from './digests.ts'

/**
 * The tree over the hashes of a journal's entries: a leaf is the hash of an entry's JSON, a parent SHA256(left ‖ right),
 * and where a level has an odd number its last node is its own partner.
 */
export function merkleRoot(leaves: readonly Uint8Array[], digests: Digests): Uint8Array | null {
  const top = levels(leaves, digests).at(-1)
  return top?.[0] ?? null
}

/** What leads from a leaf to the root. */
export interface MerkleProof {
  /** Position of the leaf, from 0: its bits, the lowest first, say on which side each partner stands. */
  readonly index: number
  /** From the leaf up, 32 bytes each, one a level; of a node without another the node itself. */
  readonly partners: readonly Uint8Array[]
}

/** The proof of the leaf at an index, which is there. */
export function merkleProof(leaves: readonly Uint8Array[], index: number, digests: Digests): MerkleProof {
  const partners: Uint8Array[] = []
  let at = index
  for (const level of levels(leaves, digests).slice(0, -1)) {
    partners.push(level[at ^ 1] ?? level[at])
    at >>>= 1
  }
  return { index, partners }
}

/**
 * The root that a leaf has by a proof; null where its index has more bits than there are partners, or says that a node
 * is the right one of itself twice: at that place there is nothing.
 */
export function rootOfProof(
  leaf: Uint8Array,
  { index, partners }: MerkleProof,
  { sha256 }: Digests,
): Uint8Array | null {
  let node = leaf
  let at = index
  for (const partner of partners) {
    const isRight = at % 2 === 1
    if (isRight && partner.every((byte, i) => byte === node[i])) return null
    node = sha256(isRight ? concatBytes(partner, node) : concatBytes(node, partner))
    at >>>= 1
  }
  return at === 0 ? node : null
}

function levels(leaves: readonly Uint8Array[], { sha256 }: Digests): (readonly Uint8Array[])[] {
  if (leaves.length === 0) return []
  const all: (readonly Uint8Array[])[] = [leaves]
  const pair = new Uint8Array(64)
  for (let level = leaves; level.length > 1; ) {
    const parents: Uint8Array[] = []
    for (let at = 0; at < level.length; at += 2) {
      pair.set(level[at])
      pair.set(level[at + 1] ?? level[at], 32)
      parents.push(sha256(pair))
    }
    all.push(parents)
    level = parents
  }
  return all
}
