import { hash } from 'node:crypto'
import type { Digests } from '../ledger/digests.ts'

const BLOCK_BYTES = 64
const DIGEST_BYTES = 32

/** SHA-256 and its HMAC (RFC 2104) by the library that Node has. */
export const nodeDigests: Digests = Object.freeze({
  sha256: (data: Uint8Array) => hash('sha256', data, 'buffer'),
  sha256Hex: (data: string | Uint8Array) => hash('sha256', data, 'hex'),

  /** Two plain digests: an Hmac object of Node takes three times as long to make. */
  hmac(key: Uint8Array) {
    const block = new Uint8Array(BLOCK_BYTES)
    block.set(key.length > BLOCK_BYTES ? hash('sha256', key, 'buffer') : key)
    let inner = new Uint8Array(BLOCK_BYTES + 512).fill(0x36, 0, BLOCK_BYTES)
    const outer = new Uint8Array(BLOCK_BYTES + DIGEST_BYTES).fill(0x5c, 0, BLOCK_BYTES)
    for (const [i, byte] of block.entries()) {
      inner[i] ^= byte
      outer[i] ^= byte
    }
    return (data: Uint8Array) => {
      if (BLOCK_BYTES + data.length > inner.length) {
        const grown = new Uint8Array(BLOCK_BYTES + 2 * data.length)
        grown.set(inner.subarray(0, BLOCK_BYTES))
        inner = grown
      }
      inner.set(data, BLOCK_BYTES)
      outer.set(hash('sha256', inner.subarray(0, BLOCK_BYTES + data.length), 'buffer'), BLOCK_BYTES)
      return hash('sha256', outer, 'buffer')
    }
  },
})
