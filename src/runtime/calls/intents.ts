import { HCS_CALLS, HCS_CAPABILITY, HTS_CALLS, HTS_CAPABILITY } from '../../../opcodes/zvm/hedera-calls.ts'
import { createAddress } from '../../core/address.ts'
import type { Frame } from '../../core/frame.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../../core/hex.ts'
import { bigintToBytes, bytesToBigint, MAX_UINT64 } from '../../core/word.ts'
import type { Reply } from '../answers.ts'
import { type Intent, intentOf } from '../intent.ts'
import { done, REFUSED, type Session } from '../session.ts'
import { addressText, type BuiltinCall, linear, parts, textOf } from './call.ts'

type Args = Intent['args']

/** A field of a payload: `token20` an address, `amount32` an unsigned number, `message` all the rest as bytes. */
function readFields(input: Uint8Array, layout: readonly string[]): Args | null {
  const sizes = layout.map((field) => Number(/\d+$/.exec(field)?.[0] ?? 0))
  const hasRest = sizes.at(-1) === 0
  const found = parts(input, hasRest ? sizes.slice(0, -1) : sizes, hasRest)
  return (
    found &&
    Object.fromEntries(layout.map((field, i) => [field.replace(/\d+$/, ''), shown(found[i], sizes[i])]))
  )
}

function shown(bytes: Uint8Array, size: number): string {
  if (size === 20) return addressText(bytes)
  return size === 0 ? bytesToHex(bytes) : toQuantity(bytesToBigint(bytes))
}

/** With a ledger the intent is settled there, or refused; without one it only stands in the result. */
function settle(intent: Intent, frame: Frame, { services }: Session, output?: Uint8Array): Reply {
  if (!services.ledger) return done(output, [intent])
  const settled = services.ledger.apply(intent)
  if (!settled) return REFUSED
  frame.host.onRevert(() => settled.undo())
  return done(output ?? settled.output, [intent])
}

/** An operation that leaves an intent. */
function operation(
  id: number,
  capability: string,
  name: string,
  payload: string,
  base: number,
  perByte = 0,
): BuiltinCall {
  const layout = payload.split(' ‖ ')
  const call = { id, name, capability, kind: 'writes' as const, payload, ...linear(base, perByte) }
  return {
    ...call,
    run: (input, frame, session) =>
      session.outside(call, input, frame, () => {
        const args = readFields(input, layout)
        return args ? settle(intentOf(name, frame, args), frame, session) : REFUSED
      }),
  }
}

/** As `operation`, of a token or topic that is made: its address is what a CREATE of the contract would give. */
function creation(id: number, capability: string, name: string, field: string, base: number): BuiltinCall {
  const call = { id, name, capability, kind: 'writes' as const, payload: `→ ${field}20`, ...linear(base, 0) }
  return {
    ...call,
    run(input, frame, session) {
      const nonce = frame.host.nonce(frame.self)
      const address = createAddress(frame.self, nonce)
      const answer = session.outside(call, input, frame, () => {
        if (input.length > 0 || nonce >= MAX_UINT64) return REFUSED
        const intent = intentOf(name, frame, { [field]: toFixedHex(address, 20) })
        return settle(intent, frame, session, bigintToBytes(address, 20))
      })
      if (typeof answer !== 'number' && answer.status === 1n) frame.host.setNonce(frame.self, nonce + 1n)
      return answer
    },
  }
}

/** A question to the ledger; without one nobody can answer it. */
function question(
  id: number,
  capability: string,
  name: string,
  payload: string,
  output: string,
  base: number,
): BuiltinCall {
  const layout = payload.split(' ‖ ')
  const call = {
    id,
    name,
    capability,
    kind: 'reads' as const,
    payload: `${payload} → ${output}`,
    ...linear(base, 0),
  }
  return {
    ...call,
    run: (input, frame, session) =>
      session.outside(call, input, frame, () => {
        const args = readFields(input, layout)
        const answer = args && session.services.ledger?.ask(intentOf(name, frame, args))
        return answer ? done(answer) : REFUSED
      }),
  }
}

