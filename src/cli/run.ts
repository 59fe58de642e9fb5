import type { Argv } from 'yargs'
import { osaka } from '../../opcodes/forks.ts'
import { type CallResult, executeCall } from '../chain/call.ts'
import { type Genesis, readGenesis } from '../chain/genesis.ts'
import { readJsonFile } from '../conform/run-file.ts'
import { dumpState } from '../conform/statetest.ts'
import { Driver, type Limits, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltMessage, haltName } from '../core/halt.ts'
import { bytesToHex, parseAddress, parseQuantity, toFixedHex, toQuantity } from '../core/hex.ts'
import type { BlockEnvironment, Environment } from '../core/host.ts'
import { bytesToBigint } from '../core/word.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import { sharedTier, TIERS, type TierName } from '../wasm/tiers.ts'
import { fromOption, optionalText } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { hexOption, readCode, readHexFile } from './input.ts'
import type { Arguments, Command } from './main.ts'
import { print, printJson, warn } from './output.ts'
import { chosenTable, tableOptions } from './table.ts'
import { traceOptions, tracerMaker } from './trace-options.ts'

const DEFAULT_GAS = 10_000_000_000n

/** The addresses geth takes where none is named: a word of ASCII. */
const SENDER = bytesToBigint(new TextEncoder().encode('sender'))
const RECEIVER = bytesToBigint(new TextEncoder().encode('receiver'))

/** Options that set a field of the block, over what the pre-state says. */
const BLOCK_OPTIONS = [
  ['number', 'block.number', 'Block number'],
  ['timestamp', 'block.timestamp', 'Unix seconds'],
  ['gasLimit', 'block.gaslimit', 'Gas limit of the block'],
  ['difficulty', 'block.difficulty', 'Difficulty (before the merge)'],
  ['prevRandao', 'block.prevrandao', 'PREVRANDAO (from the merge on)'],
  ['baseFee', 'block.basefee', 'Wei a gas'],
  ['blobBaseFee', 'block.blobbasefee', 'Wei a blob gas'],
] as const satisfies readonly (readonly [keyof BlockEnvironment, string, string])[]

function options(yargs: Argv): Argv {
  let built = tableOptions(traceOptions(yargs))
    .positional('code', { type: 'string', describe: 'Hex of even length, or the path of a file of hex' })
    .option('codefile', { type: 'string', describe: 'Take the code from this file; - for stdin' })
    .option('create', { type: 'boolean', default: false, describe: 'Run the code as initcode' })
    .option('gas', { type: 'string', describe: `Gas (default ${DEFAULT_GAS})` })
    .option('prestate', { type: 'string', describe: 'Genesis file: accounts, block, chain configuration' })
    .option('input', { type: 'string', default: '', describe: 'Calldata in hex' })
    .option('inputfile', { type: 'string', describe: 'Calldata from a file of hex' })
    .option('price', { type: 'string', default: '0', describe: 'Gas price in wei' })
    .option('sender', { type: 'string', describe: 'Address that calls' })
    .option('receiver', { type: 'string', describe: 'Address that runs the code' })
    .option('value', { type: 'string', default: '0', describe: 'Wei sent along' })
    .option('chainid', { type: 'string', describe: 'Chain id' })
    .option('block.coinbase', { type: 'string', describe: 'Coinbase' })
    .option('tier', {
      type: 'string',
      choices: TIERS,
      default: 'auto',
      describe: 'Which engine runs it; a trace has the reference tier',
    })
    .option('step-limit', { type: 'string', describe: 'Instructions at the most' })
    .option('memory-limit', { type: 'string', describe: 'Bytes of memory at the most, all frames together' })
    .option('bench', { type: 'boolean', default: false, describe: 'Time it' })
    .option('dump', { type: 'boolean', default: false, describe: 'Print the state afterwards' })
    .option('stats', { type: 'boolean', default: false, describe: 'Print gas, refund and steps to stderr' })
    .option('json', { type: 'boolean', default: false, describe: 'Print one JSON object' })
  for (const [, name, describe] of BLOCK_OPTIONS) built = built.option(name, { type: 'string', describe })
  return built
    .example('$0 run 600260030160005260206000f3', 'Add 2 and 3, return the sum')
    .example('$0 run --codefile token.hex --input a9059cbb… --prestate genesis.json --trace', 'Trace a call')
}

/** `zvm run`: exits 1 when execution reverts or halts. */
export const run: Command = {
  options,
  run: async (args) => ((await runCode(args)).status === 'success' ? EXIT.ok : EXIT.failed),
}

/** `zvm-evm run`: exits 0 even then, as geth does. */
export const evmRun: Command = {
  options,
  async run(args) {
    await runCode(args)
    return EXIT.ok
  },
}

async function runCode(args: Arguments): Promise<CallResult> {
  const setup = await readSetup(args)
  const { table, genesis, source, request, env } = setup
  const limits = limitsOf(args)
  const attempt = () => {
    const state = new State(source)
    const driver = new Driver(
      table,
      state,
      nodeCrypto,
      limits,
      sharedTier(args.tier as TierName, table, limits),
    )
    driver.tracer = tracerMaker(args, warn)?.() ?? null
    return { state, result: executeCall(driver, state, request, env, 'keep') }
  }
  const { state, result } = attempt()
  show(args, result)
  if (args.bench) bench(attempt)
  if (args.dump) {
    const after = (genesis?.state ?? source).fork()
    for (const [address, account] of source.accounts) after.accounts.set(address, account)
    after.apply(state.changes())
    printJson(dumpState(after), 2)
  }
  return result
}

