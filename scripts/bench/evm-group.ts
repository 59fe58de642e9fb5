import { readCorpus } from './corpus.ts'
import type { Group } from './group.ts'
import { OWN_PROGRAMS, type Program, readProgramFolder } from './program.ts'
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
    const { programs } = readCorpus(bench, 'evm')
    const isMain = ({ name }: Program) => name.startsWith('main/')
    const rest = programs.filter((program) => !isMain(program))
    // What says most comes first: a quick run may not get to the end.
    const ordered = [...programs.filter(isMain), ...own, ...swaps.map(({ make }) => make()), ...rest]
    await runPrograms(bench, 'evm', ordered)
  },
}
