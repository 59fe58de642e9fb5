import { isAbsolute, join } from 'node:path'
import type { Argv } from 'yargs'
import { FORKS } from '../../opcodes/forks.ts'
import { readBlobParameters } from '../chain/chain-config.ts'
import { readAlloc } from '../chain/genesis.ts'
import type { Transaction } from '../chain/transaction.ts'
import { readEnv } from '../conform/t8n/env.ts'
import { transitionTables } from '../conform/t8n/fork.ts'
import { OpcodeCount } from '../conform/t8n/opcode-count.ts'
import {
  decodeTransactions,
  type GivenTransaction,
  readTransactions,
  type Signing,
} from '../conform/t8n/transactions.ts'
import { hashesOf, type TransitionOutput, transition } from '../conform/t8n/transition.ts'
import { NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes, parseQuantity } from '../core/hex.ts'
import { JSON_LIMITS, parseJson } from '../core/json.ts'
import { entriesOf } from '../core/members.ts'
import { readBytes, readJsonFile } from '../host/read-file.ts'
import { checkWritable, makeFolder, writeAtomically } from '../host/write-file.ts'
import { MemorySource } from '../state/memory-source.ts'
import { both } from '../trace/both.ts'
import { CallFrames } from '../trace/call-frames.ts'
import { traceJson } from '../trace/eip3155.ts'
import { createTracer, TRACER_NAMES } from '../trace/tracers.ts'
import { flag, fromOption, optionalText, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { lazyCrypto } from './lazy-crypto.ts'
import type { Arguments, Command } from './main.ts'
import { jsonText, print, warn } from './output.ts'
import { preparedTier } from './prepared-tier.ts'
import { type MakeTracer, TransactionTraces } from './t8n-traces.ts'

const DEFAULT_FORK = 'GrayGlacier'
const STDIN = 'stdin'

/** Every name that `--state.fork` takes for one fork: tools look here whether theirs is known. */
const FORK_NAMES = FORKS.map(({ name }) => (name === 'Paris' ? 'Paris (or Merge)' : name)).join(', ')

/** `zvm t8n`: the state transition tool that fillers of tests drive, in geth's words. */
export const t8n: Command = {
  options: (yargs) =>
    traceOptions(yargs)
      .option('input.alloc', text('Accounts before, a file or stdin', { default: 'alloc.json' }))
      .option('input.env', text('The block, a file or stdin', { default: 'env.json' }))
      .option(
        'input.txs',
        text(
          'Transactions, a file or stdin; JSON, or of a name that ends in .rlp their RLP as a JSON string',
          {
            default: 'txs.json',
          },
        ),
      )
      .option(
        'state.fork',
        text(`Fork, as in London or London+3855: ${FORK_NAMES}`, { default: DEFAULT_FORK }),
      )
      .option('state.chainid', text('Chain id', { default: '1' }))
      .option('state.reward', text('Wei for the miner of the block; -1 for none', { default: '0' }))
      .option(
        'output.basedir',
        text('Folder of what is written, made where it is not there', { default: '' }),
      )
      .option('output.alloc', text('Accounts after: a file, stdout or stderr', { default: 'alloc.json' }))
      .option(
        'output.result',
        text('Roots, receipts and more: a file, stdout or stderr', { default: 'result.json' }),
      )
      .option(
        'output.body',
        text('RLP of the transactions of the block: a file, stdout or stderr', { default: '' }),
      )
      .option('opcode.count', text('How often each opcode ran: a file, stdout or stderr', { default: '' }))
      .option('json', flag('Tell an error as one JSON object on stdout'))
      .example(
        '$0 t8n --input.alloc=alloc.json --input.env=env.json --input.txs=txs.json --state.fork=Osaka',
        '',
      )
      .example(
        '$0 t8n --input.alloc=stdin --input.env=stdin --input.txs=stdin --output.alloc=stdout --output.result=stdout',
        'As tools drive it',
      ),

  async run(args) {
    const folder = outputFolder(args)
    for (const option of OUTPUTS) checkOutput(folder, args, option)
    const count = args['opcode.count'] === '' ? null : new OpcodeCount()
    const traces = [stepTraces(args, folder), tracerResults(args, folder)].filter((one) => one !== null)
    const output = runTransition(args, count, traces)
    write(args, folder, { ...output, opcodeCount: count?.toJson() })
    return EXIT.ok
  },
}

function traceOptions(yargs: Argv): Argv {
  return yargs
    .option(
      'trace',
      flag('Write a trace of every transaction, as EIP-3155 has it, to a file in --output.basedir'),
    )
    .option('trace.memory', flag('With memory'))
    .option('trace.nostack', flag('Without the stack'))
    .option('trace.returndata', flag('With return data'))
    .option('trace.callframes', flag('With a line where a message begins and ends'))
    .option(
      'trace.tracer',
      text('Write what this tracer tells to a file of its own', { choices: TRACER_NAMES }),
    )
    .option('trace.jsonconfig', text('Its configuration, a JSON object'))
    .option('trace.nomemory', { ...flag('Ignored'), hidden: true })
    .option('trace.noreturndata', { ...flag('Ignored'), hidden: true })
}

function runTransition(
  args: Arguments,
  count: OpcodeCount | null,
  traces: readonly TransactionTraces[],
): TransitionOutput {
  const sources = sourcesOf(args)
  const env = readEnv(sources.env.value, sources.env.place)
  const fork = {
    name: String(args['state.fork']),
    chainId: fromOption(() => parseQuantity(args['state.chainid'], '--state.chainid', 64)),
    reward: rewardOf(args),
    blobParameters: sources.blobParameters,
  }
  const { table, parent } = transitionTables(fork, env)
  const signing = { chainId: fork.chainId, isProtected: table.rules.signature.chainId }
  const transactions = sources.transactions(signing)
  const state = readAlloc(sources.alloc.value, sources.alloc.place, new MemorySource(hashesOf(env)))
  const host = {
    crypto: lazyCrypto,
    tier: preparedTier('auto', table, NO_LIMITS),
    tracer: count,
    tracerOf: (tx: Transaction) => {
      const own = traces.map((one) => one.next(tx))
      return own.length === 0 ? null : [...(count ? [count] : []), ...own].reduce(both)
    },
  }
  try {
    const input = { table, parentTable: parent, chainId: fork.chainId, env, state, transactions }
    const output = transition(input, host)
    for (const one of traces) one.keep()
    return output
  } catch (error) {
    for (const one of traces) one.discard()
    throw error
  }
}

/** A part of the input, and what messages call it. */
interface Source {
  readonly value: unknown
  readonly place: string
}

interface Sources {
  readonly alloc: Source
  readonly env: Source
  readonly blobParameters: ReturnType<typeof readBlobParameters> | undefined
  transactions(signing: Signing): readonly GivenTransaction[]
}

function sourcesOf(args: Arguments): Sources {
  const paths = ['input.alloc', 'input.env', 'input.txs'].map((option) => String(args[option]))
  const stdin = paths.includes(STDIN) ? readStdin() : new Map<string, unknown>()
  const part = (path: string, name: string): Source => {
    if (path !== STDIN) return { value: readJsonFile(path), place: path }
    if (stdin.has(name)) return { value: stdin.get(name), place: `stdin: ${name}` }
    throw new ZvmError(ERROR_CODES.value, `stdin: ${name}: missing`, { place: 'stdin' })
  }
  const [alloc, env, txs] = paths
  const blobs = stdin.get('blobParams') ?? null
  return {
    alloc: part(alloc, 'alloc'),
    env: part(env, 'env'),
    blobParameters: blobs === null ? undefined : readBlobParameters(blobs, 'stdin: blobParams'),
    transactions: (signing) => transactionsOf(txs, stdin, signing),
  }
}

function readStdin(): Map<string, unknown> {
  return new Map(entriesOf(parseJson(readBytes(null, JSON_LIMITS.maxBytes), STDIN), STDIN))
}

function transactionsOf(
  path: string,
  stdin: Map<string, unknown>,
  signing: Signing,
): readonly GivenTransaction[] {
  if (path !== STDIN) {
    const value = readJsonFile(path)
    return path.endsWith('.rlp') ? decode(value, path) : readTransactions(value, path, signing)
  }
  const rlp = stdin.get('txsRlp') ?? ''
  if (rlp !== '') return decode(rlp, 'stdin: txsRlp')
  return readTransactions(stdin.get('txs') ?? [], 'stdin: txs', signing)
}

function decode(value: unknown, place: string): readonly GivenTransaction[] {
  return decodeTransactions(hexToBytes(value, place), place)
}

function rewardOf(args: Arguments): bigint {
  const reward = String(args['state.reward'])
  return reward === '-1' ? -1n : fromOption(() => parseQuantity(reward, '--state.reward', 63))
}

/** What is written where `--output.<name>` says; one member of an object where that is stdout or stderr. */
const OUTPUTS = [
  ['output.alloc', 'alloc'],
  ['output.body', 'body'],
  ['output.result', 'result'],
  ['opcode.count', 'opcodeCount'],
] as const

type Outputs = TransitionOutput & { readonly opcodeCount: object | undefined }

function outputFolder(args: Arguments): string {
  const folder = String(args['output.basedir'])
  if (folder !== '') makeFolder(folder)
  return folder
}

function placeOf(folder: string, path: string): string {
  return isAbsolute(path) ? path : join(folder, path)
}

function isStream(path: string): boolean {
  return path === 'stdout' || path === 'stderr'
}

/** Told before the work, not after it. Names of outputs lie in the folder: who names them may be another than who runs. */
function checkOutput(folder: string, args: Arguments, [option]: (typeof OUTPUTS)[number]): void {
  const path = String(args[option])
  if (path === '' || isStream(path)) return
  if (option !== 'opcode.count' && (isAbsolute(path) || path.split(/[\\/]/).includes('..')))
    throw new ZvmError(
      ERROR_CODES.usage,
      `--${option}: ${JSON.stringify(path)} leads out of --output.basedir`,
    )
  checkWritable(placeOf(folder, path))
}

function write(args: Arguments, folder: string, outputs: Outputs): void {
  const streams = { stdout: new Map<string, unknown>(), stderr: new Map<string, unknown>() }
  for (const [option, name] of OUTPUTS) {
    const path = String(args[option])
    if (path === 'stdout' || path === 'stderr') streams[path].set(name, outputs[name])
    else if (path !== '') writeAtomically(placeOf(folder, path), jsonText(outputs[name], 1))
  }
  for (const [stream, show] of [
    ['stdout', print],
    ['stderr', warn],
  ] as const)
    if (streams[stream].size > 0) show(jsonText(Object.fromEntries(streams[stream]), 2))
}

function stepTraces(args: Arguments, folder: string): TransactionTraces | null {
  if (!args.trace) return null
  const fields = {
    stack: !args['trace.nostack'],
    memory: args['trace.memory'] === true,
    returnData: args['trace.returndata'] === true,
  }
  const make: MakeTracer = (write) => {
    const line = (written: string) => write(`${written}\n`)
    const steps = traceJson(line, fields)
    return args['trace.callframes'] ? both(new CallFrames(line), steps) : steps
  }
  return new TransactionTraces(folder, 'jsonl', make)
}

function tracerResults(args: Arguments, folder: string): TransactionTraces | null {
  const name = optionalText(args['trace.tracer'])
  const configText = optionalText(args['trace.jsonconfig'])
  if (name === null) {
    if (configText === null) return null
    throw new ZvmError(ERROR_CODES.usage, '--trace.jsonconfig: needs --trace.tracer')
  }
  const config = configText === null ? {} : fromOption(() => parseJson(configText, '--trace.jsonconfig'))
  const make: MakeTracer = (write) =>
    both(
      fromOption(() => createTracer(name, write, config)),
      { end: () => write('\n') },
    )
  // What is wrong with the configuration is told before anything runs.
  make(() => {})
  return new TransactionTraces(folder, 'json', make)
}
