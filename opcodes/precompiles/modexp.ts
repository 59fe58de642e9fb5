import type { Crypto } from '../../src/core/crypto.ts'
import type { Precompile } from '../../src/core/precompile.ts'
import { readUint } from './input.ts'
import { encodeUint } from './output.ts'

/** What a fork charges for MODEXP: max(minimum, complexity × iterations / divisor). Sizes in bytes. */
export interface ModexpPricing {
  readonly spec: string
  /** Cost of one multiplication of operands as long as the longer of base and modulus. */
  complexity(sizeBytes: bigint): bigint
  /** Iterations for each byte of the exponent beyond the first 32. */
  readonly tailByteIterations: bigint
  readonly divisor: bigint
  readonly minimum: bigint
  /** Longest base, exponent and modulus; a longer one fails the call. */
  readonly limitBytes: bigint | null
}

/** The three length words; what is not there reads as zero. Bytes of base, exponent and modulus follow from 96. */
interface Lengths {
  readonly base: bigint
  readonly exponent: bigint
  readonly modulus: bigint
}

const HEAD_BYTES = 32
const OPERANDS_AT = 96
/** Longest base or modulus that can be paid for: 16 MiB, over 10^11 gas by any price, and within what bigints hold. */
const PAYABLE_BYTES = 1n << 24n

/** MODEXP(lengths, base, exponent, modulus): base^exponent mod modulus, as long as the modulus. */
export function modexp(pricing: ModexpPricing): Precompile {
  const { spec, limitBytes } = pricing
  return {
    address: 0x05n,
    name: 'MODEXP',
    spec,
    gas: (input) => modexpGas(input, pricing),
    run(input, crypto) {
      const lengths = readLengths(input)
      const { base, exponent, modulus } = lengths
      if (limitBytes !== null && maximum(base, maximum(exponent, modulus)) > limitBytes) return null
      // Nothing to compute; the other two lengths may then be too large to convert, being cheap.
      if (modulus === 0n) return new Uint8Array(0)
      return runModexp(input, Number(base), Number(exponent), Number(modulus), crypto)
    },
  }
}

/** MODEXP as introduced in Byzantium: quadratic for short operands, flatter for long ones. */
export const MODEXP_EIP198: Precompile = modexp({
  spec: 'EIP-198',
  complexity(size) {
    if (size <= 64n) return size * size
    if (size <= 1024n) return (size * size) / 4n + 96n * size - 3072n
    return (size * size) / 16n + 480n * size - 199680n
  },
  tailByteIterations: 8n,
  divisor: 20n,
  minimum: 0n,
  limitBytes: null,
})

/** MODEXP repriced in Berlin: quadratic in words of 64 bits. */
export const MODEXP_EIP2565: Precompile = modexp({
  spec: 'EIP-2565',
  complexity: squaredWords,
  tailByteIterations: 8n,
  divisor: 3n,
  minimum: 200n,
  limitBytes: null,
})

/** MODEXP of Osaka: the price of EIP-7883 and the bounds of EIP-7823. */
export const MODEXP_OSAKA: Precompile = modexp({
  spec: 'EIP-7883',
  complexity: (size) => (size <= 32n ? 16n : 2n * squaredWords(size)),
  tailByteIterations: 16n,
  divisor: 1n,
  minimum: 500n,
  limitBytes: 1024n,
})

function squaredWords(sizeBytes: bigint): bigint {
  const words = (sizeBytes + 7n) / 8n
  return words * words
}

/** From the lengths and the head of the exponent alone, so that no length makes it allocate. */
function modexpGas(input: Uint8Array, pricing: ModexpPricing): number {
  const { base, exponent, modulus } = readLengths(input)
  const longer = maximum(base, modulus)
  if (longer > PAYABLE_BYTES) return Number.POSITIVE_INFINITY
  const complexity = pricing.complexity(longer)
  const head = readExponentHead(input, base, exponent)
  const iterations = maximum(1n, countIterations(exponent, head, pricing.tailByteIterations))
  const gas = maximum(pricing.minimum, (complexity * iterations) / pricing.divisor)
  return gas <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(gas) : Number.POSITIVE_INFINITY
}

/** Bits of the exponent after its highest one, judged by its first 32 bytes (EIP-198's adjusted exponent length). */
function countIterations(exponentBytes: bigint, head: bigint, tailByteIterations: bigint): bigint {
  const headBits = head === 0n ? 0n : BigInt(head.toString(2).length - 1)
  const tailBytes = maximum(0n, exponentBytes - BigInt(HEAD_BYTES))
  return tailByteIterations * tailBytes + headBits
}

function readExponentHead(input: Uint8Array, baseBytes: bigint, exponentBytes: bigint): bigint {
  // A base that ends past the input leaves an exponent of zeros.
  if (baseBytes >= BigInt(input.length)) return 0n
  const sizeBytes = exponentBytes < BigInt(HEAD_BYTES) ? Number(exponentBytes) : HEAD_BYTES
  return readUint(input, OPERANDS_AT + Number(baseBytes), sizeBytes)
}

function readLengths(input: Uint8Array): Lengths {
  return {
    base: readUint(input, 0, 32),
    exponent: readUint(input, 32, 32),
    modulus: readUint(input, 64, 32),
  }
}

/** Gas has bounded the base and the modulus, not the exponent: only the bytes of it that exist are touched. */
function runModexp(
  input: Uint8Array,
  baseBytes: number,
  exponentBytes: number,
  modulusBytes: number,
  crypto: Crypto,
): Uint8Array {
  const exponentAt = OPERANDS_AT + baseBytes
  const modulusAt = exponentAt + exponentBytes
  const base = readUint(input, OPERANDS_AT, baseBytes)
  const exponent = input.subarray(exponentAt, modulusAt)
  const modulus = readUint(input, modulusAt, modulusBytes)
  // Of an exponent that the input cuts short the rest is zeros, but then so is the modulus.
  return encodeUint(crypto.modPow(base, exponent, modulus), modulusBytes)
}

function maximum(a: bigint, b: bigint): bigint {
  return a > b ? a : b
}
