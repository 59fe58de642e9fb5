import { bls12_381 } from '@noble/curves/bls12-381.js'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type Affine, BLS, BN254, found, mcl, type Pool } from '../../../scripts/lib/curve-points.ts'
import type { Point, Point2 } from '../../core/crypto.ts'
import { MAX_WORD } from '../../core/word.ts'
import { defaultCrypto } from '../../runtime/crypto.ts'
import { BLS12_381 as BLS_PARAMETERS, BN254 as BN254_PARAMETERS, mclOr } from './curves.ts'
import { PairingCurve } from './pairing.ts'

/** Mostly points of the subgroup. */
function pointOf<T>({ members, strays, invalid }: Pool<T>, othersIn100 = 4): fc.Arbitrary<Affine<T>> {
  const others = [...strays, ...invalid]
  return fc.oneof(
    { weight: 100 - othersIn100, arbitrary: fc.constantFrom(...members) },
    { weight: othersIn100, arbitrary: fc.constantFrom(...others) },
  )
}

function scalarOf(n: bigint): fc.Arbitrary<bigint> {
  const edges = fc.constantFrom(0n, 1n, 2n, n - 1n, n, n + 1n, 1n << 128n, MAX_WORD)
  return fc.oneof(
    { weight: 1, arbitrary: edges },
    { weight: 2, arbitrary: fc.bigInt({ min: 0n, max: MAX_WORD }) },
  )
}

const any = ({ members, strays, invalid }: Pool<bigint>) => [...members, ...strays, ...invalid]

test('sums of two points: any of the curve', () => {
  for (const a of any(BN254.g1)) for (const b of any(BN254.g1)) found('bn254Add', a, b)
  for (const a of any(BLS.g1)) for (const b of any(BLS.g1)) found('blsG1Add', a, b)
  fc.assert(
    fc.property(pointOf(BLS.g2, 30), pointOf(BLS.g2, 30), (a, b) => void found('blsG2Add', a, b)),
    { numRuns: 1000 },
  )
})

describe('multiples and sums of them', () => {
  test('of bn254', () => {
    fc.assert(
      fc.property(pointOf(BN254.g1, 10), scalarOf(BN254.n), (a, k) => void found('bn254Mul', a, k)),
      { numRuns: 400 },
    )
    expect(found('bn254Mul', { x: 1n, y: 2n }, 1n << 300n)).not.toBeNull()
  })

  test('of G1 of BLS12-381', () => {
    const terms = fc.array(fc.tuple(pointOf(BLS.g1), scalarOf(BLS.n)), { maxLength: 6 })
    fc.assert(
      fc.property(terms, (some) => void found('blsG1Msm', some)),
      { numRuns: 150 },
    )
  })

  test('of G2 of BLS12-381', () => {
    const terms = fc.array(fc.tuple(pointOf(BLS.g2), scalarOf(BLS.n)), { maxLength: 5 })
    fc.assert(
      fc.property(terms, (some) => void found('blsG2Msm', some)),
      { numRuns: 40 },
    )
  })

  test('none of a point outside the subgroup, not even by zero', () => {
    for (const point of [...BLS.g1.strays, ...BLS.g1.invalid])
      for (const k of [0n, 1n]) expect(mcl.blsG1Msm([[point, k]])).toBeNull()
    for (const point of [...BLS.g2.strays, ...BLS.g2.invalid])
      for (const k of [0n, 1n]) expect(mcl.blsG2Msm([[point, k]])).toBeNull()
  })

  test('of more terms than are computed at once, which include opposites and infinity', () => {
    const [infinity, g1] = BLS.g1.members
    const [infinity2, g2] = BLS.g2.members
    const { n } = BLS
    for (const count of [255, 256, 257, 520]) {
      const scalars = Array.from(
        { length: count },
        (_, i) => (BigInt(i + 3) ** 31n * 0x9e3779b97f4a7c15n) % (n + n),
      )
      // Twice as much, less as much, of the first.
      const sum = scalars.reduce((total, k) => total + k, 0n)
      const terms = scalars.map((k): [Point, bigint] => [g1, k])
      expect(mcl.blsG1Msm(terms)).toEqual(mcl.blsG1Msm([[g1, sum % n]]))
      expect(mcl.blsG1Msm([...terms, [infinity, 5n], [g1, n - (sum % n)]])).toEqual(infinity)
      const terms2 = scalars.map((k): [Point2, bigint] => [g2, k])
      expect(mcl.blsG2Msm([...terms2, [infinity2, 5n], [g2, n - (sum % n)]])).toEqual(infinity2)
      expect(mcl.blsG1Msm([...terms, [BLS.g1.strays[0], 0n]])).toBeNull()
    }
  })
})

