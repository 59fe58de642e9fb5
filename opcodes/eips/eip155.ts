import type { Delta } from '../../src/core/table.ts'

/** A signature may bind the chain it is for. */
export const eip155: Delta = {
  eip: 155,
  title: 'Simple replay attack protection',
  rules: { signature: { chainId: true } },
}
