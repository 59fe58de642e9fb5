import {
  type AnswerRecord,
  type CapabilityRuntime,
  createRuntime,
  type KeptAnswers,
  type Plugin,
  parseGrants,
  type RuntimeOptions,
  readRecord,
  recordToJson,
} from '../capabilities.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { readJsonFile } from '../host/read-file.ts'
import { writeAtomically } from '../host/write-file.ts'
import { fromOption, optionalPath, paths } from './arguments.ts'
import type { Arguments } from './main.ts'
import { LIVE_ONLY } from './runtime-options.ts'
import type { RunLedger } from './settling.ts'
import { runOutput } from './written-files.ts'

/** A runtime with what tells the run, for its record. */
export interface Recorded {
  readonly runtime: CapabilityRuntime
  /** In which the run settles; null where no ledger is named. */
  readonly ledger: RunLedger | null
  /** keccak256 of code and calldata, as 0x hex. */
  readonly hashes: Pick<AnswerRecord, 'codeHash' | 'inputHash'>
  /**
   * After the run, with its result as text: a replay is compared, or the record written; where `isKept`, files and
   * ledger are written before. Throws MISMATCH or IO.
   */
  settle(result: string, isKept: boolean): void
}

/** What a record is of. */
interface RunIdentity {
  readonly table: string
  readonly code: Uint8Array
  readonly input: Uint8Array
}

/** Reads the options. Throws what is wrong with them, with a plug-in, or with a record that is another run's. */
export async function runtimeOf(
  args: Arguments,
  declared: RuntimeOptions['declared'],
  { table, code, input }: RunIdentity,
  kept?: KeptAnswers,
): Promise<Recorded> {
  const hashes = { codeHash: hashOf(code), inputHash: hashOf(input) }
  const replayPath = optionalPath(args.replay, '--replay')
  if (replayPath !== null) {
    const stray = LIVE_ONLY.find((name) => args[name] !== undefined)
    if (stray !== undefined)
      throw new ZvmError(ERROR_CODES.usage, `--${stray}: not with --replay, which takes it from the record`)
    const record = readRecord(readJsonFile(replayPath), replayPath)
    refuseOther(record, { table, ...hashes }, replayPath)
    return replayed(createRuntime({ declared, replay: record }), record, replayPath)
  }
  const recordPath = runOutput(args, 'record')
  const ledger = await openLedger(args)
  const newRuntime = await grantedRuntimes(args, ledger)
  const runtime = newRuntime({ declared, kept })
  return {
    ...{ runtime, ledger, hashes },
    settle(result, isKept) {
      runtime.finish()
      if (isKept) runtime.commit()
      if (recordPath === null) return
      const { grants, calls, answers } = runtime
      const resultHash = hashOf(new TextEncoder().encode(result))
      const record = { table, ...hashes, resultHash, allow: grants.texts, calls, answers }
      writeAtomically(recordPath, recordToJson(record))
    },
  }
}

function replayed(runtime: CapabilityRuntime, record: AnswerRecord, path: string): Recorded {
  return {
    ...{ runtime, ledger: null, hashes: record },
    settle(result) {
      blaming(path, () => runtime.finish())
      if (hashOf(new TextEncoder().encode(result)) !== record.resultHash)
        throw new ZvmError(ERROR_CODES.mismatch, `${path}: resultHash: the run ends in another result`, {
          path,
        })
    },
  }
}

function blaming(path: string, finish: () => void): void {
  try {
    finish()
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    throw new ZvmError(error.code, error.message.replace(/^record/, path), { ...error.details, path }, error)
  }
}

function refuseOther(
  record: AnswerRecord,
  run: Pick<AnswerRecord, 'table' | 'codeHash' | 'inputHash'>,
  path: string,
): void {
  for (const member of ['table', 'codeHash', 'inputHash'] as const)
    if (record[member] !== run[member])
      throw new ZvmError(
        ERROR_CODES.mismatch,
        `${path}: ${member}: the record is of ${record[member].slice(0, 80)}, the run of ${run[member]}`,
        { path, member },
      )
}

/** Makes the runtimes of runs that have the same grants. */
export type NewRuntime = (options: Pick<RuntimeOptions, 'declared' | 'kept'>) => CapabilityRuntime

/** Reads the options that grant and extend. Throws what is wrong with them. */
export async function grantedRuntimes(args: Arguments, ledger: RunLedger | null): Promise<NewRuntime> {
  const plugins = await readPlugins(args)
  const others = plugins.flatMap(({ syscalls }) => syscalls.map(({ capability }) => capability))
  const allow = list(args.allow).join(',')
  const grants = fromOption(() => parseGrants(allow, '--allow', others))
  const { nodeServices } = await import('../host/services.ts')
  const node = nodeServices(await readSigner(args))
  const services = ledger ? { ...node, ledger: ledger.settling } : node
  return (options) => createRuntime({ ...options, grants, plugins, services })
}

async function openLedger(args: Arguments): Promise<RunLedger | null> {
  if (args.ledger === undefined && args['ledger-key'] === undefined) return null
  return (await import('./settling.ts')).RunLedger.open(args)
}

async function readPlugins(args: Arguments): Promise<Plugin[]> {
  const plugins: Plugin[] = []
  for (const path of paths(args.plugin, '--plugin')) {
    const { loadPlugin } = await import('../host/plugin-file.ts')
    plugins.push(await loadPlugin(path))
  }
  for (const path of paths(args['untrusted-plugin'], '--untrusted-plugin')) {
    const { loadUntrustedPlugin } = await import('../host/untrusted-plugin.ts')
    plugins.push(await loadUntrustedPlugin(path))
  }
  return plugins
}

async function readSigner(args: Arguments) {
  const path = optionalPath(args['sign-key'], '--sign-key')
  if (path === null) return null
  const { openSigner } = await import('./private-key.ts')
  return openSigner(args, path)
}

/** An option that may be given more than once. */
function list(value: unknown): string[] {
  return value === undefined ? [] : [value].flat().map(String)
}

function hashOf(bytes: Uint8Array): string {
  return bytesToHex(keccak256(bytes))
}

/** Runs what changes a ledger where there is one, alone; else at once. */
export async function alone<T>(recorded: Recorded | null, run: () => T): Promise<T> {
  return recorded?.ledger ? recorded.ledger.alone(run) : run()
}
