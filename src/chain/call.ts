import { createAddress } from '../core/address.ts'
import { delegateOf } from '../core/delegation.ts'
import type { Driver } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { Halt, isSuccess } from '../core/halt.ts'
import type { Environment, Log } from '../core/host.ts'
import { CallKind, Message, MessageResult } from '../core/message.ts'
import type { State } from '../state/state.ts'
import { touchedBy } from './touched.ts'
import { warmUp } from './warm-up.ts'

/** A message sent outside a transaction: no nonce, intrinsic gas, fees or refund. */
export interface CallRequest {
  readonly caller: bigint
  /** Null runs `data` as initcode. */
  readonly to: bigint | null
  readonly value: bigint
  readonly data: Uint8Array
  /** At most 2^64−1. */
  readonly gas: bigint
}

/** What a message outside a transaction did. */
export interface CallResult {
  readonly status: 'success' | 'revert' | 'halt'
  readonly halt: Halt
  readonly gasUsed: bigint
  /** What the refund counter holds; nothing is given back. */
  readonly refund: number
  readonly steps: number
  readonly output: Uint8Array
  readonly logs: readonly Log[]
  /** Where a creation put the contract; null otherwise or if it failed. */
  readonly contractAddress: bigint | null
}

/** Whether what a message changed stays, or is undone when its result has been taken. */
export type CallEffects = 'keep' | 'forget'

/**
 * Runs one message on the state. Sender, recipient, precompiles and coinbase start
 * warm as in a transaction. A caller that does not have the value halts with InsufficientBalance, all gas kept.
 * Throws STATE_NOT_LOADED where the source lacks something; that, and what a tracer or a source throws, leaves the
 * state as it was.
 */
export function executeCall(
  driver: Driver,
  state: State,
  request: CallRequest,
  env: Environment,
  effects: CallEffects,
): CallResult {
  driver.demandIdle()
  try {
    return run(driver, state, request, env, effects)
  } catch (error) {
    state.rollback()
    throw error
  }
}

function run(
  driver: Driver,
  state: State,
  request: CallRequest,
  env: Environment,
  effects: CallEffects,
): CallResult {
  if (!beginCall(driver, state, request, env)) return refused(driver, state, request, env)
  const { halt, gas, output, address } = driver.run()
  if (state.isVoid) throw new ZvmError(ERROR_CODES.stateNotLoaded, 'the message met state that is not loaded')
  const outcome: CallResult = {
    status: statusOf(halt),
    halt,
    gasUsed: request.gas - gas,
    refund: state.refund,
    steps: driver.steps,
    output,
    logs: [...state.logs],
    contractAddress: request.to === null && isSuccess(halt) ? address : null,
  }
  tellEnd(driver, state, outcome, env)
  if (effects === 'forget') state.rollback()
  else state.endTransaction(driver.table.rules.clearEmpty)
  return outcome
}

/**
 * Begins the message as `executeCall` does, to be run step by step; false where the caller has not the value. What it
 * changes is kept or undone by who runs it (`State.endTransaction`, `State.rollback`).
 */
export function beginCall(driver: Driver, state: State, request: CallRequest, env: Environment): boolean {
  state.beginTransaction()
  tellBegin(driver, state, request, env)
  if (state.balance(request.caller) < request.value && !state.isVoid) return false
  warmUp(driver, state, request.caller, request.to, env.block.coinbase)
  if (driver.tracer?.end) state.watch()
  driver.begin(messageOf(driver, state, request), env)
  return true
}

function tellEnd(
  { tracer }: Driver,
  state: State,
  { halt, gasUsed, output }: CallResult,
  env: Environment,
): void {
  if (!tracer?.end) return
  // As of a transaction, in which both are met by what it pays.
  state.exists(env.origin)
  state.exists(env.block.coinbase)
  tracer.end({ halt, gasUsed, gasRefunded: 0n, output, touched: () => touchedBy(state) })
}

function tellBegin({ table, tracer }: Driver, state: State, request: CallRequest, env: Environment): void {
  const { caller: sender, to, gas: gasLimit } = request
  tracer?.begin?.({
    ...{ sender, to, gasLimit, intrinsicGas: 0n, env, logsBefore: 0 },
    isPrecompile: (address) => table.precompiles.has(address),
    logs: () => state.logs,
  })
}

/** A message that its sender has not the value for, which tracers are shown as one that a frame sends. */
function refused(driver: Driver, state: State, request: CallRequest, env: Environment): CallResult {
  const outcome: CallResult = {
    ...{ status: 'halt', halt: Halt.InsufficientBalance, gasUsed: 0n, refund: 0, steps: 0 },
    ...{ output: new Uint8Array(0), logs: [], contractAddress: null },
  }
  const { tracer } = driver
  if (!tracer) return outcome
  state.watch()
  const message = messageOf(driver, state, request)
  const result = new MessageResult()
  result.halt = outcome.halt
  result.gas = request.gas
  tracer.enter?.(message)
  tracer.exit?.(message, result, null)
  tellEnd(driver, state, outcome, env)
  return outcome
}

/** How an execution ended, in a word. */
export function statusOf(halt: Halt): 'success' | 'revert' | 'halt' {
  return isSuccess(halt) ? 'success' : halt === Halt.Revert ? 'revert' : 'halt'
}

function messageOf(driver: Driver, state: State, { caller, to, value, data, gas }: CallRequest): Message {
  const message = new Message()
  message.caller = caller
  message.value = value
  message.input = data
  message.gas = gas
  message.self = to ?? createAddress(caller, state.nonce(caller))
  message.to = message.self
  const delegate = to !== null && driver.table.rules.delegation ? delegateOf(state.code(to)) : null
  message.codeAddress = delegate ?? message.self
  if (to === null) message.kind = CallKind.Create
  return message
}
