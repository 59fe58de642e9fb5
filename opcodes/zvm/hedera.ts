import { concatBytes } from '../../src/core/bytes.ts'
import { type Answer, request } from '../../src/core/capability.ts'
import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import { type Row, WRITES } from '../../src/core/row.ts'
import { at } from '../../src/core/table.ts'
import { ADDRESS_MASK, bigintToBytes, bytesToBigint, toNumber } from '../../src/core/word.ts'
import { TIMESTAMP } from '../evm/block.ts'
import { ADDRESS } from '../evm/environment.ts'
import { SPEC } from './costs.ts'
import { HCS_CALLS, HTS_CALLS } from './hedera-calls.ts'

const ADDRESS_BYTES = 20
const WORD_BYTES = 32
const MESSAGE_BYTE_GAS = 100

/**
 * A row that is a system call of fixed price: `gas` at first, `extra` once it is granted. Its operands, first on top,
 * are the payload: addresses in their low 20 bytes, amounts in 32. Pushes the status word. Return data stays.
 */
function operation(code: number, name: string, id: number, operands: string, gas: number, extra: number): Row {
  const sizes = [...operands].map((kind) => (kind === 'a' ? ADDRESS_BYTES : WORD_BYTES))
  return {
    code, name, pops: sizes.length, pushes: 1, gas, flags: WRITES, spec: SPEC,
    execute(frame) {
      const payload = concatBytes(...sizes.map((size) => bigintToBytes(popped(frame, size), size)))
      return push(frame, request(frame, id, payload, extra), ({ status }) => status)
    },
  }
}

/** As `operation`, without operands; pushes the address that the answer is, 0 where it was refused. */
function creation(code: number, name: string, id: number, gas: number, extra: number): Row {
  return {
    code, name, pops: 0, pushes: 1, gas, flags: WRITES, spec: SPEC,
    execute(frame) {
      const answer = request(frame, id, new Uint8Array(0), extra)
      return push(frame, answer, ({ status, output }) => (status === 0n ? 0n : bytesToBigint(output) & ADDRESS_MASK))
    },
  }
}

/** As `operation`, of (topic, offset, size): the payload is the topic and a range of memory, charged by the byte. */
function message(code: number, name: string, id: number, gas: number, extra: number, byteGas: number): Row {
  return {
    code, name, pops: 3, pushes: 1, gas, flags: WRITES, spec: SPEC,
    execute(frame) {
      const topic = popped(frame, ADDRESS_BYTES), offset = frame.pop(), size = frame.pop()

      const halt = frame.expand(offset, size)
      if (halt !== Halt.None) return halt

      const payload = concatBytes(bigintToBytes(topic, ADDRESS_BYTES), frame.viewMemory(offset, size))
      return push(frame, request(frame, id, payload, extra + byteGas * toNumber(size)), ({ status }) => status)
    },
  }
}

function popped(frame: Frame, sizeBytes: number): bigint {
  const word = frame.pop()
  return sizeBytes === ADDRESS_BYTES ? word & ADDRESS_MASK : word
}

function push(frame: Frame, answer: Answer | Halt, wordOf: (answer: Answer) => bigint): Halt {
  if (typeof answer === 'number') return answer
  frame.push(wordOf(answer))
  return Halt.None
}

/** Tokens and topics, by system calls that need `hedera.hts` and `hedera.hcs`; the account and the time need nothing. */
export const HEDERA_ROWS: readonly Row[] = [
  operation(0xe0, 'HTS_TRANSFER', HTS_CALLS + 1, 'aaaw', 50, 10000),
  operation(0xe1, 'HTS_MINT', HTS_CALLS + 2, 'aw', 100, 50000),
  operation(0xe2, 'HTS_BURN', HTS_CALLS + 3, 'aw', 100, 50000),
  operation(0xe3, 'HTS_ASSOCIATE', HTS_CALLS + 4, 'aa', 50, 20000),
  operation(0xe4, 'HTS_DISSOCIATE', HTS_CALLS + 5, 'aa', 50, 20000),
  operation(0xe5, 'HTS_APPROVE', HTS_CALLS + 6, 'aaw', 50, 5000),
  creation(0xe6, 'HTS_CREATE', HTS_CALLS + 9, 500, 100000),
  message(0xe7, 'HCS_SUBMIT', HCS_CALLS + 1, 50, 5000, MESSAGE_BYTE_GAS),
  creation(0xe8, 'HCS_CREATE_TOPIC', HCS_CALLS + 2, 200, 50000),
  message(0xe9, 'HCS_UPDATE_TOPIC', HCS_CALLS + 3, 100, 25000, 0),
  operation(0xea, 'HCS_DELETE_TOPIC', HCS_CALLS + 4, 'a', 100, 12500),
  at(0xeb, ADDRESS, { name: 'HEDERA_ACCOUNT_ID' }),
  at(0xec, TIMESTAMP, { name: 'HEDERA_TIMESTAMP' }),
]
