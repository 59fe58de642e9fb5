import { constants, createPublicKey, publicEncrypt } from 'node:crypto'
import { bigintToMinimalBytes, bytesToBigint } from '../core/word.ts'
import { modPow, modPowOfTwo } from '../runtime/modpow.ts'

/** Shorter exponents are done before OpenSSL has taken in a key; of shorter moduli so are most. */
const LEAST_EXPONENT_BYTES = 4
const LEAST_MODULUS = 1n << 120n

/** OpenSSL's limits: with a modulus of more than the first (3,072 bits), an exponent of more than the second is refused. */
const MOST_BYTES = 384
const MOST_BYTES_OF_SHORT = 8

/**
 * See `Crypto.modPow`: by OpenSSL, ten times as fast as bigints. Node offers no exponentiation as such, but encryption
 * by RSA without padding is just that: message^exponent mod modulus, for any odd modulus that need not be made of
 * primes. An even one is split into an odd part and a power of two. What OpenSSL does not take, bigints compute.
 */
export function opensslModPow(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  const digits = withoutLeadingZeros(exponent)
  if (digits.length < LEAST_EXPONENT_BYTES || modulus < LEAST_MODULUS) return modPow(base, digits, modulus)
  const twos = trailingZeros(modulus)
  const odd = modulus >> BigInt(twos)
  const power = oddModPow(base % odd, digits, odd)
  return twos === 0 ? power : combine(power, odd, modPowOfTwo(base, digits, twos), twos)
}

function oddModPow(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  if (modulus < LEAST_MODULUS || exponent.length > MOST_BYTES) return modPow(base, exponent, modulus)
  // OpenSSL wants an exponent below the modulus: what is right modulo a multiple of it is right modulo itself.
  const e = bytesToBigint(exponent)
  const n = bigintToMinimalBytes(modulus > e ? modulus : modulus * ((e / modulus + 1n) | 1n))
  if (n.length > MOST_BYTES && exponent.length > MOST_BYTES_OF_SHORT) return modPow(base, exponent, modulus)
  const message = new Uint8Array(n.length)
  const digits = bigintToMinimalBytes(base)
  message.set(digits, n.length - digits.length)
  try {
    const key = createPublicKey({
      key: { kty: 'RSA', n: base64Url(n), e: base64Url(exponent) },
      format: 'jwk',
    })
    return bytesToBigint(publicEncrypt({ key, padding: constants.RSA_NO_PADDING }, message)) % modulus
  } catch {
    // Too small for OpenSSL, or a build of it with other limits.
    return modPow(base, exponent, modulus)
  }
}

/** The number below odd · 2^twos that is `power` modulo `odd` and `low` modulo 2^twos (Chinese remainders). */
function combine(power: bigint, odd: bigint, low: bigint, twos: number): bigint {
  const difference = BigInt.asUintN(twos, low - power)
  return power + odd * BigInt.asUintN(twos, difference * inverse(odd, twos))
}

/** 1 / odd modulo 2^bits, by Newton's iteration: each step doubles the bits that are right, three at first. */
function inverse(odd: bigint, bits: number): bigint {
  let result = odd
  for (let right = 3; right < bits; right *= 2)
    result = BigInt.asUintN(2 * right, result * (2n - BigInt.asUintN(2 * right, odd) * result))
  return BigInt.asUintN(bits, result)
}

function trailingZeros(value: bigint): number {
  let zeros = 0
  // Sixty-four at a time, then the rest of them.
  while (BigInt.asUintN(64, value >> BigInt(zeros)) === 0n) zeros += 64
  while (((value >> BigInt(zeros)) & 1n) === 0n) zeros++
  return zeros
}

function withoutLeadingZeros(bytes: Uint8Array): Uint8Array {
  const first = bytes.findIndex((byte) => byte !== 0)
  return first < 0 ? bytes.subarray(bytes.length) : bytes.subarray(first)
}

function base64Url(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64url')
}
