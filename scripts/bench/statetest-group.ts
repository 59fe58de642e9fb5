import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { forkByName } from '../../opcodes/forks.ts'
import { readJsonFile } from '../../src/conform/read-file.ts'
import { runStateTests } from '../../src/conform/state-tests.ts'
import { jsonFiles } from '../../src/conform/suite.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import type { TierName } from '../../src/wasm/tiers.ts'
import { PEER_FORK, runPeerStateTests } from './ethereumjs-state-test.ts'
import type { Bench, Group } from './group.ts'
import { rowOf } from './report.ts'

/** Every so many-th file is run by the peer too. */
const SAMPLE = 41
/** Files that would take the peer from many seconds to minutes; left out of the sample for both. */
const SLOW =
  /stTimeConsuming|Call50000|Call1MB|stQuadraticComplexity|CALLBlake2f_MaxRounds|randomStatetest|Recursive/

const PEER = '@ethereumjs/vm'

/**
 * GeneralStateTests: CPU time a case, reading and parsing the files included, as ours and the peer need it for the
 * same sample of files; and, unless the run is to be quick, ours for all of them. 1000 / ms are cases a CPU-second.
 */
export const statetestGroup: Group = {
  name: 'statetest',
  async run(bench) {
    const folder = [join(bench.options.suites, 'ethereum-tests/GeneralStateTests')].find(existsSync)
    if (folder === undefined) {
      bench.note(`statetest: left out: no GeneralStateTests in ${bench.options.suites} (npm run fetch-tests)`)
      return
    }
    const files = jsonFiles(folder)
    const sample = files.filter((path, i) => i % SAMPLE === 0 && !SLOW.test(path))
    const tiers = bench.options.tiers as readonly TierName[]
    const peerMs = await compare(bench, sample, tiers)
    const name = 'GeneralStateTests/all'
    if (bench.options.isQuick || !bench.isWanted(name)) return
    for (const tier of tiers) {
      const ours = new Tally()
      for (const path of files) {
        bench.progress(`statetest: ${tier}: ${ours.cases} cases`)
        ours.time(() => runOurs(bench, path, null, tier))
      }
      add(bench, name, tier, ours, peerMs)
    }
  },
}

/** All engines on the same cases, file by file in turn. Gives the peer's CPU time a case. */
async function compare(bench: Bench, files: readonly string[], tiers: readonly TierName[]): Promise<number> {
  const ours = tiers.map((tier) => ({ tier, tally: new Tally() }))
  const peer = new Tally()
  for (const [i, path] of files.entries()) {
    bench.progress(`statetest: file ${i + 1} of ${files.length}, all engines`)
    for (const { tier, tally } of ours) tally.time(() => runOurs(bench, path, PEER_FORK, tier))
    await peer.timeAsync(async () => {
      const { passed, failed } = await runPeerStateTests(readJsonFile(path), path)
      if (failed > 0) bench.note(`${path}: ${PEER} fails ${failed} of ${failed + passed} cases`)
      return passed + failed
    })
  }
  const name = 'GeneralStateTests/sample'
  for (const { tier, tally } of ours) {
    if (tally.cases !== peer.cases)
      bench.fail(`statetest: ${tally.cases} cases of ours, ${peer.cases} the peer's`)
    if (bench.isWanted(name)) add(bench, name, tier, tally, peer.msPerCase)
  }
  return peer.msPerCase
}

function add(bench: Bench, name: string, tier: TierName, ours: Tally, peerMs: number): void {
  const ms = ours.msPerCase
  const named = { group: 'statetest', case: name, tier, gas: null, peer: PEER }
  const [time, peerTime] = [ms, peerMs].map((each) => ({ best: each, median: each }))
  bench.add(rowOf(named, time, peerTime), time, peerTime)
  const rate = (each: number) => (1000 / each).toFixed(0)
  bench.note(
    `${name}: ${tier}: ${ours.cases} cases, ${rate(ms)} a CPU-second; ${PEER} ${rate(peerMs)} on the sample`,
  )
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
