import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { osaka } from '../../../opcodes/forks.ts'
import type { Chain } from '../../../scripts/record-bundles/chain.ts'
import { COMMITTED_SCENARIOS } from '../../../scripts/record-bundles/committed.ts'
import { whyNoAnvil } from '../../../scripts/record-bundles/node.ts'
import { type Exchange, KEY, type MeddlingProxy, startProxy } from '../../../scripts/record-bundles/proxy.ts'
import { startTraffic } from '../../../scripts/record-bundles/traffic.ts'
import type { Hex } from '../../chain/engine.ts'
import { headerToItem, newHeader } from '../../chain/header.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { hexToBytes, toFixedHex } from '../../core/hex.ts'
import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { encodeRlp } from '../../core/rlp.ts'
import { bigintToBytes } from '../../core/word.ts'
import { hashedSlot } from '../../state/hashed-keys.ts'
import { verifyAccount } from '../../state/merkle-patricia.ts'
import { verifyProof } from '../../state/trie/proof.ts'
import { type NodeReplay, replayBlock } from '../replay-node.ts'
import { encodeJson, ReplayCache } from './cache.ts'
import { faultOf, isPassing } from './fault.ts'
import type { RpcSettings } from './rpc.ts'
import { RpcChain } from './rpc-chain.ts'

const reason = await whyNoAnvil()
const SCENARIOS = ['erc20-transfers', 'selfdestruct-osaka', 'precompiles', 'create2-factory']
const options = { rules: osaka }
/** Retries are counted, not timed. */
const SETTINGS: RpcSettings = { firstWaitMs: 1, timeoutMs: 2000 }

it('does not ask again for what is longer than is read at once', () => {
  const cause = Object.assign(new Error('HTTP response body exceeded the size limit.'), {
    name: 'ResponseBodyTooLargeError',
  })
  const fault = faultOf(new Error('HTTP request failed.', { cause }))
  expect([fault.kind, isPassing(fault)]).toEqual(['too-long', false])
})

