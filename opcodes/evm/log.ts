import { Halt } from '../../src/core/halt.ts'
import { type Row, WRITES } from '../../src/core/row.ts'

const BASE_GAS = 375
const TOPIC_GAS = 375
const BYTE_GAS = 8

/** LOG0 to LOG4 (offset, size, topics…): an entry of the log with a range of memory as data. */
export const LOGS: readonly Row[] = Array.from({ length: 5 }, (_, topics) => log(topics))

function log(topicCount: number): Row {
  return {
    code: 0xa0 + topicCount, name: `LOG${topicCount}`, pops: 2 + topicCount, pushes: 0,
    gas: BASE_GAS + TOPIC_GAS * topicCount, flags: WRITES, spec: 'YP H.2',
    execute(frame) {
      const offset = frame.pop(), size = frame.pop()
      const topics: bigint[] = []
      for (let i = 0; i < topicCount; i++) topics.push(frame.pop())

      if (!frame.charge(BYTE_GAS * Number(size))) return Halt.OutOfGas
      const halt = frame.expand(offset, size)
      if (halt !== Halt.None) return halt

      frame.host.log({ address: frame.self, topics, data: frame.readMemory(offset, size) })
      return Halt.None
    },
    lower: (b, offset, size, ...topics) => b.log(BYTE_GAS, offset, size, topics),
  }
}
