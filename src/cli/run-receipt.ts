import type { AnswerRecord } from '../capabilities.ts'
import type { CallResult } from '../chain/call.ts'
import type { Limits } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Environment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import { writeAtomically } from '../host/write-file.ts'
import type { Target } from '../runtime/container.ts'
import type { WritablePairs } from '../state/disk/database.ts'
import { MemoryPairs } from '../state/disk/memory-pairs.ts'
import type { ChangingState } from '../state/disk/store.ts'
import { WitnessPairs } from '../state/disk/witness.ts'
import type { Arguments } from './main.ts'
import type { Recorded } from './recorded-runtime.ts'
import type { Ended } from './run.ts'
import { bundleToJson, type Sent, watchFacts } from './run-bundle.ts'
import { type Execute, runOver } from './run-over.ts'
import type { RunSetup } from './run-setup.ts'
import { formatsOver } from './store-formats.ts'
import { runOutput } from './written-files.ts'

/** What is known of a run beside its result. */
interface Run {
  readonly target: Target
  readonly table: Table
  readonly env: Environment
  readonly limits: Limits
  readonly recorded: Recorded
}

/** Takes the receipt of one run over a store, and what it takes to make it again. */
export class ReceiptTaker {
  readonly #path: string
  #witness = new WitnessPairs(new MemoryPairs())
  #sent: Sent | null = null
  #factsOf: ReturnType<typeof watchFacts> | null = null
  #bundle = ''

  private constructor(path: string) {
    this.#path = path
  }

  /** Throws USAGE without a ledger, else as `runOutput`. */
  static of(args: Arguments, recorded: Recorded | null): ReceiptTaker {
    if (!recorded?.ledger) throw new ZvmError(ERROR_CODES.usage, '--receipt: needs --ledger')
    return new ReceiptTaker(runOutput(args, 'receipt') as string)
  }

  /** Stands between a store and the state of a run, which may have to be made once more. */
  readonly watch = (pairs: WritablePairs): WritablePairs => {
    this.#witness = new WitnessPairs(pairs)
    this.#bundle = ''
    return this.#witness
  }

  /** The run begins over a state, whose pairs are watched. */
  begin(stored: ChangingState, sent: Sent): void {
    this.#sent = sent
    this.#factsOf = watchFacts(stored, sent)
  }

  /** The run succeeded, and the state has what it changed: adds the receipt to the ledger. */
  take(result: CallResult, { recorded, ...run }: Run): void {
    const { runtime, ledger } = recorded
    const facts = this.#factsOf!(result, runtime.intents)
    ledger!.addReceipt(facts)
    const { grants, calls, answers } = runtime
    const record: AnswerRecord = {
      ...{ table: run.table.name, codeHash: `0x${facts.code_hash}`, inputHash: `0x${facts.input_hash}` },
      ...{ resultHash: `0x${facts.result_hash}`, allow: grants.texts, calls, answers },
    }
    this.#bundle = bundleToJson({ ...run, ...this.#sent!, record, pairs: this.#witness.read })
  }

  /** Before anything is kept: what cannot be written here is kept nowhere. */
  write(): void {
    if (this.#bundle !== '') writeAtomically(this.#path, this.#bundle)
  }

  /** Runs code over a state of its own, in memory but in the form of a store, so that it has roots. */
  runInMemory(setup: RunSetup, target: Target, execute: Execute): Ended {
    const { env, table, formats } = setup
    const ground = { folder: 'memory', target, table, chainId: env.chainId }
    const over = { ...ground, formatsOver: formats && formatsOver }
    const ended = runOver(new MemoryPairs(), over, setup, this, execute)
    this.write()
    return ended
  }
}
