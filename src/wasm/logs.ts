import * as LOG from '../state/log-fields.ts'
import * as RECORD from '../state/record-fields.ts'
import * as HEADER from '../state/slot-header.ts'
import { LOGGED, RECORD_BYTES } from '../state/slot-layout.ts'
import {
  add32,
  add64,
  and32,
  and64,
  extend32,
  gtU64,
  mul32,
  or32,
  shl64,
  sub32,
  TYPE_I32,
  TYPE_I64,
} from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { SLOT_ROOM, WORD_BYTES } from './layout.ts'
import { ENTRIES, hasNoRoom, header, RECORDS } from './slots.ts'

export const HAS_LOG_ROOM = { params: [TYPE_I64, TYPE_I32], results: [TYPE_I32] } as const
export const APPEND_LOG = { params: [TYPE_I32, TYPE_I32, TYPE_I32], results: [TYPE_I32] } as const

/** Writes a function (data bytes, topics) → 1 where generated code may append such an entry to the log. */
export function writeHasLogRoom(f: FunctionBuilder<typeof HAS_LOG_ROOM.params>): void {
  const [dataBytes, topics] = f.args
  const isHuge = gtU64(dataBytes, 0xffffffffn)
  const entry = add64(dataBytes, add64(shl64(extend32(topics), 5n), BigInt(LOG.topics + 7)))
  const room = extend32(sub32(header(HEADER.logsLimit), header(HEADER.logsEnd)))
  f.if(or32(or32(isHuge, hasNoRoom()), gtU64(and64(entry, -8n), room)), () => f.return(0))
  f.return(1)
}

/**
 * Writes a function (address of the data, its bytes, topics) → address for the words of the entry, the account's
 * address and the topics: appends it to the log, for which there is room, and records it.
 */
export function writeAppendLog(f: FunctionBuilder<typeof APPEND_LOG.params>): void {
  const [data, dataBytes, topics] = f.args
  const start = f.let(header(HEADER.logsEnd))
  const entry = f.let(add32(start, SLOT_ROOM.logs.at))
  f.store32(entry, dataBytes, LOG.sizeBytes)
  f.store32(entry, topics, LOG.topicCount)
  const head = f.let(add32(mul32(topics, WORD_BYTES), LOG.topics))
  f.copy(add32(entry, head), data, dataBytes)
  const sizeBytes = and32(add32(add32(head, dataBytes), 7), -8)
  f.store32(ENTRIES + HEADER.logsEnd, add32(start, sizeBytes))

  const end = f.let(header(HEADER.recordsEnd))
  const record = f.let(add32(end, RECORDS))
  f.store32(record, LOGGED, RECORD.entry)
  f.store32(record, start, RECORD.logAt)
  f.store32(ENTRIES + HEADER.recordsEnd, add32(end, RECORD_BYTES))
  f.return(add32(entry, LOG.address))
}
