import type { Crypto } from '../core/crypto.ts'
import { Driver, type Limits, NO_LIMITS } from '../core/driver.ts'
import type { Host } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import type { Formats } from '../core/tier.ts'
import { EveryCodeCompiled } from '../lite/compile/every-code.ts'
import { type LoweredSteps, StepTally, takeSteps } from '../wasm/step-tally.ts'
import { TIERS, type TierChoice, type TierName, tiersOf } from '../wasm/tier-names.ts'
import { sharedTier, takeLoweredSteps } from '../wasm/tiers.ts'
import { sumLowered } from './lowered.ts'

/** The tiers, and `module`: each code as the module of wasm-lite that `zvm compile` makes of it. */
export const SUITE_TIERS = [...TIERS, 'module'] as const
export type SuiteTier = TierName | 'module'

/** What a conformance run may ask for. */
export type SuiteChoice = TierChoice | 'module'

/** The tiers that a choice means, the judge first. Modules are compared with the interpreter. */
export function suiteTiersOf(choice: SuiteChoice): readonly SuiteTier[] {
  return choice === 'module' ? ['interpreter', 'module'] : tiersOf(choice)
}

const tally = new StepTally()
const compiled = new WeakMap<Table['opcodes'], EveryCodeCompiled>()

/** A driver with a tier. */
export function suiteDriver(
  table: Table,
  host: Host,
  crypto: Crypto,
  tier: SuiteTier,
  limits: Limits = NO_LIMITS,
): Driver {
  if (tier !== 'module') return new Driver(table, host, crypto, limits, sharedTier(tier, table, limits))
  const driver = new Driver(table, host, crypto, limits)
  driver.formats = moduleFormats(table)
  return driver
}

/** What makes a module of each code of a table. */
export function moduleFormats(table: Table): Formats {
  const formats = compiled.get(table.opcodes) ?? new EveryCodeCompiled(tally)
  compiled.set(table.opcodes, formats)
  return formats
}

/** What generated code has run since the last time that this was asked. */
export function takeSuiteSteps(): LoweredSteps {
  return sumLowered([takeLoweredSteps(), takeSteps(tally)])
}
