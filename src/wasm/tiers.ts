import { type Limits, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { InstructionSet } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import { isForbidden, sayForbidden } from './forbidden.ts'
import { InterpreterTier } from './tier.ts'

/** The tiers by name; `auto` is the fastest that the host can run. */
export const TIERS = ['auto', 'reference', 'interpreter'] as const
export type TierName = (typeof TIERS)[number]

/** What a conformance run may ask for: one tier, or each case in all of them, compared. */
export type TierChoice = TierName | 'all'

/** The tiers that a choice means, the judge first. */
export function tiersOf(choice: TierChoice): readonly TierName[] {
  return choice === 'all' ? ['reference', 'interpreter'] : [choice]
}

/** Tiers by instruction set. Each holds a linear memory, and is used by whoever runs a message, start to end. */
const shared = new WeakMap<InstructionSet['opcodes'], Tier>()

/**
 * The fast tier to hand to a `Driver`; null for the reference tier, and for `auto` where the host has no WebAssembly or
 * forbids it, which is said once on the console. Drivers of one instruction set share it, so none may leave a message
 * half run while another begins: who pauses uses the reference tier. Throws USAGE if a host without WebAssembly is asked
 * for the generated interpreter.
 */
export function sharedTier(name: TierName, set: InstructionSet, limits: Limits = NO_LIMITS): Tier | null {
  if (name === 'reference') return null
  if (limits.memoryBytes !== NO_LIMITS.memoryBytes) return tryTier(name, set, limits)
  const known = shared.get(set.opcodes)
  if (known) return known
  const tier = tryTier(name, set, limits)
  if (tier) shared.set(set.opcodes, tier)
  return tier
}

function tryTier(name: TierName, set: InstructionSet, limits: Limits): Tier | null {
  try {
    return new InterpreterTier(set, limits.memoryBytes)
  } catch (cause) {
    if (!isForbidden(cause)) throw cause
    if (name === 'auto') {
      sayForbidden(cause)
      return null
    }
    throw new ZvmError(ERROR_CODES.usage, 'tier interpreter: this host runs no WebAssembly', {}, cause)
  }
}
