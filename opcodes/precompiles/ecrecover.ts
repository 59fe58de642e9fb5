import type { Precompile } from '../../src/core/precompile.ts'
import { readBytes, readUint } from './input.ts'
import { remembered } from './remembered.ts'

/**
 * ECRECOVER(digest, v, r, s): the address whose key signed the digest, as a word; no output, and no failure, when no
 * key did. v is a whole word, 27 or 28. A high s is accepted: EIP-2 limits transactions only.
 */
export const ECRECOVER: Precompile = remembered({
  address: 0x01n,
  name: 'ECREC',
  spec: 'YP E.1',
  gas: () => 3000,
  run(input, crypto) {
    const digest = readBytes(input, 0, 32)
    const v = readUint(input, 32, 32)
    const r = readUint(input, 64, 32)
    const s = readUint(input, 96, 32)
    const publicKey = v === 27n || v === 28n ? crypto.secp256k1Recover(digest, Number(v) - 27, r, s) : null
    if (!publicKey) return new Uint8Array(0)
    const output = crypto.keccak256(publicKey)
    return output.fill(0, 0, 12)
  },
})
