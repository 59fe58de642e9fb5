/** A point of a curve in affine coordinates over its base field; the point at infinity is `{ x: 0n, y: 0n }`. */
export interface Point {
  readonly x: bigint
  readonly y: bigint
}

/** An element c0 + c1·u of the quadratic extension field. */
export interface Fp2 {
  readonly c0: bigint
  readonly c1: bigint
}

/** A point over the quadratic extension; infinity is all zero. */
export interface Point2 {
  readonly x: Fp2
  readonly y: Fp2
}

/**
 * The primitives execution needs and does not define. Injected, so that a host can bring native code.
 * Implementations are deterministic and constant in meaning; none throws on bad input: they return null.
 * A coordinate must be below the field modulus, else null.
 */
export interface Crypto {
  keccak256(data: Uint8Array): Uint8Array
  sha256(data: Uint8Array): Uint8Array
  ripemd160(data: Uint8Array): Uint8Array

  /**
   * Public key of an ECDSA signature on secp256k1, 64 bytes (x ‖ y), or null when there is none.
   * `yParity` is 0 or 1; r and s in [1, n); a high s is accepted (the caller applies EIP-2 where it holds).
   */
  secp256k1Recover(digest: Uint8Array, yParity: number, r: bigint, s: bigint): Uint8Array | null

  /** ECDSA verification on P-256 (EIP-7951): raw digest, high s accepted; false for any invalid input. */
  p256Verify(digest: Uint8Array, r: bigint, s: bigint, x: bigint, y: bigint): boolean

  /** BLAKE2b compression F (EIP-152): h 64 bytes, m 128 bytes, t 16 bytes (all little-endian); 64 bytes out. */
  blake2f(rounds: number, h: Uint8Array, m: Uint8Array, t: Uint8Array, final: boolean): Uint8Array

  /**
   * base^exponent mod modulus (EIP-198): unsigned integers of any size, even moduli included; modulo zero everything is
   * zero. The exponent is given in big-endian bytes.
   */
  modPow(base: bigint, exponent: Uint8Array, modulus: bigint): bigint

  bn254Add(a: Point, b: Point): Point | null
  bn254Mul(a: Point, scalar: bigint): Point | null
  /** Whether the product of pairings is one; null if a point is off its curve or outside G2. */
  bn254Pairing(pairs: readonly (readonly [Point, Point2])[]): boolean | null

  /** Addition without a subgroup check (EIP-2537). */
  blsG1Add(a: Point, b: Point): Point | null
  blsG2Add(a: Point2, b: Point2): Point2 | null
  /** Multi-scalar multiplication with subgroup checks; scalars up to 2^256−1. */
  blsG1Msm(terms: readonly (readonly [Point, bigint])[]): Point | null
  blsG2Msm(terms: readonly (readonly [Point2, bigint])[]): Point2 | null
  blsPairing(pairs: readonly (readonly [Point, Point2])[]): boolean | null
  blsMapFpToG1(element: bigint): Point | null
  blsMapFp2ToG2(element: Fp2): Point2 | null

  /** KZG opening proof (EIP-4844 `verify_kzg_proof`): 48-byte commitment and proof, 32-byte z and y; false if invalid. */
  kzgVerify(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean
}

/** What the native set needs beside that; a delta that does names it in `needs`. */
export interface NativeCrypto extends Crypto {
  /** BLAKE2b of 32 bytes without key (RFC 7693). */
  blake2b(data: Uint8Array): Uint8Array
  /** BLAKE3 of 32 bytes, as a plain hash. */
  blake3(data: Uint8Array): Uint8Array

  /** Ed25519 (RFC 8032, FIPS 186-5: no small-order keys, canonical encodings): 32-byte key, 64-byte signature. */
  ed25519Verify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean

  /**
   * Post-quantum signatures of plain messages with an empty context. Key and signature in bytes: ML-DSA-65 (FIPS 204)
   * 1,952 and 3,309; SLH-DSA-SHA2-128f (FIPS 205) 32 and 17,088; Falcon-512 (detached, compressed) 897 and up to 752.
   */
  mlDsaVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean
  slhDsaVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean
  falconVerify(publicKey: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean
  /** The ML-DSA-65 public key, 1,952 bytes, of a seed of 32 bytes (FIPS 204, algorithm 6). */
  mlDsaPublicKey(seed: Uint8Array): Uint8Array
}

/** The name of one that not every `Crypto` has. */
export type NativePrimitive = Exclude<keyof NativeCrypto, keyof Crypto>
