import type { SystemCall } from '../core/capability.ts'
import { isCapabilityName } from '../core/capability-name.ts'
import { bytesToHex, toQuantity } from '../core/hex.ts'
import { arrayOf, entriesOf, Members, type Read, readWhole, refuseValue } from '../core/members.ts'
import { MAX_WORD } from '../core/word.ts'
import type { RecordedAnswer, Reply } from './answers.ts'
import { grantsOf } from './grants.ts'
import type { Intent } from './intent.ts'
import { ANSWER_LIMIT_BYTES, FAILURE_LIMIT } from './session.ts'

/** All that came from outside into one run, and what tells that run from others. `zvm-record/1`. */
export interface AnswerRecord {
  /** Name of the table of opcodes. */
  readonly table: string
  /** keccak256, 32 bytes as 0x hex: of the code, of the calldata, of the result as the recorder wrote it. */
  readonly codeHash: string
  readonly inputHash: string
  readonly resultHash: string
  /** The grants, one a text. */
  readonly allow: readonly string[]
  /** The calls of plug-ins that were there. */
  readonly calls: readonly RecordedCall[]
  readonly answers: readonly RecordedAnswer[]
}

/** A call of a plug-in, as far as a replay must know it without the plug-in. */
export type RecordedCall = Pick<SystemCall, 'name' | 'capability' | 'kind'> & { readonly id: number }

const FORMAT = 'zvm-record/1'
const INFINITE = 'infinity'
/** Longest input of a call, in bytes: far more than memory that anybody pays for. */
const INPUT_LIMIT_BYTES = 1 << 24
const TEXT_LIMIT = 1 << 12

/** The record as JSON, an answer a line; `readRecord` reads the same from it. */
export function recordToJson(record: AnswerRecord): string {
  const { table, codeHash, inputHash, resultHash, allow, calls, answers } = record
  const head = { format: FORMAT, table, codeHash, inputHash, resultHash, allow }
  const members = Object.entries(head).map(([name, value]) => `"${name}":${JSON.stringify(value)}`)
  const lists = [
    ['calls', calls.map(({ id, name, capability, kind }) => ({ id, name, capability, kind }))],
    ['answers', answers.map(answerToPlain)],
  ] as const
  for (const [name, list] of lists) {
    const lines = list.map((item) => JSON.stringify(item))
    members.push(lines.length === 0 ? `"${name}":[]` : `"${name}":[\n${lines.join(',\n')}\n]`)
  }
  return `{${members.join(',\n')}}\n`
}

function answerToPlain({ id, input, gas, reply }: RecordedAnswer): object {
  const price = gas === null ? {} : { gas: gas === Number.POSITIVE_INFINITY ? INFINITE : gas }
  return { id, input: bytesToHex(input), ...price, ...(reply ? replyToPlain(reply) : {}) }
}

function replyToPlain(reply: Reply): object {
  if (!('status' in reply)) return reply
  const { status, output, intents } = reply
  const more = intents.length > 0 ? { intents } : {}
  return { status: toQuantity(status), output: bytesToHex(output), ...more }
}

/** Reads a record from its JSON value. Throws VALUE that names the place, as `run.json: answers[2].gas: …`. */
export function readRecord(value: unknown, place: string): AnswerRecord {
  const members = new Members(value, place, ': ')
  members.required('format', readFormat)
  const record: AnswerRecord = {
    table: members.required('table', readText(1, 64)),
    codeHash: members.required('codeHash', readHash),
    inputHash: members.required('inputHash', readHash),
    resultHash: members.required('resultHash', readHash),
    allow: members.required('allow', arrayOf(readText(1, TEXT_LIMIT))),
    calls: members.required('calls', arrayOf(readCall)),
    answers: members.required('answers', arrayOf(readAnswer)),
  }
  members.done()
  refuseRepeated(
    record.calls.map(({ id }) => id),
    place,
  )
  const others = record.calls.map(({ capability }) => capability)
  grantsOf(record.allow, `${place}: allow`, others)
  return record
}

function refuseRepeated(ids: readonly number[], place: string): void {
  const repeated = ids.findIndex((id, i) => ids.indexOf(id) !== i)
  if (repeated >= 0) refuseValue(`${place}: calls[${repeated}].id`, 'is that of a call before it')
}

function readFormat(value: unknown, place: string): void {
  if (value !== FORMAT) refuseValue(place, `not ${FORMAT}`)
}

