import { hexToBytes } from '../../core/hex.ts'
import { bytesToBigint } from '../../core/word.ts'
import { TAU_G2 } from '../../runtime/kzg-setup.ts'
import type { Group } from './group.ts'
import { FR, GT } from './instance.ts'
import type { PairingCurve } from './pairing.ts'

/** The generators, compressed. */
const G1 = '97f1d3a73197d7942695638c4fa9ac0fc3688c4f9774b905a14e3a3f171bac586c55e83ff97a1aeffb3af00adb22c6bb'
const G2 =
  '93e02b6052719f607dacd3a088274f65596bd0d09920b61ab5da61bbdc7f5049334cf11213945d57e5ac7d055d042b7e' +
  '024aa2b2f08f0a91260805272dc51051c6e47ad4fa403b02b4510b647ae3d1770bac0326a805bbefd48056c8c121bdb8'

const G1_BYTES = 48
const G2_BYTES = 96

/** The top three bits of a compressed point: of a y in the lower and the upper half, and of infinity. */
const LOWER = 0b100
const UPPER = 0b101
const INFINITY = 0b110

/** Verification of KZG openings on BLS12-381; src/runtime/kzg.ts tells what is checked. */
export class KzgVerifier {
  readonly #curve: PairingCurve
  readonly #encoded: number
  /** The proof and the generator of G1, and by what they are multiplied. */
  readonly #proof: number
  readonly #scalars: number
  readonly #commitment: number
  readonly #left: number
  readonly #product: number
  /** Lines of the Miller loop through both points of G2, which never change. */
  readonly #generatorLines: number
  readonly #tauLines: number

  constructor(curve: PairingCurve) {
    const { malloc } = curve.mcl.functions
    this.#curve = curve
    this.#encoded = malloc(G2_BYTES)
    this.#proof = curve.g1.room(2)
    this.#scalars = malloc(2 * FR)
    this.#commitment = curve.g1.room(1)
    this.#left = curve.g1.room(1)
    this.#product = malloc(GT)
    this.#decode(curve.g1, this.#proof + curve.g1.sizeBytes, hexToBytes(G1, 'G1'))
    this.#generatorLines = this.#linesThrough(G2)
    this.#tauLines = this.#linesThrough(TAU_G2)
  }

  /** See `Crypto.kzgVerify`. */
  verify(commitment: Uint8Array, z: Uint8Array, y: Uint8Array, proof: Uint8Array): boolean {
    const { mcl, g1, order } = this.#curve
    const point = bytesToBigint(z)
    const value = bytesToBigint(y)
    if (point >= order || value >= order) return false
    if (!this.#decodeG1(this.#commitment, commitment) || !this.#decodeG1(this.#proof, proof)) return false

    // e(−left, G2) · e(W, τ·G2) = 1, where left = z·W − y·G1 + C.
    const left = this.#left
    g1.putScalar(this.#scalars, point)
    g1.putScalar(this.#scalars + FR, order - value)
    g1.operations.mulVec(left, this.#proof, this.#scalars, 2)
    g1.operations.add(left, left, this.#commitment)
    g1.operations.neg(left, left)
    g1.operations.normalize(left, left)
    // The Miller loop has no formula for infinity. Pairing with it gives one, and of what is left nothing else does.
    const isZero = [left, this.#proof].map((at) => g1.operations.isZero(at) === 1)
    if (isZero.includes(true)) return !isZero.includes(false)
    const lines = [left, this.#generatorLines, this.#proof, this.#tauLines]
    mcl.functions.mclBn_precomputedMillerLoop2(this.#product, ...lines)
    return this.#curve.isPowerOne(this.#product)
  }

  #linesThrough(hex: string): number {
    const { malloc, mclBn_getUint64NumToPrecompute, mclBn_precomputeG2 } = this.#curve.mcl.functions
    const point = this.#curve.g2.room(1)
    const lines = malloc(8 * mclBn_getUint64NumToPrecompute())
    this.#decode(this.#curve.g2, point, hexToBytes(hex, 'G2'))
    mclBn_precomputeG2(lines, point)
    return lines
  }

  /** Writes a compressed point of G1; false where the bytes are none in canonical form. */
  #decodeG1(at: number, bytes: Uint8Array): boolean {
    if (bytes.length !== G1_BYTES) return false
    const flags = bytes[0] >> 5
    if (flags === LOWER || flags === UPPER) return this.#decode(this.#curve.g1, at, bytes)
    this.#curve.g1.operations.clear(at)
    return bytes[0] === INFINITY << 5 && bytes.every((byte, i) => i === 0 || byte === 0)
  }

  /** The same of any group, infinity left aside. */
  #decode<T>({ operations }: Group<T>, at: number, bytes: Uint8Array): boolean {
    const { words, functions } = this.#curve.mcl
    new Uint8Array(words().buffer).set(bytes, this.#encoded)
    functions.mclBn_setETHserialization(1)
    const used = operations.deserialize(at, this.#encoded, bytes.length)
    functions.mclBn_setETHserialization(0)
    return used === bytes.length && operations.isValidOrder(at) === 1
  }
}
