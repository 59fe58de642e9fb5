import type { Frame } from '../core/frame.ts'
import { toFixedHex } from '../core/hex.ts'

/**
 * What a contract wants done outside the machine, e.g. a transfer of tokens. It stands in the result, in the order of
 * calls; a frame that reverts takes its intents back. Plain JSON.
 */
export interface Intent {
  /** Name of the system call, e.g. `hts.transfer`. */
  readonly call: string
  /** The account that acts, as 0x hex. */
  readonly contract: string
  /** By name: addresses, numbers and bytes as 0x hex, names of accounts as they are. */
  readonly args: Readonly<Record<string, string>>
}

export function intentOf(call: string, frame: Frame, args: Intent['args']): Intent {
  return { call, contract: toFixedHex(frame.self, 20), args }
}
