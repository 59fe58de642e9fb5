import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import * as arithmetic from '../evm/arithmetic.ts'

const { ADD, SUB, MUL, DIV, SDIV, MOD, SMOD, ADDMOD, MULMOD, SIGNEXTEND } = arithmetic

/** Arithmetic modulo 2^256, as the EVM's. */
export const ARITHMETIC_ROWS: readonly Row[] = [
  ...[at(0x30, ADD), at(0x31, SUB), at(0x32, MUL), at(0x33, DIV), at(0x34, SDIV), at(0x35, MOD)],
  ...[at(0x36, SMOD), at(0x37, ADDMOD), at(0x38, MULMOD), at(0x39, arithmetic.exp({ byteGas: 50 }))],
  at(0x3a, SIGNEXTEND),
]
