import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { entriesOf } from '../../src/core/members.ts'
import { readJsonFile } from '../../src/host/read-file.ts'
import type { TierName } from '../../src/wasm/tier-names.ts'
import { type BlockRun, ourBlocks, peerBlocks, readBlockCase } from './block-engines.ts'
import { contest } from './contest.ts'
import type { Bench, Group } from './group.ts'
import { PEER } from './peers.ts'

/** Blocks of execution-spec-tests that are full of one thing each, by the folder and file that has them. */
const FILES: readonly (readonly [name: string, file: string])[] = [
  ['empty', 'scenario/transaction_types/empty_block.json'],
  ['jumps', 'instruction/control_flow/jumps.json'],
  ['shifts', 'instruction/bitwise/shifts.json'],
  ['calls', 'instruction/call_context/callvalue_from_call.json'],
  ['storage-warm', 'instruction/storage/storage_access_warm.json'],
  ['selfdestruct', 'instruction/system/selfdestruct_created.json'],
  ['selfbalance', 'instruction/account_query/selfbalance.json'],
  ['keccak', 'instruction/keccak/keccak_max_permutations.json'],
  ['identity', 'precompile/identity/identity.json'],
  ['sha256', 'precompile/sha256/sha256.json'],
  ['ecrecover', 'precompile/ecrecover/ecrecover.json'],
  ['pairing', 'precompile/alt_bn128/bn128_pairings_amortized.json'],
]
const FOLDER = 'erigontech-eest-fixtures/benchmark/blockchain_tests/benchmark/compute'

/** Which of the sizes that each file has. */
const SIZE = /benchmark-gas-value_10M/

/** Whole blocks of ten million gas: validation, execution, receipts and the state root. */
export const blocksGroup: Group = {
  name: 'blocks',
  share: 6,
  hasMean: true,
  async run(bench) {
    const folder = join(bench.options.suites, FOLDER)
    const wanted = FILES.filter(([name]) => bench.isWanted(`blocks/${name}`))
    if (wanted.length === 0) return
    if (!existsSync(folder)) {
      bench.note(`blocks: left out: no ${folder} (npm run fetch-tests)`)
      return
    }
    for (const [name, file] of wanted) {
      if (!bench.hasTimeFor(0)) {
        bench.note(`blocks: left out of a quick run from ${name} on`)
        return
      }
      await runCase(bench, name, join(folder, file))
    }
  },
}

async function runCase(bench: Bench, name: string, path: string): Promise<void> {
  const found = entriesOf(readJsonFile(path), path).find(([test]) => SIZE.test(test))
  if (!found) return bench.fail(`blocks: ${path}: no test of the size ${SIZE}`)
  const given = readBlockCase(found[1], path)
  const tiers = bench.options.tiers as readonly TierName[]
  await contest(
    bench,
    { group: 'blocks', case: `blocks/${name}` },
    tiers.map((tier) => ({ name: tier, contestant: ourBlocks(given, tier) })),
    bench.isPeerWanted(PEER.vm) ? [{ name: PEER.vm, contestant: peerBlocks(given) }] : [],
    differing,
    ({ gasUsed }) => Number(gasUsed),
  )
}

/** Whether all came to the same. */
export function differing(runs: readonly Omit<BlockRun, 'ms'>[]): string[] {
  const [{ gasUsed, stateRoot }] = runs
  return runs.flatMap((run, i) =>
    run.gasUsed === gasUsed && run.stateRoot === stateRoot ? [] : [`engine ${i} comes to another state`],
  )
}