function readCall(value: unknown, place: string): RecordedCall {
  const members = new Members(value, place)
  const call: RecordedCall = {
    id: members.required('id', readWhole(0x100, 0xffff)),
    name: members.required('name', readName),
    capability: members.required('capability', readName),
    kind: members.required('kind', readKind),
  }
  members.done()
  return call
}

function readAnswer(value: unknown, place: string): RecordedAnswer {
  const members = new Members(value, place)
  const id = members.required('id', readWhole(0, 0xffff))
  const input = members.required('input', readBytes(INPUT_LIMIT_BYTES))
  const gas = members.optional('gas', readGas) ?? null
  const reply = readReply(members)
  members.done()
  if (!reply && gas === null) refuseValue(place, 'has neither an answer nor a price')
  return { id, input, gas, reply }
}

/** Exactly one of: status and output, denied, failure; or nothing. */
function readReply(members: Members): Reply | null {
  const denied = members.optional('denied', readText(1, TEXT_LIMIT))
  if (denied !== undefined) return { denied }
  const failure = members.optional('failure', readText(1, FAILURE_LIMIT))
  if (failure !== undefined) return { failure }
  const status = members.optional('status', readWord)
  if (status === undefined) return null
  const output = members.required('output', readBytes(ANSWER_LIMIT_BYTES))
  return { status, output, intents: members.optional('intents', readIntents) ?? [] }
}

function readIntents(value: unknown, place: string): Intent[] {
  const intents = arrayOf(readIntent)(value, place)
  return intents.length > 0 ? intents : refuseValue(place, 'empty')
}

function readIntent(value: unknown, place: string): Intent {
  const members = new Members(value, place)
  const call = members.required('call', readName)
  const contract = members.required('contract', readAddress)
  const args = members.required('args', readArgs)
  members.done()
  return { call, contract, args }
}

function readArgs(value: unknown, place: string): Intent['args'] {
  const entries = entriesOf(value, place)
  const read = readText(0, 2 * INPUT_LIMIT_BYTES + 2)
  return Object.fromEntries(
    entries.map(([name, text]) => [name, read(text, `${place}.${name.slice(0, 80)}`)]),
  )
}

function readText(least: number, most: number): Read<string> {
  return (value, place) => {
    const isText = typeof value === 'string' && value.length >= least && value.length <= most
    return isText ? value : refuseValue(place, `not a text of ${least} to ${most} characters`)
  }
}

function readName(value: unknown, place: string): string {
  return typeof value === 'string' && isCapabilityName(value) ? value : refuseValue(place, 'not a name')
}

function readKind(value: unknown, place: string): RecordedCall['kind'] {
  return value === 'pure' || value === 'reads' || value === 'writes'
    ? value
    : refuseValue(place, 'none of pure, reads, writes')
}

function readGas(value: unknown, place: string): number {
  if (value === INFINITE) return Number.POSITIVE_INFINITY
  return Number.isSafeInteger(value) && (value as number) >= 0
    ? (value as number)
    : refuseValue(place, 'not a whole number, nor "infinity"')
}

/** Hex as we write it, so that a record has one form. */
function readBytes(mostBytes: number): Read<Uint8Array> {
  return (value, place) => {
    if (typeof value !== 'string' || !/^0x(?:[0-9a-f]{2})*$/.test(value))
      return refuseValue(place, 'not bytes in lower-case hex')
    if (value.length > 2 + 2 * mostBytes) return refuseValue(place, `more than ${mostBytes} bytes`)
    return Uint8Array.from({ length: value.length / 2 - 1 }, (_, i) =>
      Number.parseInt(value.slice(2 + 2 * i, 4 + 2 * i), 16),
    )
  }
}

function readWord(value: unknown, place: string): bigint {
  const isWord = typeof value === 'string' && /^0x(?:0|[1-9a-f][0-9a-f]{0,63})$/.test(value)
  const word = isWord ? BigInt(value) : -1n
  return word >= 0n && word <= MAX_WORD ? word : refuseValue(place, 'not a word in hex')
}

function readHash(value: unknown, place: string): string {
  return typeof value === 'string' && /^0x[0-9a-f]{64}$/.test(value)
    ? value
    : refuseValue(place, 'not 32 bytes in lower-case hex')
}

function readAddress(value: unknown, place: string): string {
  return typeof value === 'string' && /^0x[0-9a-f]{40}$/.test(value)
    ? value
    : refuseValue(place, 'not an address in lower-case hex')
}
