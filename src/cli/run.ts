import type { Argv } from 'yargs'
import { osaka } from '../../opcodes/forks.ts'
import { type CallResult, executeCall } from '../chain/call.ts'
import { type Genesis, readGenesis } from '../chain/genesis.ts'
import { readJsonFile } from '../conform/read-file.ts'
import { dumpState, type StateDump } from '../conform/statetest.ts'
import { Driver, type Limits, NO_LIMITS } from '../core/driver.ts'
import { bugLine, ERROR_CODES, ZvmError } from '../core/errors.ts'
import { haltMessage, haltName } from '../core/halt.ts'
import { bytesToHex, parseAddress, parseQuantity, toFixedHex, toQuantity } from '../core/hex.ts'
import type { BlockEnvironment, Environment } from '../core/host.ts'
import type { Tracer } from '../core/tracer.ts'
import { bytesToBigint } from '../core/word.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import { sharedTier, TIERS, type TierName } from '../wasm/tiers.ts'
import { flag, fromOption, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { codeOf, hexOption, readHexFile } from './input.ts'
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
  ['number', 'block.number', 64, 'Block number'],
  ['timestamp', 'block.timestamp', 64, 'Unix seconds'],
  ['gasLimit', 'block.gaslimit', 64, 'Gas limit of the block'],
  ['difficulty', 'block.difficulty', 256, 'Difficulty (before the merge)'],
  ['prevRandao', 'block.prevrandao', 256, 'PREVRANDAO (from the merge on)'],
  ['baseFee', 'block.basefee', 256, 'Wei a gas'],
  ['blobBaseFee', 'block.blobbasefee', 256, 'Wei a blob gas'],
] as const satisfies readonly (readonly [keyof BlockEnvironment, string, bits: number, string])[]

function options(yargs: Argv): Argv {
  let built = tableOptions(traceOptions(yargs))
    .positional('code', { type: 'string', describe: 'Hex of even length, or the path of a file of hex' })
    .nargs('code', 1)
    .option('codefile', text('Take the code from this file; - for stdin'))
    .option('create', flag('Run the code as initcode'))
    .option('gas', text(`Gas (default ${DEFAULT_GAS})`))
    .option('prestate', text('Genesis file: accounts, block, chain configuration'))
    .option('input', text('Calldata in hex', { default: '' }))
    .option('inputfile', text('Calldata from a file of hex'))
    .option('price', text('Gas price in wei', { default: '0' }))
    .option('sender', text('Address that calls'))
    .option('receiver', text('Address that runs the code'))
    .option('value', text('Wei sent along', { default: '0' }))
    .option('chainid', text('Chain id'))
    .option('block.coinbase', text('Coinbase'))
    .option(
      'tier',
      text('Which engine runs it; a trace has the reference tier', { choices: TIERS, default: 'auto' }),
    )
    .option('step-limit', text('Instructions at the most'))
    .option('memory-limit', text('Bytes of memory at the most, all frames together'))
    .option('bench', flag('Time it'))
    .option('dump', flag('Print the state afterwards'))
    .option('stats', flag('Print gas, refund and steps to stderr'))
    .option('json', flag('Print one JSON object'))
  for (const [, name, , describe] of BLOCK_OPTIONS) built = built.option(name, text(describe))
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
  const { table, source, request, env } = setup
  const limits = limitsOf(args)
  const attempt = (tracer: Tracer | null) => {
    const state = new State(source)
    const tier = sharedTier(args.tier as TierName, table, limits)
    const driver = new Driver(table, state, nodeCrypto, limits, tier)
    driver.tracer = tracer
    return { state, result: executeCall(driver, state, request, env, 'keep') }
  }
  const { state, result } = blaming(args.table, () => attempt(tracerMaker(args, warn)?.() ?? null))
  show(args, result, args.dump ? dumpAfter(source, state) : null)
  if (args.bench) bench(() => attempt(null))
  return result
}

/** The code of a user's own rows may throw, which is no bug of ours. */
function blaming<T>(table: unknown, run: () => T): T {
  try {
    return run()
  } catch (error) {
    if (typeof table !== 'string' || error instanceof ZvmError) throw error
    throw new ZvmError(ERROR_CODES.badTable, `${table}: its rows threw ${bugLine(error)}`, { table }, error)
  }
}

function dumpAfter(source: MemorySource, state: State): StateDump {
  const after = source.fork()
  after.apply(state.changes())
  return dumpState(after)
}

async function readSetup(args: Arguments) {
  const prestate = optionalPath(args.prestate, '--prestate')
  const chosen = await chosenTable(args)
  const genesis = prestate === null ? null : readGenesis(readJsonFile(prestate), prestate, chosen)
  const source = genesis?.state ?? new MemorySource()
  const caller = addressOption(args, 'sender', SENDER)
  const receiver = addressOption(args, 'receiver', RECEIVER)
  const code = codeOf(args)
  if (!code && !genesis) throw new ZvmError(ERROR_CODES.usage, 'run: name code, --codefile or --prestate')
  const input = inputOf(args)
  if (!args.create && code) setCode(source, receiver, code)
  const env: Environment = {
    chainId: quantityOption(args, 'chainid', genesis?.chainId ?? 1n),
    block: blockOf(args, genesis),
    origin: caller,
    gasPrice: quantityOption(args, 'price', 0n),
    blobHashes: [],
  }
  const gas = quantityOption(args, 'gas', DEFAULT_GAS, 64)
  const request = {
    caller,
    to: args.create ? null : receiver,
    value: quantityOption(args, 'value', 0n),
    data: args.create && code ? joined(code, input) : input,
    // As geth: a limit that the genesis states wins over the option.
    gas: genesis && genesis.block.gasLimit > 0n ? genesis.block.gasLimit : gas,
  }
  return { table: chosen ?? genesis?.fork ?? osaka, source, request, env }
}

function joined(first: Uint8Array, second: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(first.length + second.length)
  bytes.set(first)
  bytes.set(second, first.length)
  return bytes
}

function inputOf(args: Arguments): Uint8Array {
  const path = optionalPath(args.inputfile, '--inputfile')
  return path === null ? hexOption(args.input, '--input') : readHexFile(path)
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
  const changed = BLOCK_OPTIONS.map(([field, option, bits]) => [
    field,
    quantityOption(args, option, base[field], bits),
  ])
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

function show(args: Arguments, result: CallResult, dump: StateDump | null): void {
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
      ...(dump ? { state: dump } : {}),
    })
  else if (!args.trace) {
    print(bytesToHex(output))
    if (status !== 'success') print(` error: ${haltMessage(halt)}`)
  }
  if (dump && !args.json) printJson(dump, 2)
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
