/** Hashes and signatures from OpenSSL where it has them, else from noble's libraries directly. */
import { createHash, createPublicKey, verify } from 'node:crypto'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { blake2b } from '@noble/hashes/blake2.js'
import { blake3 } from '@noble/hashes/blake3.js'
import { falcon512 } from '@noble/post-quantum/falcon.js'
import { ml_dsa65 } from '@noble/post-quantum/ml-dsa.js'
import { slh_dsa_sha2_128f } from '@noble/post-quantum/slh-dsa.js'
import { keccak } from './encoding.ts'

export const P256_ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

const openssl = (name: string) => (data: Uint8Array) =>
  Uint8Array.from(createHash(name).update(data).digest())
const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64url')

export const primitives = {
  sha256: openssl('sha256'),
  ripemd160: openssl('ripemd160'),
  blake2b: (data: Uint8Array): Uint8Array => blake2b(data, { dkLen: 32 }),
  blake3: (data: Uint8Array): Uint8Array => blake3(data),
  ed25519,
  p256,
  recover,
  mlDsa: (key: Uint8Array, signature: Uint8Array, message: Uint8Array) =>
    ml_dsa65.verify(signature, message, key),
  falcon: (key: Uint8Array, signature: Uint8Array, message: Uint8Array) =>
    falcon512.verify(signature, message, key),
  slhDsa: (key: Uint8Array, signature: Uint8Array, message: Uint8Array) =>
    slh_dsa_sha2_128f.verify(signature, message, key),
  mlDsaKey: (seed: Uint8Array): Uint8Array => ml_dsa65.keygen(seed).publicKey,
}

function ed25519(key: Uint8Array, signature: Uint8Array, message: Uint8Array): boolean {
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: base64(key) }
  return verify(null, message, createPublicKey({ key: jwk, format: 'jwk' }), signature)
}

/** OpenSSL hashes what it verifies, so the digest is checked by the equation itself (FIPS 186-5, 6.4.2). */
function p256(digest: Uint8Array, r: bigint, s: bigint, x: bigint, y: bigint): boolean {
  const q = { x, y }
  if (!isOnP256(q)) return false
  const inverse = power(s, P256_ORDER - 2n, P256_ORDER)
  const e = BigInt(`0x${Buffer.from(digest).toString('hex')}`)
  const u = multiply(G, (e * inverse) % P256_ORDER)
  const v = multiply(q, (r * inverse) % P256_ORDER)
  const sum = add(u, v)
  return sum !== null && sum.x % P256_ORDER === r
}

const P = 0xffffffff00000001000000000000000000000000ffffffffffffffffffffffffn
const B = 0x5ac635d8aa3a93e7b3ebbd55769886bc651d06b0cc53b0f63bce3c3e27d2604bn

type Point = { readonly x: bigint; readonly y: bigint } | null

const G: Point = {
  x: 0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
  y: 0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
}

const mod = (value: bigint) => ((value % P) + P) % P

function isOnP256({ x, y }: { x: bigint; y: bigint }): boolean {
  return x < P && y < P && mod(y * y - (x * x * x - 3n * x + B)) === 0n
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let result = 1n
  for (
    let square = base % modulus, left = exponent;
    left > 0n;
    left >>= 1n, square = (square * square) % modulus
  )
    if (left & 1n) result = (result * square) % modulus
  return result
}

function add(a: Point, b: Point): Point {
  if (!a || !b) return a ?? b
  if (a.x === b.x && mod(a.y + b.y) === 0n) return null
  const [rise, run] = a.x === b.x ? [3n * a.x * a.x - 3n, 2n * a.y] : [b.y - a.y, b.x - a.x]
  const slope = mod(rise * power(mod(run), P - 2n, P))
  const x = mod(slope * slope - a.x - b.x)
  return { x, y: mod(slope * (a.x - x) - a.y) }
}

function multiply(point: Point, scalar: bigint): Point {
  let result: Point = null
  for (let double = point, left = scalar; left > 0n; left >>= 1n, double = add(double, double))
    if (left & 1n) result = add(result, double)
  return result
}

/** The address that signed, 0 where there is none. */
function recover(digest: Uint8Array, parity: number, r: bigint, s: bigint): bigint {
  try {
    const point = new secp256k1.Signature(r, s, parity).recoverPublicKey(digest).toBytes(false)
    return BigInt(
      `0x${Buffer.from(keccak(point.subarray(1)))
        .toString('hex')
        .slice(24)}`,
    )
  } catch {
    return 0n
  }
}
