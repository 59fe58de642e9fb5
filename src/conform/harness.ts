/**
 * A bench for tests of the engine: scenes of a few accounts, programs from mnemonics, single rows, whole transactions.
 * Every default is a plain value, so that a test states only what it is about.
 */
import { forkByName } from '../../opcodes/forks.ts'
import {
  type BlockContext,
  executeTransaction,
  executeTransactionAsync,
  type TransactionResult,
} from '../chain/execute.ts'
import type { Rejection } from '../chain/rejection.ts'
import { newTransaction, type TransactionFields } from '../chain/transaction.ts'
import type { Runtime } from '../core/capability.ts'
import { type Driver, type Limits, NO_LIMITS } from '../core/driver.ts'
import type { Frame } from '../core/frame.ts'
import { Halt } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import type { BlockEnvironment, Environment } from '../core/host.ts'
import { CallKind, Message } from '../core/message.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { bigintToBytes, bigintToMinimalBytes } from '../core/word.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import type { StateSource } from '../state/source.ts'
import { State } from '../state/state.ts'
import { type SuiteTier, suiteDriver } from './suite-tier.ts'

// The accounts a scene always means: who executes, who calls it, who sent the transaction, who gets the fees.
export const SELF = 0x5e1f00000000000000000000000000000000005en
export const CALLER = 0xca11e7000000000000000000000000000000ca11n
export const SENDER = 0x5e4de70000000000000000000000000000005e4dn
export const COINBASE = 0xc01bba5e0000000000000000000000000000c01bn

/** Something to assemble: a mnemonic, bytes as they are, or a list of these. */
export type Part = string | Uint8Array | readonly Part[]

/** The bytes of a program. Throws on a name that no fork has. */
export function asm(...parts: readonly Part[]): Uint8Array {
  return Uint8Array.from(parts.flatMap(bytesOf))
}

/** PUSH of a value in as few bytes as it needs, at least one, or in `sizeBytes`. */
export function push(value: bigint | number, sizeBytes?: number): Uint8Array {
  const minimal = bigintToMinimalBytes(BigInt(value))
  const size = sizeBytes ?? Math.max(1, minimal.length)
  return Uint8Array.of(0x5f + size, ...bigintToBytes(BigInt(value), size))
}

/** Returns the word on top of the stack. */
export const RETURN_TOP: Part = [push(0), 'MSTORE', push(32), push(0), 'RETURN']

/** CALL and its like, operands in the order of the specification. */
export function callOf(name: string, ...operands: readonly (bigint | number)[]): Part {
  return [...operands]
    .reverse()
    .map((operand) => push(operand))
    .concat(asm(name))
}

const DEPLOYER_BYTES = 11

/** Initcode that runs `setup` and deploys `code`; both together are at most 240 bytes long. */
export function deployer(code: Uint8Array, setup: Part = []): Uint8Array {
  const first = asm(setup)
  const from = push(first.length + DEPLOYER_BYTES)
  return asm(first, push(code.length), 'DUP1', from, push(0), 'CODECOPY', push(0), 'RETURN', code)
}

function bytesOf(part: Part): readonly number[] {
  if (part instanceof Uint8Array) return [...part]
  if (typeof part !== 'string') return part.flatMap(bytesOf)
  const code = MNEMONICS.get(part)
  if (code === undefined) throw new Error(`no opcode ${part}`)
  return [code]
}

const MNEMONICS = new Map(
  ['Frontier', 'Osaka'].flatMap((fork) =>
    [...forkByName(fork).rows.values()].map(({ name, code }) => [name, code]),
  ),
)

/** What a scene's account has; all else is zero or empty. */
export interface AccountSpec {
  readonly nonce?: bigint
  readonly balance?: bigint
  readonly code?: Uint8Array
  readonly storage?: readonly (readonly [key: bigint, value: bigint])[]
}
export type Accounts = readonly (readonly [address: bigint, account: AccountSpec])[]

/** A memory image of these accounts. The hash of block n is n · 1,000. */
export function sourceOf(accounts: Accounts): MemorySource {
  const source = new MemorySource((number) => number * 1000n)
  for (const [address, { nonce = 0n, balance = 0n, code = new Uint8Array(0), storage = [] }] of accounts)
    source.set(address, nonce, balance, code, new Map(storage))
  return source
}

