import { expect, test } from 'vitest'
import type { Precompile } from '../../src/core/precompile.ts'
import { bytesToBigint } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { BLS12_381 } from './bls12-381.ts'
import { encodeUint, encodeUints } from './output.ts'

const [G1ADD, G1MSM, G2ADD, G2MSM, PAIRING, MAP_FP, MAP_FP2] = BLS12_381

const P = 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
const N = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
const G1 = [
  0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
  0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
]
/** The generator of G2, real coefficients first. */
const G2 = [
  0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8n,
  0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7en,
  0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801n,
  0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79ben,
]
const G1_NEGATED = [G1[0], P - G1[1]]
const G2_NEGATED = [G2[0], G2[1], P - G2[2], P - G2[3]]
const INFINITY1 = [0n, 0n]
const INFINITY2 = [0n, 0n, 0n, 0n]
/** On the curve, of order 3. */
const STRAY = [0n, 2n]

/** Field elements of 64 bytes; a scalar, wrapped in an array, takes 32. */
type Part = bigint | readonly [bigint]

function encode(parts: readonly Part[]): Uint8Array {
  const fields = parts.map((part) =>
    typeof part === 'bigint' ? encodeUint(part, 64) : encodeUint(part[0], 32),
  )
  return Uint8Array.from(fields.flatMap((field) => [...field]))
}

function runBytes(precompile: Precompile, input: Uint8Array, fieldBytes = 64): bigint[] | null {
  const output = precompile.run(input, defaultCrypto)
  if (!output) return null
  return Array.from({ length: output.length / fieldBytes }, (_, i) =>
    bytesToBigint(output.subarray(fieldBytes * i, fieldBytes * (i + 1))),
  )
}

const run = (precompile: Precompile, parts: readonly Part[]) => runBytes(precompile, encode(parts))

test('addresses follow one another from 0x0b', () => {
  expect(BLS12_381.map(({ address }) => address)).toEqual([11n, 12n, 13n, 14n, 15n, 16n, 17n])
})

test.each<[string, Precompile, Part[], bigint[] | null]>([
  ['infinity', G1ADD, [...G1, ...INFINITY1], G1],
  ['opposites', G1ADD, [...G1, ...G1_NEGATED], INFINITY1],
  ['outside the subgroup', G1ADD, [...STRAY, ...INFINITY1], STRAY],
  ['off the curve', G1ADD, [...G1, 1n, 1n], null],
  ['coordinate not reduced', G1ADD, [G1[0] + P, G1[1], ...G1], null],
  ['padding not zero', G1ADD, [G1[0] + (1n << 384n), G1[1], ...G1], null],
  ['top byte of the padding', G1ADD, [...G1, G1[0], G1[1] + (1n << 511n)], null],
  ['infinity', G2ADD, [...INFINITY2, ...G2], G2],
  ['opposites', G2ADD, [...G2, ...G2_NEGATED], INFINITY2],
  ['coefficients in the wrong order', G2ADD, [...G2, G2[1], G2[0], G2[3], G2[2]], null],
  ['padding not zero', G2ADD, [G2[0], G2[1] + (1n << 384n), G2[2], G2[3], ...G2], null],
  ['by one', G1MSM, [...G1, [1n]], G1],
  ['by the order', G1MSM, [...G1, [N]], INFINITY1],
  ['by the order less one', G1MSM, [...G1, [N - 1n]], G1_NEGATED],
  ['two terms that cancel', G1MSM, [...G1, [5n], ...G1_NEGATED, [5n]], INFINITY1],
  ['infinity', G1MSM, [...INFINITY1, [5n], ...G1, [1n]], G1],
  ['outside the subgroup', G1MSM, [...G1, [1n], ...STRAY, [3n]], null],
  ['by the order less one', G2MSM, [...G2, [N - 1n]], G2_NEGATED],
  ['infinity', G2MSM, [...INFINITY2, [5n], ...G2, [N + 1n]], G2],
  ['off the curve', G2MSM, [1n, 1n, 1n, 1n, [0n]], null],
  ['not reduced', MAP_FP, [P], null],
  ['padding not zero', MAP_FP, [1n << 384n], null],
  ['not reduced', MAP_FP2, [0n, P], null],
])('%s: $name', (_, precompile, parts, output) => {
  expect(run(precompile, parts)).toEqual(output)
})

test.each<[string, Part[], bigint | null]>([
  ['opposites', [...G1, ...G2, ...G1_NEGATED, ...G2], 1n],
  ['opposites in G2', [...G1, ...G2, ...G1, ...G2_NEGATED], 1n],
  ['one pair', [...G1, ...G2], 0n],
  ['infinity and a point', [...INFINITY1, ...G2], 1n],
  ['a point and infinity', [...G1, ...INFINITY2], 1n],
  ['outside the subgroup, beside infinity', [...STRAY, ...INFINITY2], null],
  ['off the curve, beside infinity', [...INFINITY1, 1n, 1n, 1n, 1n], null],
])('pairing: %s', (_, parts, output) => {
  const expected = output === null ? null : [output]
  expect(runBytes(PAIRING, encode(parts), 32)).toEqual(expected)
})

test('fails on no input and on every length but its own', () => {
  const whole: [Precompile, Part[]][] = [
    [G1ADD, [...G1, ...G1]],
    [G1MSM, [...G1, [1n]]],
    [G2ADD, [...G2, ...G2]],
    [G2MSM, [...G2, [1n]]],
    [PAIRING, [...G1, ...G2]],
    [MAP_FP, [1n]],
    [MAP_FP2, [1n, 1n]],
  ]
  for (const [precompile, parts] of whole) {
    const input = encode(parts)
    expect(precompile.run(input, defaultCrypto), precompile.name).not.toBeNull()
    for (const size of [0, 1, input.length - 1, input.length + 1]) {
      const resized = new Uint8Array(size)
      resized.set(input.subarray(0, size))
      expect(precompile.run(resized, defaultCrypto), `${precompile.name} of ${size} bytes`).toBeNull()
    }
  }
})

test('prices', () => {
  const gas = (precompile: Precompile, size: number) => precompile.gas(new Uint8Array(size))
  const sized: [Precompile, number][] = [
    [G1ADD, 256],
    [G2ADD, 512],
    [MAP_FP, 64],
    [MAP_FP2, 128],
  ]
  expect(sized.map(([precompile, size]) => gas(precompile, size))).toEqual([375, 600, 5500, 23800])
  expect([0, 383, 384, 768].map((size) => gas(PAIRING, size))).toEqual([37700, 37700, 70300, 102900])
  const terms = [0, 1, 2, 3, 128, 129, 1000]
  expect(terms.map((count) => gas(G1MSM, 160 * count))).toEqual([
    0, 12000, 22776, 30528, 797184, 803412, 6228000,
  ])
  expect(terms.map((count) => gas(G2MSM, 288 * count))).toEqual([
    0, 22500, 45000, 62302, 1509120, 1520910, 11790000,
  ])
  // A last term that is incomplete is not priced.
  expect(gas(G1MSM, 319)).toBe(12000)
})

test('encodes what it makes in 64 bytes a field element', () => {
  expect(G1ADD.run(encode([...G1, ...INFINITY1]), defaultCrypto)).toEqual(encodeUints(G1, 64))
  expect(G2ADD.run(encode([...G2, ...INFINITY2]), defaultCrypto)).toEqual(encodeUints(G2, 64))
})
