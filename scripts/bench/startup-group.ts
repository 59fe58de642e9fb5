import { existsSync } from 'node:fs'
import { runChild } from '../lib/child.ts'
import { contest, type Entrant } from './contest.ts'
import type { Group } from './group.ts'
import type { Timed } from './measure.ts'
import { PEER } from './peers.ts'

const BIN = 'dist/bin/zvm.js'

/** PUSH 3, PUSH 4, ADD, returned as a word. */
const PROGRAM = '600360040160005260206000f3'
const CASE = 'zvm run'

/** A process from its start to its end. */
interface Ended extends Timed {
  readonly fault: string | null
}

/** `zvm run` of a small program, as a whole process, against an empty one and against one that imports the peer. */
export const startupGroup: Group = {
  name: 'startup',
  share: 4,
  hasMean: false,
  async run(bench) {
    if (!bench.isWanted(CASE)) return
    if (!existsSync(BIN)) return bench.note(`startup: left out: no ${BIN} (npm run build)`)
    const ours = bench.options.tiers.map((tier) =>
      processOf(tier, [BIN, 'run', '--tier', tier, PROGRAM], `0x${'7'.padStart(64, '0')}\n`),
    )
    const peers = [
      processOf(PEER.node, ['-e', '0']),
      processOf(PEER.evm, ['--input-type=module', '-e', `await import('${PEER.evm}')`]),
    ].filter(({ name }) => bench.isPeerWanted(name!))
    await contest(bench, { group: 'startup', case: CASE }, ours, peers, (results) =>
      results.flatMap(({ fault }) => fault ?? []),
    )
  },
}

function processOf(name: string, args: readonly string[], expected = ''): Entrant<Ended> {
  const run = async () => {
    const start = performance.now()
    const { code, stdout, stderr } = await runChild(process.execPath, args)
    const ms = performance.now() - start
    const isRight = code === 0 && stdout === expected
    const said = `${name} ended with ${code}: ${(stdout + stderr).trim().slice(0, 200)}`
    return { ms, fault: isRight ? null : `${said} (is ${BIN} older than the sources?)` }
  }
  return { name, contestant: { run } }
}
