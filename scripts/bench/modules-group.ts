import { cancun } from '../../opcodes/forks.ts'
import { contest } from './contest.ts'
import { readCorpus } from './corpus.ts'
import type { Group } from './group.ts'
import { PEER } from './peers.ts'
import { OWN_PROGRAMS, readProgramFolder } from './program.ts'
import { faultsOf } from './run-programs.ts'
import { engineFor } from './zvm.ts'

/** What `zvm compile` makes of code against the tier compiled, which keeps storage, logs and messages in linear memory. */
export const modulesGroup: Group = {
  name: 'modules',
  share: 2,
  hasMean: true,
  async run(bench) {
    const programs = [...readCorpus(bench, 'modules').programs, ...readProgramFolder(OWN_PROGRAMS)]
    for (const program of programs) {
      if (!bench.isWanted(program.name) || !bench.hasTimeFor(0)) continue
      const ours = { name: null, contestant: await engineFor('module', cancun).prepare(program) }
      const peer = { name: PEER.compiled, contestant: await engineFor('compiled', cancun).prepare(program) }
      await contest(
        bench,
        { group: 'modules', case: program.name },
        [ours],
        bench.isPeerWanted(PEER.compiled) ? [peer] : [],
        (results) =>
          results.flatMap((result, of) =>
            faultsOf(program, result, results[0], ['module', PEER.compiled][of]),
          ),
        ({ gasUsed }) => Number(gasUsed),
      )
    }
  },
}
