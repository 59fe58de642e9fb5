import type { Argv } from 'yargs'
import { FORKS, osaka } from '../../opcodes/forks.ts'
import type { KeptAnswers } from '../capabilities.ts'
import type { CallRequest } from '../chain/call.ts'
import type { Genesis } from '../chain/genesis.ts'
import { createAddress } from '../core/address.ts'
import { concatBytes } from '../core/bytes.ts'
import { type Limits, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseAddress, parseNumber } from '../core/hex.ts'
import type { BlockEnvironment, Environment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import type { Formats } from '../core/tier.ts'
import { bytesToBigint } from '../core/word.ts'
import { readGenesisFile } from '../host/read-file.ts'
import type { Container, Target } from '../runtime/container.ts'
import { MemorySource } from '../state/memory-source.ts'
import { testBlockHash } from '../state/test-block-hash.ts'
import { flag, fromOption, optionalPath, text } from './arguments.ts'
import { codeOf, type GivenCode, hexOption, readHexFile } from './input.ts'
import type { Arguments } from './main.ts'
import type { Recorded } from './recorded-runtime.ts'
import { hasRuntimeOptions } from './runtime-options.ts'
import { checkSigned } from './signed-code.ts'
import { chosenTable, refuseFork, tableFor } from './table.ts'

export const DEFAULT_GAS = 10_000_000_000n

/** The addresses geth takes where none is named: a word of ASCII. */
export const SENDER = bytesToBigint(new TextEncoder().encode('sender'))
const RECEIVER = bytesToBigint(new TextEncoder().encode('receiver'))

/** Options that set a field of the block, over what the pre-state says. */
export const BLOCK_OPTIONS = [
  ['number', 'block.number', 64, 'Block number'],
  ['timestamp', 'block.timestamp', 64, 'Unix seconds'],
  ['gasLimit', 'block.gaslimit', 64, 'Gas limit of the block'],
  ['difficulty', 'block.difficulty', 256, 'Difficulty (before the merge)'],
  ['prevRandao', 'block.prevrandao', 256, 'PREVRANDAO (from the merge on)'],
  ['baseFee', 'block.basefee', 256, 'Wei a gas'],
  ['blobBaseFee', 'block.blobbasefee', 256, 'Wei a blob gas'],
] as const satisfies readonly (readonly [keyof BlockEnvironment, string, bits: number, string])[]

/** The options that say what runs and on what: those that `readSetup` reads, but for table, limits and block. */
export function setupOptions<T>(yargs: Argv<T>): Argv {
  return yargs
    .option('create', flag('Run the code as initcode'))
    .option('gas', text(`Gas (default ${DEFAULT_GAS})`))
    .option('prestate', text('Genesis file: accounts, block, chain configuration'))
    .option('input', text('Calldata in hex', { default: '' }))
    .option('inputfile', text('Calldata from a file of hex'))
    .option('call', text('Function to call, by name, signature or selector: deposit(u64)'))
    .option('args', text('Its arguments: 5,0x… or a JSON list'))
    .option('price', text('Gas price in wei', { default: '0' }))
    .option('sender', text('Address that calls'))
    .option('receiver', text('Address that runs the code'))
    .option('value', text('Wei sent along', { default: '0' }))
    .option('chainid', text('Chain id'))
}

/** All that a run needs. */
export interface RunSetup {
  readonly table: Table
  readonly source: MemorySource
  readonly request: CallRequest
  readonly env: Environment
  readonly limits: Limits
  /** What the code came in; null for bare code. */
  readonly container: Container | null
  /** What contracts declare: only the one that runs, but those of a store too, which tells once it is open. */
  readonly declares: { at(address: bigint): readonly string[] }
  /** What runs modules, and code of other tables; null where only code of the table is met. */
  readonly formats: Formats | null
  /** What answers system calls; null for code of the EVM of which no option says anything. */
  readonly recorded: Recorded | null
}

/** Reads the options and files of `run`; `given` is the code that they give. Throws what is wrong with them. */
export async function readSetup(
  args: Arguments,
  given: GivenCode | null = codeOf(args),
  kept?: KeptAnswers,
): Promise<RunSetup> {
  const compiled = await compiledTable(args, given)
  await checkSigned(args, given)
  const chosen = compiled ?? (await tableFor(args, given?.container?.target ?? null))
  const genesis = await genesisOf(args, chosen)
  // As geth: blocks before this one have the hashes that state tests give them.
  const source = new MemorySource(testBlockHash)
  for (const [address, account] of genesis?.state.accounts ?? []) source.accounts.set(address, account)
  const caller = addressOption(args, 'sender', SENDER)
  const receiver = addressOption(args, 'receiver', RECEIVER)
  const code = given?.code
  if (!code && !genesis) throw new ZvmError(ERROR_CODES.usage, 'run: name code, --codefile or --prestate')
  const input = await inputOf(args, given)
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
    data: args.create && code ? concatBytes(code, input) : input,
    // As geth: a limit that the genesis states wins over the option.
    gas: genesis && genesis.block.gasLimit > 0n ? genesis.block.gasLimit : gas,
  }
  const table = chosen ?? genesis?.fork ?? osaka
  const self = args.create ? createAddress(caller, source.account(caller)?.nonce ?? 0n) : receiver
  const capabilities = given?.container?.abi?.capabilities ?? []
  const identity = { table: table.name, code: code ?? source.code(receiver), input }
  const declares: RunSetup['declares'] = { at: (address) => (address === self ? capabilities : []) }
  const declared = (address: bigint) => declares.at(address)
  const isNeeded = hasRuntimeOptions(args) || !FORKS.includes(table)
  const recorded = isNeeded
    ? await (await import('./recorded-runtime.ts')).runtimeOf(args, declared, identity, kept)
    : null
  return {
    table,
    source,
    request,
    env,
    limits: limitsOf(args),
    container: given?.container ?? null,
    declares,
    formats: await formatsFor(given?.container?.target ?? null),
    recorded,
  }
}

