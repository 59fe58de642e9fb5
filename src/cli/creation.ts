import { type CallRequest, type CallResult, executeCall } from '../chain/call.ts'
import { createAddress } from '../core/address.ts'
import type { Driver } from '../core/driver.ts'
import type { Environment } from '../core/host.ts'
import type { StateSource } from '../state/source.ts'
import type { State } from '../state/state.ts'

/** What makes a contract beside the message to nobody whose data is the initcode. */
export interface Creation {
  /** What the new contract declares. */
  readonly capabilities: readonly string[]
  /** Calldata for the new contract, sent once its code is there; null where nothing is. */
  readonly constructorCall: Uint8Array | null
}

/** Where a contract is that an account makes next. */
export function addressOfNext(source: StateSource, creator: bigint): bigint {
  return createAddress(creator, source.account(creator)?.nonce ?? 0n)
}

/**
 * Makes a contract by one message or two: its code is created by the initcode, then what its constructor takes is sent to
 * it, with the value and the gas that is left. The sender's nonce goes up by one. The result is of both; its output is
 * that of the constructor, or as geth has it the code. Where one fails the state is not to be kept.
 */
export function executeCreation(
  driver: Driver,
  state: State,
  request: CallRequest,
  constructorCall: Uint8Array | null,
  env: Environment,
): CallResult {
  const { caller, value, gas } = request
  const nonce = state.nonce(caller)
  const first = constructorCall ? { ...request, value: 0n } : request
  const created = executeCall(driver, state, first, env, 'keep')
  const { contractAddress: to, gasUsed, steps } = created
  if (to === null) return created
  state.setNonce(caller, nonce + 1n)
  if (!constructorCall) return { ...created, output: state.code(to) }
  const second = { caller, to, value, data: constructorCall, gas: gas - gasUsed }
  const sent = executeCall(driver, state, second, env, 'keep')
  return {
    ...sent,
    ...{ gasUsed: gasUsed + sent.gasUsed, steps: steps + sent.steps },
    contractAddress: sent.status === 'success' ? to : null,
  }
}
