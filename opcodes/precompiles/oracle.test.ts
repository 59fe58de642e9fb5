import { createEVM, getActivePrecompiles, type PrecompileFunc } from '@ethereumjs/evm'
import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { secp256k1 } from 'ethereum-cryptography/secp256k1.js'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToHex, toFixedHex } from '../../src/core/hex.ts'
import type { Precompile } from '../../src/core/precompile.ts'
import { MAX_WORD } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { BLAKE2F } from './blake2f.ts'
import { BLS12_381 } from './bls12-381.ts'
import {
  BN254_ADD_EIP196,
  BN254_ADD_EIP1108,
  BN254_MUL_EIP196,
  BN254_MUL_EIP1108,
  BN254_PAIRING_EIP197,
  BN254_PAIRING_EIP1108,
} from './bn254.ts'
import { ECRECOVER } from './ecrecover.ts'
import { IDENTITY } from './identity.ts'
import { MODEXP_EIP198, MODEXP_EIP2565, MODEXP_OSAKA } from './modexp.ts'
import { encodeUint } from './output.ts'
import { P256VERIFY } from './p256verify.ts'
import { RIPEMD160 } from './ripemd160.ts'
import { SHA256 } from './sha256.ts'

/**
 * Gas, failure and output of every precompile but the KZG one (which this oracle delegates) as @ethereumjs/evm has
 * them, over inputs that are valid, nearly valid, cut, extended and random.
 */

/** Low enough that no input, damaged as it may be, takes long to run. */
const GAS_LIMIT = 3_000_000n

type Bytes = readonly number[]
type Arbitrary = fc.Arbitrary<Bytes>

const evm = await createEVM()

function oracleOf(hardfork: string, address: bigint): (data: Uint8Array) => Promise<string> {
  const common = evm.common.copy()
  common.setHardfork(hardfork)
  const run = getActivePrecompiles(common).get(toFixedHex(address, 20).slice(2)) as PrecompileFunc
  return async (data) => {
    const result = await run({ data, gasLimit: GAS_LIMIT, common, _EVM: evm })
    if (result.exceptionError) return 'fails'
    return `${result.executionGasUsed} gas, ${bytesToHex(result.returnValue)}`
  }
}

function ours(precompile: Precompile, data: Uint8Array): string {
  const gas = precompile.gas(data)
  const output = gas <= GAS_LIMIT ? precompile.run(data, defaultCrypto) : null
  return output ? `${gas} gas, ${bytesToHex(output)}` : 'fails'
}

const uint = (value: bigint, sizeBytes: number): Bytes => [...encodeUint(value, sizeBytes)]
const join = (...parts: Arbitrary[]): Arbitrary => fc.tuple(...parts).map((all) => all.flat())
const anyBytes = (maxLength: number): Arbitrary => fc.uint8Array({ maxLength }).map((bytes) => [...bytes])
const either = (...values: Bytes[]): Arbitrary => fc.constantFrom(...values)

/** Mostly the bytes as they are; else cut, extended, or with one byte changed. */
function damaged(bytes: Arbitrary): Arbitrary {
  const damage = fc.tuple(
    bytes,
    fc.nat(),
    fc.nat(255),
    fc.constantFrom('none', 'none', 'cut', 'extend', 'change'),
  )
  return damage.map(([whole, at, byte, kind]) => {
    const place = whole.length === 0 ? 0 : at % whole.length
    if (kind === 'cut') return whole.slice(0, place)
    if (kind === 'extend') return [...whole, byte]
    return kind === 'change' ? whole.map((old, i) => (i === place ? byte : old)) : whole
  })
}

const word = fc
  .oneof(fc.constantFrom(0n, 1n, 27n, 28n, MAX_WORD), fc.bigInt({ min: 0n, max: MAX_WORD }))
  .map((value) => uint(value, 32))

/** Length words and operands that fit them, with now and then a length that fits nothing. */
const modexpInput = fc
  .tuple(
    fc.tuple(anyBytes(70), anyBytes(70), anyBytes(70)),
    fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, fc.tuple(fc.nat(2), fc.nat(255))),
  )
  .map(([operands, wrong]) => {
    const lengths = operands.map(({ length }) => BigInt(length))
    if (wrong) lengths[wrong[0]] = 1n << BigInt(wrong[1])
    return [...lengths.flatMap((length) => uint(length, 32)), ...operands.flat()]
  })

/** The rounds are left whole: damaged, they are millions. */
const blake2fInput = join(
  fc.nat(70).map((rounds) => uint(BigInt(rounds), 4)),
  damaged(
    join(
      fc.uint8Array({ minLength: 208, maxLength: 208 }).map((bytes) => [...bytes]),
      fc.constantFrom(0, 1, 1, 2).map((flag) => [flag]),
    ),
  ),
)

const ecrecoverInput = fc.tuple(word, fc.nat(3), fc.boolean()).map(([digest, key, mirrored]) => {
  const { r, s, recovery } = secp256k1.sign(Uint8Array.from(digest), new Uint8Array(32).fill(key + 1))
  const v = 27n + BigInt(mirrored ? 1 - recovery : recovery)
  return [...digest, ...uint(v, 32), ...uint(r, 32), ...uint(mirrored ? secp256k1.CURVE.n - s : s, 32)]
})

