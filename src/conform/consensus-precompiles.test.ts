/** Bugs other engines have had: in precompiles, called as contracts call them. */
import { secp256k1 } from 'ethereum-cryptography/secp256k1.js'
import { sha256 } from 'ethereum-cryptography/sha256.js'
import { describe, expect, it } from 'vitest'
import { privateKeyToAddress } from '../chain/sign.ts'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { asm, play, push } from './harness.ts'

const MAX = (1n << 256n) - 1n

/** Calls a precompile with gas enough: its output as hex, or null where the call failed. */
function ask(address: number, input: string, fork = 'Osaka', gas = 20_000_000): string | null {
  const code = asm(
    ['CALLDATASIZE', push(0), push(0), 'CALLDATACOPY'],
    [push(0), push(0), 'CALLDATASIZE', push(0), push(0), push(address), push(gas), 'CALL'],
    // The first byte tells whether it succeeded.
    [push(0), 'MSTORE8', 'RETURNDATASIZE', push(0), push(1), 'RETURNDATACOPY'],
    [push(1), 'RETURNDATASIZE', 'ADD', push(0), 'RETURN'],
  )
  const { output } = play({ fork, code, input: hexToBytes(input, 'input'), gas: 1n << 32n })
  return output[0] === 1 ? bytesToBareHex(output.subarray(1)) : null
}

const hex = (value: bigint | number, sizeBytes: number) => value.toString(16).padStart(2 * sizeBytes, '0')
const word = (value: bigint | number) => hex(value, 32)
const words = (...values: (bigint | number)[]) => values.map(word).join('')

describe('EIP-198', () => {
  const modexp = (base: string, exponent: string, modulus: string, fork?: string) =>
    ask(5, words(base.length / 2, exponent.length / 2, modulus.length / 2) + base + exponent + modulus, fork)
  const forks = ['Byzantium', 'Berlin', 'Osaka']

  it.each<[string, string, string, string, string]>([
    ['no lengths', '', '', '', ''],
    ['no base and no exponent: 0^0 is 1', '', '', '05', '01'],
    ['no exponent', '07', '', '05', '01'],
    ['no base', '', '07', '05', '00'],
    ['no modulus, so no output', '07', '07', '', ''],
    ['base zero', '00', '05', '07', '00'],
    ['base and exponent zero', '00', '00', '07', '01'],
    ['modulus zero', '03', '05', '0000', '0000'],
    ['modulus one', '03', '05', '01', '00'],
    ['modulus one, exponent zero', '03', '00', '0001', '0000'],
    ['modulus even', '03', '05', '08', '03'],
    ['modulus a power of two', '07', '03', '010000', '000157'],
    ['modulus 2^256', hex((1n << 128n) + 1n, 17), '02', hex(1n << 256n, 33), hex((1n << 129n) + 1n, 33)],
    ['modulus even and wide', 'ff'.repeat(40), '03', hex(6, 40), hex(3, 40)],
    ['leading zeros everywhere', '000003', '000005', '000007', '000005'],
    ['exponent longer than a word', '02', '00'.repeat(40) + '0a', '0400', '0000'],
  ])('EIP-198: %s', (_, base, exponent, modulus, result) => {
    for (const fork of forks) expect([fork, modexp(base, exponent, modulus, fork)]).toEqual([fork, result])
  })

  it('EIP-198: what is not there is read as zeros', () => {
    for (const fork of forks) {
      expect(ask(5, '', fork)).toBe('')
      expect(ask(5, words(0, 0, 1), fork)).toBe('00')
      expect(ask(5, words(1, 1, 2) + '0302' + '01', fork)).toBe(hex(9, 2))
    }
  })

  it('EIP-198: huge lengths run out of gas at once, whatever they are lengths of', () => {
    const begun = performance.now()
    for (const length of [1n << 31n, 1n << 32n, 1n << 63n, 1n << 64n, MAX])
      for (const lengths of [
        [length, 0n, 0n],
        [0n, 0n, length],
        [length, length, length],
        [1n, length, 1n],
        [0n, length, 1n],
      ])
        for (const fork of forks)
          expect([fork, lengths, ask(5, words(...lengths), fork)]).toEqual([fork, lengths, null])
    expect(performance.now() - begun).toBeLessThan(5000)
  })

  it('EIP-198: an exponent of any length costs nothing where base and modulus are empty, until EIP-7823', () => {
    for (const fork of ['Byzantium', 'Berlin', 'Prague'])
      expect([fork, ask(5, words(0, MAX, 0), fork)]).toEqual([fork, ''])
    expect(ask(5, words(0, MAX, 0), 'Osaka')).toBe(null)
  })

  it('EIP-7823: each has 1,024 bytes at the most', () => {
    const at = (base: number, exponent: number, modulus: number, fork: string) =>
      ask(5, words(base, exponent, modulus), fork, 1e9)
    expect(at(1024, 1024, 1024, 'Osaka')).toBe('00'.repeat(1024))
    for (const [base, exponent, modulus] of [
      [1025, 1, 1],
      [1, 1025, 1],
      [1, 1, 1025],
      [1025, 0, 0],
      [0, 1025, 0],
    ]) {
      expect(at(base, exponent, modulus, 'Osaka')).toBe(null)
      expect(at(base, exponent, modulus, 'Prague')).toBe('00'.repeat(modulus))
    }
  })
})

