import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import type { LiteFormats } from '../lite/formats.ts'
import { isModule } from '../lite/magic.ts'
import type { Target } from '../runtime/container.ts'
import type { ChangingState, DiskStore, OpenMode, StoredState, StoreSettings } from '../state/disk/index.ts'
import type { AccountRecord, StateSource } from '../state/source.ts'
import type { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { optionalPath } from './arguments.ts'
import { contractOf, tagOf } from './contract-tag.ts'
import type { Arguments } from './main.ts'
import { quantityOption } from './run-setup.ts'
import { refuseOtherTarget, tableFor } from './table.ts'
import { tableNamed, tableOfTarget } from './target-table.ts'
import { traced } from './trace-options.ts'

/*
 * How a store holds contracts of several instruction sets, which their tags tell apart. For each target it notes by which
 * table its code runs, when the first of it comes; another table is refused from then on. A run has one table, so it meets
 * the code of one target; where there are modules, of all.
 */

/** Opens the store that `--db` names, and closes it again. */
export async function withStore<T>(
  args: Arguments,
  mode: OpenMode,
  use: (store: DiskStore) => Promise<T>,
): Promise<T> {
  const path = optionalPath(args.db, '--db')
  if (path === null) throw new ZvmError(ERROR_CODES.usage, '--db: name the folder of the store')
  const { DiskStore } = await import('../state/disk/index.ts')
  const store = await DiskStore.open(path, mode, testBlockHash)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** The same with what watches the run that the options of traces ask for. */
export function withTracedStore<T>(
  args: Arguments,
  mode: OpenMode,
  use: (store: DiskStore, tracer: Tracer | null) => Promise<T>,
): Promise<T> {
  return traced(args, (tracing) => withStore(args, mode, (store) => use(store, tracing.next())))
}

/**
 * The table for code of a target: what the command line chooses, else what the store notes, else the target's. Throws
 * USAGE where it is not the store's.
 */
export async function storeTable(
  args: Arguments,
  target: Target,
  settings: StoreSettings | null,
): Promise<Table> {
  const chosen = await tableFor(args, target)
  refuseOtherTarget(args, chosen, target)
  const noted = settings?.tables.get(target)
  const table = chosen ?? (noted === undefined ? tableOfTarget(target) : tableNamed(noted))
  if (table) return table
  throw new ZvmError(
    ERROR_CODES.usage,
    `--table: the code of target ${target} in this store runs by the table ${noted}; name its file`,
  )
}

/** The chain id of the command line, else the store's, else 1. */
export function chainIdOf(args: Arguments, settings: StoreSettings | null): bigint {
  return quantityOption(args, 'chainid', settings?.chainId ?? 1n, 64)
}

/** Throws USAGE where a run by this table and chain id is not one of the store's. */
export function refuseUnfit(state: StoredState, target: Target, table: Table, chainId: bigint): void {
  const { settings } = state
  if (!settings) return
  const noted = settings.tables.get(target)
  if (noted !== undefined && noted !== table.name)
    throw new ZvmError(
      ERROR_CODES.usage,
      `the code of target ${target} in this store runs by the table ${noted}, not ${table.name}`,
    )
  if (settings.chainId !== chainId)
    throw new ZvmError(
      ERROR_CODES.usage,
      `--chainid: the store is of chain ${settings.chainId}, not ${chainId}`,
    )
}

/** Keeps what a run changed, and notes the table of code where it is the first of its target. */
export function keep(
  changing: ChangingState,
  state: State,
  {
    target,
    table,
    chainId,
    formats,
  }: { target: Target; table: Table; chainId: bigint; formats: LiteFormats | null },
  tags: ReadonlyMap<bigint, Uint8Array>,
): void {
  const tables = new Map(changing.settings?.tables)
  const note = (of: Target, { name }: Table) => {
    if (!tables.has(of)) tables.set(of, name)
    return of
  }
  note(target, table)
  // A module tells by its code that it is one; what else was created meanwhile has the table of what created it.
  const targetAt = (address: bigint): Target => {
    if (!formats) return target
    if (isModule(state.code(address))) return 'wasm-lite'
    const its = formats.tableOf(address) ?? table
    return note(its.name === 'zvm' ? 'zvm' : 'evm', its)
  }
  changing.apply(state.changes(), (address) => tags.get(address) ?? tagOf(targetAt(address)))
  if (tables.size !== changing.settings?.tables.size) changing.setSettings({ chainId, tables })
}

/** Whether modules may run beside code of a target: not over a state that knows of none. */
export function meetsModules(settings: StoreSettings | null, target: Target): boolean {
  return target === 'wasm-lite' || settings?.tables.has('wasm-lite') === true
}

/** What runs modules beside code of other targets, over a state. */
export type FormatsOver = (state: StoredState) => LiteFormats

/** Null for a store that knows of no module, and meets none. Loaded here, since others do not need it. */
export async function storeFormats(store: DiskStore, target: Target): Promise<FormatsOver | null> {
  if (
    !meetsModules(
      store.read(({ settings }) => settings),
      target,
    )
  )
    return null
  return (await import('./store-formats.ts')).formatsOver
}

/** The store as a run reads it: whole, where the formats tell one target's code from another's. */
export function sourceFor(state: StoredState, target: Target, formats: LiteFormats | null): StateSource {
  return formats ? state : new OneTarget(state, target)
}

/** A store as the code of one target sees it: that of another would be run by rows it was not written for. */
export class OneTarget implements StateSource {
  readonly #state: StoredState
  readonly #target: Target

  constructor(state: StoredState, target: Target) {
    this.#state = state
    this.#target = target
  }

  account(address: bigint): AccountRecord | null {
    return this.#state.account(address)
  }

  /** Throws VALUE where the code is for another target. */
  code(address: bigint, codeHash: bigint): Uint8Array {
    const target = contractOf(this.#state, address)?.target ?? this.#target
    if (target !== this.#target)
      throw new ZvmError(
        ERROR_CODES.value,
        `contract ${toFixedHex(address, 20)}: its code is for ${target}, and ${this.#target} code met it`,
      )
    return this.#state.code(address, codeHash)
  }

  storage(address: bigint, key: bigint): bigint {
    return this.#state.storage(address, key)
  }

  anyStorage(address: bigint): boolean {
    return this.#state.anyStorage(address)
  }

  blockHash(number: bigint): bigint {
    return this.#state.blockHash(number)
  }
}
