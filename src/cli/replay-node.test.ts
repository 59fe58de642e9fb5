import { spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
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
const BUNDLE = 'fixtures/bundles/erc721.json'

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
    proxy.meddling = {
      answer(call) {
        if (call.method === 'eth_chainId') call.result = '0x7'
      },
    }
    const elsewhere = await replay('1..8', ...range)
    proxy.meddling = {}
    expect(elsewhere.code).toBe(10)
    expect(elsewhere.stderr).toMatch(/not the journal of a replay under the rules osaka; chain 7$/m)
  }, 120_000)

  it('believes nothing of a range without a proof from the hash of its last block', async () => {
    const { hash } = await chain.client.getBlock({ blockNumber: 8n })
    const range = ['2..8', '--verify', hash, '--fork', 'osaka', '--failures', join(folder, 'unproven')]
    const cached = [...range, '--cache', join(folder, 'proven'), '--json']
    const first = JSON.parse((await replay(...cached, '--rpc', proxy.url)).stdout)
    expect(first.blocks).toBe(7)
    // anvil keeps what is empty in its tries, once touched; no header of another block has any other fault.
    const faults = first.failing.map(({ faults }: { faults: string[] }) => faults)
    expect(faults.length).toBeLessThan(3)
    for (const each of faults) expect(each).toEqual([expect.stringMatching(/^block\.stateRoot: expected /)])
    const offline = JSON.parse((await replay(...cached, '--offline')).stdout)
    expect(offline).toEqual(first)
    proxy.meddling = {
      answer({ method, result }) {
        const header = result as { number: string; stateRoot: string; parentHash: string }
        if (method === 'eth_getBlockByNumber' && header.number === '0x4') header.stateRoot = header.parentHash
      },
    }
    const lied = await replay(...range, '--rpc', proxy.url, '--cache', 'none')
    proxy.meddling = {}
    expect(lied).toMatchObject({ code: 1, stdout: '' })
    expect(lied.stderr).toMatch(/hash of block 4 is 0x/)
  }, 120_000)

  /** The second transaction of block 8: an ERC-20 transfer after others in its block. */
  async function transfer() {
    const { transactions } = await chain.client.getBlock({ blockNumber: 5n })
    for (const hash of transactions) {
      const { to, input } = await chain.client.getTransaction({ hash })
      if (to && input.startsWith('0xa9059cbb')) return { hash, to }
    }
    throw new Error('no transfer in block 5')
  }
  const cached = () => ['--rpc', proxy.url, '--cache', cache, '--fork', 'osaka']

  it('names calls, logs and changes of a transaction', async () => {
    const { hash, to } = await transfer()
    const abi = join(folder, 'abi.json')
    const inputs = ['whom', 'much'].map((name, i) => ({ name, type: ['address', 'uint256'][i] }))
    const own = [{ type: 'function', name: 'transfer', inputs, outputs: [] }]
    writeFileSync(abi, JSON.stringify({ contractName: 'Gold', abi: own }))
    const plain = await replay(hash, ...cached())
    expect(plain).toMatchObject({ code: 0, stderr: '' })
    expect(plain.stdout).toMatch(
      new RegExp(`\n {4}CALL ${to} transfer\\(to: 0x[0-9a-f]{40}, value: \\d+\\) \\[\\d+ gas\\] = true\n`),
    )
    expect(plain.stdout).toMatch(new RegExp(`\n {6}${to} Transfer\\(from: 0x`))
    expect(plain.stdout).toMatch(/\n {4}0x0{20}.* \(coinbase\)\n {6}balance: \d+ → \d+\n/)
    const named = await replay(
      hash,
      ...cached(),
      '--abi',
      `${to}=${abi}`,
      '--label',
      `0x${'0'.repeat(39)}1=one`,
    )
    expect(named.stdout).toMatch(new RegExp(`CALL ${to} \\(Gold\\) transfer\\(whom: 0x`))
    const { stdout } = await replay(hash, ...cached(), '--json')
    const { transactions, changes } = JSON.parse(stdout)
    const { calls, logs } = transactions[0]
    expect(calls).toMatchObject({
      type: 'CALL',
      to,
      function: 'transfer',
      returned: [{ type: 'bool', value: true }],
    })
    const args = [
      { name: 'from' },
      { name: 'to' },
      { name: 'value', type: 'uint256', value: calls.args[1].value },
    ]
    expect(logs).toMatchObject([{ address: to, event: 'Transfer', args }])
    expect(changes.map(({ address }: { address: string }) => address)).toContain(to)
    const block = await replay('5', ...cached())
    expect(block.stdout).not.toMatch(/CALL/)
    expect((await replay('5', ...cached(), '--details')).stdout).toMatch(/CALL/)
  }, 120_000)

  it('shows what would have been beside what was', async () => {
    const { hash, to } = await transfer()
    const code = join(folder, 'revert.hex')
    // What reverts with one word of memory: PUSH1 32 PUSH0 REVERT.
    writeFileSync(code, '0x60205ffd\n')
    const coded = await replay(hash, ...cached(), '--set-code', `${to}=${code}`)
    expect(coded).toMatchObject({ code: 0, stderr: '' })
    expect(coded.stdout).toMatch(/what if\n {2}0x.* execution reverted, \d+ gas, 0 logs\n/)
    expect(coded.stdout).toMatch(/\n {2}status +success +revert\n/)
    const poor = join(folder, 'poor.json')
    const { from, input } = await chain.client.getTransaction({ hash })
    writeFileSync(poor, JSON.stringify({ accounts: { [from]: { balance: '0x4563918244f40000' } } }))
    const { stdout } = await replay(hash, ...cached(), '--override', poor, '--json')
    const { otherwise, agreed, original } = JSON.parse(stdout)
    expect([agreed, original.length]).toEqual([true, 1])
    const balance = expect.stringMatching(/^\d+ → \d+$/)
    expect(otherwise).toEqual([
      {
        what: `${from}.balance`,
        was: balance,
        whatIf: expect.stringMatching(/^5000000000000000000 → 49\d+$/),
      },
    ])
    expect(input).toMatch(/^0xa9059cbb/)
    const refused = await replay(hash, ...cached(), '--set-code', `0x12=${code}`)
    expect(refused).toMatchObject({
      code: 3,
      stderr: expect.stringMatching(/^zvm: --set-code: not an address/),
    })
  }, 60_000)

  it('runs a transaction at the start of its block, and under the rules of a genesis file or a table', async () => {
    const { transactions } = await chain.client.getBlock({ blockNumber: 5n })
    const last = transactions.at(-1)!
    const quick = await replay(last, ...cached(), '--quick')
    expect(quick.stdout).toMatch(/: agrees in/)
    // Without the one before it, its nonce is ahead of its sender's.
    const second = await replay(transactions[1], ...cached(), '--quick')
    expect(second).toMatchObject({ code: 1, stdout: '', stderr: expect.stringMatching(/nonce too high/) })
    const genesis = join(folder, 'genesis.json')
    const blocks = ['homestead', 'eip150', 'eip155', 'eip158', 'byzantium', 'constantinople', 'petersburg']
    /** As geth writes it: with a bare integer that no number holds. */
    const genesisOf = (chainId: number) => {
      const config = {
        ...{ chainId, terminalTotalDifficulty: 'bare', mergeNetsplitBlock: 0 },
        ...Object.fromEntries([...blocks, 'istanbul', 'berlin', 'london'].map((name) => [`${name}Block`, 0])),
        ...{ shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0 },
      }
      const text = JSON.stringify({ config, alloc: {}, difficulty: '0x0', gasLimit: '0x1c9c380' })
      return text.replace('"bare"', '9'.repeat(24))
    }
    writeFileSync(genesis, genesisOf(31337))
    const where = ['--offline', '--cache', cache]
    const ruled = await replay(last, ...where, '--genesis', genesis)
    expect(ruled.stdout).toMatch(/chain 31337 \(Osaka\)\n[\s\S]*: all agree with the chain \(0 rounds/)
    writeFileSync(genesis, genesisOf(5))
    expect((await replay(last, ...where, '--genesis', genesis)).stderr).toMatch(
      /of chain 31337, the rules are of chain 5/,
    )
    expect((await replay(last, ...where, '--table', 'evm')).stdout).toMatch(/all agree with the chain/)
    const table = join(folder, 'dear.ts')
    writeFileSync(
      table,
      `import { extend, forkByName } from 'zvm-engine'\nexport default extend(forkByName('Osaka'), 'Dear', [{ eip: 9, title: 'ADD for 103', reprice: { ADD: 103 } }])\n`,
    )
    const dear = await replay(last, ...where, '--table', table)
    expect(dear.stdout).toMatch(/\(Dear\)[\s\S]*gasUsed: expected 0x/)
    expect(dear.code).toBe(1)
  }, 60_000)

  it('stops a range that the node or the command line makes fail throughout', async () => {
    const range = ['--rpc', proxy.url, '--cache', 'none', '--failures', join(folder, 'none')]
    const ruleless = await replay('1..8', ...range)
    expect(ruleless).toMatchObject({ code: 3, stdout: '' })
    expect(ruleless.stderr).toMatch(/^zvm: the rules of chain 31337 are not known/)
    const beyond = await replay('1000..9000000', ...range, '--fork', 'osaka')
    expect(beyond).toMatchObject({ code: 13, stdout: '' })
    expect(beyond.stderr).toMatch(
      /^zvm: block 10\d\d, as those before it: the node knows no block 0x[0-9a-f]+\n$/,
    )
  }, 60_000)

  it('leaves nothing where it is interrupted while it waits for the node', async () => {
    const at = join(folder, 'interrupted')
    mkdirSync(at)
    proxy.count = 0
    const asked = new Promise<void>((resolve) => {
      proxy.meddling = {
        body() {
          resolve()
          return true
        },
      }
    })
    const output = ['-o', join(at, 'trace'), '--save', join(at, 'bundle'), '--cache', join(at, 'cache')]
    const args = ['replay', '5', '--rpc', proxy.url, '--fork', 'osaka', '--tracer', 'callTracer', ...output]
    const child = spawn(process.execPath, [BIN, ...args])
    await asked
    child.kill('SIGINT')
    const ended = await new Promise((resolve) => child.on('exit', (...how) => resolve(how)))
    proxy.meddling = {}
    expect(ended).toEqual([null, 'SIGINT'])
    expect(readdirSync(at)).toEqual([])
  }, 60_000)

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
      [
        ['1..5', ...where, '--fork', 'osaka', '--verify', `0x${'11'.repeat(32)}`],
        1,
        /^zvm: the node does not tell the truth: hash of block 5 is 0x/,
      ],
      [['1..5', ...where, '--save', 'x'], 3, /^zvm: --save: not of a range of blocks/],
      [['1..5', ...where, '--quick'], 3, /^zvm: --quick: not of a range of blocks/],
      [['5', ...where, '--quick'], 3, /^zvm: --quick: of one transaction/],
      [['5', ...where, '--journal', 'x'], 3, /^zvm: --journal: of a range of blocks A\.\.B$/],
      [['5', ...where, '--set-code', 'x'], 3, /^zvm: --set-code: not ADDRESS=FILE$/],
      [['0', ...where, '--fork', 'osaka'], 3, /^zvm: block 0 is the genesis block/],
      [['0..2', ...where, '--fork', 'osaka'], 3, /^zvm: block 0 is the genesis block/],
      [['5', '--rpc', `http://[${KEY}`, '--cache', 'none'], 3, /^zvm: --rpc: not an http address$/],
      [['5'], 3, /^zvm: replay: 5: no such file; of a node, with --rpc or --offline$/],
      [[`0x${'ab'.repeat(32)}`], 3, /^zvm: replay: 0xab.*: no such file; of a node/],
      [[BUNDLE, '--save', 'x'], 3, /^zvm: --save: of a replay from a node: needs --rpc or --offline$/],
      [[BUNDLE, '--override', 'x'], 3, /^zvm: --override: of a replay from a node/],
      [['1..5', ...where, '--fork', 'osaka', '--journal', folder], 11, /^zvm: .*: is a folder, not a file$/],
      [['5', ...where, '--fork', 'osaka', '--override', join(folder, 'override.json')], 10, /not an address/],
    ]
    for (const [args, code, words] of cases) {
      const ended = await replay(...args)
      expect({ args, code: ended.code, stdout: ended.stdout }).toEqual({ args, code, stdout: '' })
      expect(ended.stderr.trim()).toMatch(words)
    }
  }, 300_000)
})
