import type { Argv } from 'yargs'
import type { CallRequest } from '../chain/call.ts'
import { asmFor, push } from '../core/asm.ts'
import { concatBytes } from '../core/bytes.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import type { LiteFormats } from '../lite/formats.ts'
import { encodeValues } from '../runtime/abi-codec.ts'
import { type Container, readContainer, type Target } from '../runtime/container.ts'
import type { AbiFunction } from '../runtime/contract-abi.ts'
import type { DiskStore, StoredState } from '../state/disk/index.ts'
import type { State } from '../state/state.ts'
import { blameOption, filledText, fromOption, optionalPath, text } from './arguments.ts'
import { assembleFile } from './asm.ts'
import { argumentValues } from './call-data.ts'
import { chainIdOf, refuseUnfit, storeFormats, storeTable } from './contract-store.ts'
import { declaredAt, tagOf } from './contract-tag.ts'
import { addressOfNext, type Creation, executeCreation } from './creation.ts'
import { hexOption, isTableChosen, readCodeFile } from './input.ts'
import type { Arguments } from './main.ts'
import {
  gasLimitOf,
  type Machine,
  machineOf,
  messageOptions,
  type Outcome,
  openMachine,
  outcomeOf,
} from './message.ts'
import { readModuleContract } from './module-code.ts'
import { type Recorded, runtimeOf } from './recorded-runtime.ts'
import { addressOption, quantityOption, SENDER } from './run-setup.ts'
import { bareTarget } from './table.ts'

/** What an ABI calls the function that runs once, when the contract is deployed. */
const CONSTRUCTOR = 'constructor'

/** What gives its arguments. */
const ARGUMENT_OPTIONS = ['constructor-args', 'args'] as const

/** The options of commands that deploy a contract. */
export function deployOptions(yargs: Argv): Argv {
  return messageOptions(yargs)
    .option('bytecode', text('Initcode in hex: what it returns becomes the code'))
    .option('file', text('A container or assembly text, whose code is deployed; else initcode, hex or bytes'))
    .option('constructor-args', text('Arguments of the constructor, encoded, in hex'))
    .option('args', text('The same as values, where the ABI has a constructor: 5,0x… or a JSON list'))
    .option('deployer', text('Address that deploys'))
}

/** A contract to be deployed, with all that it takes to run that. */
export interface Deployment {
  readonly target: Target
  readonly chainId: bigint
  /** From the deployer to nobody. */
  readonly request: CallRequest
  readonly creates: Creation
  readonly tag: Uint8Array
  /** Where it is being deployed, which the nonce of the running transaction tells; 0 before. */
  readonly place: { address: bigint }
  readonly machine: Machine
  readonly recorded: Recorded
}

/** Reads the options of a deployment. Throws what is wrong with them. */
export async function readDeployment(
  args: Arguments,
  store: DiskStore,
  tracer: Tracer | null,
): Promise<Deployment> {
  const { target, code, container } = await givenContract(args)
  const settings = store.read((state) => state.settings)
  const table = await storeTable(args, target, settings)
  const option = ARGUMENT_OPTIONS.find((name) => args[name] !== undefined)
  const initialiser = container?.abi?.functions.find(({ name }) => name === CONSTRUCTOR) ?? null
  if (container && option && !initialiser)
    throw new ZvmError(ERROR_CODES.usage, `--${option}: the ABI of ${nameOfFile(args)} has no constructor`)
  const given = await constructorArguments(args, initialiser)
  const initcode = container ? installer(table, code) : concatBytes(code, given)
  if (target === 'wasm-lite') readModuleContract(code, nameOfFile(args), null)
  else refuseLong(initcode, table)
  const deployer = addressOption(args, 'deployer', SENDER)
  const chainId = chainIdOf(args, settings)
  const capabilities = container?.abi?.capabilities ?? []
  const place = { address: 0n }
  const declared = (asked: bigint) =>
    asked === place.address ? capabilities : store.read((state) => declaredAt(state, asked))
  const recorded = await runtimeOf(args, declared, { table: table.name, code, input: given })
  const formats = await storeFormats(store, target)
  return {
    target,
    chainId,
    request: {
      ...{ caller: deployer, to: null, value: quantityOption(args, 'value', 0n) },
      ...{ data: initcode, gas: gasLimitOf(args) },
    },
    creates: {
      capabilities,
      constructorCall: initialiser && concatBytes(hexToBytes(initialiser.selector, CONSTRUCTOR), given),
    },
    tag: tagOf(target, container?.abiJson),
    place,
    machine: machineOf(args, table, { caller: deployer, chainId }, recorded.runtime, tracer, formats),
    recorded,
  }
}

