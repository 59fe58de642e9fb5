import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Hex, http, keccak256, stringToHex } from 'viem'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { osaka } from '../../opcodes/forks.ts'
import type { Chain } from '../../scripts/record-bundles/chain.ts'
import { whyNoAnvil } from '../../scripts/record-bundles/node.ts'
import { startTraffic } from '../../scripts/record-bundles/traffic.ts'
import { parseBundle } from './bundle.ts'
import { serializeBundle } from './bundle-writer.ts'
import type { Named } from './decoder.ts'
import * as api from './index.ts'
import { createBundle } from './node-bundle.ts'
import { nodeCrypto } from './node-crypto.ts'
import { replayBundle } from './replay-bundle.ts'
import { type NodeReplay, replayBlock, replayTransaction } from './replay-node.ts'
import { ReplayCache } from './rpc/cache.ts'
import type { Call, RpcClient } from './rpc/rpc.ts'
import { createRpcSource, RpcChain } from './rpc/rpc-chain.ts'

const reason = await whyNoAnvil()
/** Blocks of mixed traffic: few in `npm test`, as many as `ZVM_BLOCKS` says where that is set. */
const BLOCKS = Number(process.env.ZVM_BLOCKS ?? 60)
/** Blocks in which each kind of traffic has been once. */
const FIRST_ROUND = 41
/** Milliseconds that making, replaying and checking them may take. */
const PATIENCE_MS = 60_000 + 4_000 * BLOCKS
const options = { rules: osaka }

/** What differs, and what was passed over: nothing, where all is well. */
function faultsOf(replay: NodeReplay): unknown[] {
  return replay.transactions.flatMap((outcome): readonly unknown[] =>
    'passedOver' in outcome ? [outcome.passedOver] : outcome.differences,
  )
}

/** The client, as one of a node that does not offer these methods. */
function withoutMethods(client: RpcClient, methods: readonly string[]): RpcClient {
  return {
    async request(call: Call) {
      if (!methods.includes(call.method)) return client.request(call as never)
      throw Object.assign(new Error(`${call.method}: method not found`), { code: -32601 })
    },
  }
}

/** The client, but what it has been asked before it answers by itself. */
function remembering(client: RpcClient): RpcClient {
  const answers = new Map<string, Promise<unknown>>()
  return {
    request(call: Call) {
      const key = JSON.stringify(call)
      const answer = answers.get(key) ?? client.request(call as never)
      answers.set(key, answer)
      return answer
    },
  }
}

/** The transactions of a block, and how deep the calls of each go: 1 where it makes none. */
async function depthsOf(chain: Chain, blockNumber: bigint) {
  const { hash, transactions } = await chain.client.getBlock({ blockNumber })
  const call = { method: 'debug_traceBlockByHash', params: [hash, { tracer: 'callTracer' }] }
  const traces = (await (chain.client as RpcClient).request(call as never)) as { result: TracedCall }[]
  return { transactions, depths: traces.map(({ result }) => depthOf(result)) }
}

interface TracedCall {
  readonly calls?: readonly TracedCall[]
}

function depthOf({ calls = [] }: TracedCall): number {
  return 1 + Math.max(0, ...calls.map(depthOf))
}

/** The block in which a pool of Uniswap v3 is made, and used. */
async function poolBlock(chain: Chain): Promise<bigint> {
  const topics = [keccak256(stringToHex('PoolCreated(address,address,uint24,int24,address)'))]
  const asked = { method: 'eth_getLogs', params: [{ fromBlock: '0x0', toBlock: 'latest', topics }] }
  const [{ blockNumber }] = (await (chain.client as RpcClient).request(asked as never)) as {
    blockNumber: string
  }[]
  return BigInt(blockNumber)
}

