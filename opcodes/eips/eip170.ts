import type { Delta } from '../../src/core/table.ts'

/** Code is at most 24 KiB. */
export const eip170: Delta = {
  eip: 170,
  title: 'Contract code size limit',
  rules: { create: { codeLimit: 0x6000 } },
}
