import { createHash } from 'node:crypto'
import { bytesToHex, toFixedHex, toQuantity } from '../../src/core/hex.ts'
import type { Log } from '../../src/core/host.ts'
import { arrayOf, Members, type Read } from '../../src/core/members.ts'
import { fieldsToJson, readFields } from '../../src/replay/bundle-fields.ts'
import {
  byAddress,
  byQuantity,
  orNull,
  quantity,
  readAddress,
  readBytes,
  readWord,
  text,
} from '../../src/replay/bundle-values.ts'
import type { FuzzAccount, FuzzBlock, FuzzCase, FuzzTransaction } from './case.ts'
import type { Outcome, TransactionOutcome } from './outcome.ts'

const FORMAT = 'zvm-fuzz/1'

/**
 * A case on which the two sides differed, made small, with what each said. Whoever finds out which is right says so
 * in `right` and why in `verdict`; until then both are null.
 */
export interface Fixture {
  /** Seed and number of the program it was found in. */
  readonly found: string
  readonly verdict: string | null
  readonly right: 'ours' | 'peer' | null
  readonly case: FuzzCase
  /** As found; ours may have changed since. */
  readonly ours: Outcome
  readonly peer: Outcome
}

/** The name of a fixture's file: by its case alone, so that the same case is one file. */
export function fixtureName(fuzzCase: FuzzCase): string {
  return (
    createHash('sha256')
      .update(JSON.stringify(caseToJson(fuzzCase)))
      .digest('hex')
      .slice(0, 16) + '.json'
  )
}

export function fixtureToJson(fixture: Fixture): string {
  const { found, verdict, right, case: fuzzCase, ours, peer } = fixture
  const json = {
    ...{ format: FORMAT, found, verdict, right },
    ...caseToJson(fuzzCase),
    ours: outcomeToJson(ours),
    peer: outcomeToJson(peer),
  }
  return JSON.stringify(json, null, 2) + '\n'
}

/** Reads a fixture. Throws VALUE naming the place. */
export function readFixture(value: unknown, place: string): Fixture {
  const members = new Members(value, place)
  members.required('format', oneOf([FORMAT]))
  const fixture: Fixture = {
    found: members.required('found', text(200)),
    verdict: members.required('verdict', orNull(text(2000))),
    right: members.required('right', orNull(oneOf(['ours', 'peer']))),
    case: {
      fork: members.required('fork', text(40)),
      block: members.required('block', readBlock),
      pre: members.required('pre', byAddress(readAccount)),
      transactions: members.required('transactions', arrayOf(readTransaction)),
    },
    ours: members.required('ours', readOutcome),
    peer: members.required('peer', readOutcome),
  }
  members.done()
  return fixture
}

/** The case as JSON, the form it has in a fixture. */
export function caseToJson({ fork, block, pre, transactions }: FuzzCase) {
  return {
    fork,
    block: Object.fromEntries(
      Object.entries(block).map(([name, value]) => [
        name,
        name === 'coinbase' ? toFixedHex(value, 20) : toQuantity(value),
      ]),
    ),
    pre: accountsToJson(pre),
    transactions: transactions.map(({ sender, isSigned, tx }) => ({
      sender: toFixedHex(sender, 20),
      isSigned,
      ...fieldsToJson(tx),
    })),
  }
}

export function accountsToJson(accounts: ReadonlyMap<bigint, FuzzAccount>) {
  return Object.fromEntries(
    [...accounts].map(([address, { nonce, balance, code, storage }]) => [
      toFixedHex(address, 20),
      {
        nonce: toQuantity(nonce),
        balance: toQuantity(balance),
        code: bytesToHex(code),
        storage: Object.fromEntries([...storage].map(([key, word]) => [toQuantity(key), toQuantity(word)])),
      },
    ]),
  )
}

function outcomeToJson({ transactions, post }: Outcome) {
  return {
    transactions: transactions.map(({ gasUsed, refund, output, created, logs, ...words }) => ({
      ...words,
      gasUsed: toQuantity(gasUsed),
      refund: refund === null ? null : toQuantity(refund),
      output: bytesToHex(output),
      created: created === null ? null : toFixedHex(created, 20),
      logs: logs.map(({ address, topics, data }) => ({
        address: toFixedHex(address, 20),
        topics: topics.map(toQuantity),
        data: bytesToHex(data),
      })),
    })),
    post: accountsToJson(post),
  }
}

function readBlock(value: unknown, place: string): FuzzBlock {
  const members = new Members(value, place)
  const block: FuzzBlock = {
    number: members.required('number', readWord),
    timestamp: members.required('timestamp', readWord),
    coinbase: members.required('coinbase', readAddress),
    gasLimit: members.required('gasLimit', readWord),
    difficulty: members.required('difficulty', readWord),
    prevRandao: members.required('prevRandao', readWord),
    baseFee: members.required('baseFee', readWord),
    excessBlobGas: members.required('excessBlobGas', readWord),
  }
  members.done()
  return block
}

/** Reads an account. Throws VALUE naming the place. */
export function readAccount(value: unknown, place: string): FuzzAccount {
  const members = new Members(value, place)
  const account: FuzzAccount = {
    nonce: members.required('nonce', quantity(64)),
    balance: members.required('balance', readWord),
    code: members.required('code', readBytes),
    storage: members.required('storage', byQuantity(256, readWord)),
  }
  members.done()
  return account
}

function readTransaction(value: unknown, place: string): FuzzTransaction {
  const { sender, isSigned, ...fields } = value as Record<string, unknown>
  return {
    sender: readAddress(sender, `${place}.sender`),
    isSigned: readFlag(isSigned, `${place}.isSigned`),
    tx: readFields(fields, place),
  }
}

function readOutcome(value: unknown, place: string): Outcome {
  const members = new Members(value, place)
  const outcome: Outcome = {
    transactions: members.required('transactions', arrayOf(readTransactionOutcome)),
    post: members.required('post', byAddress(readAccount)),
  }
  members.done()
  return outcome
}

function readTransactionOutcome(value: unknown, place: string): TransactionOutcome {
  const members = new Members(value, place)
  const outcome: TransactionOutcome = {
    status: members.required('status', oneOf(['success', 'revert', 'halt', 'refused'])),
    reason: members.required('reason', text(2000)),
    gasUsed: members.required('gasUsed', readWord),
    refund: members.required('refund', orNull(readWord)),
    output: members.required('output', readBytes),
    created: members.required('created', orNull(readAddress)),
    logs: members.required('logs', arrayOf(readLog)),
  }
  members.done()
  return outcome
}

function readLog(value: unknown, place: string): Log {
  const members = new Members(value, place)
  const log: Log = {
    address: members.required('address', readAddress),
    topics: members.required('topics', arrayOf(readWord)),
    data: members.required('data', readBytes),
  }
  members.done()
  return log
}

function readFlag(value: unknown, place: string): boolean {
  if (typeof value !== 'boolean') throw new Error(`${place}: neither true nor false`)
  return value
}

function oneOf<const T extends string>(words: readonly T[]): Read<T> {
  return (value, place) => {
    const word = words.find((each) => each === value)
    if (word === undefined) throw new Error(`${place}: not one of ${words.join(', ')}`)
    return word
  }
}