describe.skipIf(reason !== null)(`a node that${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  let chain: Chain
  let proxy: MeddlingProxy
  let last: bigint
  /** The block with most transactions. */
  let many = 0n

  beforeAll(async () => {
    chain = await startTraffic(
      12,
      'osaka',
      COMMITTED_SCENARIOS.filter(({ name }) => SCENARIOS.includes(name)),
    )
    last = await chain.client.getBlockNumber()
    proxy = await startProxy(chain.node.url)
    let most = 0
    for (let blockNumber = 1n; blockNumber <= last; blockNumber++) {
      const { transactions } = await chain.client.getBlock({ blockNumber })
      if (transactions.length > most) many = blockNumber
      most = Math.max(most, transactions.length)
    }
  }, 300_000)
  afterEach(() => {
    proxy.meddling = {}
  })
  afterAll(async () => {
    await proxy?.stop()
    await chain?.stop()
  })

  const node = (settings: RpcSettings = SETTINGS) => new RpcChain(proxy.url, settings)

  /** What is told of a replay that fails; nothing of the address may be in it. */
  async function told(replay: Promise<NodeReplay>): Promise<string> {
    const error = await replay.then(
      () => new Error('nothing went wrong'),
      (thrown: unknown) => thrown,
    )
    expect(error).toBeInstanceOf(ZvmError)
    const { message, details, code } = error as ZvmError
    // What a node answers is never taken for input of ours that is wrong.
    expect([ERROR_CODES.node, ERROR_CODES.mismatch]).toContain(code)
    expect(message + JSON.stringify(details)).not.toMatch(new RegExp(`${KEY}|127\\.0\\.0\\.1|http:`))
    return message
  }

  const BODIES: Readonly<Record<string, NonNullable<MeddlingProxy['meddling']['body']>>> = {
    'limits the rate': (_, response) => {
      response.writeHead(429, { 'retry-after': '0' }).end('slow down')
      return true
    },
    'resets connections': (_, response) => {
      response.destroy()
      return true
    },
    'fails inside': (_, response) => {
      response.writeHead(503).end()
      return true
    },
    'answers no JSON': (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end('<html>')
      return true
    },
  }
  /** Pages of errors that repeat the address, or a part of it, and words of JSON-RPC that do. */
  const TELLTALES: Readonly<Record<string, readonly [NonNullable<typeof proxy.meddling.body>, string]>> = {
    'a page': [
      (_, response) => {
        response.writeHead(404, { 'content-type': 'text/html' }).end(`<pre>Cannot POST /v2/${KEY}</pre>`)
        return true
      },
      'the node refuses the request ("<pre>Cannot POST /v2/<address></pre>")',
    ],
    'an object': [
      (_, response) => {
        response.writeHead(401, { 'content-type': 'application/json' }).end(`{"error":"no key ${KEY}"}`)
        return true
      },
      'the node refuses the request ("no key <address>")',
    ],
    'no JSON': [
      (_, response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(`"${KEY}`)
        return true
      },
      'the node answers what is no JSON-RPC',
    ],
  }
  for (const [name, [body, words]] of Object.entries(TELLTALES))
    it(`repeats its key in ${name} is told of without it`, async () => {
      proxy.meddling = { body }
      expect(await told(replayBlock(node(), { number: 5n }, options))).toContain(words)
      proxy.meddling = {
        answer(exchange) {
          exchange.error = { code: -32000, message: `no credit for ${KEY}` }
        },
      }
      expect(await told(replayBlock(node(), { number: 5n }, options))).toContain('(no credit for <address>)')
    })

  it('asks to wait longer than a request may take is told of at once', async () => {
    proxy.count = 0
    proxy.meddling = {
      body(_, response) {
        response.writeHead(429, { 'retry-after': '100000' }).end('slow down')
        return true
      },
    }
    expect(await told(replayBlock(node(), { number: 5n }, options))).toContain('and asks to wait 100000 s')
    expect(proxy.count).toBe(1)
  })

  const WORDS: Readonly<Record<string, string>> = {
    'limits the rate': 'the node limits the rate of requests',
    'resets connections': 'the node cannot be reached',
    'fails inside': 'the node cannot be reached',
    'answers no JSON': 'the node answers what is no JSON-RPC',
  }
  for (const [name, body] of Object.entries(BODIES)) {
    it(`${name} for a while is asked again`, async () => {
      proxy.count = 0
      proxy.meddling = { body: (count, response) => count % 3 < 2 && body(count, response) }
      const replay = await replayBlock(node(), { number: many }, options)
      expect(faultsOf(replay)).toEqual([])
    })

    it(`${name} for ever is told of`, async () => {
      proxy.meddling = { body }
      expect(await told(replayBlock(node(), { number: 5n }, options))).toContain(WORDS[name])
    })
  }

  it('does not answer in time is told of', async () => {
    proxy.meddling = { body: () => true }
    const slow = node({ firstWaitMs: 1, timeoutMs: 100, attempts: 2 })
    expect(await told(replayBlock(slow, { number: 5n }, options))).toContain('does not answer in time')
  })

  it('lacks the state is told of, with what to do', async () => {
    proxy.meddling = {
      answer(exchange) {
        if (exchange.method !== 'eth_getBalance') return
        exchange.error = { code: -32000, message: `missing trie node abc at http://node/${KEY}` }
      },
    }
    expect(await told(replayBlock(node(), { number: 5n }, options))).toBe(
      'the node has no state for block 4: use an archive node or --quick',
    )
  })

  it('answers what is no value is told of by method and member', async () => {
    proxy.meddling = {
      answer(exchange) {
        if (exchange.method === 'eth_getBalance') exchange.result = 'a lot'
      },
    }
    expect(await told(replayBlock(node(), { number: 5n }, options))).toMatch(
      /^node: eth_getBalance\(0x[0-9a-f]{40}\): not hex \("a lot"\)$/,
    )
  })

  it('has a transaction of an unknown type has the others replayed, and that one named', async () => {
    const number = many
    proxy.meddling = {
      answer({ method, result }) {
        if (method === 'eth_getBlockByNumber') member(result, 'transactions', 1).type = '0x7e'
      },
    }
    const { transactions, block } = await replayBlock(node(), { number }, options)
    const [first, second, third] = transactions
    expect(first).toMatchObject({ index: 0, differences: [] })
    expect(second).toMatchObject({ index: 1, passedOver: 'it is of the unknown type 0x7e' })
    expect(third).toMatchObject({ index: 2, passedOver: expect.stringContaining('nonce too high') })
    expect(block).toBeNull()
  })

  it('is believed nothing, agrees on every block and its state root', async () => {
    let agreed = 0
    // The header of anvil's first block does not have the root of its state.
    for (let number = 2n; number <= last; number++) {
      const { hash } = await chain.client.getBlock({ blockNumber: number })
      const replay = await replayBlock(node(), { number }, { ...options, verify: BigInt(hash) })
      expect({ number, faults: faultsOf(replay) }).toEqual({ number, faults: [] })
      // Roots of state, receipts and requests, bloom, gas, blob gas.
      expect(replay.block?.compared).toBe(6)
      const differing = replay.block!.differences.map(({ what }) => what)
      if (differing.length === 0) agreed++
      else if (await keepsWhatIsNothing(chain, replay)) expect(differing).toEqual(['block.stateRoot'])
      else expect({ number, differing }).toEqual({ number, differing: [] })
    }
    expect(agreed).toBeGreaterThan(4)
  }, 120_000)

  it('is believed nothing, as the cache is: what it has proven is asked for once', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'zvm-proven-'))
    const cache = await ReplayCache.open(folder)
    try {
      const { hash } = await chain.client.getBlock({ blockNumber: many })
      const verified = { ...options, verify: BigInt(hash) }
      const id = { hash: BigInt(hash) }
      const replay = await replayBlock(new RpcChain(proxy.url, { ...SETTINGS, cache }), id, verified)
      const offline = await replayBlock(new RpcChain(null, { cache, offline: true }), id, verified)
      expect(offline).toMatchObject({ rounds: 0, transactions: replay.transactions })
      const { stateRoot, parentHash } = replay.plan.node.header
      expect(offline.block!.compared).toBeGreaterThanOrEqual(5)
      expect(replay.block!.differences.filter(({ what }) => what !== 'block.stateRoot')).toEqual([])
      // A block that is damaged is asked for anew, too.
      for (const value of [Uint8Array.of(1, 2, 3), encodeJson({ block: {} })]) {
        cache.put([{ kind: 'b', key: [31337n, BigInt(hash)], value }])
        const again = await replayBlock(new RpcChain(proxy.url, { ...SETTINGS, cache }), id, verified)
        expect(again.transactions).toEqual(replay.transactions)
      }
      // Another header in the place of the parent's is asked for anew, and not believed.
      const header = encodeRlp(headerToItem(newHeader({ stateRoot })))
      cache.put([{ kind: 'k', key: [parentHash], value: header }])
      const told = replayBlock(new RpcChain(null, { cache, offline: true }), id, verified)
      await expect(told).rejects.toThrow('not in the cache, and no node is asked: eth_getBlockByHash')
      await replayBlock(new RpcChain(proxy.url, { ...SETTINGS, cache }), id, verified)
      expect((await replayBlock(new RpcChain(null, { cache, offline: true }), id, verified)).rounds).toBe(0)
    } finally {
      await cache.close()
      rmSync(folder, { recursive: true })
    }
  })

  const LIES: Readonly<Record<string, readonly [(exchange: Exchange) => void, RegExp]>> = {
    'of its header': [
      ({ method, result }) => {
        if (method === 'eth_getBlockByNumber') (result as Json).timestamp = '0x1'
      },
      /hash of the header is 0x/,
    ],
    'of a transaction': [
      ({ method, result }) => {
        if (method === 'eth_getBlockByNumber') member(result, 'transactions', 0).nonce = '0x99'
      },
      /transactions\[0\]: its fields have the hash/,
    ],
    'of which transactions there are': [
      ({ method, result }) => {
        if (method === 'eth_getBlockByNumber' || method === 'eth_getBlockReceipts')
          (Array.isArray(result) ? result : ((result as Json).transactions as unknown[])).pop()
      },
      /root of the transactions is 0x/,
    ],
    'of the parent': [
      ({ method, result }) => {
        if (method === 'eth_getBlockByHash') (result as Json).stateRoot = `0x${'11'.repeat(32)}`
      },
      /hash of the parent is 0x/,
    ],
    'of a balance': [
      ({ method, result }) => {
        if (method === 'eth_getProof') (result as Json).balance = '0x123456'
      },
      /balance of 0x[0-9a-f]{40} after block \d+ is 0x[0-9a-f]+, not 0x123456/,
    ],
    'of a nonce': [
      ({ method, result }) => {
        if (method === 'eth_getProof') (result as Json).nonce = '0x123456'
      },
      /nonce of 0x.* not 0x123456/,
    ],
    'in the proof of an account': [
      ({ method, result }) => {
        if (method === 'eth_getProof') ((result as Json).accountProof as string[])[0] = '0xc0'
      },
      /after block \d+: proof\[0\]: hashes to/,
    ],
    'of a slot': [
      ({ method, result }) => {
        if (method !== 'eth_getProof') return
        for (const slot of (result as Json).storageProof as Json[]) slot.value = '0xbad'
      },
      /slot 0x[0-9a-f]+ of 0x.* not 0xbad/,
    ],
    'in the proof of a slot': [
      ({ method, result }) => {
        if (method !== 'eth_getProof') return
        for (const slot of (result as Json).storageProof as Json[]) slot.proof = []
      },
      /slot 0x.*: proof: ends after 0 nodes/,
    ],
    'of code': [
      (exchange) => {
        if (exchange.method === 'eth_getCode' && exchange.result !== '0x') exchange.result = '0x6001'
      },
      /hash of the code of 0x/,
    ],
  }
  for (const [name, [answer, words]] of Object.entries(LIES))
    it(`lies ${name} is found out`, async () => {
      const number = many
      const { hash } = await chain.client.getBlock({ blockNumber: number })
      proxy.meddling = { answer }
      const message = await told(replayBlock(node(), { number }, { ...options, verify: BigInt(hash) }))
      expect(message).toMatch(words)
    })

  it('lies of what became of a transaction is found out without any proof', async () => {
    proxy.meddling = {
      answer({ method, result }) {
        if (method !== 'eth_getBlockReceipts') return
        const receipt = (result as Json[])[0]
        receipt.gasUsed = '0x5209'
        receipt.status = '0x0'
        receipt.logsBloom = `0x${'00'.repeat(255)}01`
      },
    }
    const { transactions } = await replayBlock(node(), { number: many }, options)
    const [first] = transactions
    expect('passedOver' in first ? [] : first.differences.map(({ what }) => what)).toEqual([
      'status',
      'gasUsed',
      'logsBloom',
    ])
  })
})

