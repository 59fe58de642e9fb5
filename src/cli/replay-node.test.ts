import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import type { Chain } from '../../scripts/record-bundles/chain.ts'
import { COMMITTED_SCENARIOS } from '../../scripts/record-bundles/committed.ts'
import { whyNoAnvil } from '../../scripts/record-bundles/node.ts'
import { KEY, type MeddlingProxy, startProxy } from '../../scripts/record-bundles/proxy.ts'
import { startTraffic } from '../../scripts/record-bundles/traffic.ts'

const reason = await whyNoAnvil()
const SCENARIOS = ['erc20-transfers', 'create2-factory']

describe.skipIf(reason !== null)(`zvm replay --rpc${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  const folder = mkdtempSync(join(tmpdir(), 'zvm-replay-'))
  const cache = join(folder, 'cache')
  let chain: Chain
  let proxy: MeddlingProxy

  beforeAll(async () => {
    expect(await buildBins()).toBe('')
    const scenarios = COMMITTED_SCENARIOS.filter(({ name }) => SCENARIOS.includes(name))
    chain = await startTraffic(8, 'osaka', scenarios)
    proxy = await startProxy(chain.node.url)
  }, 120_000)
  afterAll(async () => {
    await proxy?.stop()
    await chain?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  async function replay(...args: string[]) {
    const ended = await runChild(process.execPath, [BIN, 'replay', ...args])
    expect(ended.stdout + ended.stderr).not.toMatch(new RegExp(KEY))
    return ended
  }

  it('replays a transaction, from the cache too, and saves what replays anywhere', async () => {
    const { transactions } = await chain.client.getBlock({ blockNumber: 5n })
    const bundle = join(folder, 'saved.json')
    const from = [transactions[1], '--fork', 'osaka', '--cache', cache]
    const first = await replay(...from, '--rpc', proxy.url, '--save', bundle)
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect(first.stdout).toMatch(/1 transaction replayed: all agree with the chain \(3 rounds of requests/)
    const second = await replay(...from, '--offline')
    expect(second.stdout).toMatch(/all agree with the chain \(0 rounds of requests, 0 in all\)/)
    expect(await replay(bundle)).toMatchObject({ code: 0, stderr: '' })
  }, 60_000)

  it('replays a range, goes on where it stopped, and keeps what fails', async () => {
    const journal = join(folder, 'journal')
    const failures = join(folder, 'failures')
    const range = [
      '--rpc',
      proxy.url,
      '--cache',
      'none',
      '--fork',
      'osaka',
      '--journal',
      journal,
      '--failures',
      failures,
    ]
    const first = await replay('1..5', ...range)
    expect(first.stdout).toMatch(/^5 blocks with \d+ transactions replayed: all agree with the chain/)
    proxy.meddling = {
      answer({ method, result }) {
        if (method === 'eth_getBlockReceipts' && Array.isArray(result) && result.length > 1)
          (result[1] as { gasUsed: string }).gasUsed = '0x1'
      },
    }
    const second = await replay('1..8', ...range, '--json')
    proxy.meddling = {}
    const { blocks, failing } = JSON.parse(second.stdout) as { blocks: number; failing: { block: string }[] }
    expect({ code: second.code, blocks }).toEqual({ code: 1, blocks: 3 })
    const kept = join(failures, `block-${BigInt(failing[0].block)}.json`)
    expect((await replay(kept)).stdout).toMatch(/gasUsed: expected 0x1, got/)
    expect(readFileSync(journal, 'utf8').trim().split('\n')).toHaveLength(9)
    expect((await replay('1..8', ...range)).stdout).toMatch(/replayed, [5-7] before: all agree/)
  }, 120_000)

  it('tells what is wrong in one line, with an exit code', async () => {
    const where = ['--rpc', proxy.url, '--cache', 'none']
    writeFileSync(join(folder, 'override.json'), '{"accounts":{"0x1":{}}}')
    const cases: [string[], number, RegExp][] = [
      [['5', ...where], 3, /^zvm: the rules of chain 31337 are not known: name a fork/],
      [['999', ...where, '--fork', 'osaka'], 13, /^zvm: the node knows no block 0x3e7$/],
      [[`0x${'ab'.repeat(32)}`, ...where, '--fork', 'osaka'], 13, /^zvm: the node knows no transaction 0xab/],
      [['5..4', ...where, '--fork', 'osaka'], 3, /^zvm: replay: 5\.\.4 is no range of blocks$/],
      [['5', '--offline', '--cache', 'none'], 13, /^zvm: not in the cache, and no node is asked/],
      [
        ['5', ...where, '--fork', 'osaka', '--verify', `0x${'11'.repeat(32)}`],
        1,
        /^zvm: the node does not tell/,
      ],
      [['5', ...where, '--fork', 'osaka', '--override', join(folder, 'override.json')], 10, /not an address/],
    ]
    for (const [args, code, words] of cases) {
      const ended = await replay(...args)
      expect({ args, code: ended.code, stdout: ended.stdout }).toEqual({ args, code, stdout: '' })
      expect(ended.stderr.trim()).toMatch(words)
    }
  }, 120_000)
})
