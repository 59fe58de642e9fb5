import { differing } from './blocks-group.ts'
import { chainImports, IMPORTED_BLOCKS } from './chain-import.ts'
import { contest } from './contest.ts'
import type { Group } from './group.ts'
import { PEER } from './peers.ts'

/** A chain of blocks of few transactions: what a block costs beside what it runs, ours with the store on disk. */
export const importGroup: Group = {
  name: 'import',
  share: 1,
  hasMean: false,
  async run(bench) {
    const name = `import/${IMPORTED_BLOCKS}-blocks`
    if (!bench.isWanted(name)) return
    const { ours, peer } = chainImports()
    await contest(
      bench,
      { group: 'import', case: name },
      [{ name: null, contestant: ours }],
      bench.isPeerWanted(PEER.vm) ? [{ name: PEER.vm, contestant: peer }] : [],
      differing,
      ({ gasUsed }) => Number(gasUsed),
    )
  },
}