async function readSetup(args: Arguments) {
  const prestate = optionalText(args.prestate)
  const chosen = await chosenTable(args)
  const genesis = prestate === null ? null : readGenesis(readJsonFile(prestate), prestate, chosen)
  const table = chosen ?? genesis?.fork ?? osaka
  const source = genesis?.state ?? new MemorySource()
  const caller = addressOption(args, 'sender', SENDER)
  const receiver = addressOption(args, 'receiver', RECEIVER)
  const code = codeOf(args)
  const data =
    typeof args.inputfile === 'string' ? readHexFile(args.inputfile) : hexOption(args.input, '--input')
  if (!args.create && code) setCode(source, receiver, code)
  const block = blockOf(args, genesis)
  const env: Environment = {
    chainId: quantityOption(args, 'chainid', genesis?.chainId ?? 1n),
    block,
    origin: caller,
    gasPrice: quantityOption(args, 'price', 0n),
    blobHashes: [],
  }
  const gas =
    genesis && genesis.block.gasLimit > 0n
      ? genesis.block.gasLimit
      : quantityOption(args, 'gas', DEFAULT_GAS, 64)
  const value = quantityOption(args, 'value', 0n)
  const initCode = new Uint8Array([...(code ?? []), ...data])
  const request = {
    caller,
    to: args.create ? null : receiver,
    value,
    data: args.create ? initCode : data,
    gas,
  }
  return { table, genesis, source, request, env }
}

function codeOf(args: Arguments): Uint8Array | null {
  if (typeof args.codefile === 'string') return readHexFile(args.codefile)
  if (typeof args.code === 'string') return readCode(args.code)
  if (typeof args.prestate === 'string') return null
  throw new ZvmError(ERROR_CODES.usage, 'run: name code, --codefile or --prestate')
}

function setCode(source: MemorySource, address: bigint, code: Uint8Array): void {
  const { nonce, balance, storage } = source.account(address) ?? {
    nonce: 0n,
    balance: 0n,
    storage: new Map(),
  }
  source.set(address, nonce, balance, code, new Map(storage))
}

function blockOf(args: Arguments, genesis: Genesis | null): BlockEnvironment {
  const base: BlockEnvironment = genesis?.block ?? {
    number: 0n,
    timestamp: 0n,
    coinbase: 0n,
    gasLimit: DEFAULT_GAS,
    difficulty: 0n,
    prevRandao: 0n,
    baseFee: 0n,
    blobBaseFee: 1n,
  }
  const changed = BLOCK_OPTIONS.map(([field, option]) => [field, quantityOption(args, option, base[field])])
  return {
    ...base,
    ...Object.fromEntries(changed),
    coinbase: addressOption(args, 'block.coinbase', base.coinbase),
  }
}

function quantityOption(args: Arguments, name: string, otherwise: bigint, bits = 256): bigint {
  return args[name] === undefined ? otherwise : fromOption(() => parseQuantity(args[name], `--${name}`, bits))
}

function addressOption(args: Arguments, name: string, otherwise: bigint): bigint {
  return args[name] === undefined ? otherwise : fromOption(() => parseAddress(args[name], `--${name}`))
}

function limitsOf(args: Arguments): Limits {
  return {
    steps: Number(quantityOption(args, 'step-limit', BigInt(NO_LIMITS.steps), 53)),
    memoryBytes: Number(quantityOption(args, 'memory-limit', BigInt(NO_LIMITS.memoryBytes), 53)),
  }
}

function show(args: Arguments, result: CallResult): void {
  const { status, halt, output, gasUsed, refund, steps, logs, contractAddress } = result
  if (args.json)
    printJson({
      status,
      halt: haltName(halt),
      gasUsed,
      refund,
      steps,
      output: bytesToHex(output),
      ...(contractAddress === null ? {} : { contractAddress: toFixedHex(contractAddress, 20) }),
      logs: logs.map(({ address, topics, data }) => ({
        address: toFixedHex(address, 20),
        topics: topics.map((topic) => toFixedHex(topic, 32)),
        data: bytesToHex(data),
      })),
    })
  else if (!args.trace) {
    print(bytesToHex(output))
    if (status !== 'success') print(` error: ${haltMessage(halt)}`)
  }
  if (args.stats)
    warn(`${haltName(halt)}: gas used ${toQuantity(gasUsed)} (${gasUsed}), refund ${refund}, steps ${steps}`)
}

/** Best of runs that together take about a second. */
function bench(attempt: () => { result: CallResult }): void {
  let best = Number.POSITIVE_INFINITY
  const end = performance.now() + 1000
  let runs = 0
  let gasUsed = 0n
  do {
    const start = performance.now()
    gasUsed = attempt().result.gasUsed
    best = Math.min(best, performance.now() - start)
    runs++
  } while (performance.now() < end)
  warn(`EVM gas used:    ${gasUsed}`)
  warn(`execution time:  ${best.toFixed(6)}ms (best of ${runs})`)
}
