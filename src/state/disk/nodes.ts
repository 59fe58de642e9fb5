import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { bytesToHex } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { compareKeys } from '../trie/nibbles.ts'
import type { NodeStore } from '../trie/store.ts'
import type { Pairs, WritablePairs } from './database.ts'
import { type HashedKind, hashKey } from './layout.ts'

/** The bytes of a hash, which are checked against it: damage shows where it is read. Throws BAD_PROOF. */
export function hashedBytes(pairs: Pairs, kind: HashedKind, hash: Uint8Array): Uint8Array | undefined {
  const bytes = pairs.get(hashKey(kind, hash))
  if (bytes !== undefined && compareKeys(keccak256(bytes), hash) !== 0)
    throw new ZvmError(
      ERROR_CODES.badProof,
      `${kind === 'n' ? 'a node' : 'code'} does not have its hash ${bytesToHex(hash)}`,
    )
  return bytes
}

/** Tells what does not have its hash, or is not there, as damage to the store: BAD_PROOF as VALUE. */
export function tellingDamage<T>(folder: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    const isDamage = error instanceof ZvmError && error.code === ERROR_CODES.badProof
    if (!isDamage) throw error
    throw new ZvmError(ERROR_CODES.value, `${folder}: damaged: ${error.message}`, { folder }, error)
  }
}

/** The nodes of a store, to be read. */
export function readNodes(pairs: Pairs): NodeStore {
  return {
    get: (hash) => hashedBytes(pairs, 'n', hash),
    put() {
      throw new Error('a transaction that reads was asked to write')
    },
  }
}

/** The nodes of a store, to be read and added to; counts those that are new. */
export class WrittenNodes implements NodeStore {
  count = 0
  readonly #pairs: WritablePairs

  constructor(pairs: WritablePairs) {
    this.#pairs = pairs
  }

  get(hash: Uint8Array): Uint8Array | undefined {
    return hashedBytes(this.#pairs, 'n', hash)
  }

  put(hash: Uint8Array, node: Uint8Array): void {
    const key = hashKey('n', hash)
    if (this.#pairs.get(key) !== undefined) return
    this.#pairs.put(key, node)
    this.count++
  }
}
