import { deny } from '../../core/capability.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { done, REFUSED } from '../session.ts'
import { addressText, type BuiltinCall, linear, parts } from './call.ts'

const TOPIC_GAS = 375
const TOPICS_LIMIT = 4

/** Own storage: SLOAD and SSTORE for contracts that have only calls. The dearest that those cost, warm or not. */
const STORAGE: readonly BuiltinCall[] = [
  {
    ...{ id: 0x00, name: 'storage.get', capability: 'storage', kind: 'pure', payload: 'key32 → value32' },
    ...linear(2100, 0),
    run(input, frame) {
      if (input.length !== 32) return REFUSED
      return done(bigintToBytes(frame.host.storage(frame.self, bytesToBigint(input)), 32))
    },
  },
  {
    ...{ id: 0x01, name: 'storage.set', capability: 'storage', kind: 'writes', payload: 'key32 ‖ value32' },
    ...linear(22100, 0),
    run(input, frame) {
      const fields = parts(input, [32, 32])
      if (!fields) return REFUSED
      const [key, value] = fields.map(bytesToBigint)
      frame.host.setStorage(frame.self, key, value)
      return done()
    },
  },
  {
    ...{ id: 0x02, name: 'storage.read', capability: 'storage.read', kind: 'pure' },
    ...{ payload: 'address20 ‖ key32 → value32', ...linear(4700, 0) },
    run(input, frame, { grants }) {
      const fields = parts(input, [20, 32])
      if (!fields) return REFUSED
      const [address, key] = fields
      const owner = addressText(address)
      if (!grants.covers('storage.read', owner)) return deny(frame, `storage.read=${owner}`)
      return done(bigintToBytes(frame.host.storage(bytesToBigint(address), bytesToBigint(key)), 32))
    },
  },
]

const LOG: BuiltinCall = {
  ...{ id: 0x08, name: 'log.emit', capability: 'log', kind: 'writes' },
  ...{ payload: 'count1 ‖ topic32 × count ‖ data', price: '375 + 375 a topic + 8 a byte' },
  gas: (input) => 375 + TOPIC_GAS * Math.min(input[0] ?? 0, TOPICS_LIMIT) + 8 * input.length,
  run(input, frame) {
    const count = input[0] ?? Number.POSITIVE_INFINITY
    const dataStart = 1 + 32 * count
    if (count > TOPICS_LIMIT || dataStart > input.length) return REFUSED
    const topics = Array.from({ length: count }, (_, i) =>
      bytesToBigint(input.subarray(1 + 32 * i, 33 + 32 * i)),
    )
    frame.host.log({ address: frame.self, topics, data: input.slice(dataStart) })
    return done()
  },
}

/** Calls on what the machine holds itself; nothing of them is recorded. */
export const STATE_CALLS: readonly BuiltinCall[] = [...STORAGE, LOG]
