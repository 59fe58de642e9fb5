import { publicKeyToAddress } from '../../core/address.ts'
import { nativePrimitivesOf } from '../../core/capability.ts'
import type { NativeCrypto } from '../../core/crypto.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { done, REFUSED } from '../session.ts'
import { type BuiltinCall, byWord, linear, parts } from './call.ts'

const WORD_SIZES = [32, 32, 32]

function digest(
  id: number,
  name: string,
  gas: number,
  wordGas: number,
  hash: (crypto: NativeCrypto) => (data: Uint8Array) => Uint8Array,
): BuiltinCall {
  return {
    ...{ id, name: `hash.${name}`, capability: 'hash', kind: 'pure' as const, payload: 'data → digest' },
    ...byWord(gas, wordGas),
    run: (input, frame) => done(Uint8Array.from(hash(nativePrimitivesOf(frame))(input))),
  }
}

/** A verification: status 1 where the signature holds, 0 where it does not or the input is not one. */
function verification(
  id: number,
  name: string,
  gas: number,
  payload: string,
  holds: (crypto: NativeCrypto, input: Uint8Array) => boolean,
): BuiltinCall {
  return {
    ...{ id, name: `verify.${name}`, capability: 'verify', kind: 'pure' as const, payload },
    ...byWord(gas, 12),
    run: (input, frame) => (holds(nativePrimitivesOf(frame), input) ? done() : REFUSED),
  }
}

/** Key and signature of fixed sizes, then the message. */
function ofMessage(
  keySize: number,
  signatureSize: number,
  verify: (crypto: NativeCrypto) => NativeCrypto['ed25519Verify'],
) {
  return (crypto: NativeCrypto, input: Uint8Array): boolean => {
    const fields = parts(input, [keySize, signatureSize], true)
    return fields !== null && verify(crypto)(fields[0], fields[1], fields[2])
  }
}

function falconHolds(crypto: NativeCrypto, input: Uint8Array): boolean {
  const keySize = 897
  const size = ((input[keySize] ?? 0) << 8) | (input[keySize + 1] ?? 0)
  const fields = parts(input, [keySize, 2, size], true)
  return fields !== null && crypto.falconVerify(fields[0], fields[2], fields[3])
}

function p256Holds(crypto: NativeCrypto, input: Uint8Array): boolean {
  const fields = parts(input, [32, 32, 32, ...[32, 32]])
  if (!fields) return false
  const [r, s, x, y] = fields.slice(1).map(bytesToBigint)
  return crypto.p256Verify(fields[0], r, s, x, y)
}

const RECOVER: BuiltinCall = {
  ...{ id: 0x18, name: 'verify.ecrecover', capability: 'verify', kind: 'pure' },
  ...{ payload: 'digest32 ‖ r32 ‖ s32 ‖ parity1 → address20', ...linear(3000, 0) },
  run(input, frame) {
    const fields = parts(input, [...WORD_SIZES, 1])
    if (!fields || fields[3][0] > 1) return REFUSED
    const [digest, r, s, parity] = fields
    const key = frame.world.crypto.secp256k1Recover(digest, parity[0], bytesToBigint(r), bytesToBigint(s))
    return key ? done(bigintToBytes(publicKeyToAddress(key), 20)) : REFUSED
  },
}

/** Digests and verifications: functions of their input, at the price of the rows that do the same. */
export const PRIMITIVE_CALLS: readonly BuiltinCall[] = [
  digest(0x10, 'keccak256', 30, 6, (crypto) => crypto.keccak256),
  digest(0x11, 'sha256', 60, 12, (crypto) => crypto.sha256),
  digest(0x12, 'ripemd160', 600, 120, (crypto) => crypto.ripemd160),
  digest(0x13, 'blake2b', 30, 6, (crypto) => crypto.blake2b),
  digest(0x14, 'blake3', 30, 6, (crypto) => crypto.blake3),
  RECOVER,
  verification(
    0x19,
    'ed25519',
    2000,
    'key32 ‖ signature64 ‖ message',
    ofMessage(32, 64, (c) => c.ed25519Verify),
  ),
  verification(0x1a, 'p256', 6900, 'digest32 ‖ r32 ‖ s32 ‖ x32 ‖ y32', p256Holds),
  verification(
    0x1b,
    'ml-dsa-65',
    1000,
    'key1952 ‖ signature3309 ‖ message',
    ofMessage(1952, 3309, (c) => c.mlDsaVerify),
  ),
  verification(0x1c, 'falcon-512', 800, 'key897 ‖ size2 ‖ signature ‖ message', falconHolds),
  verification(
    0x1d,
    'slh-dsa-128f',
    2000,
    'key32 ‖ signature17088 ‖ message',
    ofMessage(32, 17088, (c) => c.slhDsaVerify),
  ),
]
