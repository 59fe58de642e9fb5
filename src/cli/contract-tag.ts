import { toFixedHex } from '../core/hex.ts'
import { type Container, encodeContainer, readContainer, type Target } from '../runtime/container.ts'
import type { StoredState } from '../state/disk/index.ts'

/*
 * The tag of a contract in a store is a container without its code: the target that the code is for, and the ABI.
 */

/** What the store knows of the contract at an address; null where it keeps nothing. */
export function contractOf(state: StoredState, address: bigint): Container | null {
  const tag = state.tag(address)
  return tag && readContainer(tag, `contract ${toFixedHex(address, 20)}`)
}

/** What the contract at an address declares, as far as the store knows. */
export function declaredAt(state: StoredState, address: bigint): readonly string[] {
  return contractOf(state, address)?.abi?.capabilities ?? []
}

/** Bytes that keep a contract's target and ABI. */
export function tagOf(target: Target, abiJson: Uint8Array = new Uint8Array(0)): Uint8Array {
  return encodeContainer(target, new Uint8Array(0), abiJson)
}