const hts = (n: number) => [HTS_CALLS + n, HTS_CAPABILITY] as const
const hcs = (n: number) => [HCS_CALLS + n, HCS_CAPABILITY] as const

const HEDERA: readonly BuiltinCall[] = [
  operation(...hts(0x01), 'hts.transfer', 'token20 ‖ from20 ‖ to20 ‖ amount32', 10000),
  operation(...hts(0x02), 'hts.mint', 'token20 ‖ amount32', 50000),
  operation(...hts(0x03), 'hts.burn', 'token20 ‖ amount32', 50000),
  operation(...hts(0x04), 'hts.associate', 'account20 ‖ token20', 20000),
  operation(...hts(0x05), 'hts.dissociate', 'account20 ‖ token20', 20000),
  operation(...hts(0x06), 'hts.approve', 'token20 ‖ spender20 ‖ amount32', 5000),
  question(...hts(0x07), 'hts.balance_of', 'token20 ‖ account20', 'amount32', 2000),
  question(...hts(0x08), 'hts.token_info', 'token20', 'JSON', 2000),
  creation(...hts(0x09), 'hts.create_token', 'token', 100000),
  operation(...hts(0x0a), 'hts.update', 'token20 ‖ data', 25000, 8),
  operation(...hts(0x0b), 'hts.delete', 'token20', 25000),
  operation(...hts(0x0c), 'hts.pause', 'token20', 5000),
  operation(...hts(0x0d), 'hts.unpause', 'token20', 5000),
  {
    ...operation(...hcs(0x01), 'hcs.submit', 'topic20 ‖ message', 5000),
    // The price of the row, which charges the message alone.
    gas: (input) => 5000 + 100 * Math.max(0, input.length - 20),
    price: '5000 + 100 a byte of message',
  },
  creation(...hcs(0x02), 'hcs.create_topic', 'topic', 50000),
  operation(...hcs(0x03), 'hcs.update_topic', 'topic20 ‖ data', 25000),
  operation(...hcs(0x04), 'hcs.delete_topic', 'topic20', 12500),
  question(...hcs(0x05), 'hcs.info', 'topic20', 'JSON', 2000),
]

/** Amounts of the ledger are units of 1e-8. */
const LEDGER: readonly BuiltinCall[] = [
  ledgerCall(0x80, 'balance', 'reads', 'account → amount32', linear(2000, 8), (input) => {
    const account = textOf(input)
    return account === null ? null : { account }
  }),
  ledgerCall(
    0x81,
    'transfer',
    'writes',
    'size1 ‖ from ‖ size1 ‖ to ‖ amount32 ‖ memo',
    linear(20000, 8),
    readTransfer,
  ),
]

function ledgerCall(
  id: number,
  what: string,
  kind: 'reads' | 'writes',
  payload: string,
  price: ReturnType<typeof linear>,
  read: (input: Uint8Array) => Args | null,
): BuiltinCall {
  const name = `ledger.${what}`
  const call = { id, name, capability: name, kind, payload, ...price }
  return {
    ...call,
    run: (input, frame, session) =>
      session.outside(call, input, frame, () => {
        const args = read(input)
        if (!args) return REFUSED
        const account = args.from ?? args.account
        if (!session.grants.covers(name, account)) return { denied: `${name}=${account.slice(0, 64)}` }
        const intent = intentOf(name, frame, args)
        if (kind === 'writes') return settle(intent, frame, session)
        const answer = session.services.ledger!.ask(intent)
        return answer ? done(answer) : REFUSED
      }),
  }
}

function readTransfer(input: Uint8Array): Args | null {
  const fromSize = input[0] ?? 0
  const toSize = input[1 + fromSize] ?? 0
  const fields = parts(input, [1, fromSize, 1, toSize, 32], true)
  if (!fields) return null
  const [from, to, memo] = [fields[1], fields[3], fields[5]].map(textOf)
  if (!from || !to || memo === null) return null
  return { from, to, amount: toQuantity(bytesToBigint(fields[4])), memo }
}

/** Calls that want something done elsewhere: their intents stand in the result. */
export const INTENT_CALLS: readonly BuiltinCall[] = [...HEDERA, ...LEDGER]