/** Deploys over the state of a store; what that changed is in `state`. */
export function runDeployment(
  stored: StoredState,
  { target, chainId, request, creates, place, machine }: Deployment,
  gas = request.gas,
): { outcome: Outcome; address: bigint; state: State; formats: LiteFormats | null } {
  refuseUnfit(stored, target, machine.table, chainId)
  const { state, driver, formats } = openMachine(machine, stored, target)
  const address = addressOfNext(stored, request.caller)
  place.address = address
  const result = executeCreation(driver, state, { ...request, gas }, creates.constructorCall, machine.env)
  return { outcome: outcomeOf(driver, result, machine.runtime), address, state, formats }
}

async function givenContract(
  args: Arguments,
): Promise<{ target: Target; code: Uint8Array; container: Container | null }> {
  const path = optionalPath(args.file, '--file')
  if ((path === null) === (args.bytecode === undefined))
    throw new ZvmError(ERROR_CODES.usage, 'name --bytecode or --file, one of the two')
  const bytecode = filledText(args.bytecode, '--bytecode')
  if (path === null)
    return { target: bareTarget(args), code: hexOption(bytecode, '--bytecode'), container: null }
  const container = path.endsWith('.zasm') ? await assembled(args, path) : null
  if (container) return { target: container.target, code: container.code, container }
  const given = readCodeFile(path, isTableChosen(args))
  return { ...given, target: given.container?.target ?? bareTarget(args) }
}

/** The container that `zvm asm` makes of a text. */
async function assembled(args: Arguments, path: string): Promise<Container> {
  return readContainer((await assembleFile(args, path)).container, path)
}

async function constructorArguments(args: Arguments, initialiser: AbiFunction | null): Promise<Uint8Array> {
  const encoded = args['constructor-args']
  if (encoded !== undefined && args.args !== undefined)
    throw new ZvmError(ERROR_CODES.usage, '--args and --constructor-args exclude each other')
  if (encoded !== undefined) return hexOption(encoded, '--constructor-args')
  if (!initialiser) {
    if (args.args === undefined) return new Uint8Array(0)
    throw new ZvmError(ERROR_CODES.usage, '--args: no ABI tells its types; encode them in --constructor-args')
  }
  const values = fromOption(() => argumentValues(String(args.args ?? '')))
  return encodeValues(initialiser.inputs, values).catch(blameOption)
}

/** The shortest initcode that gives code: both instruction sets write it alike. */
function installer(table: Table, code: Uint8Array): Uint8Array {
  const program = (offset: number) =>
    asmFor(table)(
      ...[push(code.length), 'DUP1', push(offset), push(0), 'CODECOPY'],
      ...[push(0), 'RETURN'],
      code,
    )
  // Where the code begins depends on how it is pushed: it is short, so that one byte holds it.
  const offset = program(0xff).length - code.length
  return program(offset)
}

function refuseLong(initcode: Uint8Array, { rules }: Table): void {
  const { initCodeLimit } = rules.create
  if (initcode.length > initCodeLimit)
    throw new ZvmError(
      ERROR_CODES.value,
      `initcode of ${initcode.length} bytes; at most ${initCodeLimit} (max initcode size exceeded)`,
    )
}

function nameOfFile({ file }: Arguments): string {
  return String(file)
}
