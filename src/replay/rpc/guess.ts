import type { BlockHeader } from '../../chain/header.ts'
import type { AccessListEntry } from '../../chain/transaction.ts'
import { createAddress } from '../../core/address.ts'
import { bytesToHex, hexToBytes, toFixedHex, toQuantity } from '../../core/hex.ts'
import { entriesOf } from '../../core/members.ts'
import type { SystemCall } from '../../core/rules.ts'
import type { Table } from '../../core/table.ts'
import { bytesToBigint } from '../../core/word.ts'
import { MemorySource } from '../../state/memory-source.ts'
import type { Miss, StateSource } from '../../state/source.ts'
import { readAddress, readWord } from '../bundle-values.ts'
import type { NodeBlock, NodeReceipt, NodeTransaction } from './answers.ts'
import type { Call } from './rpc.ts'
import type { BlockId } from './rpc-chain.ts'

/** Guesses what transactions will ask for, so that it is loaded at once. What is guessed too much only costs a request. */

/** What the fields of the transactions name. Precompiles are not guessed: few are called, and the first run tells which. */
export function namedState(
  { header, withdrawals }: NodeBlock,
  { rules }: Table,
  transactions: readonly NodeTransaction[],
): Miss[] {
  const addresses = new Set<bigint>([header.coinbase])
  for (const { address } of withdrawals ?? []) addresses.add(address)
  const misses = Object.values(rules.systemCalls).flatMap((call) => systemState(call, header))
  for (const { from, to, tx } of transactions) {
    addresses.add(from).add(to ?? createAddress(from, tx?.nonce ?? 0n))
    for (const { address } of tx?.authorizations ?? []) if (address !== 0n) addresses.add(address)
    misses.push(...accessed(tx?.accessList ?? []))
  }
  for (const address of addresses) misses.push({ kind: 'account', address })
  return misses
}

/** The accounts that transactions called, as far as their logs name them. */
export function loggedState(receipts: readonly NodeReceipt[]): Miss[] {
  const addresses = new Set(receipts.flatMap(({ logs }) => logs.map(({ address }) => address)))
  return [...addresses].map((address) => ({ kind: 'account', address }))
}

/**
 * The slots in which contracts most often say what code they run, or what they call: those of EIP-1967 (implementation,
 * beacon), that of OpenZeppelin's proxies before it, and the first.
 */
export const LINK_SLOTS: readonly bigint[] = [
  0x360894a13ba1a3210667c828492db98dca3e2076cc3735a920a3ca505d382bbcn,
  0xa3f0ad74e5423aebfd80d3ef4346578335a9a72aeaee59ff6cb3582b35133d50n,
  0x7050c9e0f4ca769c69bd3a8ef740bc37934f8e2c036e5a723fd8ee048ed3f8c3n,
  0n,
]

/** Contracts whose link slots are guessed at the most, and addresses that are taken out of one call's data. */
const LINKED_LIMIT = 64
const NAMED_LIMIT = 16

/**
 * What a node's own first guess would name, where it has none: the link slots of contracts that were called, and where a
 * transaction has left no logs, the addresses that its data names.
 */
export function likelyState(
  transactions: readonly NodeTransaction[],
  receipts: readonly NodeReceipt[],
): Miss[] {
  const called = new Set<bigint>()
  const misses: Miss[] = []
  for (const [i, { to, tx }] of transactions.entries()) {
    const { logs } = receipts[i]
    if (to === null || !tx || tx.data.length === 0) continue
    called.add(to)
    for (const { address } of logs) called.add(address)
    if (logs.length > 0) continue
    for (const address of addressesIn(tx.data)) misses.push({ kind: 'account', address })
  }
  for (const address of [...called].slice(0, LINKED_LIMIT))
    for (const key of LINK_SLOTS) misses.push({ kind: 'storage', address, key })
  return misses
}

/** Words of call data that look like addresses: too long for most amounts, and not longer than addresses are. */
function addressesIn(data: Uint8Array): Set<bigint> {
  const found = new Set<bigint>()
  for (let at = 4; at + 32 <= data.length && found.size < NAMED_LIMIT; at += 32) {
    const word = bytesToBigint(data.subarray(at, at + 32))
    if (word >> 112n !== 0n && word >> 160n === 0n) found.add(word)
  }
  return found
}