/** The table of what a module was compiled of; null for other code. Throws what is wrong with a module. */
async function compiledTable(args: Arguments, given: GivenCode | null): Promise<Table | null> {
  if (given?.container?.target !== 'wasm-lite') return null
  refuseFork(args, given.container.target)
  const { readModuleContract } = await import('./module-code.ts')
  return readModuleContract(given.code, given.name, await chosenTable(args)).source?.table ?? null
}

/** What a run of this target takes beside its table. Loaded here, since others do not. */
async function formatsFor(target: Target | null): Promise<Formats | null> {
  if (target !== 'wasm-lite') return null
  const [{ createFormats }, { CompiledContracts }, { tableNamed }] = await Promise.all([
    import('../lite/formats.ts'),
    import('../lite/compile/compiled-contracts.ts'),
    import('./target-table.ts'),
  ])
  return createFormats({ compiled: new CompiledContracts(tableNamed) })
}

async function genesisOf(args: Arguments, chosen: Table | null): Promise<Genesis | null> {
  const path = optionalPath(args.prestate, '--prestate')
  if (path === null) return null
  const json = readGenesisFile(path)
  const { readGenesis } = await import('../chain/genesis.ts')
  const genesis = readGenesis(json, path, chosen)
  // A file without `config` names no fork, by which its blob fee is reckoned.
  return genesis.fork ? genesis : readGenesis(json, path, osaka)
}

async function inputOf(args: Arguments, given: GivenCode | null): Promise<Uint8Array> {
  if (args.call !== undefined) return callInput(args, given)
  if (args.args !== undefined) throw new ZvmError(ERROR_CODES.usage, '--args: needs --call')
  const path = optionalPath(args.inputfile, '--inputfile')
  return path === null ? hexOption(args.input, '--input') : readHexFile(path)
}

async function callInput(args: Arguments, given: GivenCode | null): Promise<Uint8Array> {
  if (args.input !== '' || args.inputfile !== undefined || args.create)
    throw new ZvmError(ERROR_CODES.usage, '--call: not with --input, --inputfile or --create')
  const { givenCall } = await import('./call-data.ts')
  return (await givenCall(args, 'call', given?.container?.abi ?? null, null)).data
}

function setCode(source: MemorySource, address: bigint, code: Uint8Array): void {
  const { nonce, balance, storage } = source.account(address) ?? {
    nonce: 0n,
    balance: 0n,
    storage: new Map(),
  }
  source.set(address, nonce, balance, code, new Map(storage))
}

export function blockOf(args: Arguments, genesis: Genesis | null): BlockEnvironment {
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

export function quantityOption(args: Arguments, name: string, otherwise: bigint, bits = 256): bigint {
  return args[name] === undefined ? otherwise : fromOption(() => parseNumber(args[name], `--${name}`, bits))
}

export function addressOption(args: Arguments, name: string, otherwise: bigint): bigint {
  return args[name] === undefined ? otherwise : fromOption(() => parseAddress(args[name], `--${name}`))
}

export function limitsOf(args: Arguments): Limits {
  const limit = (name: string, most: number) =>
    Math.min(most, Number(quantityOption(args, name, BigInt(most), 53)))
  return {
    steps: limit('step-limit', NO_LIMITS.steps),
    memoryBytes: limit('memory-limit', NO_LIMITS.memoryBytes),
  }
}
