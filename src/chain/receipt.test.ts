import { Bloom, encodeReceipt as encodeOther } from '@ethereumjs/vm'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToHex } from '../core/hex.ts'
import type { Log } from '../core/host.ts'
import { bigintToBytes } from '../core/word.ts'
import { encodeReceipt, logsBloom, logsHash, mergeBloom } from './receipt.ts'
import type { TransactionType } from './transaction.ts'

const words = fc.bigInt(0n, (1n << 256n) - 1n)
const logs: fc.Arbitrary<Log[]> = fc.array(
  fc.record({
    address: fc.bigInt(0n, (1n << 160n) - 1n),
    topics: fc.array(words, { maxLength: 4 }),
    data: fc.uint8Array({ maxLength: 70 }),
  }),
  { maxLength: 4 },
)

function otherBloom(list: Log[]): Bloom {
  const bloom = new Bloom()
  for (const log of list) {
    bloom.add(bigintToBytes(log.address, 20))
    for (const topic of log.topics) bloom.add(bigintToBytes(topic, 32))
  }
  return bloom
}

describe('receipts', () => {
  it('are written as @ethereumjs/vm writes them', () => {
    const types = fc.constantFrom<TransactionType>(0, 1, 2, 3, 4)
    const outcomes = fc.oneof(fc.constantFrom<0 | 1>(0, 1), fc.uint8Array({ minLength: 32, maxLength: 32 }))
    fc.assert(
      fc.property(
        types,
        outcomes,
        fc.bigInt(1n, (1n << 64n) - 1n),
        logs,
        (type, outcome, cumulativeGasUsed, list) => {
          const raw = list.map(({ address, topics, data }) => [
            bigintToBytes(address, 20),
            topics.map((topic) => bigintToBytes(topic, 32)),
            data,
          ])
          const common = {
            cumulativeBlockGasUsed: cumulativeGasUsed,
            bitvector: otherBloom(list).bitvector,
            logs: raw,
          }
          const other =
            typeof outcome === 'number' ? { ...common, status: outcome } : { ...common, stateRoot: outcome }
          const expected = encodeOther(other as Parameters<typeof encodeOther>[0], type)
          expect(bytesToHex(encodeReceipt({ type, outcome, cumulativeGasUsed, logs: list }))).toBe(
            bytesToHex(expected),
          )
        },
      ),
    )
  })

  it('of a block have the filter of all logs', () => {
    fc.assert(
      fc.property(logs, logs, (first, second) => {
        const bloom = logsBloom(first)
        mergeBloom(bloom, logsBloom(second))
        expect(bloom).toEqual(otherBloom([...first, ...second]).bitvector)
      }),
    )
  })

  it('hash no logs to keccak256(0xc0), and one log to a hash of its own', () => {
    const none = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'
    expect(bytesToHex(logsHash([]))).toBe(none)
    expect(bytesToHex(logsHash([{ address: 0n, topics: [], data: new Uint8Array(0) }]))).not.toBe(none)
  })
})
