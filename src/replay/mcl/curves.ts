import type { Crypto } from '../../core/crypto.ts'
import { KzgVerifier } from './kzg.ts'
import { type CurveParameters, PairingCurve } from './pairing.ts'

type OfBn254 = 'bn254Add' | 'bn254Mul' | 'bn254Pairing'
type OfBls12381 =
  | 'blsG1Add'
  | 'blsG2Add'
  | 'blsG1Msm'
  | 'blsG2Msm'
  | 'blsPairing'
  | 'blsMapFpToG1'
  | 'blsMapFp2ToG2'
  | 'kzgVerify'

/** The primitives of curves with a pairing. */
export type Curves = Pick<Crypto, OfBn254 | OfBls12381>

/** alt_bn128 in EIP-196 and EIP-197, BN_SNARK1 in mcl. */
export const BN254: CurveParameters = {
  number: 4,
  fieldBytes: 32,
  order: 0x30644e72e131a029b85045b68181585d2833e84879b9709143e1f593f0000001n,
  isFirstWhole: true,
}
export const BLS12_381: CurveParameters = {
  number: 5,
  fieldBytes: 48,
  order: 0x73eda753299d7d483339d80809a1d80553bda402fffe5bfeffffffff00000001n,
  isFirstWhole: false,
}

/** Of the ways that mcl has of mapping to a curve, that of RFC 9380. */
const MAP_OF_RFC = 5

/**
 * See `Crypto`: by mcl in WebAssembly, three to ten times as fast as the default, which serves as `otherwise` where that
 * optional dependency was not installed. Each curve is loaded with the first primitive on it; that takes no longer than
 * the default takes to get warm.
 */
export function mclOr(otherwise: () => Curves): Curves {
  const bn254 = loadedOnce(bn254Primitives, otherwise)
  const bls = loadedOnce(blsPrimitives, otherwise)
  return {
    bn254Add: (a, b) => bn254().bn254Add(a, b),
    bn254Mul: (a, scalar) => bn254().bn254Mul(a, scalar),
    bn254Pairing: (pairs) => bn254().bn254Pairing(pairs),
    blsG1Add: (a, b) => bls().blsG1Add(a, b),
    blsG2Add: (a, b) => bls().blsG2Add(a, b),
    blsG1Msm: (terms) => bls().blsG1Msm(terms),
    blsG2Msm: (terms) => bls().blsG2Msm(terms),
    blsPairing: (pairs) => bls().blsPairing(pairs),
    blsMapFpToG1: (element) => bls().blsMapFpToG1(element),
    blsMapFp2ToG2: (element) => bls().blsMapFp2ToG2(element),
    kzgVerify: (commitment, z, y, proof) => bls().kzgVerify(commitment, z, y, proof),
  }
}

/** What `load` gives, or `otherwise` where that is not installed or damaged, and on a host that forbids WebAssembly. */
function loadedOnce<T>(load: () => T, otherwise: () => T): () => T {
  let loaded: T | null = null
  const firstTime = (): T => {
    try {
      return load()
    } catch {
      return otherwise()
    }
  }
  return () => {
    loaded ??= firstTime()
    return loaded
  }
}

function bn254Primitives(): Pick<Crypto, OfBn254> {
  const curve = new PairingCurve(BN254)
  return {
    bn254Add: (a, b) => curve.g1.add(a, b),
    bn254Mul: (a, scalar) => curve.g1.multiplySum([[a, scalar]]),
    bn254Pairing: (pairs) => curve.isProductOne(pairs),
  }
}

function blsPrimitives(): Pick<Crypto, OfBls12381> {
  const curve = new PairingCurve(BLS12_381)
  const { g1, g2, field, field2 } = curve
  const { malloc, mclBn_setMapToMode, mclBnFp_mapToG1, mclBnFp2_mapToG2 } = curve.mcl.functions
  mclBn_setMapToMode(MAP_OF_RFC)
  const element = malloc(field2.sizeBytes)
  const image = g2.room(1)
  let kzg: KzgVerifier | null = null
  return {
    blsG1Add: (a, b) => g1.add(a, b),
    blsG2Add: (a, b) => g2.add(a, b),
    blsG1Msm: (terms) => g1.multiplySum(terms),
    blsG2Msm: (terms) => g2.multiplySum(terms),
    blsPairing: (pairs) => curve.isProductOne(pairs),
    blsMapFpToG1(value) {
      if (!field.put(element, value)) return null
      mclBnFp_mapToG1(image, element)
      return g1.take(image)
    },
    blsMapFp2ToG2(value) {
      if (!field2.put(element, value)) return null
      mclBnFp2_mapToG2(image, element)
      return g2.take(image)
    },
    kzgVerify(commitment, z, y, proof) {
      kzg ??= new KzgVerifier(curve)
      return kzg.verify(commitment, z, y, proof)
    },
  }
}
