import type { Precompile } from '../../src/core/precompile.ts'
import { bn254Add } from './bn254-add.ts'
import { bn254Mul } from './bn254-mul.ts'
import { bn254Pairing } from './bn254-pairing.ts'

/** The three precompiles on bn254 at the prices of Byzantium and of Istanbul. */

export const BN254_ADD_EIP196: Precompile = bn254Add({ spec: 'EIP-196', gas: 500 })
export const BN254_MUL_EIP196: Precompile = bn254Mul({ spec: 'EIP-196', gas: 40000 })
export const BN254_PAIRING_EIP197: Precompile = bn254Pairing({
  spec: 'EIP-197',
  base: 100000,
  perPair: 80000,
})

export const BN254_ADD_EIP1108: Precompile = bn254Add({ spec: 'EIP-1108', gas: 150 })
export const BN254_MUL_EIP1108: Precompile = bn254Mul({ spec: 'EIP-1108', gas: 6000 })
export const BN254_PAIRING_EIP1108: Precompile = bn254Pairing({
  spec: 'EIP-1108',
  base: 45000,
  perPair: 34000,
})
