import { readCorpus } from './corpus.ts'
import type { Group } from './group.ts'
import { OWN_PROGRAMS, readProgramFolder } from './program.ts'
import { runPrograms } from './run-programs.ts'
import { SWAP_PROGRAMS } from './swaps.ts'

/** Programs that compute: our own, swaps of Uniswap, and those of the corpus. */
export const evmGroup: Group = {
  name: 'evm',
  share: 20,
  hasMean: true,
  async run(bench) {
    // A corpus of one's own is measured alone.
    const own = bench.options.corpus === null ? readProgramFolder(OWN_PROGRAMS) : []
    const swaps =
      bench.options.corpus === null ? SWAP_PROGRAMS.filter(({ name }) => bench.isWanted(name)) : []
    const programs = [...own, ...swaps.map(({ make }) => make()), ...readCorpus(bench, 'evm').programs]
    await runPrograms(bench, 'evm', programs)
  },
}
