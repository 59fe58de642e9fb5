/** What we make of a genesis file, and what a node of others makes of it. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { GENESIS_TIME, startAnvil, whyNoAnvil } from '../../scripts/record-bundles/node.ts'
import { genesisHeader, readGenesis } from '../chain/genesis.ts'
import { headerHash } from '../chain/header.ts'
import { hexToBytes, toFixedHex, toQuantity } from '../core/hex.ts'
import { EMPTY_TRIE_ROOT, keccak256 } from '../core/keccak.ts'
import { bytesToBigint } from '../core/word.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'

const reason = await whyNoAnvil()

const CONTRACT = `0x${'c0'.repeat(20)}`
const FORKS = 'homestead eip150 eip155 eip158 byzantium constantinople petersburg istanbul berlin london'
const genesis = {
  config: {
    ...{ chainId: 31337, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0 },
    ...Object.fromEntries(FORKS.split(' ').map((fork) => [`${fork}Block`, 0])),
  },
  ...{ timestamp: toQuantity(GENESIS_TIME), gasLimit: '0x1c9c380', difficulty: '0x0', nonce: '0x0' },
  ...{ baseFeePerGas: '0x3b9aca00', extraData: '0x', coinbase: `0x${'00'.repeat(20)}` },
  alloc: {
    [CONTRACT]: {
      ...{ balance: '0x7', nonce: '0x1', code: '0x600160005500' },
      storage: { [toFixedHex(1n, 32)]: toFixedHex(2n, 32), [toFixedHex(3n, 32)]: toFixedHex(1n << 255n, 32) },
    },
    ...Object.fromEntries([1n, 2n, 3n].map((n) => [toFixedHex(n << 80n, 20), { balance: toQuantity(n) }])),
  },
}

describe.skipIf(reason !== null)(
  `a genesis file${reason === null ? '' : ` (skipped: ${reason})`}`,
  { timeout: 120_000 },
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'zvm-genesis-'))
    afterAll(() => rmSync(folder, { recursive: true }))

    it('comes to the state and the block of a node that begins with it', async () => {
      const path = join(folder, 'genesis.json')
      writeFileSync(path, JSON.stringify(genesis))
      const node = await startAnvil('cancun', ['--init', path, '--disable-default-create2-deployer'])
      try {
        const ask = async (method: string, ...params: unknown[]) => {
          const body = JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })
          const headers = { 'content-type': 'application/json' }
          const answer = await fetch(node.url, { method: 'POST', headers, body })
          return ((await answer.json()) as { result: unknown }).result
        }
        // It has accounts of its own beside those of the file.
        const own: [string, object][] = []
        for (const address of (await ask('eth_accounts')) as string[])
          own.push([address, { balance: await ask('eth_getBalance', address, '0x0') }])
        const alloc = { ...genesis.alloc, ...Object.fromEntries(own) }
        const header = genesisHeader(readGenesis({ ...genesis, alloc }, 'genesis'), merklePatricia)
        const { accountProof } = (await ask('eth_getProof', CONTRACT, [], '0x0')) as {
          accountProof: string[]
        }
        const root = bytesToBigint(keccak256(hexToBytes(accountProof[0], 'proof')))
        expect(toFixedHex(header.stateRoot, 32)).toBe(toFixedHex(root, 32))
        // anvil proves that state, but writes the root of an empty one into its first header.
        const { hash } = (await ask('eth_getBlockByNumber', '0x0', false)) as { hash: string }
        expect(toFixedHex(headerHash({ ...header, stateRoot: EMPTY_TRIE_ROOT }), 32)).toBe(hash)
      } finally {
        await node.stop()
      }
    })
  },
)
