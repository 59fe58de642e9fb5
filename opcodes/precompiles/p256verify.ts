import type { Precompile } from '../../src/core/precompile.ts'
import { readUint } from './input.ts'
import { encodeBoolean } from './output.ts'
import { remembered } from './remembered.ts'

const INPUT_BYTES = 160

/** P256VERIFY(digest, r, s, x, y): the word 1 when the signature is the key's; else no output, and no failure. */
export const P256VERIFY: Precompile = remembered({
  address: 0x100n,
  name: 'P256VERIFY',
  spec: 'EIP-7951',
  gas: () => 6900,
  run(input, crypto) {
    if (input.length !== INPUT_BYTES) return new Uint8Array(0)
    const [r, s, x, y] = [32, 64, 96, 128].map((at) => readUint(input, at, 32))
    const verified = crypto.p256Verify(input.subarray(0, 32), r, s, x, y)
    return verified ? encodeBoolean(true) : new Uint8Array(0)
  },
})
