import { blake2b as blake2bOf } from '@noble/hashes/blake2.js'
import { blake3 as blake3Of } from '@noble/hashes/blake3.js'
import { ripemd160 } from 'ethereum-cryptography/ripemd160.js'
import { sha256 } from 'ethereum-cryptography/sha256.js'
import type { Crypto } from '../core/crypto.ts'
import { keccak256 } from '../core/keccak.ts'
import { blake2f } from './blake2f.ts'
import {
  blsG1Add,
  blsG1Msm,
  blsG2Add,
  blsG2Msm,
  blsMapFp2ToG2,
  blsMapFpToG1,
  blsPairing,
} from './bls12-381.ts'
import { bn254Add, bn254Mul, bn254Pairing } from './bn254.ts'
import { p256Verify, secp256k1Recover } from './ecdsa.ts'
import { ed25519Verify } from './ed25519.ts'
import { kzgVerify } from './kzg.ts'
import { modPow } from './modpow.ts'
import { falconVerify, mlDsaPublicKey, mlDsaVerify, slhDsaVerify } from './post-quantum.ts'

/**
 * The primitives in plain TypeScript and audited libraries: ethereum-cryptography and
 * @noble/hashes for hashes, @noble/curves for curves, @noble/post-quantum for lattices and hash trees. Tables are built on first use, so importing it costs little.
 */
export const defaultCrypto: Crypto = Object.freeze({
  keccak256,
  sha256,
  ripemd160,
  blake2b: (data: Uint8Array) => blake2bOf(data, { dkLen: 32 }),
  blake3: (data: Uint8Array) => blake3Of(data),
  secp256k1Recover,
  p256Verify,
  ed25519Verify,
  mlDsaVerify,
  slhDsaVerify,
  falconVerify,
  mlDsaPublicKey,
  blake2f,
  modPow,
  bn254Add,
  bn254Mul,
  bn254Pairing,
  blsG1Add,
  blsG2Add,
  blsG1Msm,
  blsG2Msm,
  blsPairing,
  blsMapFpToG1,
  blsMapFp2ToG2,
  kzgVerify,
})
