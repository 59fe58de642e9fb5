import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'
import { hexToBytes, parseAddress, parseQuantity } from '../../src/core/hex.ts'
import { arrayOf, entriesOf, Members, type Read } from '../../src/core/members.ts'
import { readJsonFile } from '../../src/host/read-file.ts'

/** How a program ends. `halt` is every exceptional halt but running out of gas. */
export const STATUSES = ['success', 'revert', 'oog', 'halt'] as const
export type Status = (typeof STATUSES)[number]

/** What a run did, as every engine can tell it. */
export interface RunResult {
  readonly status: Status
  /** Gas of the message, refunds not taken off; null from an engine that does not tell. */
  readonly gasUsed: bigint | null
  readonly output: Uint8Array
}

/** An account beside the one that runs. */
export interface ProgramAccount {
  readonly address: bigint
  readonly code: Uint8Array
  readonly nonce: bigint
  readonly balance: bigint
  readonly storage: Slots
}

/** Storage: values by key, both words. */
export type Slots = ReadonlyMap<bigint, bigint>

/**
 * One message call under the rules of Cancun, on a warm account with this code and without intrinsic gas. What the
 * file does not say is not checked against it, only between the engines.
 */
export interface Program {
  readonly name: string
  readonly code: Uint8Array
  readonly input: Uint8Array
  readonly gasLimit: bigint
  /** Balance and storage of the account that runs. */
  readonly balance: bigint
  readonly storage: Slots
  readonly accounts: readonly ProgramAccount[]
  readonly expected: { readonly [K in keyof RunResult]: RunResult[K] | null }
}

/** Where the programs of our own are. */
export const OWN_PROGRAMS = 'fixtures/programs'

export const NO_SLOTS: Slots = new Map()

/** The account that runs, and who sends the message. */
export const CONTRACT = 0xc0den
export const SENDER = 0x5e4de4n

/** Every account that there is when a program begins: its own, the sender's, and the others. */
export function accountsOf({ code, balance, storage, accounts }: Program): ProgramAccount[] {
  const own = { address: CONTRACT, code, nonce: 1n, balance, storage }
  const sender = {
    address: SENDER,
    code: new Uint8Array(0),
    nonce: 0n,
    balance: 10n ** 18n,
    storage: NO_SLOTS,
  }
  return [own, sender, ...accounts]
}

/** The programs of one file: a list of cases in the shape that fixtures/programs/README.md describes. */
export function readPrograms(path: string): Program[] {
  return arrayOf(readProgram)(readJsonFile(path), path)
}

/** The programs of every file in a folder, in the order of the file names; none if there is no such folder. */
export function readProgramFolder(folder: string): Program[] {
  if (!existsSync(folder)) return []
  const files = readdirSync(folder).filter((name) => name.endsWith('.json'))
  return files.sort().flatMap((name) => readPrograms(join(folder, name)))
}

const readProgram: Read<Program> = (value, place) => {
  const members = new Members(value, place)
  for (const remark of ['source', 'note', 'fork']) members.optional(remark, text)
  const name = members.required('name', text)
  const at = `${place} (${name})`
  const program = {
    name,
    code: members.required('code', hexToBytes),
    input: members.optional('input', hexToBytes) ?? new Uint8Array(0),
    gasLimit: members.required('gasLimit', gas),
    balance: members.optional('balance', wei) ?? 0n,
    storage: members.optional('storage', slots) ?? NO_SLOTS,
    accounts: members.optional('accounts', accounts) ?? [],
    expected: {
      status: members.optional('expectedStatus', status) ?? null,
      gasUsed: members.optional('gasUsed', gas) ?? null,
      output: members.optional('expectedOutput', orNull(hexToBytes)) ?? null,
    },
  }
  members.done()
  if (program.code.length === 0) throw new ZvmError(ERROR_CODES.value, `${at}: no code`)
  return program
}

const gas: Read<bigint> = (value, place) => parseQuantity(value, place, 64)

const wei: Read<bigint> = (value, place) => parseQuantity(value, place)

const text: Read<string> = (value, place) => {
  if (typeof value !== 'string') throw new ZvmError(ERROR_CODES.value, `${place}: not text`)
  return value
}

const status: Read<Status> = (value, place) => {
  const known = STATUSES.find((name) => name === value)
  if (!known) throw new ZvmError(ERROR_CODES.value, `${place}: none of ${STATUSES.join(', ')}`)
  return known
}

function orNull<T>(read: Read<T>): Read<T | null> {
  return (value, place) => (value === null ? null : read(value, place))
}

const accounts: Read<ProgramAccount[]> = (value, place) =>
  entriesOf(value, place).map(([address, entry]) => {
    const members = new Members(entry, `${place}.${address}`)
    return {
      address: parseAddress(address, place),
      code: members.optional('code', hexToBytes) ?? new Uint8Array(0),
      nonce: members.optional('nonce', gas) ?? 0n,
      balance: members.optional('balance', wei) ?? 0n,
      storage: members.optional('storage', slots) ?? NO_SLOTS,
    }
  })

const slots: Read<Slots> = (value, place) =>
  new Map(
    entriesOf(value, place).map(([key, word]) => [
      parseQuantity(key, place),
      parseQuantity(word, `${place}.${key}`),
    ]),
  )