describe.each([
  ['bn254Pairing', BN254],
  ['blsPairing', BLS],
] as const)('%s', (name, { g1, g2, n }) => {
  const multiple = (k: bigint): Point =>
    (name === 'bn254Pairing' ? mcl.bn254Mul(g1.members[1], k) : mcl.blsG1Msm([[g1.members[1], k]]))!

  test('finds the same for any pairs', () => {
    const pairs = fc.array(fc.tuple(pointOf(g1), pointOf(g2)), { maxLength: 4 })
    fc.assert(
      fc.property(pairs, (some) => void found(name, some)),
      { numRuns: 40 },
    )
  })

  test('refuses every point that is not of the subgroup, whatever its partner', () => {
    for (const point of [...g1.strays, ...g1.invalid])
      for (const partner of g2.members.slice(0, 2)) expect(mcl[name]([[point, partner]])).toBeNull()
    for (const point of [...g2.strays, ...g2.invalid])
      for (const partner of g1.members.slice(0, 2)) expect(mcl[name]([[partner, point]])).toBeNull()
  })

  test('is bilinear, over as many pairs as go through the loop at once and more', () => {
    const scalars = fc.array(fc.bigInt({ min: 1n, max: n - 1n }), { minLength: 1, maxLength: 140 })
    const [infinity, generator] = g2.members
    fc.assert(
      fc.property(scalars, fc.constantFrom(0n, 0n, 1n), (some, excess) => {
        const sum = some.reduce((total, k) => total + k, excess)
        const pairs = some.map((k): [Point, Point2] => [multiple(k), generator])
        const [closing, opposite] = [multiple((n - (sum % n)) % n), multiple(n - 1n)]
        expect(mcl[name]([...pairs, [opposite, infinity], [closing, generator]])).toBe(excess === 0n)
      }),
      { numRuns: 12 },
    )
    for (const count of [63, 64, 65, 128, 129]) {
      const pairs = Array.from({ length: count }, (_, i): [Point, Point2] => [
        g1.members[1 + (i % 12)],
        g2.members[1],
      ])
      expect(mcl[name](pairs)).toBe(found(name, pairs.slice(0, count % 12 || 12)))
    }
  })
})

