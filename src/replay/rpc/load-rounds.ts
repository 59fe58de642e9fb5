import { distinct, missName, notLoaded } from '../../chain/settle.ts'
import type { Miss, StateSource } from '../../state/source.ts'

/** What a run gave, or what it missed. */
export type Attempt<T> = { readonly done: T } | { readonly misses: readonly Miss[] }

/** Most need no more; those that do may have been made to, and each would ask for as much as exploring may. */
const EXPLORED_ROUNDS = 16

/**
 * Runs until a run missed nothing, loading between runs all that the last one missed, of many transactions at once, and
 * what `explore` says they may need once that is there, in the first 16 rounds.
 */
export async function untilLoaded<T>(
  source: StateSource,
  attempt: () => Attempt<T>,
  explore: () => Iterable<Miss>,
): Promise<T> {
  let asked = ''
  for (let round = 1; ; round++) {
    const outcome = attempt()
    if ('done' in outcome) return outcome.done
    const misses = distinct(outcome.misses)
    // Every round must learn something, else this would go on for ever.
    const asking = misses.map(missName).join()
    if (!source.load || asking === asked) throw notLoaded(misses)
    asked = asking
    await source.load(round > EXPLORED_ROUNDS ? misses : [...misses, ...explore()])
  }
}
