import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runChild } from '../lib/child.ts'
import { COMMITTED_SCENARIOS } from '../record-bundles/committed.ts'
import { startTraffic } from '../record-bundles/traffic.ts'
import { contest, type Entrant } from './contest.ts'
import type { Bench, Group } from './group.ts'
import type { Timed } from './measure.ts'
import { PEER } from './peers.ts'

const BIN = 'dist/bin/zvm.js'

/** PUSH 3, PUSH 4, ADD, returned as a word. */
const PROGRAM = '600360040160005260206000f3'
const BUNDLE = 'fixtures/bundles/erc20-transfers.json'
const AGREED = /replayed: all agree with the chain/

const CASE = { run: 'zvm run', bundle: 'zvm replay BUNDLE', cached: 'zvm replay TX, cached' }

/** A process from its start to its end. */
interface Ended extends Timed {
  readonly fault: string | null
}

/** Commands as whole processes, against an empty one; `zvm run` also against one that imports the peer. */
export const startupGroup: Group = {
  name: 'startup',
  share: 4,
  hasMean: false,
  async run(bench) {
    const wanted = Object.values(CASE).filter((name) => bench.isWanted(name))
    if (wanted.length === 0) return
    if (!existsSync(BIN)) return bench.note(`startup: left out: no ${BIN} (npm run build)`)
    const ours = bench.options.tiers.map((tier) =>
      processOf(tier, [BIN, 'run', '--tier', tier, PROGRAM], /^0x0{63}7\n$/),
    )
    const evm = processOf(PEER.evm, ['--input-type=module', '-e', `await import('${PEER.evm}')`], /^$/)
    if (wanted.includes(CASE.run)) await against(bench, CASE.run, ours, [evm])
    if (wanted.includes(CASE.bundle))
      await against(bench, CASE.bundle, [processOf(null, [BIN, 'replay', BUNDLE], AGREED)])
    if (wanted.includes(CASE.cached)) await replayFromCache(bench)
  },
}

async function against(
  bench: Bench,
  name: string,
  ours: readonly Entrant<Ended>[],
  others: readonly Entrant<Ended>[] = [],
): Promise<void> {
  const peers = [processOf(PEER.node, ['-e', '0'], /^$/), ...others]
  const wanted = peers.filter((peer) => bench.isPeerWanted(peer.name!))
  await contest(bench, { group: 'startup', case: name }, ours, wanted, (results) =>
    results.flatMap(({ fault }) => fault ?? []),
  )
}

/** The second transaction of a block of anvil, of which all is in the cache. */
async function replayFromCache(bench: Bench): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'zvm-startup-'))
  try {
    const transaction = await fillCache(folder)
    const args = ['replay', transaction, '--fork', 'osaka', '--cache', folder, '--offline']
    await against(bench, CASE.cached, [processOf(null, [BIN, ...args], AGREED)])
  } catch (error) {
    bench.note(`startup: ${CASE.cached} left out: ${(error as Error).message}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

async function fillCache(folder: string): Promise<string> {
  const scenarios = COMMITTED_SCENARIOS.filter(({ name }) => name === 'erc20-transfers')
  const chain = await startTraffic(6, 'osaka', scenarios)
  try {
    const { transactions } = await chain.client.getBlock({ blockNumber: 5n })
    const args = ['replay', transactions[1], '--fork', 'osaka', '--cache', folder, '--rpc', chain.node.url]
    const { code, stderr } = await runChild(process.execPath, [BIN, ...args])
    if (code !== 0) throw new Error(`the first replay ended with ${code}: ${stderr.trim()}`)
    return transactions[1]
  } finally {
    await chain.stop()
  }
}

/** `expected` is what its output has to match. */
function processOf(name: string | null, args: readonly string[], expected: RegExp): Entrant<Ended> {
  const run = async () => {
    const start = performance.now()
    const { code, stdout, stderr } = await runChild(process.execPath, args)
    const ms = performance.now() - start
    const isRight = code === 0 && expected.test(stdout)
    const said = `${args.slice(0, 2).join(' ')} ended with ${code}: ${(stdout + stderr).trim().slice(0, 200)}`
    return { ms, fault: isRight ? null : `${said} (is ${BIN} older than the sources?)` }
  }
  return { name, contestant: { run } }
}
