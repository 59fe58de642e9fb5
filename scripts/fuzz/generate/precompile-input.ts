import { createHash } from 'node:crypto'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { concatBytes } from '../../../src/core/bytes.ts'
import { bigintToBytes } from '../../../src/core/word.ts'
import { keyOf, SIGNERS } from '../keys.ts'
import type { Random } from '../random.ts'
import { curvePoints, KZG_INFINITY } from './curve-points.ts'
import { anyWord } from './words.ts'

const DIGESTS = Array.from({ length: 12 }, (_, i) => new Uint8Array(32).fill(i * 17))
const P256_KEY = new Uint8Array(32).fill(7)

/** Input for the precompile at an address: valid ones mostly, some spoilt; anything at all where there is none. */
export function precompileInput(random: Random, address: bigint): Uint8Array {
  const make = INPUTS[Number(address)]
  const input = make ? make(random) : random.bytes(random.below(200))
  return random.oneIn(4) ? spoil(random, input) : input
}

/** Cut short, made longer, or with a byte changed. */
function spoil(random: Random, input: Uint8Array): Uint8Array {
  switch (random.weighted({ cut: 30, grow: 20, byte: 40, none: 10 })) {
    case 'cut':
      return input.slice(0, random.below(input.length + 1))
    case 'grow':
      return concatBytes(input, random.bytes(random.between(1, 40)))
    case 'byte': {
      const spoilt = input.slice()
      spoilt[random.below(input.length)] ^= 1 << random.below(8)
      return spoilt
    }
    case 'none':
      return new Uint8Array(0)
  }
}

/** By address. Calls that take milliseconds are kept small: a pairing of two, products of three. */
const INPUTS: Readonly<Record<number, (random: Random) => Uint8Array>> = {
  1: ecrecover,
  2: (random) => random.bytes(random.below(200)),
  3: (random) => random.bytes(random.below(200)),
  4: (random) => random.bytes(random.below(300)),
  5: modexp,
  6: (random) => concatBytes(random.pick(curvePoints().bn254G1), random.pick(curvePoints().bn254G1)),
  7: (random) => concatBytes(random.pick(curvePoints().bn254G1), word(anyWord(random))),
  8: (random) => pairing(random, curvePoints().bn254G1, curvePoints().bn254G2),
  9: blake2f,
  10: pointEvaluation,
  11: (random) => concatBytes(blsG1(random), blsG1(random)),
  12: (random) => products(random, blsG1),
  13: (random) => concatBytes(blsG2(random), blsG2(random)),
  14: (random) => products(random, blsG2),
  15: (random) => pairing(random, curvePoints().blsG1, curvePoints().blsG2),
  16: blsField,
  17: (random) => concatBytes(blsField(random), blsField(random)),
  256: p256Verify,
}

function ecrecover(random: Random): Uint8Array {
  const digest = random.pick(DIGESTS)
  const { recovery = 0, r, s } = secp256k1Signature(digest)
  const { ORDER } = secp256k1.Point.Fn
  const isHigh = random.oneIn(3)
  const parity = isHigh ? 1 - recovery : recovery
  const v = random.oneIn(8) ? anyWord(random) : BigInt(27 + parity)
  const odd = random.pick([0n, ORDER, ORDER - 1n, ORDER + 1n])
  const values = [v, random.oneIn(10) ? odd : r, random.oneIn(10) ? odd : isHigh ? ORDER - s : s]
  return concatBytes(digest, ...values.map(word))
}

const secp256k1Signature = remembered((digest) => {
  const bytes = secp256k1.sign(digest, keyOf(SIGNERS[0]), { prehash: false, format: 'recovered' })
  return secp256k1.Signature.fromBytes(bytes, 'recovered')
})

function modexp(random: Random): Uint8Array {
  const size = () => (random.oneIn(12) ? random.pick([96, 255, 256, 257, 1024, 1025]) : random.below(40))
  const sizes = [size(), size(), size()]
  const declared = sizes.map((bytes) => (random.oneIn(30) ? anyWord(random) : BigInt(bytes)))
  const operands = sizes.map((bytes) => (random.oneIn(5) ? new Uint8Array(bytes) : random.bytes(bytes)))
  if (random.oneIn(2) && operands[2].length > 0) operands[2][operands[2].length - 1] &= 0xfe
  return concatBytes(...declared.map(word), ...operands)
}

function blake2f(random: Random): Uint8Array {
  const rounds = random.pick([0, 1, 2, 12, 12, 100])
  const flag = random.oneIn(8) ? random.below(256) : random.below(2)
  return concatBytes(bigintToBytes(BigInt(rounds), 4), random.bytes(64 + 128 + 16), Uint8Array.of(flag))
}

/** The constant polynomial 2, opened anywhere; or another value claimed. */
function pointEvaluation(random: Random): Uint8Array {
  const { kzgCommitment } = curvePoints()
  const hash = createHash('sha256').update(kzgCommitment).digest()
  hash[0] = 1
  const y = random.oneIn(5) ? anyWord(random) : 2n
  return concatBytes(hash, word(anyWord(random) >> 2n), word(y), kzgCommitment, KZG_INFINITY)
}

function pairing(random: Random, firsts: readonly Uint8Array[], seconds: readonly Uint8Array[]): Uint8Array {
  const [, one, , , minusOne] = firsts
  const second = random.pick(seconds)
  switch (random.weighted({ none: 40, single: 30, inverse: 20, any: 10 })) {
    case 'none':
      return new Uint8Array(0)
    case 'single':
      return concatBytes(random.pick(firsts), second)
    case 'inverse':
      return concatBytes(one, second, minusOne, second)
    case 'any':
      return concatBytes(random.pick(firsts), second, random.pick(firsts), random.pick(seconds))
  }
}

function blsG1(random: Random): Uint8Array {
  return random.oneIn(8) ? curvePoints().blsG1Outside : random.pick(curvePoints().blsG1)
}

function blsG2(random: Random): Uint8Array {
  return random.oneIn(8) ? curvePoints().blsG2Outside : random.pick(curvePoints().blsG2)
}

function products(random: Random, point: (random: Random) => Uint8Array): Uint8Array {
  return concatBytes(
    ...Array.from({ length: random.between(1, 3) }, () => concatBytes(point(random), word(anyWord(random)))),
  )
}

const BLS_P =
  0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn

function blsField(random: Random): Uint8Array {
  return bigintToBytes(random.oneIn(8) ? BLS_P - BigInt(random.below(2)) : random.bits(380), 64)
}

function p256Verify(random: Random): Uint8Array {
  const digest = random.pick(DIGESTS)
  const { r, s } = p256Signature(digest)
  const { x, y } = p256.Point.fromBytes(p256.getPublicKey(P256_KEY)).toAffine()
  const { ORDER } = p256.Point.Fn
  const odd = random.pick([0n, ORDER, ORDER - 1n])
  const isOdd = random.oneIn(6)
  return concatBytes(digest, ...[isOdd ? odd : r, random.oneIn(3) ? ORDER - s : s, x, y].map(word))
}

const p256Signature = remembered((digest) =>
  p256.Signature.fromBytes(p256.sign(digest, P256_KEY, { prehash: false })),
)

/** Signing is slow, so there are few signatures; each is made when it is first wanted. */
function remembered<T>(sign: (digest: Uint8Array) => T): (digest: Uint8Array) => T {
  const known = new Map<Uint8Array, T>()
  return (digest) => {
    const value = known.get(digest) ?? sign(digest)
    known.set(digest, value)
    return value
  }
}

function word(value: bigint): Uint8Array {
  return bigintToBytes(value, 32)
}
