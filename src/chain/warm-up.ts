import type { Driver } from '../core/driver.ts'
import type { State } from '../state/state.ts'

/** Warms what every message starts with: sender, recipient, precompiles (EIP-2929), the coinbase (EIP-3651). */
export function warmUp(
  { table: { rules, precompiles } }: Driver,
  state: State,
  sender: bigint,
  to: bigint | null,
  coinbase: bigint,
): void {
  if (!rules.warmth) return
  state.warmAddress(sender)
  if (to !== null) state.warmAddress(to)
  state.warm = precompiles
  if (rules.warmth.coinbase) state.warmAddress(coinbase)
}
