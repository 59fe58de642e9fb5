import { nativePrimitivesOf } from '../../src/core/capability.ts'
import type { NativeCrypto } from '../../src/core/crypto.ts'
import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { SPEC } from './costs.ts'

const SEED_BYTES = 32n
const ML_DSA_KEY_BYTES = 1952n
const ML_DSA_SIGNATURE_BYTES = 3309n
const SLH_DSA_KEY_BYTES = 32n
const SLH_DSA_SIGNATURE_BYTES = 17088n
const FALCON_KEY_BYTES = 897n
const FALCON_LENGTH_BYTES = 2n

type Verify = (crypto: NativeCrypto, publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array) => boolean

/** A signature in memory: where its bytes begin and how many there are, made present; or how that failed. */
type Locate = (frame: Frame, offset: bigint) => { readonly from: bigint; readonly size: bigint } | Halt

/** A signature of fixed size. */
const ofSize = (size: bigint): Locate => (frame, offset) => frame.expand(offset, size) || { from: offset, size }

/** A signature after its length, two bytes, high first. */
const afterLength: Locate = (frame, offset) => {
  const halt = frame.expand(offset, FALCON_LENGTH_BYTES)
  if (halt !== Halt.None) return halt
  const [high, low] = frame.viewMemory(offset, FALCON_LENGTH_BYTES)
  const from = offset + FALCON_LENGTH_BYTES, size = BigInt(high * 256 + low)
  return frame.expand(from, size) || { from, size }
}

/** (publicKey, signature, offset, size): offsets of key and signature, range of the message → 1 if it is valid, or 0. */
function verifier(code: number, name: string, gas: number, keyBytes: bigint, locate: Locate, verify: Verify): Row {
  return {
    code, name, pops: 4, pushes: 1, gas, spec: SPEC,
    execute(frame) {
      const keyOffset = frame.pop(), signatureOffset = frame.pop(), offset = frame.pop(), size = frame.pop()

      const halt = frame.expand(keyOffset, keyBytes)
      if (halt !== Halt.None) return halt
      const place = locate(frame, signatureOffset)
      if (typeof place === 'number') return place
      const last = frame.expand(offset, size)
      if (last !== Halt.None) return last

      const key = frame.viewMemory(keyOffset, keyBytes), signature = frame.viewMemory(place.from, place.size)
      frame.push(verify(nativePrimitivesOf(frame), key, signature, frame.viewMemory(offset, size)) ? 1n : 0n)
      return Halt.None
    },
  }
}

/** PQ_KEYGEN(seed, out): writes the ML-DSA-65 public key of the 32 bytes at `seed` to `out`; its size in bytes. */
const PQ_KEYGEN: Row = {
  code: 0xf3, name: 'PQ_KEYGEN', pops: 2, pushes: 1, gas: 5000, spec: 'FIPS 204',
  execute(frame) {
    const seedOffset = frame.pop(), out = frame.pop()

    const halt = frame.expand(seedOffset, SEED_BYTES) || frame.expand(out, ML_DSA_KEY_BYTES)
    if (halt !== Halt.None) return halt

    const publicKey = nativePrimitivesOf(frame).mlDsaPublicKey(frame.viewMemory(seedOffset, SEED_BYTES))
    frame.writeMemory(out, publicKey, 0n, ML_DSA_KEY_BYTES)
    frame.push(ML_DSA_KEY_BYTES)
    return Halt.None
  },
}

/**
 * Signatures that a quantum computer does not forge: ML-DSA-65, Falcon-512, SLH-DSA-SHA2-128f. The gas is that of the
 * definition of the set, and low: a verification takes tens of milliseconds in JavaScript.
 */
export const POST_QUANTUM_ROWS: readonly Row[] = [
  verifier(
    ...([0xf0, 'PQ_VERIFY_DILITHIUM', 1000, ML_DSA_KEY_BYTES, ofSize(ML_DSA_SIGNATURE_BYTES)] as const),
    (crypto, ...signed) => crypto.mlDsaVerify(...signed),
  ),
  verifier(
    ...([0xf1, 'PQ_VERIFY_FALCON', 800, FALCON_KEY_BYTES, afterLength] as const),
    (crypto, ...signed) => crypto.falconVerify(...signed),
  ),
  verifier(
    ...([0xf2, 'PQ_VERIFY_SPHINCS', 2000, SLH_DSA_KEY_BYTES, ofSize(SLH_DSA_SIGNATURE_BYTES)] as const),
    (crypto, ...signed) => crypto.slhDsaVerify(...signed),
  ),
  PQ_KEYGEN,
]
