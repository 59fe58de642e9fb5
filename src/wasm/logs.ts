import { HEADER, LOG, LOGGED, RECORD, RECORD_BYTES } from '../state/slot-layout.ts'
import { add32, add64, and64, extend32, gtU64, type I32, type I64, i32, i64, or32, sub32 } from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { SLOT_ROOM, WORD_BYTES } from './layout.ts'
import { ENTRIES, header, isUnchangeable, RECORDS } from './slots.ts'
import type { Limbs } from './word.ts'

/** Bytes of an entry of the log with so many bytes of data, below 2^32. */
export function logBytes(dataBytes: I64, topics: number): I64 {
  return and64(add64(dataBytes, i64(BigInt(LOG.topics + topics * WORD_BYTES + 7))), i64(-8n))
}

/** Whether an entry of the log is left to the host. */
export function hasNoRoomFor(entryBytes: I64): I32 {
  const room = sub32(header(HEADER.logsLimit), header(HEADER.logsEnd))
  return or32(isUnchangeable(), gtU64(entryBytes, extend32(room)))
}

/** Appends an entry, for which there is room, and records it: `words` are the address and the topics. */
export function appendLog(
  f: FunctionBuilder,
  words: readonly Limbs[],
  data: I32,
  dataBytes: I32,
  entryBytes: I32,
): void {
  const start = f.keep(header(HEADER.logsEnd))
  const entry = f.keep(add32(start, i32(SLOT_ROOM.logs.at)))
  f.store32(entry, dataBytes, LOG.sizeBytes)
  f.store32(entry, i32(words.length - 1), LOG.topicCount)
  for (const [n, limbs] of words.entries())
    for (const [i, limb] of limbs.entries()) f.store64(entry, limb, LOG.address + n * WORD_BYTES + 8 * i)
  f.copy(add32(entry, i32(LOG.address + words.length * WORD_BYTES)), data, dataBytes)
  f.store32(i32(ENTRIES + HEADER.logsEnd), add32(start, entryBytes))

  const end = f.keep(header(HEADER.recordsEnd))
  const record = f.keep(add32(end, i32(RECORDS)))
  f.store32(record, i32(LOGGED), RECORD.entry)
  f.store32(record, start, RECORD.logAt)
  f.store32(i32(ENTRIES + HEADER.recordsEnd), add32(end, i32(RECORD_BYTES)))
}
