import type { Argv } from 'yargs'
import { type CallRequest, executeCall } from '../chain/call.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import type { LiteFormats } from '../lite/formats.ts'
import type { Target } from '../runtime/container.ts'
import type { AbiFunction, ContractAbi } from '../runtime/contract-abi.ts'
import type { DiskStore, StoredState } from '../state/disk/index.ts'
import type { State } from '../state/state.ts'
import { text } from './arguments.ts'
import { type GivenCall, givenCall } from './call-data.ts'
import { chainIdOf, refuseUnfit, storeFormats, storeTable } from './contract-store.ts'
import { contractOf, declaredAt } from './contract-tag.ts'
import { hexOption } from './input.ts'
import type { Arguments } from './main.ts'
import {
  gasLimitOf,
  type Machine,
  machineOf,
  messageOptions,
  neededAddress,
  type Outcome,
  openMachine,
  outcomeOf,
} from './message.ts'
import { type Recorded, runtimeOf } from './recorded-runtime.ts'
import { addressOption, quantityOption, SENDER } from './run-setup.ts'
import { bareTarget } from './table.ts'

/** The options of commands that call a contract of a store. */
export function callOptions(yargs: Argv): Argv {
  return messageOptions(yargs)
    .option('contract', text('Address of the contract'))
    .option('function', text('Function: its selector, signature, or name where the contract has an ABI'))
    .option('args', text('Its arguments: 5,0x… or a JSON list'))
    .option('input', text('Calldata in hex; after the selector where --function gives one'))
    .option('caller', text('Address that calls'))
}

/** A call of a contract, with all that it takes to run it. */
export interface ContractCall {
  readonly address: bigint
  readonly target: Target
  readonly chainId: bigint
  /** The function called; null where the calldata is given as it is, or no types are known. */
  readonly called: AbiFunction | null
  readonly request: CallRequest
  readonly machine: Machine
  readonly recorded: Recorded
}

/** Reads the options of a call. Throws what is wrong with them, or with the contract. */
export async function readCall(
  args: Arguments,
  store: DiskStore,
  tracer: Tracer | null,
): Promise<ContractCall> {
  const address = neededAddress(args, 'contract')
  const { settings, contract, code } = store.read((state) => ({
    settings: state.settings,
    contract: contractOf(state, address),
    code: codeAt(state, address),
  }))
  const { called, data } = await calldataOf(args, contract?.abi ?? null)
  const target = contract?.target ?? bareTarget(args)
  const table = await storeTable(args, target, settings)
  if (code.length === 0 && data.length > 0 && !table.precompiles.has(address))
    throw new ZvmError(ERROR_CODES.usage, `--contract: no code at ${toFixedHex(address, 20)}`, {
      contract: toFixedHex(address, 20),
    })
  const caller = addressOption(args, 'caller', SENDER)
  const value = quantityOption(args, 'value', 0n)
  const chainId = chainIdOf(args, settings)
  const declared = (asked: bigint) => store.read((state) => declaredAt(state, asked))
  const recorded = await runtimeOf(args, declared, { table: table.name, code, input: data })
  const formats = await storeFormats(store, target)
  const machine = machineOf(args, table, { caller, chainId }, recorded.runtime, tracer, formats)
  const request = { caller, to: address, value, data, gas: gasLimitOf(args) }
  return { address, target, chainId, called, request, machine, recorded }
}

function codeAt(state: StoredState, address: bigint): Uint8Array {
  const account = state.account(address)
  return account && contractOf(state, address) ? state.code(address, account.codeHash) : new Uint8Array(0)
}

/** Runs a call over the state of a store, in one transaction of it; what it changed is in `state`. */
export function runCall(
  stored: StoredState,
  { target, chainId, machine, request }: ContractCall,
  gas = request.gas,
): { outcome: Outcome; state: State; formats: LiteFormats | null } {
  refuseUnfit(stored, target, machine.table, chainId)
  const { state, driver, formats } = openMachine(machine, stored, target)
  const result = executeCall(driver, state, { ...request, gas }, machine.env, 'keep')
  return { outcome: outcomeOf(driver, result, machine.runtime), state, formats }
}

async function calldataOf(args: Arguments, abi: ContractAbi | null): Promise<GivenCall> {
  const input = args.input === undefined ? null : hexOption(args.input, '--input')
  if (args.function !== undefined) return givenCall(args, 'function', abi, input)
  if (args.args !== undefined) throw new ZvmError(ERROR_CODES.usage, '--args: needs --function')
  return { called: null, data: input ?? new Uint8Array(0) }
}
