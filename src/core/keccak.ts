import { plainKeccak256 } from './keccak-plain.ts'
import { instantiateKeccak } from './keccak-wasm.ts'

/** Keccak-256 of no bytes: the code hash of an account without code (Yellow Paper 4.1). */
export const EMPTY_CODE_HASH = 0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470n

/** Keccak-256 of RLP(''): the root of a trie without entries (Yellow Paper D). */
export const EMPTY_TRIE_ROOT = 0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421n

/** What hashes, once something was hashed: nothing is compiled before. The next hash may overwrite the result. */
let hash: ((data: Uint8Array) => Uint8Array) | null = null

/**
 * The 32-byte Keccak-256 hash, freshly allocated. It is the only primitive of cryptography in the core: opcodes, code
 * hashes and the trie need it. The rest of them is injected (see `Crypto`).
 * Runs in WebAssembly, and where that is missing or forbidden in plain TypeScript, some twenty times slower.
 * Throws where `data` is no Uint8Array.
 */
export function keccak256(data: Uint8Array): Uint8Array {
  return new Uint8Array(passingKeccak256(data))
}

/** As `keccak256`, but the next hash may overwrite this one: to be copied or compared at once. */
export function passingKeccak256(data: Uint8Array): Uint8Array {
  if (!isBytes(data)) throw new TypeError('keccak256: Uint8Array expected')
  hash ??= instantiateKeccak() ?? plainKeccak256
  return hash(data)
}

/** Byte arrays of other realms, such as another frame of a page, are no instances of ours. */
function isBytes(data: unknown): data is Uint8Array {
  return data instanceof Uint8Array || (ArrayBuffer.isView(data) && data.constructor.name === 'Uint8Array')
}
