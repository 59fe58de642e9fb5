import { describe, expect, it } from 'vitest'
import { FRONTIER_RULES } from '../../opcodes/empty-table.ts'
import type { Rules } from '../core/rules.ts'
import { changeRules } from '../core/rules.ts'
import { floorGas, intrinsicGas } from './intrinsic-gas.ts'
import type { TransactionFields } from './transaction.ts'
import { newTransaction } from './transaction.ts'

/** Each price differs from all others and sums, so that a wrong count shows. */
const priced: Rules = changeRules(FRONTIER_RULES, {
  intrinsic: {
    base: 21000,
    zeroByte: 4,
    nonZeroByte: 16,
    create: 32000,
    initCodeWord: 2,
    accessAddress: 2400,
    accessSlot: 1900,
    authorization: 25000,
  },
  floor: { perToken: 10 },
})

const data = (zeros: number, others: number) => new Uint8Array(zeros + others).fill(0xff, zeros)
const authorization = { chainId: 0n, address: 0n, nonce: 0n, yParity: 0, r: 0n, s: 0n }
const to = 1n

describe('intrinsic and floor gas', () => {
  it.each<[string, TransactionFields, bigint, bigint]>([
    ['a transfer', { to }, 21000n, 21000n],
    ['a zero byte', { to, data: data(1, 0) }, 21004n, 21010n],
    ['another byte', { to, data: data(0, 1) }, 21016n, 21040n],
    ['3 zero and 5 other bytes', { to, data: data(3, 5) }, 21000n + 12n + 80n, 21000n + 230n],
    ['an empty creation', {}, 53000n, 21000n],
    ['a creation of one word', { data: data(0, 32) }, 53000n + 512n + 2n, 21000n + 1280n],
    ['a creation of a word and a byte', { data: data(0, 33) }, 53000n + 528n + 4n, 21000n + 1320n],
    ['a listed address', { to, accessList: [{ address: 1n, keys: [] }] }, 23400n, 21000n],
    [
      'the same address twice, with three keys',
      {
        to,
        accessList: [
          { address: 1n, keys: [1n, 1n] },
          { address: 1n, keys: [2n] },
        ],
      },
      21000n + 4800n + 5700n,
      21000n,
    ],
    ['two authorisations', { to, authorizations: [authorization, authorization] }, 71000n, 21000n],
  ])('of %s', (_, fields, intrinsic, floor) => {
    const tx = newTransaction(fields)
    expect(intrinsicGas(tx, priced)).toBe(intrinsic)
    expect(floorGas(tx, priced)).toBe(floor)
  })

  it('of the first fork: 68 a byte, nothing for a creation, no floor', () => {
    const tx = newTransaction({ data: data(1, 1) })
    expect(intrinsicGas(tx, FRONTIER_RULES)).toBe(21072n)
    expect(floorGas(tx, FRONTIER_RULES)).toBe(0n)
  })
})