describe('EIP-196, EIP-197: BN254', () => {
  const P = 21888242871839275222246405745257275088696311157297823662689037894645226208583n
  const [add, mul, pairing] = [6, 7, 8]
  const NOTHING = words(0, 0)

  it('EIP-196, EIP-197: points off the curve fail', () => {
    for (const point of [words(1, 1), words(0, 1), words(1, 0), words(1, 3)]) {
      expect([ask(add, point), ask(mul, point + word(2)), ask(pairing, point + words(0, 0, 0, 0))]).toEqual([
        null,
        null,
        null,
      ])
    }
  })

  it('EIP-196, EIP-197: coordinates of the modulus or more fail, though the point would be on the curve', () => {
    for (const point of [
      words(P + 1n, 2),
      words(1, P + 2n),
      words(P, 0),
      words(0, P),
      words(P, P),
      words(MAX, MAX),
    ])
      expect([ask(add, point), ask(add, NOTHING + point), ask(mul, point)]).toEqual([null, null, null])
  })

  it('EIP-196, EIP-197: infinity is zeros, and what is not there', () => {
    expect(ask(add, '')).toBe(NOTHING)
    expect(ask(add, words(1, 2))).toBe(words(1, 2))
    expect(ask(add, words(1, 2) + NOTHING)).toBe(words(1, 2))
    expect(ask(add, words(1, 2, 1, P - 2n))).toBe(NOTHING)
    expect([ask(mul, ''), ask(mul, words(1, 2, 0)), ask(mul, NOTHING + word(MAX))]).toEqual([
      NOTHING,
      NOTHING,
      NOTHING,
    ])
    expect(ask(mul, words(1, 2, 1))).toBe(words(1, 2))
    // The order of the group times a point.
    expect(
      ask(mul, words(1, 2, 21888242871839275222246405745257275088548364400416034343698204186575808495617n)),
    ).toBe(NOTHING)
    // More than is read is ignored.
    expect(ask(add, words(1, 2, 0, 0) + 'ff'.repeat(9))).toBe(words(1, 2))
  })

  it('EIP-196, EIP-197: a pairing of nothing is one, and its input is whole pairs', () => {
    expect([ask(pairing, ''), ask(pairing, words(0, 0, 0, 0, 0, 0))]).toEqual([word(1), word(1)])
    for (const size of [1, 191, 193, 64]) expect(ask(pairing, '00'.repeat(size))).toBe(null)
  })
})

