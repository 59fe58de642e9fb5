import type { Delta } from '../../src/core/table.ts'
import { P256VERIFY } from '../precompiles/p256verify.ts'

/** Verification of P-256 signatures. */
export const eip7951: Delta = {
  eip: 7951,
  title: 'Precompile for secp256r1 curve support',
  precompiles: [P256VERIFY],
}
