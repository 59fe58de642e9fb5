import type { Driver } from '../core/driver.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toQuantity } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import type { Miss } from '../state/source.ts'
import type { State } from '../state/state.ts'

/**
 * Work on the state as one transaction of its own, which it begins. Gives what it did, its changes not yet final; null
 * where the run met state that is not loaded and so is void. `later` is the tracer under which it will be done again.
 */
export type Attempt<T> = (later: Tracer | null) => T | null

/** Work that met state which its source had not loaded: it tells nothing but what that was. */
export class VoidRun {
  /** Each once. */
  readonly misses: readonly Miss[]

  constructor(misses: readonly Miss[]) {
    this.misses = misses
  }
}

/**
 * Does the work and makes its changes final. Throws STATE_NOT_LOADED where it met state that is not loaded; that, and
 * what the work throws, leaves the state as it was.
 */
export function settle<T>(driver: Driver, state: State, attempt: Attempt<T>): T {
  const outcome = trySettle(driver, state, attempt)
  if (!(outcome instanceof VoidRun)) return outcome
  state.rollback()
  throw notLoaded(outcome.misses)
}

/**
 * As `settle`, but says what was not loaded instead of throwing. For those who do much work and load for all of it at
 * once. A tracer is shown the void run too. What a void run did is left for the caller to end.
 */
export function trySettle<T>(driver: Driver, state: State, attempt: Attempt<T>): T | VoidRun {
  driver.demandIdle()
  const outcome = guard(state, attempt, null)
  if (outcome !== null) {
    state.endTransaction(driver.table.rules.clearEmpty)
    return outcome
  }
  return new VoidRun(distinct(state.misses))
}

/**
 * As `settle`, on a source that loads on demand: works without tracer until a run met nothing that was not loaded,
 * loading between runs all that the last one met, then once more under the tracer if there is one. Throws
 * STATE_NOT_LOADED, the state as it was, when the source loads nothing of what it was asked for.
 */
export async function settleAsync<T>(driver: Driver, state: State, attempt: Attempt<T>): Promise<T> {
  driver.demandIdle()
  const { tracer } = driver
  driver.tracer = null
  try {
    let asked = ''
    for (;;) {
      const outcome = guard(state, attempt, tracer)
      if (outcome !== null && !tracer) {
        state.endTransaction(driver.table.rules.clearEmpty)
        return outcome
      }
      const misses = distinct(state.misses)
      state.rollback()
      if (outcome !== null) break
      // Every round must learn something, else this would go on for ever.
      const asking = misses.map(missName).join()
      if (!state.source.load || asking === asked) throw notLoaded(misses)
      asked = asking
      await state.source.load(misses)
    }
  } finally {
    driver.tracer = tracer
  }
  return settle(driver, state, attempt)
}

/** What a tracer, a source or a primitive throws is passed on, the state as it was. */
function guard<T>(state: State, attempt: Attempt<T>, later: Tracer | null): T | null {
  try {
    return attempt(later)
  } catch (error) {
    state.rollback()
    throw error
  }
}

/** The misses, each once: a loop may ask for the same thing many times. */
export function distinct(misses: readonly Miss[]): Miss[] {
  return [...new Map(misses.map((miss) => [missName(miss), miss])).values()]
}

/** What was missed, in words that no other miss has. */
export function missName(miss: Miss): string {
  return Object.values(miss)
    .map((part) => (typeof part === 'bigint' ? toQuantity(part) : part))
    .join(' ')
}

/** STATE_NOT_LOADED naming the first of the misses. */
export function notLoaded(misses: readonly Miss[]): ZvmError {
  const first = missName(misses[0])
  const what = misses.length === 1 ? first : `${first} and ${misses.length - 1} more`
  return new ZvmError(ERROR_CODES.stateNotLoaded, `state is not loaded: ${what}`, { misses: misses.length })
}
