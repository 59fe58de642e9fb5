import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Fp2, Point, Point2 } from '../core/crypto.ts'
import { MAX_WORD } from '../core/word.ts'
import { defaultCrypto as crypto } from './crypto.ts'

/** The textbook: chord and tangent in affine coordinates, inverses by Euclid. Slow, and not from any library. */
interface Field<T> {
  add(a: T, b: T): T
  mul(a: T, b: T): T
  invert(a: T): T
  of(value: bigint): T
}

interface Affine<T> {
  readonly x: T
  readonly y: T
}

function primeField(p: bigint): Field<bigint> {
  const of = (value: bigint) => ((value % p) + p) % p
  return {
    of,
    add: (a, b) => of(a + b),
    mul: (a, b) => of(a * b),
    invert(a) {
      let [r0, r1, t0, t1] = [p, of(a), 0n, 1n]
      while (r1 !== 0n) [r0, r1, t0, t1] = [r1, r0 % r1, t1, t0 - (r0 / r1) * t1]
      return of(t0)
    },
  }
}

/** Pairs c0 + c1·u with u² = −1. */
function quadraticField(p: bigint): Field<Fp2> {
  const f = primeField(p)
  return {
    of: (value) => ({ c0: f.of(value), c1: 0n }),
    add: (a, b) => ({ c0: f.add(a.c0, b.c0), c1: f.add(a.c1, b.c1) }),
    mul: (a, b) => ({ c0: f.of(a.c0 * b.c0 - a.c1 * b.c1), c1: f.of(a.c0 * b.c1 + a.c1 * b.c0) }),
    invert(a) {
      const norm = f.invert(f.of(a.c0 * a.c0 + a.c1 * a.c1))
      return { c0: f.mul(a.c0, norm), c1: f.mul(-a.c1, norm) }
    },
  }
}

function textbook<T>(field: Field<T>) {
  const infinity: Affine<T> = { x: field.of(0n), y: field.of(0n) }
  const isEqual = (a: unknown, b: unknown) => print(a) === print(b)
  const negateElement = (a: T) => field.mul(a, field.of(-1n))
  const negate = (a: Affine<T>): Affine<T> => ({ x: a.x, y: negateElement(a.y) })
  function add(a: Affine<T>, b: Affine<T>): Affine<T> {
    if (isEqual(a, infinity)) return b
    if (isEqual(b, infinity)) return a
    if (isEqual(a, negate(b))) return infinity
    const [rise, run] = isEqual(a, b)
      ? [field.mul(field.of(3n), field.mul(a.x, a.x)), field.add(a.y, a.y)]
      : [field.add(b.y, negateElement(a.y)), field.add(b.x, negateElement(a.x))]
    const slope = field.mul(rise, field.invert(run))
    const x = field.add(field.mul(slope, slope), negateElement(field.add(a.x, b.x)))
    return { x, y: field.add(field.mul(slope, field.add(a.x, negateElement(x))), negateElement(a.y)) }
  }
  function multiply(a: Affine<T>, scalar: bigint): Affine<T> {
    let sum = infinity
    for (let double = a, bits = scalar; bits > 0n; bits >>= 1n, double = add(double, double))
      if (bits & 1n) sum = add(sum, double)
    return sum
  }
  return { infinity, add, multiply, negate }
}

const print = (value: unknown) =>
  JSON.stringify(value, (_, v) => (typeof v === 'bigint' ? v.toString(16) : v))

// Generators and orders as EIP-197 and EIP-2537 give them.
const BN254 = {
  name: 'bn254',
  p: 21888242871839275222246405745257275088696311157297823662689037894645226208583n,
  n: 21888242871839275222246405745257275088548364400416034343698204186575808495617n,
  g1: { x: 1n, y: 2n },
  g2: {
    x: {
      c0: 10857046999023057135944570762232829481370756359578518086990519993285655852781n,
      c1: 11559732032986387107991004021392285783925812861821192530917403151452391805634n,
    },
    y: {
      c0: 8495653923123431417604973247489272438418190587263600148770280649306958101930n,
      c1: 4082367875863433681332203403145435568316851327593401208105741076214120093531n,
    },
  },
  library: bn254,
  g1Add: crypto.bn254Add,
  pairing: crypto.bn254Pairing,
  /** G1 is the whole curve. */
  strayG1: null,
}

const BLS12_381 = {
  name: 'bls12-381',
  p: 0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn,
  n: 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n,
  g1: {
    x: 0x17f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bbn,
    y: 0x08b3f481e3aaa0f1a09e30ed741d8ae4fcf5e095d5d00af600db18cb2c04b3edd03cc744a2888ae40caa232946c5e7e1n,
  },
  g2: {
    x: {
      c0: 0x024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8n,
      c1: 0x13e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7en,
    },
    y: {
      c0: 0x0ce5d527727d6e118cc9cdc6da2e351aadfd9baa8cbdd3a76d429a695160d12c923ac9cc3baca289e193548608b82801n,
      c1: 0x0606c4a02ea734cc32acd2b02bc28b99cb3e287e85a763af267492ab572e99ab3f370d275cec1da1aaa9075ff05f79ben,
    },
  },
  library: bls12_381,
  g1Add: crypto.blsG1Add,
  pairing: crypto.blsPairing,
  /** (0, 2) is on y² = x³ + 4, and of order 3. */
  strayG1: { x: 0n, y: 2n },
}