export const BLOCK: BlockEnvironment = {
  number: 1000n,
  timestamp: 1_700_000_000n,
  coinbase: COINBASE,
  gasLimit: 30_000_000n,
  difficulty: 0x20000n,
  prevRandao: 0x4a4dn,
  baseFee: 0n,
  blobBaseFee: 1n,
}

const ENVIRONMENT: Environment = {
  chainId: 1n,
  block: BLOCK,
  origin: SENDER,
  gasPrice: 10n,
  blobHashes: [],
}

/** A message to code under a fork. */
export interface Scene {
  /** A fork's name or a table; Osaka unless said. */
  readonly fork?: string | Table
  readonly code?: Uint8Array
  /** One million unless said. */
  readonly gas?: bigint
  readonly input?: Uint8Array
  readonly value?: bigint
  readonly isStatic?: boolean
  /** Accounts beside SELF, or SELF itself, whose code is then replaced by `code`. */
  readonly accounts?: Accounts
  readonly env?: Partial<Environment>
  readonly block?: Partial<BlockEnvironment>
  readonly limits?: Partial<Limits>
  readonly tracer?: Tracer
  /** What grants and answers system calls. */
  readonly runtime?: Runtime
  /** The reference tier unless said. In another a frame's operands are seen only in what it returns. */
  readonly tier?: SuiteTier
}

/** A scene whose message has begun. */
export interface Stage {
  readonly driver: Driver
  readonly state: State
  /** The frame of SELF. It keeps its last condition after it ended. */
  readonly frame: Frame
  readonly gas: bigint
}

export const GAS = 1_000_000n

/** Sets the scene and opens the frame of SELF, with the operands on its stack, first on top. */
export function stage(scene: Scene, operands: readonly bigint[] = []): Stage {
  const { code = new Uint8Array(1), gas = GAS, accounts = [] } = scene
  const source = sourceOf(accounts)
  const self = source.account(SELF)
  source.set(SELF, self?.nonce ?? 1n, self?.balance ?? 0n, code, new Map(self?.storage))
  const state = new State(source)
  state.beginTransaction()
  const table = tableOf(scene)
  const limits = { ...NO_LIMITS, ...scene.limits }
  const driver = suiteDriver(table, state, nodeCrypto, scene.tier ?? 'reference', limits)
  driver.tracer = scene.tracer ?? null
  driver.runtime = scene.runtime ?? null
  const message = new Message()
  message.kind = CallKind.Call
  message.caller = CALLER
  message.self = SELF
  message.to = SELF
  message.codeAddress = SELF
  message.gas = gas
  message.input = scene.input ?? new Uint8Array(0)
  message.isStatic = scene.isStatic ?? false
  driver.begin(message, { ...ENVIRONMENT, block: { ...BLOCK, ...scene.block }, ...scene.env })
  const [frame] = driver.frames
  // Set behind the driver's back, since nobody here has the balance to send it.
  if (scene.value !== undefined) frame.value = scene.value
  for (const operand of [...operands].reverse()) frame.push(operand)
  return { driver, state, frame, gas }
}

/** How a scene ended. */
export interface Outcome extends Stage {
  readonly halt: Halt
  /** Gas taken, refunds not considered. */
  readonly gasUsed: bigint
  readonly output: Uint8Array
  readonly steps: number
  /** The operands of SELF's frame, top first. */
  readonly stack: readonly bigint[]
}

/** Runs the scene to its end. */
export function play(scene: Scene): Outcome {
  const set = stage(scene)
  set.driver.run()
  return outcomeOf(set, set.driver.result.halt, set.driver.result.gas)
}

/**
 * Runs one instruction, with what it calls, on the operands (first on top) and stops there: halt None if the frame
 * could go on. `code` unless the scene has some is the instruction and a JUMPDEST.
 */
export function playRow(name: string, operands: readonly bigint[], scene: Scene = {}): Outcome {
  const set = stage({ ...scene, code: scene.code ?? asm(name, 'JUMPDEST') }, operands)
  const { driver, frame } = set
  do driver.step()
  while (driver.open > 1)
  if (driver.open === 0) return outcomeOf(set, driver.result.halt, driver.result.gas)
  return outcomeOf(set, Halt.None, frame.gas)
}

