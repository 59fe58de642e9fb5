import { bls12_381 } from '@noble/curves/bls12-381.js'
import { bn254 } from '@noble/curves/bn254.js'
import { p256 } from '@noble/curves/nist.js'
import { bytesToHex, concatHex, type Hex, keccak256, padHex, sha256, stringToHex } from 'viem'
import type { Chain } from './chain.ts'
import type { Scenario } from './scenario.ts'

/** Inputs for the precompiled contracts, made by other libraries than ours: one answered, one refused, where there is one. */
async function inputs(chain: Chain): Promise<[at: Hex, input: Hex][]> {
  const digest = keccak256(stringToHex('signed'))
  const { r, s, v } = await chain.accounts[5].sign({ hash: digest }).then(splitSignature)
  const key = Uint8Array.of(...new Array<number>(31).fill(0), 7)
  const message = sha256(stringToHex('signed too'), 'bytes')
  const p256Signature = bytesToHex(p256.sign(message, key, { prehash: false }))
  const p256Key: Hex = `0x${bytesToHex(p256.getPublicKey(key, false)).slice(4)}`
  return [
    ['0x01', concatHex([digest, word(v), r, s])],
    ['0x01', concatHex([digest, word(26n), r, s])],
    ['0x02', stringToHex('abc')],
    ['0x03', stringToHex('abc')],
    ['0x04', stringToHex('the same again')],
    ['0x05', concatHex([word(1n), word(32n), word(32n), '0x03', word(SECP256K1_P - 1n), word(SECP256K1_P)])],
    ['0x05', concatHex([word(0n), word(0n), word(1025n)])],
    ['0x06', concatHex([BN254_G1, BN254_G1])],
    ['0x06', concatHex([word(1n), word(1n), BN254_G1])],
    ['0x07', concatHex([BN254_G1, word(1234567890n)])],
    ['0x08', concatHex([BN254_G1, BN254_G2, BN254_G1_NEGATED, BN254_G2])],
    ['0x08', concatHex([BN254_G1, BN254_G1, BN254_G1])],
    ['0x09', BLAKE2F_ABC],
    ['0x09', `${BLAKE2F_ABC.slice(0, -2) as Hex}02`],
    ['0x0a', concatHex([ZERO_BLOB_HASH, word(5n), word(0n), INFINITY, INFINITY])],
    ['0x0b', concatHex([BLS_G1, BLS_G1])],
    ['0x0c', concatHex([BLS_G1, word(3n), BLS_G1_NEGATED, word(2n)])],
    ['0x0d', concatHex([BLS_G2, BLS_G2])],
    ['0x0e', concatHex([BLS_G2, word(5n)])],
    ['0x0f', concatHex([BLS_G1, BLS_G2, BLS_G1_NEGATED, BLS_G2])],
    ['0x10', fp(1n)],
    ['0x11', concatHex([fp(1n), fp(2n)])],
    ['0x11', concatHex([fp(bls12_381.fields.Fp.ORDER), fp(2n)])],
    ['0x0100', concatHex([bytesToHex(message), p256Signature, p256Key])],
    ['0x0100', concatHex([bytesToHex(message), p256Signature, BN254_G1])],
  ]
}

export const PRECOMPILES: Scenario = {
  name: 'precompiles',
  description: 'Every precompiled contract of Osaka, asked what it answers and what it refuses.',
  fork: 'osaka',
  async send(chain) {
    const { Precompiles } = chain.compile('Precompiles.sol')
    const contract = await chain.deploy(Precompiles)
    await chain.mineSetup()
    for (const [at, input] of await inputs(chain))
      await chain.call(contract, Precompiles.abi, 'ask', [padHex(at, { size: 20 }), input], { gas: 400_000n })
  },
}

/** The point at infinity of BLS12-381, compressed: commitment to the blob of zeros, and proof of all its openings. */
export const INFINITY: Hex = `0xc0${'00'.repeat(47)}`

/** Versioned hash of the blob of zeros (EIP-4844). */
export const ZERO_BLOB_HASH: Hex = `0x01${sha256(INFINITY).slice(4)}`

export function word(value: bigint): Hex {
  return padHex(`0x${value.toString(16)}`, { size: 32 })
}

/** An element of the base field of BLS12-381, as EIP-2537 writes it: 64 bytes. */
function fp(value: bigint): Hex {
  return padHex(`0x${value.toString(16)}`, { size: 64 })
}

const SECP256K1_P = 2n ** 256n - 2n ** 32n - 977n

const bnG1 = bn254.G1.Point.BASE.toAffine()
const BN254_G1 = concatHex([word(bnG1.x), word(bnG1.y)])
const BN254_G1_NEGATED = concatHex([word(bnG1.x), word(bn254.fields.Fp.neg(bnG1.y))])
/** Imaginary parts first (EIP-197). */
const bnG2 = bn254.G2.Point.BASE.toAffine()
const BN254_G2 = concatHex([bnG2.x.c1, bnG2.x.c0, bnG2.y.c1, bnG2.y.c0].map(word))

const blsG1 = bls12_381.G1.Point.BASE.toAffine()
const BLS_G1 = concatHex([fp(blsG1.x), fp(blsG1.y)])
const BLS_G1_NEGATED = concatHex([fp(blsG1.x), fp(bls12_381.fields.Fp.neg(blsG1.y))])
/** Real parts first (EIP-2537). */
const blsG2 = bls12_381.G2.Point.BASE.toAffine()
const BLS_G2 = concatHex([blsG2.x.c0, blsG2.x.c1, blsG2.y.c0, blsG2.y.c1].map(fp))

/** The twelve rounds that hash `abc` (EIP-152, test vector 5). */
const BLAKE2F_ABC = concatHex([
  '0x0000000c',
  '0x48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5',
  '0xd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b',
  padHex(stringToHex('abc'), { size: 128, dir: 'right' }),
  '0x03000000000000000000000000000000',
  '0x01',
])

/** The three parts of a signature of 65 bytes. */
export function splitSignature(signature: Hex): { r: Hex; s: Hex; v: bigint } {
  return {
    r: `0x${signature.slice(2, 66)}`,
    s: `0x${signature.slice(66, 130)}`,
    v: BigInt(`0x${signature.slice(130)}`),
  }
}