/** A point of the twisted curve outside the subgroup: the first with a small real x, as the subgroup is so rare. */
function strayG2(curve: typeof BN254 | typeof BLS12_381): Point2 {
  const { Fp2: field } = curve.library.fields
  const { b } = curve.library.G2.Point.CURVE()
  for (let c0 = 1n; ; c0++) {
    const x = { c0, c1: 0n }
    try {
      return { x, y: field.sqrt(field.add(field.mul(field.sqr(x), x), b)) }
    } catch {
      // Not a square: the next one.
    }
  }
}

describe.each([BN254, BLS12_381])('$name', (curve) => {
  const { p, n, g1, g2 } = curve
  const first = textbook(primeField(p))
  const second = textbook(quadraticField(p))
  const scalar = fc.oneof(
    fc.constantFrom(0n, 1n, 2n, n - 1n, n, n + 1n, MAX_WORD),
    fc.bigInt({ min: 0n, max: MAX_WORD }),
  )
  const stray = strayG2(curve)

  test('adds points of G1 by the textbook', () => {
    fc.assert(
      fc.property(fc.nat(5), fc.nat(5), fc.boolean(), (i, j, negated) => {
        const a = first.multiply(g1, BigInt(i))
        const b = first.multiply(g1, BigInt(j))
        const other = negated && j > 0 ? first.negate(b) : b
        expect(curve.g1Add(a, other)).toEqual(first.add(a, other))
      }),
      { numRuns: 60 },
    )
  })

  test('refuses what is not a point of the curve', () => {
    const bad: Record<string, Point> = {
      'off the curve': { x: g1.x, y: g1.y + 1n },
      'x not reduced': { x: g1.x + p, y: g1.y },
      'y not reduced': { x: g1.x, y: g1.y + p },
      'infinity not reduced': { x: p, y: 0n },
      'infinity not reduced in y': { x: 0n, y: p },
      'half of infinity': { x: 0n, y: 1n },
      'y zero': { x: 1n, y: 0n },
      negative: { x: g1.x - p, y: g1.y },
      'past every field': { x: 1n << 400n, y: g1.y },
    }
    for (const [name, point] of Object.entries(bad)) {
      expect(curve.g1Add(point, g1), name).toBeNull()
      expect(curve.g1Add(g1, point), name).toBeNull()
      expect(curve.pairing([[point, g2]]), name).toBeNull()
      // A partner at infinity excuses nothing.
      expect(curve.pairing([[point, second.infinity]]), name).toBeNull()
    }
  })

  test('pairing refuses points of the twist outside the subgroup, whatever their partner', () => {
    const offCurve = { x: g2.x, y: { c0: g2.y.c0, c1: g2.y.c1 + 1n } }
    const unreduced = { x: { c0: g2.x.c0 + p, c1: g2.x.c1 }, y: g2.y }
    const swapped = { x: { c0: g2.x.c1, c1: g2.x.c0 }, y: { c0: g2.y.c1, c1: g2.y.c0 } }
    for (const q of [stray, offCurve, unreduced, swapped])
      for (const partner of [g1, first.infinity]) {
        expect(curve.pairing([[partner, q]])).toBeNull()
        expect(
          curve.pairing([
            [g1, g2],
            [partner, q],
          ]),
        ).toBeNull()
      }
    if (curve.strayG1) expect(curve.pairing([[curve.strayG1, g2]])).toBeNull()
  })

  test('pairing is bilinear, and not degenerate', () => {
    const small = fc.bigInt({ min: 1n, max: 1n << 24n })
    fc.assert(
      fc.property(small, small, (a, b) => {
        const left: [Point, Point2] = [first.multiply(g1, a), second.multiply(g2, b)]
        const ab = first.multiply(g1, a * b)
        expect(curve.pairing([left, [first.negate(ab), g2]])).toBe(true)
        expect(curve.pairing([left, [ab, second.negate(g2)]])).toBe(true)
        expect(curve.pairing([left, [ab, g2]])).toBe(false)
        expect(curve.pairing([left])).toBe(false)
      }),
      { numRuns: 6 },
    )
    expect(curve.pairing([])).toBe(true)
    expect(curve.pairing([[first.infinity, g2]])).toBe(true)
    expect(curve.pairing([[g1, second.infinity]])).toBe(true)
    expect(
      curve.pairing([
        [g1, second.infinity],
        [g1, g2],
      ]),
    ).toBe(false)
  })

  if (curve === BN254)
    test('multiplies points of G1 by the textbook, reducing the scalar', () => {
      fc.assert(
        fc.property(fc.nat(4), scalar, (i, k) => {
          const a = first.multiply(g1, BigInt(i))
          expect(crypto.bn254Mul(a, k)).toEqual(first.multiply(a, k))
        }),
        { numRuns: 40 },
      )
      expect(crypto.bn254Mul({ x: 1n, y: 3n }, 0n)).toBeNull()
    })

  if (curve === BLS12_381) {
    test('adds points of the twist by the textbook, outside the subgroup too', () => {
      const points = [
        second.infinity,
        g2,
        second.negate(g2),
        second.add(g2, g2),
        stray,
        second.add(stray, g2),
      ]
      for (const a of points) for (const b of points) expect(crypto.blsG2Add(a, b)).toEqual(second.add(a, b))
      expect(crypto.blsG2Add(g2, { x: g2.x, y: g2.x })).toBeNull()
      const { strayG1 } = curve
      expect(crypto.blsG1Add(strayG1!, strayG1!)).toEqual(first.negate(strayG1!))
      expect(crypto.blsG1Add(strayG1!, g1)).toEqual(first.add(strayG1!, g1))
    })

    test('sums multiples by the textbook, reducing the scalars', () => {
      fc.assert(
        fc.property(fc.array(fc.tuple(fc.nat(4), scalar), { minLength: 1, maxLength: 3 }), (terms) => {
          const left = terms.map(([i, k]): [Point, bigint] => [first.multiply(g1, BigInt(i)), k])
          const right = terms.map(([i, k]): [Point2, bigint] => [second.multiply(g2, BigInt(i)), k])
          const sum = left.map(([a, k]) => first.multiply(a, k)).reduce(first.add)
          const sum2 = right.map(([a, k]) => second.multiply(a, k)).reduce(second.add)
          expect(crypto.blsG1Msm(left)).toEqual(sum)
          expect(crypto.blsG2Msm(right)).toEqual(sum2)
        }),
        { numRuns: 12 },
      )
    })

    test('sums refuse points outside the subgroup, even times zero', () => {
      expect(
        crypto.blsG1Msm([
          [g1, 5n],
          [curve.strayG1!, 0n],
        ]),
      ).toBeNull()
      expect(
        crypto.blsG2Msm([
          [g2, 5n],
          [stray, 0n],
        ]),
      ).toBeNull()
      expect(crypto.blsG1Msm([[{ x: g1.x, y: g1.x }, 1n]])).toBeNull()
    })

    test('maps field elements to the points of RFC 9380', () => {
      // Appendix J.9.2 and J.10.2, of the empty message.
      expect(
        crypto.blsMapFpToG1(
          0x156c8a6a2c184569d69a76be144b5cdc5141d2d2ca4fe341f011e25e3969c55ad9e9b9ce2eb833c81a908e5fa4ac5f03n,
        ),
      ).toEqual({
        x: 0x184bb665c37ff561a89ec2122dd343f20e0f4cbcaec84e3c3052ea81d1834e192c426074b02ed3dca4e7676ce4ce48ban,
        y: 0x04407b8d35af4dacc809927071fc0405218f1401a6d15af775810e4e460064bcc9468beeba82fdc751be70476c888bf3n,
      })
      expect(
        crypto.blsMapFp2ToG2({
          c0: 0x07355d25caf6e7f2f0cb2812ca0e513bd026ed09dda65b177500fa31714e09ea0ded3a078b526bed3307f804d4b93b04n,
          c1: 0x02829ce3c021339ccb5caf3e187f6370e1e2a311dec9b75363117063ab2015603ff52c3d3b98f19c2f65575e99e8b78cn,
        }),
      ).toEqual({
        x: {
          c0: 0x00e7f4568a82b4b7dc1f14c6aaa055edf51502319c723c4dc2688c7fe5944c213f510328082396515734b6612c4e7bb7n,
          c1: 0x126b855e9e69b1f691f816e48ac6977664d24d99f8724868a184186469ddfd4617367e94527d4b74fc86413483afb35bn,
        },
        y: {
          c0: 0x0caead0fd7b6176c01436833c79d305c78be307da5f6af6c133c47311def6ff1e0babf57a0fb5539fce7ee12407b0a42n,
          c1: 0x1498aadcf7ae2b345243e281ae076df6de84455d766ab6fcdaad71fab60abb2e8b980a440043cd305db09d283c895e3dn,
        },
      })
    })

    test('maps every element into the subgroup, and refuses those past the field', () => {
      for (const element of [0n, 1n, p - 1n]) {
        const point = crypto.blsMapFpToG1(element)!
        const point2 = crypto.blsMapFp2ToG2({ c0: element, c1: p - 1n - element })!
        // Sums check the subgroup.
        expect(crypto.blsG1Msm([[point, 1n]])).toEqual(point)
        expect(crypto.blsG2Msm([[point2, 1n]])).toEqual(point2)
      }
      expect(crypto.blsMapFpToG1(p)).toBeNull()
      expect(crypto.blsMapFp2ToG2({ c0: p, c1: 0n })).toBeNull()
      expect(crypto.blsMapFp2ToG2({ c0: 0n, c1: p })).toBeNull()
    })
  }
})