/** Slots that the contracts of EIP-2935 and EIP-4788 have for their history. */
const HISTORY_SLOTS = 8191n

/** The state that a system call touches, as the contracts are that are there today. */
function systemState({ address, input }: SystemCall, { number, timestamp }: BlockHeader): Miss[] {
  const at = timestamp % HISTORY_SLOTS
  const keys = {
    'parent-hash': [(number - 1n) % HISTORY_SLOTS],
    'parent-beacon-root': [at, at + HISTORY_SLOTS],
    // Excess, count, head and tail of the queue (EIP-7002, EIP-7251).
    nothing: [0n, 1n, 2n, 3n],
  }[input]
  return [{ kind: 'account', address }, ...keys.map((key): Miss => ({ kind: 'storage', address, key }))]
}

/** The state that an access list names. */
export function accessed(list: readonly AccessListEntry[]): Miss[] {
  return list.flatMap(({ address, keys }): Miss[] => [
    { kind: 'account', address },
    ...keys.map((key): Miss => ({ kind: 'storage', address, key })),
  ])
}

/** Asks for what each transaction of a block finds of what it touches. */
export function prestateCall(id: BlockId): Call {
  const tracer = { tracer: 'prestateTracer' }
  return 'hash' in id
    ? { method: 'debug_traceBlockByHash', params: [toFixedHex(id.hash, 32), tracer] }
    : { method: 'debug_traceBlockByNumber', params: [toQuantity(id.number), tracer] }
}

/** What a node's tracer says that transactions touch. */
export interface Prestate {
  /** All that it names; and hashes of blocks, as soon as `source` was asked for them. */
  readonly misses: Miss[]
  /** The state as the tracer has it, which nothing but guesses may come from. */
  readonly source: StateSource
}

/** The answer to `prestateCall`, of the first `count` transactions. Null where it is no such answer. */
export function prestateOf(answer: unknown, count: number): Prestate | null {
  if (!Array.isArray(answer) || answer.length < count) return null
  const misses: Miss[] = []
  const source = new MemorySource((number) => {
    misses.push({ kind: 'blockHash', number })
    return 0n
  })
  try {
    for (const [i, { result }] of answer.slice(0, count).entries())
      for (const [key, account] of entriesOf(result, `trace[${i}]`))
        addAccount(source, readAddress(key, 'trace'), account, misses)
  } catch {
    // Only a guess: what is not understood is found out by running.
    return null
  }
  return { misses, source }
}

/** What an earlier transaction had before it stays: it was so before those between. */
function addAccount(source: MemorySource, address: bigint, given: unknown, misses: Miss[]): void {
  const { balance = 0n, nonce = 0n, code = '0x', ...rest } = Object.fromEntries(entriesOf(given, 'trace'))
  const known = source.account(address)
  const storage = new Map(known?.storage)
  misses.push({ kind: 'account', address })
  for (const [slot, value] of entriesOf(rest.storage ?? {}, 'trace')) {
    const key = readWord(slot, 'trace')
    misses.push({ kind: 'storage', address, key })
    if (!storage.has(key)) storage.set(key, readWord(value, 'trace'))
  }
  if (known) source.set(address, known.nonce, known.balance, known.code, storage)
  else
    source.set(
      address,
      BigInt(nonce as string | number),
      BigInt(balance as string),
      hexToBytes(code as string, 'trace'),
      storage,
    )
}

/**
 * Asks for the access list of a transaction on the state before its block, and but for the first also on that after it,
 * where the contracts are that those before it made; nothing where its fields say all.
 */
export function accessListCalls({ from, to, tx }: NodeTransaction, number: bigint, isFirst: boolean): Call[] {
  if (tx === null || (to !== null && tx.data.length === 0)) return []
  const call = {
    from: toFixedHex(from, 20),
    ...(to === null ? {} : { to: toFixedHex(to, 20) }),
    value: toQuantity(tx.value),
    data: bytesToHex(tx.data),
  }
  const states = isFirst ? [number - 1n] : [number - 1n, number]
  return states.map((state) => ({ method: 'eth_createAccessList', params: [call, toQuantity(state)] }))
}
