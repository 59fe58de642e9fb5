import { distinct, missName, notLoaded } from '../../chain/settle.ts'
import type { Miss, StateSource } from '../../state/source.ts'

/** What a run gave, or what it missed. */
export type Attempt<T> = { readonly done: T } | { readonly misses: readonly Miss[] }

/**
 * Runs until a run missed nothing, loading between runs all that the last one missed, of many transactions at once, and
 * what `explore` says they may need once that is there.
 */
export async function untilLoaded<T>(
  source: StateSource,
  attempt: () => Attempt<T>,
  explore: () => Iterable<Miss>,
): Promise<T> {
  let asked = ''
  for (;;) {
    const outcome = attempt()
    if ('done' in outcome) return outcome.done
    const misses = distinct(outcome.misses)
    // Every round must learn something, else this would go on for ever.
    const asking = misses.map(missName).join()
    if (!source.load || asking === asked) throw notLoaded(misses)
    asked = asking
    await source.load([...misses, ...explore()])
  }
}
