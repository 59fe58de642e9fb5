import type { Argv } from 'yargs'
import type { CapabilityRuntime } from '../capabilities.ts'
import type { CallResult } from '../chain/call.ts'
import { Driver, type Limits } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltName } from '../core/halt.ts'
import { bytesToBareHex, bytesToHex, parseAddress, toFixedHex } from '../core/hex.ts'
import type { Environment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import type { Tracer } from '../core/tracer.ts'
import type { LiteFormats } from '../lite/formats.ts'
import type { Target } from '../runtime/container.ts'
import type { StoredState } from '../state/disk/index.ts'
import { State } from '../state/state.ts'
import { revertReason } from '../trace/revert-reason.ts'
import { flag, fromOption, text } from './arguments.ts'
import { type FormatsOver, sourceFor } from './contract-store.ts'
import { EXIT } from './exit-codes.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import { machineOptions, tierOf } from './machine-options.ts'
import type { Arguments } from './main.ts'
import { oneLine, printJson, warn } from './output.ts'
import { preparedTier } from './prepared-tier.ts'
import { blockOf, DEFAULT_GAS, limitsOf, quantityOption } from './run-setup.ts'
import { errorText, runtimeOptions } from './runtime-options.ts'
import { tableOptions } from './table.ts'
import { traceOptions } from './trace-options.ts'

/** The options of commands that send a message to the contracts of a store. */
export function messageOptions<T>(yargs: Argv<T>): Argv {
  const built = runtimeOptions(tableOptions(traceOptions(yargs as Argv)))
    .option('db', text('Folder of the store'))
    .option('value', text('Wei sent along', { default: '0' }))
    .option('gas-limit', text(`Gas (default ${DEFAULT_GAS})`))
    .option('chainid', text('Chain id (default: that of the store, else 1)'))
    .option('json', flag('Print one JSON object'))
  return machineOptions(built)
}

/** An address that has to be given. Throws USAGE. */
export function neededAddress(args: Arguments, name: string): bigint {
  if (args[name] === undefined) throw new ZvmError(ERROR_CODES.usage, `--${name}: name an address`)
  return fromOption(() => parseAddress(args[name], `--${name}`))
}

export function gasLimitOf(args: Arguments): bigint {
  return quantityOption(args, 'gas-limit', DEFAULT_GAS, 64)
}

/** Gas in the JSON of results: a number, and where none holds it exactly its decimal digits as text. */
export function plainGas(gas: bigint): number | string {
  return gas <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(gas) : String(gas)
}

/** What runs the messages of a command. */
export interface Machine {
  readonly table: Table
  readonly env: Environment
  readonly limits: Limits
  readonly tier: Tier | null
  readonly tracer: Tracer | null
  readonly runtime: CapabilityRuntime | null
  /** What runs modules, and code of other tables, over a state; null where only code of the table is met. */
  readonly formats: FormatsOver | null
}

export function machineOf(
  args: Arguments,
  table: Table,
  { caller, chainId }: { caller: bigint; chainId: bigint },
  runtime: CapabilityRuntime | null,
  tracer: Tracer | null,
  formats: FormatsOver | null,
): Machine {
  const limits = limitsOf(args)
  const tier = tierOf(args)
  return {
    table,
    env: { chainId, block: blockOf(args, null), origin: caller, gasPrice: 0n, blobHashes: [] },
    limits,
    tier: args.trace ? null : preparedTier(tier, table, limits),
    tracer,
    runtime,
    formats,
  }
}

/** A state over that of a store, what runs code on it, and the formats where there are any. */
export function openMachine(
  { table, limits, tier, tracer, runtime, formats: formatsOver }: Machine,
  stored: StoredState,
  target: Target,
): { state: State; driver: Driver; formats: LiteFormats | null } {
  const formats = formatsOver?.(stored) ?? null
  const state = new State(sourceFor(stored, target, formats))
  const driver = new Driver(table, state, lazyCrypto, limits, tier)
  driver.tracer = tracer
  driver.runtime = runtime
  driver.formats = formats
  return { state, driver, formats }
}

/** How a message ended, as a command tells it. */
export interface Outcome {
  readonly result: CallResult
  /** Why it failed; null where it did not. */
  readonly error: string | null
}

/** Characters of a reason that are shown. */
const REASON_LIMIT = 1024

export function outcomeOf(driver: Driver, result: CallResult, runtime: CapabilityRuntime | null): Outcome {
  if (result.status === 'success') return { result, error: null }
  const reason = result.status === 'revert' ? revertReason(result.output) : null
  const error = errorText({ result, denied: driver.denied, runtime })
  return { result, error: reason === null ? error : `${error}: ${reason.slice(0, REASON_LIMIT)}` }
}

/** Tells of a message that had to succeed and did not, as of an error; gives the exit code. */
export function tellFailure(args: Arguments, { result, error }: Outcome): number {
  const { halt, output, gasUsed } = result
  const details = { halt: haltName(halt), return_data: bytesToBareHex(output), gas_used: plainGas(gasUsed) }
  if (args.json) printJson({ error: { code: 'EXECUTION_FAILED', message: error, details } })
  else warn(`zvm: ${oneLine(String(error))}`)
  return EXIT.failed
}

/** Logs as results of commands have them. */
export function plainLogs({ logs }: CallResult) {
  return logs.map(({ address, topics, data }) => ({
    address: toFixedHex(address, 20),
    topics: topics.map((topic) => toFixedHex(topic, 32)),
    data: bytesToHex(data),
  }))
}
