import type { CallRequest } from '../../chain/call.ts'
import { readAlloc } from '../../chain/genesis.ts'
import { NO_LIMITS } from '../../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import {
  bytesToHex,
  hexToBytes,
  parseAddress,
  parseQuantity,
  toFixedHex,
  toQuantity,
} from '../../core/hex.ts'
import type { BlockEnvironment, Environment } from '../../core/host.ts'
import { arrayOf, Members, type Read, readWhole } from '../../core/members.ts'
import { writeAtomically } from '../../host/write-file.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { testBlockHash } from '../../state/test-block-hash.ts'
import { tableNamed } from '../target-table.ts'
import type { MessageRecipe, Recipe } from './recipe.ts'

/** The format read and written here. */
export const SESSION_VERSION = 'zvm-session/1'

/** What is stepped, where one stands in it, and where it stops. Positions are the same in every run of the recipe. */
export interface SavedSession {
  readonly name: string
  readonly recipe: Recipe
  /** ABIs as JSON, of ours or of Solidity. */
  readonly abis: readonly unknown[]
  readonly position: number
  /** As they are typed: `op SSTORE`. */
  readonly breakpoints: readonly string[]
}

/** Writes a session, whole or not at all. Throws USAGE where its table is from a file, which no name tells. */
export function writeSession(path: string, session: SavedSession): void {
  const { name, recipe, abis, position, breakpoints } = session
  const what =
    recipe.kind === 'bundle' ? { bundle: recipe.json, transaction: recipe.index } : messageToJson(recipe)
  const json = { version: SESSION_VERSION, name, position, breakpoints, abis, ...what }
  writeAtomically(path, `${JSON.stringify(json, null, 1)}\n`)
}

export function isSession(json: unknown): boolean {
  return (json as { version?: unknown } | null)?.version === SESSION_VERSION
}

/** Reads what `writeSession` wrote. Throws VALUE naming the member. */
export function readSession(json: unknown, place: string): SavedSession {
  const members = new Members(json, place, ': ')
  members.required('version', (value, at) => {
    if (value !== SESSION_VERSION) refuse(at, `not ${SESSION_VERSION}`)
  })
  const name = members.required('name', text)
  const position = members.required('position', count)
  const breakpoints = members.required('breakpoints', arrayOf(text))
  const abis = members.required(
    'abis',
    arrayOf((abi) => abi),
  )
  const bundle = members.optional('bundle', (value) => value)
  const recipe: Recipe =
    bundle === undefined
      ? readMessage(members)
      : { kind: 'bundle', json: bundle, name: place, index: members.required('transaction', count) }
  members.done()
  return { name, recipe, abis, position, breakpoints }
}

function messageToJson({ table, source, request, env, limits, runtime }: MessageRecipe): object {
  if (runtime)
    throw new ZvmError(ERROR_CODES.usage, 'save: what system calls answered cannot be kept in a session')
  if (tableNamed(table.name) !== table)
    throw new ZvmError(ERROR_CODES.usage, '--session: a table from a file cannot be kept in one')
  const { caller, to, value, data, gas } = request
  const { block, chainId, origin, gasPrice } = env
  return {
    table: table.name,
    message: {
      sender: toFixedHex(caller, 20),
      to: to === null ? null : toFixedHex(to, 20),
      ...{ value: toQuantity(value), data: bytesToHex(data), gas: toQuantity(gas) },
    },
    environment: {
      chainId: toQuantity(chainId),
      origin: toFixedHex(origin, 20),
      gasPrice: toQuantity(gasPrice),
    },
    block: Object.fromEntries(BLOCK_FIELDS.map((field) => [field, toQuantity(block[field])])),
    limits: { steps: limits.steps, memoryBytes: limits.memoryBytes },
    pre: Object.fromEntries(
      [...source.accounts].map(([address, { nonce, balance, code, storage }]) => [
        toFixedHex(address, 20),
        {
          ...{ nonce: toQuantity(nonce), balance: toQuantity(balance), code: bytesToHex(code) },
          storage: Object.fromEntries([...storage].map(([key, word]) => [toQuantity(key), toQuantity(word)])),
        },
      ]),
    ),
  }
}

const BLOCK_FIELDS = [
  ...(['number', 'timestamp', 'coinbase', 'gasLimit', 'difficulty', 'prevRandao'] as const),
  ...(['baseFee', 'blobBaseFee'] as const),
] satisfies (keyof BlockEnvironment)[]

function readMessage(members: Members): MessageRecipe {
  const table = members.required('table', (value, at) => {
    return tableNamed(String(value)) ?? refuse(at, 'no table of that name')
  })
  const request = members.required('message', readRequest)
  const block = members.required('block', readBlock)
  const env = members.required('environment', readEnvironment(block))
  const limits = members.required('limits', (value, at) => {
    const inner = new Members(value, at)
    const given = { steps: inner.required('steps', count), memoryBytes: inner.required('memoryBytes', count) }
    inner.done()
    return {
      steps: Math.min(given.steps, NO_LIMITS.steps),
      memoryBytes: Math.min(given.memoryBytes, NO_LIMITS.memoryBytes),
    }
  })
  const source = members.required('pre', (value, at) => readAlloc(value, at, new MemorySource(testBlockHash)))
  return { kind: 'message', table, source, request, env, limits, runtime: null }
}

const readRequest: Read<CallRequest> = (value, at) => {
  const members = new Members(value, at)
  const request = {
    caller: members.required('sender', parseAddress),
    to: members.required('to', (to, place) => (to === null ? null : parseAddress(to, place))),
    value: members.required('value', parseQuantity),
    data: members.required('data', hexToBytes),
    gas: members.required('gas', (gas, place) => parseQuantity(gas, place, 64)),
  }
  members.done()
  return request
}

const readBlock: Read<BlockEnvironment> = (value, at) => {
  const members = new Members(value, at)
  const fields = BLOCK_FIELDS.map((field) => [field, members.required(field, parseQuantity)])
  members.done()
  return Object.fromEntries(fields) as BlockEnvironment
}

const readEnvironment =
  (block: BlockEnvironment): Read<Environment> =>
  (value, at) => {
    const members = new Members(value, at)
    const chainId = members.required('chainId', parseQuantity)
    const origin = members.required('origin', parseAddress)
    const gasPrice = members.required('gasPrice', parseQuantity)
    members.done()
    return { chainId, origin, gasPrice, block, blobHashes: [] }
  }

const text: Read<string> = (value, at) => (typeof value === 'string' ? value : refuse(at, 'not a text'))

const count = readWhole(0, Number.MAX_SAFE_INTEGER)

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what}`, { place })
}
