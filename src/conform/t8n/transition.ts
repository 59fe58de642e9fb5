import { applyBlock, type BlockResult } from '../../chain/apply-block.ts'
import { recoverSender } from '../../chain/signature.ts'
import type { Transaction } from '../../chain/transaction.ts'
import { transactionToItem } from '../../chain/transaction-codec.ts'
import { createAddress } from '../../core/address.ts'
import type { Crypto } from '../../core/crypto.ts'
import { Driver, NO_LIMITS } from '../../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { encodeRlp } from '../../core/rlp.ts'
import type { Table } from '../../core/table.ts'
import type { Tier } from '../../core/tier.ts'
import type { Tracer } from '../../core/tracer.ts'
import type { MemorySource } from '../../state/memory-source.ts'
import { merklePatricia } from '../../state/merkle-patricia.ts'
import { State } from '../../state/state.ts'
import { completeEnv, type TransitionBlock, type TransitionEnv } from './env.ts'
import { allocJson, type Included, type LeftOut, type Outcome, resultJson } from './result.ts'
import type { GivenTransaction } from './transactions.ts'

/** What is applied to what. */
export interface TransitionInput {
  readonly table: Table
  /** The parent block's table. */
  readonly parentTable: Table
  readonly chainId: bigint
  readonly env: TransitionEnv
  /** The state before, its block hashes by `hashesOf`. It stays as it is. */
  readonly state: MemorySource
  readonly transactions: readonly GivenTransaction[]
}

/** What runs it, and what watches. */
export interface TransitionHost {
  readonly crypto: Crypto
  readonly tier: Tier | null
  /** Watches all that runs, system calls included. */
  readonly tracer: Tracer | null
  /** Watches this transaction alone. */
  tracerOf(tx: Transaction): Tracer | null
}

/** What a transition gives, to be written as JSON. */
export interface TransitionOutput {
  readonly alloc: object
  readonly result: object
  /** RLP of the list of transactions that the block holds. */
  readonly body: Uint8Array
}

/** The hashes that an `env` gives. Throws MISSING_BLOCK_HASH where one is asked for that it does not. */
export function hashesOf({ blockHashes }: TransitionEnv): (number: bigint) => bigint {
  return (number) => {
    const hash = blockHashes?.get(number)
    if (hash !== undefined) return hash
    const what = blockHashes === null ? 'no blockhashes provided' : 'blockhash for that block not provided'
    throw new ZvmError(ERROR_CODES.missingBlockHash, `env: getHash(${number}) invoked, ${what}`)
  }
}

/**
 * Applies transactions to a state as a block of their own, leaving out those that cannot be in it. Throws USAGE where
 * the `env` lacks something, MISSING_BLOCK_HASH, and INVALID_BLOCK where the block cannot be executed to its end.
 */
export function transition(input: TransitionInput, host: TransitionHost): TransitionOutput {
  const { table, env } = input
  const block = completeEnv(env, table.rules, input.parentTable.rules)
  const { accepted, rejected } = sorted(input.transactions, block, table)
  const state = new State(input.state)
  const after = () => {
    const image = input.state.fork()
    image.apply(state.changes())
    return image
  }
  const driver = new Driver(table, state, host.crypto, NO_LIMITS, host.tier)
  driver.tracer = host.tracer
  const applied = applyBlock(driver, state, {
    chainId: input.chainId,
    block: block.block,
    parentHash: env.blockHashes?.get(env.number - 1n) ?? 0n,
    parentBeaconRoot: env.parentBeaconRoot ?? 0n,
    transactions: accepted.map(({ tx }) => tx),
    ommers: env.ommers.map(({ delta, address }) => ({ number: env.number - delta, coinbase: address })),
    withdrawals: env.withdrawals ?? [],
    rejected: 'leave-out',
    tracerOf: (tx) => host.tracerOf(tx),
    stateRoot: () => after().root(merklePatricia),
  })
  if ('code' in applied)
    throw new ZvmError(ERROR_CODES.invalidBlock, applied.message, { rejection: applied.code })
  const image = after()
  const outcome: Outcome = {
    ...applied,
    included: includedOf(accepted, applied, host.crypto),
    rejected: merged(rejected, applied, accepted),
    stateRoot: image.root(merklePatricia),
  }
  return {
    alloc: allocJson(image),
    result: resultJson(env, block, outcome, table.rules, host.crypto),
    body: encodeRlp(outcome.included.map(({ tx }) => transactionToItem(tx))),
  }
}

/** A transaction that is tried, by its place in the input. */
interface Accepted {
  readonly index: number
  readonly tx: Transaction
}

/** Those that can be tried, and those that cannot: what is none, and blobs for which there is no price. */
function sorted(
  given: readonly GivenTransaction[],
  { excessBlobGas }: TransitionBlock,
  { rules }: Table,
): { accepted: Accepted[]; rejected: LeftOut[] } {
  const accepted: Accepted[] = []
  const rejected: LeftOut[] = []
  for (const [index, one] of given.entries()) {
    if ('fault' in one) rejected.push({ index, error: one.fault })
    else if (one.type === 3 && rules.blob !== null && excessBlobGas === null)
      rejected.push({ index, error: 'blob tx used but field env.ExcessBlobGas missing' })
    else accepted.push({ index, tx: one })
  }
  return { accepted, rejected }
}

function includedOf(accepted: readonly Accepted[], applied: BlockResult, crypto: Crypto): Included[] {
  const leftOut = new Set(applied.rejected.map(({ index }) => index))
  const held = accepted.filter((_, i) => !leftOut.has(i))
  return held.map(({ tx }, i) => ({
    tx,
    receipt: applied.receipts[i],
    result: applied.results[i],
    contractAddress: tx.to === null ? createAddress(recoverSender(tx, crypto) ?? 0n, tx.nonce) : 0n,
  }))
}

/** All that were left out, in the order of the input. */
function merged(
  before: readonly LeftOut[],
  { rejected }: BlockResult,
  accepted: readonly Accepted[],
): LeftOut[] {
  const later = rejected.map(({ index, rejection }) => ({
    index: accepted[index].index,
    error: rejection.message,
  }))
  return [...before, ...later].sort((a, b) => a.index - b.index)
}
