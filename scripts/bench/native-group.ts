import { cancun } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import type { TierName } from '../../src/wasm/tier-names.ts'
import { contest } from './contest.ts'
import type { Group } from './group.ts'
import { nativePrograms } from './native-programs.ts'
import { PEER } from './peers.ts'
import { faultsOf } from './run-programs.ts'
import { engineFor } from './zvm.ts'

/** The same programs as native code and as code of the EVM, each tier against itself: both sets are to be as fast. */
export const nativeGroup: Group = {
  name: 'native',
  share: 4,
  hasMean: true,
  async run(bench) {
    const evmPrograms = nativePrograms(cancun)
    for (const [i, program] of nativePrograms(zvm).entries()) {
      if (!bench.isWanted(program.name) || !bench.hasTimeFor(0)) continue
      for (const tier of bench.options.tiers as readonly TierName[]) {
        const ours = { name: tier, contestant: await engineFor(tier, zvm).prepare(program) }
        const peer = { name: PEER.cancun, contestant: await engineFor(tier, cancun).prepare(evmPrograms[i]) }
        const peers = bench.isPeerWanted(PEER.cancun) ? [peer] : []
        await contest(
          bench,
          { group: 'native', case: program.name },
          [ours],
          peers,
          // Some prices differ, so each is held against what the program must give.
          (results) =>
            results.flatMap((result, of) => faultsOf(program, result, result, [tier, PEER.cancun][of])),
          ({ gasUsed }) => Number(gasUsed),
        )
      }
    }
  },
}
