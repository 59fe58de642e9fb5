import { executeTransaction } from '../../src/chain/execute.ts'
import { blobBaseFee } from '../../src/chain/fees.ts'
import { floorGas } from '../../src/chain/intrinsic-gas.ts'
import type { Rejection } from '../../src/chain/rejection.ts'
import { signTransaction } from '../../src/chain/sign.ts'
import { checkSignature, recoverSender } from '../../src/chain/signature.ts'
import type { Transaction } from '../../src/chain/transaction.ts'
import { decodeTransaction, encodeTransaction } from '../../src/chain/transaction-codec.ts'
import { Driver } from '../../src/core/driver.ts'
import { ZvmError } from '../../src/core/errors.ts'
import { haltName } from '../../src/core/halt.ts'
import type { BlockEnvironment } from '../../src/core/host.ts'
import type { Rules } from '../../src/core/rules.ts'
import type { Table } from '../../src/core/table.ts'
import type { Tracer } from '../../src/core/tracer.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { MemorySource } from '../../src/state/memory-source.ts'
import { State } from '../../src/state/state.ts'
import {
  blockHash,
  CHAIN_ID,
  type FuzzAccount,
  type FuzzBlock,
  type FuzzCase,
  type FuzzTransaction,
} from './case.ts'
import { keyOf } from './keys.ts'
import { type Outcome, refusal, type TransactionOutcome } from './outcome.ts'

/** Runs a case with our engine. `steps` counts the instructions of all transactions. */
export function runOurs(
  table: Table,
  fuzzCase: FuzzCase,
  tracer: Tracer | null = null,
): Outcome & { steps: number } {
  const source = sourceOf(fuzzCase.pre)
  const state = new State(source)
  const driver = new Driver(table, state, nodeCrypto)
  driver.tracer = tracer
  const block = environmentOf(fuzzCase.block, table.rules)
  let steps = 0
  const transactions = fuzzCase.transactions.map((each) => {
    const outcome = runOne(driver, state, each, block)
    if (outcome.status !== 'refused') steps += driver.steps
    return outcome
  })
  source.apply(state.changes())
  return { transactions, post: source.accounts, steps }
}

const encoded = new WeakMap<FuzzTransaction, Uint8Array>()

/** The bytes of a signed transaction, as both sides are given them. */
export function encodeSigned(given: FuzzTransaction): Uint8Array {
  const { tx, sender } = given
  const bytes = encoded.get(given) ?? encodeTransaction(signTransaction(tx, keyOf(sender)))
  encoded.set(given, bytes)
  return bytes
}

function sourceOf(pre: ReadonlyMap<bigint, FuzzAccount>): MemorySource {
  const source = new MemorySource(blockHash)
  for (const [address, { nonce, balance, code, storage }] of pre)
    source.set(address, nonce, balance, code, new Map(storage))
  return source
}

function environmentOf(block: FuzzBlock, { blob }: Rules): BlockEnvironment {
  const { excessBlobGas, ...fields } = block
  return { ...fields, blobBaseFee: blob ? blobBaseFee(excessBlobGas, blob) : 0n }
}

function runOne(
  driver: Driver,
  state: State,
  given: FuzzTransaction,
  block: BlockEnvironment,
): TransactionOutcome {
  const { rules } = driver.table
  const received = given.isSigned ? receive(encodeSigned(given), rules) : given
  if (!('tx' in received)) return refusal(received.message)
  const { tx, sender } = received
  const context = { chainId: CHAIN_ID, block, gasLeft: block.gasLimit, blobGasUsed: 0n }
  const result = executeTransaction(driver, state, tx, sender, context)
  if (!('status' in result)) return refusal(result.message)
  const { status, halt, gasUsed, logs, contractAddress: created } = result
  return {
    ...{ status, reason: haltName(halt), gasUsed, logs, created },
    refund: gasUsed === floorGas(tx, rules) ? null : BigInt(state.refund),
    output: created === null ? result.output : new Uint8Array(0),
  }
}

/** What a node does with the bytes of a transaction. */
function receive(
  bytes: Uint8Array,
  rules: Rules,
): { tx: Transaction; sender: bigint } | Pick<Rejection, 'message'> {
  try {
    const tx = decodeTransaction(bytes, 'tx')
    const fault = checkSignature(tx, rules, CHAIN_ID)
    if (fault) return fault
    const sender = recoverSender(tx, nodeCrypto)
    return sender === null ? { message: 'no sender' } : { tx, sender }
  } catch (error) {
    if (error instanceof ZvmError) return error
    throw error
  }
}
