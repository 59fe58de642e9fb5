import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { forkByName } from '../../opcodes/forks.ts'
import { runStateTests } from '../../src/conform/state-tests.ts'
import { jsonFiles } from '../../src/conform/suite.ts'
import { readJsonFile } from '../../src/host/read-file.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import type { TierName } from '../../src/wasm/tier-names.ts'
import { PEER_FORK, runPeerStateTests } from './ethereumjs-state-test.ts'
import type { Bench, Group } from './group.ts'
import type { Timing } from './measure.ts'
import { PEER } from './peers.ts'
import { timeRow } from './report.ts'

/** Every so many-th file is run by the peer too. */
const SAMPLE = 41
/** Files that would take the peer from many seconds to minutes; left out of the sample for both. */
const SLOW =
  /stTimeConsuming|Call50000|Call1MB|stQuadraticComplexity|CALLBlake2f_MaxRounds|randomStatetest|Recursive/

const NAMES = { sample: 'GeneralStateTests/sample', all: 'GeneralStateTests/all' } as const

/**
 * GeneralStateTests: CPU time a case, reading and parsing the files included, as ours and the peer need it for the
 * same sample of files; and, unless the run is to be quick, ours for all of them. 1000 / ms are cases a CPU-second.
 */
export const statetestGroup: Group = {
  name: 'statetest',
  share: 6,
  hasMean: false,
  async run(bench) {
    if (!Object.values(NAMES).some(bench.isWanted)) return
    const folder = join(bench.options.suites, 'ethereum-tests/GeneralStateTests')
    if (!existsSync(folder)) {
      bench.note(`statetest: left out: no ${folder} (npm run fetch-tests)`)
      return
    }
    const files = jsonFiles(folder)
    const sample = files.filter((path, i) => i % SAMPLE === 0 && !SLOW.test(path))
    const tiers = bench.options.tiers as readonly TierName[]
    const peerMs = await compare(bench, sample, tiers)
    if (bench.options.isQuick || !bench.isWanted(NAMES.all)) return
    for (const tier of tiers) {
      const ours = new Tally()
      for (const path of files) {
        bench.progress(`statetest: ${tier}: ${ours.cases} cases`)
        ours.time(() => runOurs(bench, path, null, tier))
      }
      add(bench, NAMES.all, tier, ours, peerMs)
    }
  },
}

/** All engines on the same cases, file by file in turn. Gives the peer's CPU time a case, null without it. */
async function compare(
  bench: Bench,
  files: readonly string[],
  tiers: readonly TierName[],
): Promise<number | null> {
  const ours = tiers.map((tier) => ({ tier, tally: new Tally() }))
  const peer = bench.isPeerWanted(PEER.vm) ? new Tally() : null
  for (const [i, path] of files.entries()) {
    if (i > 0 && !bench.hasTimeFor(0)) {
      bench.note(`statetest: ${i} of the sample's ${files.length} files in a quick run`)
      break
    }
    bench.progress(`statetest: file ${i + 1} of ${files.length}, all engines`)
    for (const { tier, tally } of ours) tally.time(() => runOurs(bench, path, PEER_FORK, tier))
    await peer?.timeAsync(() => runPeer(bench, path))
  }
  const peerMs = peer?.msPerCase ?? null
  for (const { tier, tally } of ours) {
    if (peer && tally.cases !== peer.cases)
      bench.fail(`statetest: ${tally.cases} cases of ours, ${peer.cases} the peer's`)
    if (bench.isWanted(NAMES.sample)) add(bench, NAMES.sample, tier, tally, peerMs)
  }
  return peerMs
}

function add(bench: Bench, name: string, tier: TierName, ours: Tally, peerMs: number | null): void {
  const ms = ours.msPerCase
  const named = { group: 'statetest', case: name, tier, peer: peerMs === null ? null : PEER.vm }
  bench.add(timeRow(named, once(ms), peerMs === null ? null : once(peerMs)))
  const rate = (each: number) => (1000 / each).toFixed(0)
  const peerRate = peerMs === null ? '' : `; ${PEER.vm} ${rate(peerMs)} on the sample`
  bench.note(`${name}: ${tier}: ${ours.cases} cases, ${rate(ms)} a CPU-second${peerRate}`)
}

/** A sum over many cases is its own median. */
function once(ms: number): Timing {
  return { best: ms, median: ms }
}

/** Runs the cases of a file on the peer; gives their number. */
async function runPeer(bench: Bench, path: string): Promise<number> {
  const { passed, failed } = await runPeerStateTests(readJsonFile(path), path)
  if (failed > 0) bench.note(`${path}: ${PEER.vm} fails ${failed} of ${failed + passed} cases`)
  return passed + failed
}

/** Runs the cases of a file, of one fork or of all; gives their number. */
function runOurs(bench: Bench, path: string, fork: string | null, tier: TierName): number {
  let cases = 0
  const tableOf = (name: string) => (fork === null || fork === name ? forkByName(name) : null)
  for (const result of runStateTests(readJsonFile(path), path, tableOf, nodeCrypto, tier)) {
    if (result.outcome === 'skipped') continue
    cases++
    if (result.outcome === 'failed') bench.fail(`${path}: ${result.case}: ${result.reason}`)
  }
  return cases
}

/** Cases and the CPU time they took, all threads of the process together. */
class Tally {
  cases = 0
  #microseconds = 0

  get msPerCase(): number {
    return this.#microseconds / 1000 / this.cases
  }

  time(run: () => number): void {
    const start = process.cpuUsage()
    this.cases += run()
    this.#add(start)
  }

  async timeAsync(run: () => Promise<number>): Promise<void> {
    const start = process.cpuUsage()
    this.cases += await run()
    this.#add(start)
  }

  #add(start: NodeJS.CpuUsage): void {
    const { user, system } = process.cpuUsage(start)
    this.#microseconds += user + system
  }
}