describe('EIP-2537: BLS12-381', () => {
  const P =
    0x1a0111ea397fe69a4b1ba7b6434bacd764774b84f38512bf6730d2a0f6b0f6241eabfffeb153ffffb9feffffffffaaabn
  const [g1Add, g1Msm, g2Add, g2Msm, pairing, mapG1, mapG2] = [0x0b, 0x0c, 0x0d, 0x0e, 0x0f, 0x10, 0x11]
  const field = (value: bigint | number) => hex(value, 64)
  /** On the curve y² = x³ + 4, but of order 3. */
  const LOW_ORDER = field(0) + field(2)
  const NOTHING = field(0) + field(0)
  const NOTHING_2 = NOTHING + NOTHING

  it('EIP-2537: points outside the subgroup may be added, not multiplied or paired', () => {
    expect(ask(g1Add, LOW_ORDER + NOTHING)).toBe(LOW_ORDER)
    expect(ask(g1Msm, LOW_ORDER + word(1))).toBe(null)
    expect(ask(g1Msm, LOW_ORDER + word(0))).toBe(null)
    expect(ask(pairing, LOW_ORDER + NOTHING_2)).toBe(null)
  })

  it('EIP-2537: the sixteen bytes above a coordinate are zero', () => {
    const padded = (at: number) => {
      const bytes = hexToBytes(LOW_ORDER + NOTHING, 'point')
      bytes[at] = 1
      return bytesToBareHex(bytes)
    }
    for (const at of [0, 15, 64, 79, 128, 192]) expect([at, ask(g1Add, padded(at))]).toEqual([at, null])
    expect(ask(mapG1, '01' + '00'.repeat(63))).toBe(null)
  })

  it('EIP-2537: coordinates of the modulus or more, and points off the curve, fail', () => {
    for (const point of [
      field(P) + field(2),
      field(0) + field(P + 2n),
      field(1) + field(1),
      field(0) + field(1),
    ])
      expect([ask(g1Add, point + NOTHING), ask(g1Add, NOTHING + point)]).toEqual([null, null])
    expect([ask(mapG1, field(P)), ask(mapG2, field(0) + field(P))]).toEqual([null, null])
    expect(ask(g2Add, field(P) + field(0) + NOTHING + NOTHING_2)).toBe(null)
  })

  it('EIP-2537: infinity is zeros; nothing at all is refused', () => {
    expect([ask(g1Add, NOTHING + NOTHING), ask(g2Add, NOTHING_2 + NOTHING_2)]).toEqual([NOTHING, NOTHING_2])
    expect([ask(g1Msm, NOTHING + word(7)), ask(g2Msm, NOTHING_2 + word(7))]).toEqual([NOTHING, NOTHING_2])
    expect(ask(pairing, NOTHING + NOTHING_2)).toBe(word(1))
    for (const address of [g1Add, g1Msm, g2Add, g2Msm, pairing, mapG1, mapG2]) {
      expect([address, ask(address, ''), ask(address, '00')]).toEqual([address, null, null])
    }
    expect([ask(g1Add, NOTHING), ask(g1Add, NOTHING + NOTHING + '00'), ask(pairing, NOTHING)]).toEqual([
      null,
      null,
      null,
    ])
  })
})

describe('EIP-4844: KZG', () => {
  const R = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n
  /** The zero polynomial: commitment and proof are infinity. */
  const infinity = 'c0' + '00'.repeat(47)
  const versioned = (commitment: string) =>
    '01' + bytesToBareHex(sha256(hexToBytes(commitment, 'commitment'))).slice(2)
  const claim = (z: bigint, y: bigint, hash = versioned(infinity)) => hash + words(z, y) + infinity + infinity

  it('EIP-4844: the claim that zero is zero everywhere holds', () => {
    for (const z of [0n, 1n, R - 1n]) expect(ask(10, claim(z, 0n))).toBe(words(4096, R))
  })

  it('EIP-4844: another hash, a false value, a field element over its bound, another length fail', () => {
    const wrongVersion = '02' + versioned(infinity).slice(2)
    for (const hash of [wrongVersion, '00'.repeat(32), versioned(infinity).slice(0, -2) + '00'])
      expect(ask(10, claim(0n, 0n, hash))).toBe(null)
    for (const [z, y] of [
      [0n, 1n],
      [R, 0n],
      [0n, R],
      [MAX, 0n],
    ])
      expect([z, y, ask(10, claim(z, y))]).toEqual([z, y, null])
    for (const input of ['', claim(0n, 0n).slice(2), claim(0n, 0n) + '00']) expect(ask(10, input)).toBe(null)
  })
})

