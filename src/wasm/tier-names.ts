/** The tiers by name; `auto` is the fastest that the host can run. */
export const TIERS = ['auto', 'reference', 'interpreter', 'compiled'] as const
export type TierName = (typeof TIERS)[number]

/** What a conformance run may ask for: one tier, or each case in all of them, compared. */
export type TierChoice = TierName | 'all'

/** The tiers that a choice means, the judge first. */
export function tiersOf(choice: TierChoice): readonly TierName[] {
  return choice === 'all' ? ['reference', 'interpreter', 'compiled'] : [choice]
}