const p256Input = fc.tuple(word, fc.nat(3)).map(([digest, key]) => {
  const secret = new Uint8Array(32).fill(key + 1)
  const signature = p256.sign(Uint8Array.from(digest), secret, { prehash: false, lowS: false })
  return [...digest, ...signature, ...p256.getPublicKey(secret, false).subarray(1)]
})

/** Encoded points: infinity, small multiples of the generator, and what is nearly a point. */
function bnPoints(): { g1: Arbitrary; g2: Arbitrary } {
  const one = [1n, 3n, 4n].map((k) => bn254.G1.Point.BASE.multiply(k).toAffine())
  const two = [1n, 5n].map((k) => bn254.G2.Point.BASE.multiply(k).toAffine())
  const p = bn254.fields.Fp.ORDER
  return {
    g1: either(
      uint(0n, 64),
      ...one.map(({ x, y }) => [...uint(x, 32), ...uint(y, 32)]),
      [...uint(1n, 32), ...uint(p - 2n, 32)],
      [...uint(1n, 32), ...uint(p + 2n, 32)],
    ),
    g2: either(uint(0n, 128), ...two.map(({ x, y }) => [x.c1, x.c0, y.c1, y.c0].flatMap((c) => uint(c, 32)))),
  }
}

function blsPoints(): { g1: Arbitrary; g2: Arbitrary } {
  const one = [1n, 3n, 4n].map((k) => bls12_381.G1.Point.BASE.multiply(k).toAffine())
  const two = [1n, 5n].map((k) => bls12_381.G2.Point.BASE.multiply(k).toAffine())
  return {
    // The last is on the curve and outside the subgroup.
    g1: either(uint(0n, 128), ...one.map(({ x, y }) => [...uint(x, 64), ...uint(y, 64)]), uint(2n, 128)),
    g2: either(uint(0n, 256), ...two.map(({ x, y }) => [x.c0, x.c1, y.c0, y.c1].flatMap((c) => uint(c, 64)))),
  }
}

const bn = bnPoints()
const bls = blsPoints()
const many = (part: Arbitrary, maxLength: number): Arbitrary =>
  fc.array(part, { maxLength }).map((parts) => parts.flat())
const fieldElement = fc
  .oneof(fc.bigInt({ min: 0n, max: (1n << 381n) - 1n }), fc.constantFrom(0n, bls12_381.fields.Fp.ORDER))
  .map((value) => uint(value, 64))

const [G1ADD, G1MSM, G2ADD, G2MSM, PAIRING, MAP_FP, MAP_FP2] = BLS12_381

const CASES: readonly [Precompile, string, Arbitrary, number][] = [
  [ECRECOVER, 'chainstart', damaged(fc.oneof(ecrecoverInput, join(word, word, word, word))), 100],
  [SHA256, 'chainstart', anyBytes(200), 50],
  [RIPEMD160, 'chainstart', anyBytes(200), 50],
  [IDENTITY, 'chainstart', anyBytes(200), 50],
  [MODEXP_EIP198, 'byzantium', damaged(modexpInput), 500],
  [MODEXP_EIP2565, 'berlin', damaged(modexpInput), 500],
  [MODEXP_OSAKA, 'osaka', damaged(modexpInput), 500],
  [BN254_ADD_EIP196, 'byzantium', damaged(join(bn.g1, bn.g1)), 100],
  [BN254_ADD_EIP1108, 'istanbul', damaged(join(bn.g1, bn.g1)), 50],
  [BN254_MUL_EIP196, 'byzantium', damaged(join(bn.g1, word)), 100],
  [BN254_MUL_EIP1108, 'istanbul', damaged(join(bn.g1, word)), 50],
  [BN254_PAIRING_EIP197, 'byzantium', damaged(many(join(bn.g1, bn.g2), 3)), 50],
  [BN254_PAIRING_EIP1108, 'istanbul', damaged(many(join(bn.g1, bn.g2), 3)), 50],
  [BLAKE2F, 'istanbul', blake2fInput, 200],
  [G1ADD, 'prague', damaged(join(bls.g1, bls.g1)), 100],
  [G1MSM, 'prague', damaged(many(join(bls.g1, word), 3)), 60],
  [G2ADD, 'prague', damaged(join(bls.g2, bls.g2)), 100],
  [G2MSM, 'prague', damaged(many(join(bls.g2, word), 3)), 60],
  [PAIRING, 'prague', damaged(many(join(bls.g1, bls.g2), 3)), 50],
  [MAP_FP, 'prague', damaged(fieldElement), 60],
  [MAP_FP2, 'prague', damaged(join(fieldElement, fieldElement)), 60],
  [P256VERIFY, 'osaka', damaged(p256Input), 60],
]

test.each(CASES)('$name at $spec', async (precompile, hardfork, inputs, numRuns) => {
  const oracle = oracleOf(hardfork, precompile.address)
  await fc.assert(
    fc.asyncProperty(inputs, async (input) => {
      const data = Uint8Array.from(input)
      expect(ours(precompile, data)).toBe(await oracle(data))
    }),
    { numRuns },
  )
})