/**
 * Whether the node itself proves that its tries hold what no trie of Ethereum does: slots of zero, and accounts that
 * are empty (EIP-161). anvil 1.7.1 keeps both once a transaction has touched them, so its root is not what ours must be.
 */
async function keepsWhatIsNothing({ client }: Chain, { plan, found }: NodeReplay): Promise<boolean> {
  const touched = new Map(
    [...found.accounts()].map(([address, { storage }]) => [address, [...storage.keys()]]),
  )
  for (const address of plan.table.precompiles.keys()) touched.set(address, [])
  for (const [address, keys] of touched) {
    const proof = await client.getProof({
      address: toFixedHex(address, 20) as Hex,
      storageKeys: keys.map((key) => toFixedHex(key, 32) as Hex),
      blockNumber: plan.block.number,
    })
    const nodes = (hex: readonly string[]) => hex.map((node) => hexToBytes(node, 'proof'))
    const account = verifyAccount(
      bigintToBytes(plan.node.header.stateRoot, 32),
      address,
      nodes(proof.accountProof),
    )
    const { nonce, balance, codeHash } = account ?? { nonce: 1n, balance: 1n, codeHash: 0n }
    if (nonce === 0n && balance === 0n && codeHash === EMPTY_CODE_HASH) return true
    for (const [i, key] of keys.entries()) {
      const { value, proof: path } = proof.storageProof[i]
      const root = hexToBytes(proof.storageHash, 'root')
      if (value === 0n && verifyProof(root, hashedSlot(key), nodes(path)) !== null) return true
    }
  }
  return false
}

/** What differs, and what was passed over: nothing, where all is well. */
function faultsOf(replay: NodeReplay): unknown[] {
  return replay.transactions.flatMap((outcome): readonly unknown[] =>
    'passedOver' in outcome ? [outcome.passedOver] : outcome.differences,
  )
}

type Json = Record<string, unknown>

function member(value: unknown, name: string, index: number): Json {
  return ((value as Json)[name] as Json[])[index]
}
