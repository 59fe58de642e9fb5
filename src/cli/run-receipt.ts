import type { AnswerRecord } from '../capabilities.ts'
import type { CallRequest, CallResult } from '../chain/call.ts'
import type { Limits } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Environment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import type { Formats } from '../core/tier.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import type { Target } from '../runtime/container.ts'
import type { WritablePairs } from '../state/disk/database.ts'
import { MemoryPairs } from '../state/disk/memory-pairs.ts'
import { ChangingState } from '../state/disk/store.ts'
import { WitnessPairs } from '../state/disk/witness.ts'
import { State } from '../state/state.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { optionalPath } from './arguments.ts'
import { keep, OneTarget, tagOf } from './contract-store.ts'
import type { Arguments } from './main.ts'
import type { Recorded } from './recorded-runtime.ts'
import type { Ended } from './run.ts'
import { bundleToJson, factsOf } from './run-bundle.ts'
import { place } from './run-in-store.ts'
import type { RunSetup } from './run-setup.ts'

/** What is known of a run beside its result. */
interface Run {
  readonly target: Target
  readonly table: Table
  readonly request: CallRequest
  readonly env: Environment
  readonly limits: Limits
  readonly recorded: Recorded
}

/** Takes the receipt of one run over a store, and what it takes to make it again. */
export class ReceiptTaker {
  readonly #path: string
  #witness = new WitnessPairs(new MemoryPairs())
  #rootBefore: Uint8Array = new Uint8Array(0)
  #bundle = ''

  private constructor(path: string) {
    this.#path = path
  }

  /** Null without `--receipt`. Throws USAGE where modules of wasm-lite may run: no bundle holds them. */
  static of(args: Arguments, recorded: Recorded | null, formats: Formats | null): ReceiptTaker | null {
    const path = optionalPath(args.receipt, '--receipt')
    if (path === null) return null
    if (formats) throw new ZvmError(ERROR_CODES.usage, '--receipt: not where modules of wasm-lite run')
    if (!recorded?.ledger) throw new ZvmError(ERROR_CODES.usage, '--receipt: needs --ledger')
    checkWritable(path)
    return new ReceiptTaker(path)
  }

  /** Stands between a store and the state of a run. */
  readonly watch = (pairs: WritablePairs): WritablePairs => {
    this.#witness = new WitnessPairs(pairs)
    return this.#witness
  }

  /** The run begins over a state. */
  begin({ root }: ChangingState): void {
    this.#rootBefore = root
  }

  /** The run succeeded, and the store has what it changed: adds the receipt to the ledger. */
  take({ root }: ChangingState, result: CallResult, run: Run): void {
    const { recorded, request, table } = run
    const { runtime, hashes, ledger } = recorded
    const facts = factsOf(hashes, result, runtime.intents, this.#rootBefore, root)
    ledger!.addReceipt(facts)
    const { grants, calls, answers } = runtime
    const record: AnswerRecord = {
      ...{ table: table.name, ...hashes, resultHash: `0x${facts.result_hash}` },
      ...{ allow: grants.texts, calls, answers },
    }
    this.#bundle = bundleToJson({
      ...run,
      request: { ...request, to: request.to! },
      record,
      pairs: this.#witness.read,
    })
  }

  /** Before anything is kept: what cannot be written here is kept nowhere. */
  write(): void {
    if (this.#bundle !== '') writeAtomically(this.#path, this.#bundle)
  }
}

/** Runs code over a state of its own, in memory but in the form of a store, so that it has roots. */
export function runWithReceipt(
  setup: RunSetup,
  taker: ReceiptTaker,
  target: Target,
  execute: (newState: () => State) => Ended,
): Ended {
  const { container, env, request, source, table, recorded } = setup
  if (request.to === null) throw new ZvmError(ERROR_CODES.usage, '--receipt: not with --create')
  const pairs = new MemoryPairs()
  const opening = { folder: 'memory', blockHash: testBlockHash }
  const placed = new ChangingState(pairs, opening)
  const identity = { target, table, chainId: env.chainId, formats: null }
  const tags = new Map([[request.to, tagOf(target, container?.abiJson)]])
  keep(placed, place(new State(new OneTarget(placed, target)), source, true), identity, tags)
  const stored = new ChangingState(taker.watch(pairs), opening)
  taker.begin(stored)
  const ended = execute(() => new State(new OneTarget(stored, target)))
  if (ended.result.status !== 'success') return ended
  keep(stored, ended.state, identity, new Map())
  taker.take(stored, ended.result, { ...setup, target, recorded: recorded! })
  taker.write()
  return ended
}
