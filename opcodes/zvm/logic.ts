import type { Row } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { AND, BYTE, NOT, OR, SAR, SHL, SHR, XOR } from '../evm/bitwise.ts'
import { EQ, GT, ISZERO, LT, SGT, SLT } from '../evm/comparison.ts'

/** A price of the native set's own. */
const SHIFT = { gas: 8 }

/** Comparisons and bits, as the EVM's. */
export const LOGIC_ROWS: readonly Row[] = [
  ...[at(0x50, LT), at(0x51, GT), at(0x52, SLT), at(0x53, SGT), at(0x54, EQ), at(0x55, ISZERO)],
  ...[at(0x56, AND), at(0x57, OR), at(0x58, XOR), at(0x59, NOT), at(0x5a, BYTE)],
  ...[at(0x5b, SHL, SHIFT), at(0x5c, SHR, SHIFT), at(0x5d, SAR, SHIFT)],
]
