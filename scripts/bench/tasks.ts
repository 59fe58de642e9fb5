import { type ContestName, contest, type Entrant, sameOutput, type TaskResult } from './contest.ts'
import type { Bench } from './group.ts'
import type { Contestant } from './measure.ts'

/** Something to do that gives bytes. */
export type Task = () => Uint8Array | Promise<Uint8Array>

/** Shorter tasks are repeated until a run takes about this long, so that the clock can tell. */
const LEAST_RUN_MS = 0.5
const MOST_REPEATS = 10_000

/** Times a task of ours, on which tiers have no bearing, against the same done by those peers that are wanted. */
export async function runTask(
  bench: Bench,
  named: ContestName,
  ours: Task,
  peers: Readonly<Record<string, Task>>,
): Promise<void> {
  const wanted = Object.entries(peers).filter(([name]) => bench.isPeerWanted(name))
  const enter = (name: string | null, task: Task): Entrant<TaskResult> => ({ name, contestant: repeat(task) })
  const us = enter(null, ours)
  const others = wanted.map(([name, task]) => enter(name, task))
  await contest(bench, named, [us], others, sameOutput([us, ...others]))
}

/** A run does the task as often as it takes to be measured, and says what once takes. */
function repeat(task: Task): Contestant<TaskResult> {
  let repeats = 1
  return {
    async run() {
      let output: Uint8Array = new Uint8Array(0)
      const start = performance.now()
      for (let i = 0; i < repeats; i++) {
        const done = task()
        // A turn of the promise queue costs more than a short hash.
        output = done instanceof Promise ? await done : done
      }
      const ms = performance.now() - start
      const result = { ms: ms / repeats, times: repeats, output }
      if (ms < LEAST_RUN_MS)
        repeats = Math.min(MOST_REPEATS, Math.ceil(repeats * Math.min(10, LEAST_RUN_MS / ms)))
      return result
    },
  }
}
