import type { Delta } from '../../src/core/table.ts'
import { exp } from '../evm/arithmetic.ts'

/** EXP costs 50 a byte of exponent. */
export const eip160: Delta = { eip: 160, title: 'EXP cost increase', swap: [exp({ byteGas: 50 })] }
