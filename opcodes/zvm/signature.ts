import { nativePrimitivesOf } from '../../src/core/capability.ts'
import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { ADDRESS_MASK, bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { SPEC } from './costs.ts'

const WORD_BYTES = 32
const ED25519_SIGNATURE_BYTES = 64n

/** ECRECOVER(digest, v, r, s): the address whose key signed the digest, v 27 or 28; zero when no key did. */
const ECRECOVER: Row = {
  code: 0x75, name: 'ECRECOVER', pops: 4, pushes: 1, gas: 3000, spec: SPEC,
  execute(frame) {
    const digest = bigintToBytes(frame.pop(), WORD_BYTES), v = frame.pop(), r = frame.pop(), s = frame.pop()
    const { crypto } = frame.world
    const publicKey = v === 27n || v === 28n ? crypto.secp256k1Recover(digest, Number(v) - 27, r, s) : null
    frame.push(publicKey ? bytesToBigint(crypto.keccak256(publicKey)) & ADDRESS_MASK : 0n)
    return Halt.None
  },
}

/** ED25519_VERIFY(publicKey, signature, offset, size): 1 if the 64 bytes at `signature` sign that range (RFC 8032). */
const ED25519_VERIFY: Row = {
  code: 0x76, name: 'ED25519_VERIFY', pops: 4, pushes: 1, gas: 2000, spec: SPEC,
  execute(frame) {
    const publicKey = bigintToBytes(frame.pop(), WORD_BYTES), signatureOffset = frame.pop()
    const offset = frame.pop(), size = frame.pop()

    const halt = frame.expand(signatureOffset, ED25519_SIGNATURE_BYTES) || frame.expand(offset, size)
    if (halt !== Halt.None) return halt

    const signature = frame.viewMemory(signatureOffset, ED25519_SIGNATURE_BYTES)
    const message = frame.viewMemory(offset, size)
    return pushFlag(frame, nativePrimitivesOf(frame).ed25519Verify(publicKey, signature, message))
  },
}

/** P256_VERIFY(digest, r, s, x, y): 1 if (r, s) is the key's signature of the digest; a high s is accepted. */
const P256_VERIFY: Row = {
  code: 0x77, name: 'P256_VERIFY', pops: 5, pushes: 1, gas: 6900, spec: SPEC,
  execute(frame) {
    const digest = bigintToBytes(frame.pop(), WORD_BYTES)
    const r = frame.pop(), s = frame.pop(), x = frame.pop(), y = frame.pop()
    return pushFlag(frame, frame.world.crypto.p256Verify(digest, r, s, x, y))
  },
}

function pushFlag(frame: Frame, isValid: boolean): Halt {
  frame.push(isValid ? 1n : 0n)
  return Halt.None
}

export const SIGNATURE_ROWS: readonly Row[] = [ECRECOVER, ED25519_VERIFY, P256_VERIFY]
