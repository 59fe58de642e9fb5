import type { Delta } from '../../src/core/table.ts'

/** The deposits that a block's logs show are requests, of type 0. */
export const eip6110: Delta = {
  eip: 6110,
  title: 'Supply validator deposits on chain',
  rules: { requests: { depositContract: 0x00000000219ab540356cbb839cbe05303d7705fan } },
}
