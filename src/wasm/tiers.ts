import { type Limits, NO_LIMITS } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { InstructionSet } from '../core/table.ts'
import type { Tier } from '../core/tier.ts'
import { COLD, FORCED, type Heat, WARMED } from './compiler/translation.ts'
import { isForbidden, NO_WEBASSEMBLY, sayForbidden } from './forbidden.ts'
import { type LoweredSteps, StepTally, takeSteps } from './step-tally.ts'
import { GeneratedTier } from './tier.ts'
import type { TierName } from './tier-names.ts'

/** When the generated tiers translate programs. */
const HEATS: Readonly<Record<Exclude<TierName, 'reference'>, Heat>> = {
  auto: WARMED,
  interpreter: COLD,
  compiled: FORCED,
}

/** Tiers by instruction set and name. Each holds a linear memory, and is used by whoever runs a message, start to end. */
const shared = new WeakMap<InstructionSet['opcodes'], Map<TierName, Tier>>()

const tally = new StepTally()

/** What all generated tiers of this thread have run since the last time that this was asked. */
export function takeLoweredSteps(): LoweredSteps {
  return takeSteps(tally)
}

/**
 * The fast tier to hand to a `Driver`; null for the reference tier, and for `auto` where the host has no WebAssembly or
 * forbids it, which is said once on the console. Drivers of one instruction set share it: what begins amid a message of
 * another, called back by it, runs on the reference tier, and who pauses uses that, too. Throws USAGE if a host without
 * WebAssembly is asked for a generated tier.
 */
export function sharedTier(name: TierName, set: InstructionSet, limits: Limits = NO_LIMITS): Tier | null {
  if (name === 'reference') return null
  if (limits.memoryBytes !== NO_LIMITS.memoryBytes) return tryTier(name, set, limits)
  let tiers = shared.get(set.opcodes)
  if (!tiers) {
    tiers = new Map()
    shared.set(set.opcodes, tiers)
  }
  const known = tiers.get(name)
  if (known) return known
  const tier = tryTier(name, set, limits)
  if (tier) tiers.set(name, tier)
  return tier
}

function tryTier(name: Exclude<TierName, 'reference'>, set: InstructionSet, limits: Limits): Tier | null {
  try {
    return new GeneratedTier(set, limits.memoryBytes, HEATS[name], tally)
  } catch (cause) {
    if (!isForbidden(cause)) throw cause
    if (name === 'auto') {
      sayForbidden(cause)
      return null
    }
    throw new ZvmError(ERROR_CODES.usage, `tier ${name}: ${NO_WEBASSEMBLY}`, {}, cause)
  }
}
