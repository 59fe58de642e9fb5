import { ripemd160 } from '@noble/hashes/legacy.js'
import { sha256 } from '@noble/hashes/sha2.js'
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
import { kzgVerify } from './kzg.ts'
import { modPow } from './modpow.ts'

/**
 * The primitives in plain TypeScript and audited libraries: @noble/hashes and @noble/curves, which are what
 * ethereum-cryptography is made of.
 * Tables are built on first use, so importing it costs little.
 */
export const defaultCrypto: Crypto = Object.freeze({
  keccak256,
  sha256,
  ripemd160,
  secp256k1Recover,
  p256Verify,
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
