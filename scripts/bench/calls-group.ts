import { callLoops } from './call-loops.ts'
import { readCorpus } from './corpus.ts'
import type { Group } from './group.ts'
import { runPrograms } from './run-programs.ts'

/** Programs that do little but call: those of the corpus, and ours. */
export const callsGroup: Group = {
  name: 'calls',
  share: 8,
  hasMean: true,
  async run(bench) {
    const own = bench.options.corpus === null ? callLoops() : []
    await runPrograms(bench, 'calls', [...readCorpus(bench, 'calls').callLoops, ...own])
  },
}
