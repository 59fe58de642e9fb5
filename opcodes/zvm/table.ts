import { NATIVE_PRIMITIVES } from '../../src/core/native-primitives.ts'
import { type Delta, extend } from '../../src/core/table.ts'
import { BLAKE2F } from '../precompiles/blake2f.ts'
import { BN254_ADD_EIP1108, BN254_MUL_EIP1108, BN254_PAIRING_EIP1108 } from '../precompiles/bn254.ts'
import { ECRECOVER } from '../precompiles/ecrecover.ts'
import { IDENTITY } from '../precompiles/identity.ts'
import { MODEXP_EIP2565 } from '../precompiles/modexp.ts'
import { POINT_EVALUATION } from '../precompiles/point-evaluation.ts'
import { RIPEMD160 } from '../precompiles/ripemd160.ts'
import { SHA256 } from '../precompiles/sha256.ts'
import { zvmCore } from './core.ts'
import { DIGEST_ROWS } from './digest.ts'
import { POST_QUANTUM_ROWS } from './post-quantum.ts'
import { SIGNATURE_ROWS } from './signature.ts'

/**
 * What of the native set needs cryptography: digests, signatures, and the precompiles of Cancun. They are there because
 * an address means the same whatever code calls it, and because the curves and powers behind them have no row.
 */
export const nativeCrypto: Delta = {
  eip: 0,
  title: 'zvm cryptography',
  needs: NATIVE_PRIMITIVES,
  add: [...DIGEST_ROWS, ...SIGNATURE_ROWS, ...POST_QUANTUM_ROWS],
  precompiles: [
    ...[ECRECOVER, SHA256, RIPEMD160, IDENTITY, MODEXP_EIP2565],
    ...[BN254_ADD_EIP1108, BN254_MUL_EIP1108, BN254_PAIRING_EIP1108, BLAKE2F, POINT_EVALUATION],
  ],
}

/** The native instruction set. */
export const zvm = extend(zvmCore, 'zvm', [nativeCrypto])