describe('YP E.1, EIP-7951: signatures', () => {
  const key = new Uint8Array(32).fill(7)
  const digest = new Uint8Array(32).fill(0x42)
  const N = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n
  const { r, s, recovery } = secp256k1.sign(digest, key)
  const recover = (v: bigint, rr: bigint, ss: bigint, more = '') =>
    ask(1, bytesToBareHex(digest) + words(v, rr, ss) + more)
  const v = BigInt(27 + recovery)
  const address = word(privateKeyToAddress(key))

  it('YP E.1: ECRECOVER takes a high s, whose v is the other one', () => {
    expect(recover(v, r, s)).toBe(address)
    expect(recover(55n - v, r, N - s)).toBe(address)
    expect(recover(v, r, s, 'ffff')).toBe(address)
  })

  it('YP E.1: ECRECOVER reads whole words: high bytes of v are no 27, and r and s are in range', () => {
    for (const wrong of [0n, 1n, 26n, 29n, v + (1n << 8n), v + (1n << 64n), v + (1n << 248n), MAX])
      expect([wrong, recover(wrong, r, s)]).toEqual([wrong, ''])
    for (const bad of [0n, N, N + 1n, MAX])
      expect([bad, recover(v, bad, s), recover(v, r, bad)]).toEqual([bad, '', ''])
  })

  it('EIP-7951: P256 answers nothing for infinity, for other lengths and out of range, and does not fail', () => {
    const generator = [
      0x6b17d1f2e12c4247f8bce6e563a440f277037d812deb33a0f4a13945d898c296n,
      0x4fe342e2fe1a7f9b8ee7eb4a7c0f9e162bce33576b315ececbb6406837bf51f5n,
    ] as const
    const order = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
    expect(ask(0x100, words(1, 1, 1, 0, 0))).toBe('')
    for (const [pr, ps] of [
      [0n, 1n],
      [1n, 0n],
      [order, 1n],
      [1n, order],
    ])
      expect(ask(0x100, words(1, pr, ps, ...generator))).toBe('')
    // The key is the generator, private key 1; with k = 1 the signature of h is r = Gx, s = h + r.
    const h = 5n
    const [pr, ps] = [generator[0] % order, (h + generator[0]) % order]
    const valid = words(h, pr, ps, ...generator)
    expect(ask(0x100, valid)).toBe(word(1))
    expect(ask(0x100, words(h, pr, order - ps, ...generator))).toBe(word(1))
    for (const input of ['', valid.slice(2), valid + '00']) expect(ask(0x100, input)).toBe('')
  })
})

describe('EIP-152: BLAKE2F', () => {
  const state = '00'.repeat(64 + 128 + 16)
  const f = (rounds: number, final: string, gas?: number) =>
    ask(9, hex(rounds, 4) + state + final, 'Osaka', gas)

  it('EIP-152: the final flag is 0 or 1, and the input 213 bytes', () => {
    expect([f(1, '00')?.length, f(1, '01')?.length, f(0, '01')?.length]).toEqual([128, 128, 128])
    for (const flag of ['02', 'ff', '', '0000']) expect([flag, f(1, flag)]).toEqual([flag, null])
    expect(f(1, '00')).not.toBe(f(1, '01'))
  })

  it('EIP-152: 2^32−1 rounds cost as much, before any is done', () => {
    const begun = performance.now()
    expect(f(0xffffffff, '01', 20_000_000)).toBe(null)
    expect(performance.now() - begun).toBeLessThan(3000)
    expect([f(1000, '01', 1000)?.length, f(1000, '01', 999)]).toEqual([128, null])
  })
})
