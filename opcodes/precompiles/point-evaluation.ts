import type { Precompile } from '../../src/core/precompile.ts'
import { encodeUints } from './output.ts'
import { remembered } from './remembered.ts'

const INPUT_BYTES = 192
/** First byte of the versioned hash of a KZG commitment. */
const VERSION_KZG = 1
const FIELD_ELEMENTS_PER_BLOB = 4096n
/** Order of the scalar field of BLS12-381. */
const BLS_MODULUS = 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n

/**
 * KZG_POINT_EVALUATION(versionedHash, z, y, commitment, proof): proves that the blob's polynomial is y at z. Fails when
 * it does not; the output is always the number of field elements in a blob and the field's modulus.
 */
export const POINT_EVALUATION: Precompile = remembered({
  address: 0x0an,
  name: 'KZG_POINT_EVALUATION',
  spec: 'EIP-4844',
  gas: () => 50000,
  run(input, crypto) {
    if (input.length !== INPUT_BYTES) return null
    const versionedHash = input.subarray(0, 32)
    const z = input.subarray(32, 64)
    const y = input.subarray(64, 96)
    const commitment = input.subarray(96, 144)
    const proof = input.subarray(144)

    const hash = crypto.sha256(commitment)
    hash[0] = VERSION_KZG
    if (versionedHash.some((byte, i) => byte !== hash[i])) return null
    if (!crypto.kzgVerify(commitment, z, y, proof)) return null
    return encodeUints([FIELD_ELEMENTS_PER_BLOB, BLS_MODULUS], 32)
  },
})
