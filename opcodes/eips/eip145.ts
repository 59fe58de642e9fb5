import type { Delta } from '../../src/core/table.ts'
import { SAR, SHL, SHR } from '../evm/bitwise.ts'

/** Shifts. */
export const eip145: Delta = { eip: 145, title: 'Bitwise shifting instructions', add: [SHL, SHR, SAR] }