function outcomeOf(set: Stage, halt: Halt, gasLeft: bigint): Outcome {
  const { driver, frame, gas } = set
  const stack = frame.stack.slice(0, frame.sp).reverse()
  return { ...set, halt, gasUsed: gas - gasLeft, output: driver.result.output, steps: driver.steps, stack }
}

function tableOf({ fork = 'Osaka' }: { readonly fork?: string | Table }): Table {
  return typeof fork === 'string' ? forkByName(fork) : fork
}

/** What a tracer is told, as text. */
export function recorder(): Tracer & { readonly lines: string[] } {
  const lines: string[] = []
  return {
    lines,
    step: ({ pc, gas, sp, stack, depth }, { name }) =>
      lines.push([depth, pc, name, gas, ...stack.slice(0, sp)].join(' ')),
    stepEnd: ({ gas }, { name }, halt) => lines.push(`after ${name} ${gas} ${halt}`),
    enter: ({ kind, self, codeAddress, value, gas }) =>
      lines.push(`enter ${kind} ${self} ${codeAddress} ${value} ${gas}`),
    exit: (_, { halt, gas, output }) => lines.push(`exit ${halt} ${gas} ${bytesToHex(output)}`),
  }
}

/** One transaction in a block. */
export interface TransactionScene {
  readonly fork?: string | Table
  readonly tx?: TransactionFields
  readonly sender?: bigint
  readonly accounts?: Accounts
  readonly block?: Partial<BlockEnvironment>
  readonly limits?: Partial<Limits>
  readonly tracer?: Tracer
  /** The reference tier unless said. */
  readonly tier?: SuiteTier
}

/** The sender's account unless the scene names it: rich, at nonce 0. */
const RICH: AccountSpec = { balance: 10n ** 24n }

/** The transaction of a scene: legacy, to SELF, a million gas at a price of 1 wei, unless it says otherwise. */
export function transactionOf({ tx = {} }: TransactionScene) {
  return newTransaction({ to: SELF, gasLimit: GAS, gasPrice: 1n, ...tx })
}

export function contextOf({ block = {} }: TransactionScene): BlockContext {
  const full = { ...BLOCK, ...block }
  return { chainId: 1n, block: full, gasLeft: full.gasLimit, blobGasUsed: 0n }
}

/** The scene's accounts with the sender's. */
export function accountsOf({ sender = SENDER, accounts = [] }: TransactionScene): Accounts {
  return [[sender, RICH], ...accounts]
}

/** A driver for the scene over a source, with its state. */
export function driverOf(scene: TransactionScene, source: StateSource): { driver: Driver; state: State } {
  const state = new State(source)
  const table = tableOf(scene)
  const limits = { ...NO_LIMITS, ...scene.limits }
  const driver = suiteDriver(table, state, nodeCrypto, scene.tier ?? 'reference', limits)
  driver.tracer = scene.tracer ?? null
  return { driver, state }
}

/** What a transaction did, and the image of the state after it. */
export interface Included extends TransactionResult {
  readonly source: MemorySource
  readonly state: State
}

/** Executes the scene's transaction; throws if it is refused. */
export function transact(scene: TransactionScene): Included {
  const source = sourceOf(accountsOf(scene))
  const { driver, state } = driverOf(scene, source)
  const result = submit(driver, state, scene)
  if (!('status' in result)) throw new Error(`refused: ${result.message}`)
  source.apply(state.changes())
  return { ...result, source, state }
}

/** Executes the scene's transaction on a state that may have seen others before. */
export function submit(driver: Driver, state: State, scene: TransactionScene): TransactionResult | Rejection {
  return executeTransaction(driver, state, transactionOf(scene), scene.sender ?? SENDER, contextOf(scene))
}

/** As `submit`, on a source that loads on demand. */
export function submitAsync(driver: Driver, state: State, scene: TransactionScene) {
  return executeTransactionAsync(
    driver,
    state,
    transactionOf(scene),
    scene.sender ?? SENDER,
    contextOf(scene),
  )
}
