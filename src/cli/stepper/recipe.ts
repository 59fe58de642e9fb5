import type { CapabilityRuntime } from '../../capabilities.ts'
import { beginCall, type CallRequest } from '../../chain/call.ts'
import { beginTransaction, executeTransaction } from '../../chain/execute.ts'
import { blobGasOf } from '../../chain/fees.ts'
import { Driver, type Limits, NO_LIMITS } from '../../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import type { Environment } from '../../core/host.ts'
import type { Table } from '../../core/table.ts'
import { planOfBundle } from '../../replay/block-plan.ts'
import { BLOCK_DEFAULTS, parseBundle } from '../../replay/bundle.ts'
import { sourceOfBundle } from '../../replay/replay-bundle.ts'
import type { MemorySource } from '../../state/memory-source.ts'
import { State } from '../../state/state.ts'
import type { DebuggedRun } from '../../trace/debugger.ts'
import { lazyCrypto } from '../lazy-crypto.ts'
import { tableOfFork } from '../target-table.ts'

/** A message, with all that it needs to be run as often as one likes. */
export interface MessageRecipe {
  readonly kind: 'message'
  readonly table: Table
  readonly source: MemorySource
  readonly request: CallRequest
  readonly env: Environment
  readonly limits: Limits
  /** What answers system calls: nobody for null. It must answer every run alike. */
  readonly runtime: CapabilityRuntime | null
}

/** A transaction of a bundle, after those before it. */
export interface BundleRecipe {
  readonly kind: 'bundle'
  /** As it was read. */
  readonly json: unknown
  readonly name: string
  /** Its place among the transactions, from 0. */
  readonly index: number
}

export type Recipe = MessageRecipe | BundleRecipe

/** Makes a run of it, on a machine of its own. Throws what is wrong with it. */
export function runOf(recipe: Recipe): DebuggedRun {
  return recipe.kind === 'message' ? messageRun(recipe) : bundleRun(recipe)
}

function messageRun({ table, source, request, env, limits, runtime }: MessageRecipe): DebuggedRun {
  const state = new State(source)
  const driver = new Driver(table, state, lazyCrypto, limits)
  driver.runtime = runtime
  return {
    driver,
    state,
    begin() {
      if (!beginCall(driver, state, request, env))
        throw new ZvmError(ERROR_CODES.usage, 'the sender has not the value that is sent')
    },
  }
}

function bundleRun({ json, name, index }: BundleRecipe): DebuggedRun {
  const bundle = parseBundle(json, name)
  const plan = planOfBundle(bundle, tableOfFork(bundle.chain.fork), lazyCrypto)
  const { table, environment: block, chain } = plan
  if (index >= plan.transactions.length)
    throw new ZvmError(
      ERROR_CODES.usage,
      `--transaction: ${name} has ${plan.transactions.length}, counted from 0`,
    )
  const source = sourceOfBundle(bundle)
  let used = bundle.block.gasUsedBefore ?? BLOCK_DEFAULTS.gasUsedBefore
  let blobGasUsed = 0n
  const context = () => ({ chainId: chain.chainId, block, gasLeft: block.gasLimit - used, blobGasUsed })
  for (const { tx, sender } of plan.transactions.slice(0, index)) {
    const state = new State(source)
    const outcome = executeTransaction(new Driver(table, state, lazyCrypto), state, tx, sender, context())
    if (!('status' in outcome)) throw refused(name, outcome.message)
    used += outcome.gasUsed
    if (table.rules.blob) blobGasUsed += blobGasOf(tx, table.rules.blob)
    source.apply(state.changes())
  }
  const { tx, sender } = plan.transactions[index]
  const state = new State(source)
  const driver = new Driver(table, state, lazyCrypto, NO_LIMITS)
  return {
    driver,
    state,
    begin() {
      const begun = beginTransaction(driver, state, tx, sender, context(), null)
      if (typeof begun !== 'bigint') throw refused(name, begun?.message ?? 'void')
    },
  }
}

function refused(name: string, why: string): ZvmError {
  return new ZvmError(ERROR_CODES.invalidTransaction, `${name}: a transaction is refused: ${why}`)
}
