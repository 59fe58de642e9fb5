import type { TierName } from '../wasm/tier-names.ts'

/** To make generated code and compile it takes as long as the reference tier takes for so much gas, or longer. */
const STARTING_GAS = 1_000_000n

let gasBegun = 0n

/** The tier for transactions of so much gas: the reference tier for the first that a process runs, if they are small. */
export function tierFor(gas: bigint): TierName {
  gasBegun += gas
  return gasBegun <= STARTING_GAS ? 'reference' : 'auto'
}