describe('maps of field elements', () => {
  const { ORDER: p } = bls12_381.fields.Fp
  const edges = [0n, 1n, 2n, p - 1n, p, p + 1n, 1n << 384n, (1n << 512n) - 1n]
  const inField = fc.bigInt({ min: 0n, max: p - 1n })

  test('give the same points', () => {
    for (const c0 of edges) {
      found('blsMapFpToG1', c0)
      for (const c1 of edges) found('blsMapFp2ToG2', { c0, c1 })
    }
    fc.assert(
      fc.property(inField, (value) => void found('blsMapFpToG1', value)),
      { numRuns: 200 },
    )
    fc.assert(
      fc.property(inField, inField, (c0, c1) => void found('blsMapFp2ToG2', { c0, c1 })),
      { numRuns: 40 },
    )
  })

  test('give them where the formula has a case of its own, and infinity where the isogeny does', () => {
    // Z·u² = −1 (RFC 9380, 6.6.2, Z = 11).
    found(
      'blsMapFpToG1',
      0x1f7462c8b6cbf74db38f4a9a3d71bda12f01df4948d09ff046edbdd403fc31088b69520ee5c57fb7cc51062bde821b8n,
    )
    // The field elements whose image is in the kernel of the isogeny: roots of its denominators (6.6.3).
    const kernel = [
      0xa2605e5991fcf3e63728a7a1468d79bacaa5f23f3816aadcd38efdd330c6d4f5bbf450f92156e0e23e16e3252bcd042n,
      0x10683009c00edc5676a3d43b8b5ae8a68e75a32954f6a502e6acc1c11ed49bcaa7c843871e887ce9839920c2ff0f732fn,
      0x68951d10be6961019aa800a51cf48b707fc9e40700510406be9242d0c8dd866afdec0d66f9dc2cf1dc944702ec161bbn,
      0xa92437e90bc473049ab549b4c4a145feb4fb5cd39f7ee85c11fa62a8f5317220b398be420ca5d8364d460f6ee1efd29n,
    ]
    for (const u of kernel) expect(found('blsMapFpToG1', u)).toEqual({ x: 0n, y: 0n })
  })
})

describe('where mcl is not to be had', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.doUnmock('node:fs')
  })

  test('the default primitives serve', () => {
    vi.stubGlobal('WebAssembly', undefined)
    const asked = vi.fn(() => defaultCrypto)
    const curves = mclOr(asked)
    expect(curves.bn254Add({ x: 1n, y: 2n }, { x: 0n, y: 0n })).toEqual({ x: 1n, y: 2n })
    expect(curves.bn254Pairing([])).toBe(true)
    expect(curves.blsG1Add({ x: 0n, y: 2n }, { x: 0n, y: 0n })).toEqual({ x: 0n, y: 2n })
    expect(asked).toHaveBeenCalledTimes(2)
  })

  test.each<[string, (file: Buffer) => Buffer]>([
    ['empty', () => Buffer.alloc(0)],
    ['cut off', (file) => file.subarray(0, file.length >> 1)],
    ['without a module', (file) => file.subarray(0, 60)],
    // Such a module may still compile.
    ['changed in a letter', (file) => file.fill('Z', 565_504, 565_505)],
  ])('nor where its file is %s', async (_, damaged) => {
    vi.resetModules()
    vi.doMock('node:fs', async (original) => {
      const fs = await original<typeof import('node:fs')>()
      return { ...fs, readFileSync: (path: string) => damaged(fs.readFileSync(path)) }
    })
    const { mclOr } = await import('./curves.ts')
    const asked = vi.fn(() => defaultCrypto)
    expect(mclOr(asked).bn254Add({ x: 1n, y: 2n }, { x: 0n, y: 0n })).toEqual({ x: 1n, y: 2n })
    expect(asked).toHaveBeenCalledOnce()
  })
})

test('memory of mcl stays as large as it was, and is left as it was', () => {
  for (const [curve, { g1, g2 }] of [
    [new PairingCurve(BN254_PARAMETERS), BN254],
    [new PairingCurve(BLS_PARAMETERS), BLS],
  ] as const) {
    const { stackSave } = curve.mcl.functions
    const before = [curve.mcl.words().length, stackSave()]
    for (let i = 0; i < 300; i++) {
      const [first, second] = [g1.members[i % 13], g2.members[(i * 5) % 13]]
      curve.g1.multiplySum([
        [first, BigInt(i) ** 30n],
        [[...g1.strays, ...g1.invalid][i % 7], 1n],
      ])
      curve.g2.add(second, [...g2.strays, ...g2.invalid][i % 7])
      if (i % 10 === 0) curve.isProductOne([[first, second]])
    }
    expect([curve.mcl.words().length, stackSave()]).toEqual(before)
  }
})
