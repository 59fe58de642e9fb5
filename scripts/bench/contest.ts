import type { Bench } from './group.ts'
import { type Contestant, measure, type Timed } from './measure.ts'
import { type RowName, timeRow } from './report.ts'

/** One side of a contest: one of our tiers, ourselves where tiers do not matter, or a peer. */
export interface Entrant<R extends Timed> {
  /** Null for ourselves where tiers do not matter. */
  readonly name: string | null
  readonly contestant: Contestant<R>
}

/** What a contest is about. */
export type ContestName = Pick<RowName, 'group' | 'case'>

/**
 * Times ours and the peers side by side and adds a row for each pair of them; without peers one for each of ours.
 * `judge` is given the first result of each, ours first, and says what is wrong: then there are no rows but a failure.
 * `gasOf` tells the gas of the case from the first result.
 */
export async function contest<R extends Timed>(
  bench: Bench,
  named: ContestName,
  ours: readonly Entrant<R>[],
  peers: readonly Entrant<R>[],
  judge: (results: readonly R[]) => readonly string[],
  gasOf: (result: R) => number | null = () => null,
): Promise<void> {
  bench.progress(`${named.group}: ${named.case}`)
  const entrants = [...ours, ...peers]
  const results: R[] = []
  const timings = await measure(
    entrants.map(({ contestant }) => contestant),
    bench.effort,
    (i, result) => {
      results[i] = result
    },
  )
  const faults = judge(results)
  if (faults.length > 0) return bench.fail(`${named.case}: ${faults.join('; ')}`)
  const gas = gasOf(results[0])
  for (const [i, { name: tier }] of ours.entries()) {
    const timing = timings[i]!
    if (peers.length === 0) bench.add(timeRow({ ...named, tier, gas, peer: null }, timing, null))
    for (const [j, { name: peer }] of peers.entries())
      bench.add(timeRow({ ...named, tier, gas, peer }, timing, timings[ours.length + j]))
  }
}

/** The result of one run of a task, as all who do it must give it. */
export interface TaskResult extends Timed {
  readonly output: Uint8Array
}

/** Faults of the results of a task: whoever gives another output than the first. */
export function sameOutput(
  entrants: readonly Entrant<TaskResult>[],
): (results: readonly TaskResult[]) => string[] {
  return (results) =>
    results.flatMap(({ output }, i) =>
      Buffer.compare(output, results[0].output) === 0 ? [] : [`${entrants[i].name} gives another result`],
    )
}