describe.skipIf(reason !== null)(
  `replay from a node${reason === null ? '' : ` (skipped: ${reason})`}`,
  () => {
    let chain: Chain
    let folder: string
    let cache: ReplayCache

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'zvm-cache-'))
      cache = await ReplayCache.open(join(folder, 'new', 'cache'))
      chain = await startTraffic(BLOCKS)
    }, PATIENCE_MS)
    afterAll(async () => {
      await chain?.stop()
      await cache?.close()
      rmSync(folder, { recursive: true, force: true })
    })

    it(
      'agrees on every block, from the cache without a request, and on every bundle made of one',
      async () => {
        const node = new RpcChain(chain.node.url, { cache })
        for (let number = 1n; number <= BLOCKS; number++) {
          const replay = await replayBlock(node, { number }, options)
          expect({ number, faults: faultsOf(replay) }).toEqual({ number, faults: [] })
          // What no trace names, as the hash of a block, takes one more.
          expect(replay.rounds).toBeLessThanOrEqual(3)
          const offline = await replayBlock(new RpcChain(null, { cache, offline: true }), { number }, options)
          expect(offline.transactions).toEqual(replay.transactions)
          expect(offline.rounds).toBe(0)
          if (replay.transactions.length === 0) continue
          const bundle = parseBundle(JSON.parse(serializeBundle(createBundle(replay))), 'saved')
          const again = replayBundle(bundle, osaka, nodeCrypto)
          expect(again.flatMap(({ differences }) => differences)).toEqual([])
        }
      },
      PATIENCE_MS,
    )

    it('names what the cache lacks where no node is asked', async () => {
      const offline = new RpcChain(null, { cache, offline: true })
      await expect(replayBlock(offline, { number: BigInt(BLOCKS) + 99n }, options)).rejects.toThrow(
        /^not in the cache, and no node is asked: eth_getBlockByNumber\(0x/,
      )
      const other = new RpcChain(null, { cache, offline: true, chainId: 1n })
      await expect(replayBlock(other, { number: 40n }, options)).rejects.toThrow('not in the cache')
    })

    it('refuses the genesis block, and asks for no state before it', async () => {
      for (const lacking of [[], ['eth_getBlockReceipts', 'debug_traceBlockByNumber']]) {
        const node = new RpcChain(withoutMethods(chain.client, lacking))
        await expect(replayBlock(node, { number: 0n }, options)).rejects.toThrow('is the genesis block')
      }
    })

    it('keeps nothing in a cache that is full', async () => {
      const full = await ReplayCache.open(join(folder, 'full'), 1)
      const node = new RpcChain(chain.node.url, { cache: full })
      await replayBlock(node, { number: 8n }, options)
      expect(faultsOf(await replayBlock(node, { number: 8n }, options))).toEqual([])
      expect(node.rpc.rounds).toBe(4)
      await full.close()
    })

    it('needs at most 3 rounds with the tracer, and 6 without where calls are no more than 4 deep', async () => {
      const helps = ['debug_traceBlockByHash', 'debug_traceBlockByNumber', 'eth_createAccessList']
      const bare = remembering(withoutMethods(chain.client, helps))
      const barest = remembering(withoutMethods(chain.client, [...helps, 'eth_getBlockReceipts']))
      const full = remembering(chain.client)
      const bound = (deep: number) => (deep <= 4 ? 6 : Number.POSITIVE_INFINITY)
      let deepest = 0
      for (let number = 1n; number <= Math.min(BLOCKS, FIRST_ROUND); number++) {
        const { transactions, depths } = await depthsOf(chain, number)
        for (const [i, hash] of transactions.entries()) {
          for (const node of [bare, barest]) {
            const replay = await replayTransaction(new RpcChain(node), BigInt(hash), options)
            expect({ hash, faults: faultsOf(replay) }).toEqual({ hash, faults: [] })
            expect(replay.rounds, hash).toBeLessThanOrEqual(bound(depths[i]))
          }
          const traced = await replayTransaction(new RpcChain(full), BigInt(hash), options)
          expect(traced.rounds, hash).toBeLessThanOrEqual(3)
          deepest = Math.max(deepest, depths[i])
        }
        const block = await replayBlock(new RpcChain(bare), { number }, options)
        expect(faultsOf(block)).toEqual([])
        expect(block.rounds).toBeLessThanOrEqual(bound(Math.max(...depths)) - 1)
      }
      // The swaps of Uniswap v3, after what their block made before them: the pool, or as much.
      expect(deepest).toBe(4)
    }, 120_000)

    it('needs as many where each contract has the next only in its storage', async () => {
      // PUSH0 five times, PUSH0 SLOAD GAS CALL STOP; and at the end slot 0 is counted up.
      const [link, last] = ['5f5f5f5f5f5f545af100', '5f546001015f55000000']
      const links: Hex[] = ['0x0000000000000000000000000000000000000001']
      for (const runtime of [last, link, link, link]) {
        // Puts what is next into slot 0, and returns the code.
        const bytecode: Hex = `0x73${links[0].slice(2)}5f5569${runtime}5f52600a6016f3`
        links.unshift(await chain.deploy({ abi: [], bytecode }))
      }
      const nobody = '0x00000000000000000000000000000000000dead0'
      await chain.mineSetup()
      const hash = BigInt(await chain.send({ to: links[0], data: '0x01' }))
      await chain.mineSetup()
      const other = BigInt(await chain.send({ to: nobody, data: '0x01' }))
      await chain.mineSetup()
      const bare = withoutMethods(chain.client, ['debug_traceBlockByHash', 'eth_createAccessList'])
      const replay = await replayTransaction(new RpcChain(bare), hash, options)
      expect(faultsOf(replay)).toEqual([])
      expect(replay.changes.flatMap(({ slots }) => [...slots])).toContainEqual([0n, 2n])
      expect(replay.rounds).toBe(6)

      // As many where the first is one only by what is overridden.
      const code = Buffer.from(link, 'hex')
      const accounts = new Map([[BigInt(nobody), { code, storage: new Map([[0n, BigInt(links[1])]]) }]])
      const override = { accounts, block: {} }
      const what = await replayTransaction(new RpcChain(bare), other, { ...options, override })
      expect(what.changes.flatMap(({ slots }) => [...slots])).toContainEqual([0n, 3n])
      expect(what.rounds).toBeLessThanOrEqual(6)
    })

    it('finds with access lists, or receipts one by one, what it finds with the tracer', async () => {
      for (const blockNumber of [8n, 12n, 14n, await poolBlock(chain)]) {
        const { transactions } = await chain.client.getBlock({ blockNumber })
        const hash = BigInt(transactions.at(-1)!)
        const told = await replayTransaction(new RpcChain(chain.client), hash, options)
        const untraced = ['debug_traceBlockByHash', 'eth_createAccessList']
        for (const [lacking, most] of [
          [['debug_traceBlockByHash'], 6],
          [[...untraced, 'eth_getProof', 'eth_getBlockReceipts'], 6],
          [['debug_traceBlockByHash', 'eth_getBlockReceipts'], 6],
          [['eth_getBlockReceipts'], 3],
        ] as const) {
          const node = new RpcChain(withoutMethods(chain.client, lacking))
          const replay = await replayTransaction(node, hash, options)
          expect(faultsOf(replay)).toEqual([])
          expect(replay.rounds, lacking.join()).toBeLessThanOrEqual(most)
          expect(replay.transactions).toEqual(told.transactions)
        }
      }
    }, 60_000)

    it('shows what would have been, for the transaction asked for alone', async () => {
      const { transactions } = await chain.client.getBlock({ blockNumber: 8n })
      const hash = BigInt(transactions[1])
      const { to } = await chain.client.getTransaction({ hash: transactions[1] })
      // PUSH0 PUSH0 REVERT
      const accounts = new Map([[BigInt(to!), { code: Uint8Array.of(0x5f, 0x5f, 0xfd) }]])
      const node = createRpcSource(chain.node.url)
      const replay = await replayTransaction(node, hash, { ...options, override: { accounts, block: {} } })
      expect(replay.transactions).toMatchObject([
        {
          result: { status: 'revert' },
          differences: expect.arrayContaining([expect.objectContaining({ what: 'status' })]),
        },
      ])
    })

    it('does what the README says of the library', async () => {
      const readme = readFileSync('README.md', 'utf8')
      const example = /import \{([^}]*)\} from 'zvm-engine\/replay'\n([^`]*)```/.exec(readme)
      const [, imported, body] = example ?? []
      const names = imported.split(',').map((name) => name.trim())
      const { transactions } = await chain.client.getBlock({ blockNumber: 8n })
      const program = `return (async () => { ${body.replace('0x5c50n', `${transactions[1]}n`)}
        return { replay, text, events } })()`
      const run = new Function('client', 'osaka', ...names, program)
      const given = names.map((name) => (api as Record<string, unknown>)[name])
      const { replay, text, events } = (await run(chain.client, osaka, ...given)) as {
        replay: NodeReplay
        text: string
        events: Named[]
      }
      expect(faultsOf(replay)).toEqual([])
      expect(parseBundle(JSON.parse(text), 'README').transactions).toHaveLength(1)
      expect(events.map(({ name }) => name)).toEqual(['Transfer'])
    })

    it('takes a client and a transport of viem as they are', async () => {
      const { hash } = await chain.client.getBlock({ blockNumber: 8n })
      for (const endpoint of [chain.client, http(chain.node.url)]) {
        const replay = await replayBlock(createRpcSource(endpoint), { hash: BigInt(hash!) }, options)
        expect(faultsOf(replay)).toEqual([])
      }
    })

    it('runs the transactions before one, and bundles it with what they left', async () => {
      const node = new RpcChain(chain.node.url)
      for (const blockNumber of [8n, 14n, 40n]) {
        const { transactions } = await chain.client.getBlock({ blockNumber })
        for (const hash of transactions) {
          const replay = await replayTransaction(node, BigInt(hash), options)
          expect(faultsOf(replay)).toEqual([])
          expect(replay.rounds).toBeLessThanOrEqual(3)
          const again = replayBundle(createBundle(replay), osaka, nodeCrypto)
          expect(again.map(({ differences }) => differences)).toEqual([[]])
        }
      }
    }, 120_000)
  },
)
