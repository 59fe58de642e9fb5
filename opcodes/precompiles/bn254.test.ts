import { describe, expect, test } from 'vitest'
import type { Precompile } from '../../src/core/precompile.ts'
import { bytesToBigint } from '../../src/core/word.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import {
  BN254_ADD_EIP196,
  BN254_ADD_EIP1108,
  BN254_MUL_EIP196,
  BN254_MUL_EIP1108,
  BN254_PAIRING_EIP197,
  BN254_PAIRING_EIP1108,
} from './bn254.ts'
import { encodeUints } from './output.ts'

const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
const N = 21888242871839275222246405745257275088548364400416034343698204186575808495617n
const G = [1n, 2n]
const NEGATED = [1n, P - 2n]
const DOUBLED = [
  0x030644e72e131a029b85045b68181585d97816a916871ca8d3c208c16d87cfd3n,
  0x15ed738c0e0a7c92e7845f96b2ae9c0a68a6a449e3538fc7ff3ebf7a5a18a2c4n,
]
const INFINITY = [0n, 0n]
const OFF_CURVE = [1n, 3n]
/** The generator of G2, imaginary coefficients first (EIP-197). */
const G2 = [
  11559732032986387107991004021392285783925812861821192530917403151452391805634n,
  10857046999023057135944570762232829481370756359578518086990519993285655852781n,
  4082367875863433681332203403145435568316851327593401208105741076214120093531n,
  8495653923123431417604973247489272438418190587263600148770280649306958101930n,
]
const G2_INFINITY = [0n, 0n, 0n, 0n]

function runBytes(precompile: Precompile, input: Uint8Array): bigint[] | null {
  const output = precompile.run(input, defaultCrypto)
  if (!output) return null
  return Array.from({ length: output.length / 32 }, (_, i) =>
    bytesToBigint(output.subarray(32 * i, 32 * (i + 1))),
  )
}

const run = (precompile: Precompile, words: bigint[]) => runBytes(precompile, encodeUints(words, 32))

test.each([
  ['double', [...G, ...G], DOUBLED],
  ['opposites', [...G, ...NEGATED], INFINITY],
  ['infinity first', [...INFINITY, ...G], G],
  ['infinity second', [...G, ...INFINITY], G],
  ['infinities', [...INFINITY, ...INFINITY], INFINITY],
  ['nothing', [], INFINITY],
  ['one point only', G, G],
  ['more than two points', [...G, ...G, ...OFF_CURVE], DOUBLED],
  ['off the curve', [...G, ...OFF_CURVE], null],
  ['x not reduced', [P + 1n, 2n, ...G], null],
  ['infinity not reduced', [P, 0n, ...G], null],
])('adds: %s', (_, words, output) => {
  expect(run(BN254_ADD_EIP1108, words)).toEqual(output)
})

test('an input cut within a coordinate reads on in zeros', () => {
  const input = encodeUints([...G, ...G], 32)
  expect(runBytes(BN254_ADD_EIP1108, input.subarray(0, 127))).toBeNull()
  // y = 0x…02 loses its last byte and becomes 0: off the curve; x alone as well.
  expect(runBytes(BN254_ADD_EIP1108, input.subarray(0, 32))).toBeNull()
  // Half of a scalar: 1 << 128.
  const scaled = run(BN254_MUL_EIP1108, [...G, 1n << 128n])
  const half = encodeUints([...G, 1n << 128n], 32).subarray(0, 80)
  expect(runBytes(BN254_MUL_EIP1108, half)).toEqual(scaled)
})

test.each([
  ['by two', [...G, 2n], DOUBLED],
  ['by nothing', G, INFINITY],
  ['by the order', [...G, N], INFINITY],
  ['by the order and one', [...G, N + 1n], G],
  ['by the order less one', [...G, N - 1n], NEGATED],
  ['infinity', [...INFINITY, 7n], INFINITY],
  ['words that follow', [...G, 1n, 99n], G],
  ['off the curve, by zero', [...OFF_CURVE, 0n], null],
])('multiplies: %s', (_, words, output) => {
  expect(run(BN254_MUL_EIP1108, words)).toEqual(output)
})

describe('pairing', () => {
  test.each([
    ['no pairs', [], [1n]],
    ['opposites', [...G, ...G2, ...NEGATED, ...G2], [1n]],
    ['one pair', [...G, ...G2], [0n]],
    ['infinity and a point', [...INFINITY, ...G2], [1n]],
    ['a point and infinity', [...G, ...G2_INFINITY], [1n]],
    ['infinities', [...INFINITY, ...G2_INFINITY], [1n]],
    ['coefficients in the wrong order', [...G, G2[1], G2[0], G2[3], G2[2]], null],
    ['first point off its curve', [...OFF_CURVE, ...G2_INFINITY], null],
    ['coefficient not reduced', [...G, G2[0] + P, G2[1], G2[2], G2[3]], null],
    ['a word missing', [...G, ...G2.slice(0, 3)], null],
    ['a word too many', [...G, ...G2, 0n], null],
  ])('%s', (_, words, output) => {
    expect(run(BN254_PAIRING_EIP1108, words)).toEqual(output)
  })
})

test('prices of Byzantium and Istanbul', () => {
  const gas = (precompile: Precompile, size: number) => precompile.gas(new Uint8Array(size))
  expect([BN254_ADD_EIP196, BN254_ADD_EIP1108].map((one) => gas(one, 128))).toEqual([500, 150])
  expect([BN254_MUL_EIP196, BN254_MUL_EIP1108].map((one) => gas(one, 96))).toEqual([40000, 6000])
  const sizes = [0, 191, 192, 384]
  expect(sizes.map((size) => gas(BN254_PAIRING_EIP197, size))).toEqual([100000, 100000, 180000, 260000])
  expect(sizes.map((size) => gas(BN254_PAIRING_EIP1108, size))).toEqual([45000, 45000, 79000, 113000])
})
