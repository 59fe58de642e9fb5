import { bench } from 'vitest'
import { hexToBytes } from '../core/hex.ts'
import { defaultCrypto as crypto } from './crypto.ts'

/** What one call of each primitive takes; beside each, what its precompile charges on the newest fork. */

const bytes = (sizeBytes: number) => new Uint8Array(sizeBytes).fill(7)
const K = 0x2f3c8d1a9b7e6f5041327856ab90cdef1122334455667788aabbccddeeff0011n

const bn1 = { x: 1n, y: 2n }
const bn2 = {
  x: {
    c0: 10857046999023057135944570762232829481370756359578518086990519993285655852781n,
    c1: 11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  },
  y: {
    c0: 8495653923123431417604973247489272438418190587263600148770280649306958101930n,
    c1: 4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  },
}
const bls1 = crypto.blsMapFpToG1(5n)!
const bls2 = crypto.blsMapFp2ToG2({ c0: 5n, c1: 6n })!
const P256_GENERATOR = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
}
/** The generator of BLS12-381 G1: a well-formed commitment and proof, which is all that costs time. */
const g1 = hexToBytes(
  '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb',
  'g1',
)
const blake2f = (rounds: number) => crypto.blake2f(rounds, bytes(64), bytes(128), bytes(16), true)

bench('keccak of 32 bytes', () => void crypto.keccak256(bytes(32)))
bench('keccak of 1,000 bytes', () => void crypto.keccak256(bytes(1000)))
bench('SHA-256 of 32 bytes (72 gas)', () => void crypto.sha256(bytes(32)))
bench('RIPEMD-160 of 32 bytes (720 gas)', () => void crypto.ripemd160(bytes(32)))
bench('secp256k1 recovery (3,000 gas)', () => void crypto.secp256k1Recover(bytes(32), 0, bn1.x, K))
bench(
  'P-256 verification (6,900 gas)',
  () => void crypto.p256Verify(bytes(32), K, K, P256_GENERATOR.x, P256_GENERATOR.y),
)
bench('bn254 addition (150 gas)', () => void crypto.bn254Add(bn1, bn1))
bench('bn254 multiplication (6,000 gas)', () => void crypto.bn254Mul(bn1, K))
bench(
  'bn254 pairing of two (113,000 gas)',
  () =>
    void crypto.bn254Pairing([
      [bn1, bn2],
      [bn1, bn2],
    ]),
)
bench('blake2f of 12 rounds (12 gas)', () => void blake2f(12))
bench('blake2f of 100,000 rounds (100,000 gas)', () => void blake2f(100_000))
bench('KZG verification (50,000 gas)', () => void crypto.kzgVerify(g1, bytes(32), bytes(32), g1))
bench('bls G1 addition (375 gas)', () => void crypto.blsG1Add(bls1, bls1))
bench('bls G1 sum of 1 (12,000 gas)', () => void crypto.blsG1Msm([[bls1, K]]))
bench('bls G1 sum of 128 (797,184 gas)', () => void crypto.blsG1Msm(new Array(128).fill([bls1, K])))
bench('bls G2 addition (600 gas)', () => void crypto.blsG2Add(bls2, bls2))
bench('bls G2 sum of 1 (22,500 gas)', () => void crypto.blsG2Msm([[bls2, K]]))
bench(
  'bls pairing of two (102,900 gas)',
  () =>
    void crypto.blsPairing([
      [bls1, bls2],
      [bls1, bls2],
    ]),
)
bench('bls map to G1 (5,500 gas)', () => void crypto.blsMapFpToG1(5n))
bench('bls map to G2 (23,800 gas)', () => void crypto.blsMapFp2ToG2({ c0: 5n, c1: 6n }))
