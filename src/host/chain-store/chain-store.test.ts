/** Chains on disk: of our own making always, those of the public suites where they are fetched. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { encodeBlock } from '../../chain/block.ts'
import type { ChainBlock } from '../../chain/block-store.ts'
import { readAlloc } from '../../chain/genesis.ts'
import { signed } from '../../conform/block-harness.ts'
import { readHeader } from '../../conform/block-header.ts'
import { blockTests, scheduleOf } from '../../conform/block-tests.ts'
import { imageOf, ownChain, sortedAccounts } from '../../conform/chain-harness.ts'
import { asArray, asObject } from '../../conform/fixture.ts'
import { findSuites } from '../../conform/suite.ts'
import { bytesToHex, hexToBytes, parseQuantity } from '../../core/hex.ts'
import { parseJson } from '../../core/json.ts'
import { decodeRlp } from '../../core/rlp.ts'
import { bigintToBytes, bytesToBigint } from '../../core/word.ts'
import { nodeCrypto } from '../../replay/node-crypto.ts'
import { keyOf } from '../../state/disk/layout.ts'
import { markState } from '../../state/disk/sweep.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { orderedRoot } from '../../state/trie/root.ts'
import { BlockImport } from './block-import.ts'
import { blockBatches } from './block-stream.ts'
import { blockKey } from './layout.ts'
import { type ChainStart, ChainStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-chain-'))
afterAll(() => rmSync(folder, { recursive: true }))
let made = 0
const fresh = () => join(folder, String(made++))

function fileOf(blocks: readonly Uint8Array[]): string {
  const path = fresh()
  writeFileSync(path, Buffer.concat(blocks))
  return path
}

/** Imports a file as far as it goes, and lets the chain be looked at. */
async function imported<T>(
  path: string,
  start: ChainStart,
  file: string,
  use: (store: ChainStore, begun: BlockImport) => T,
): Promise<T> {
  const store = await ChainStore.open(path, 'create')
  try {
    const begun = new BlockImport(store, () => ({ start, config: '{}' }))
    for await (const blocks of blockBatches(file))
      for (let at = 0; at < blocks.length && !begun.refusal; ) at += begun.take(blocks.slice(at))
    return store.read(() => use(store, begun))
  } finally {
    await store.close()
  }
}

describe.each(['Homestead', 'Berlin', 'Shanghai'])('a chain of our own under %s', (fork) => {
  const { scene, start, blocks } = ownChain(fork)
  const all = blocks.map(({ bytes }) => bytes)

  it('has a branch that was the head', () => {
    const heads = blocks.map(({ head }) => head.header.number)
    expect(heads.some((number, i) => i > 0 && number <= heads[i - 1])).toBe(true)
    expect(scene.chain.head.header.number).toBe(10n)
  })

  it('stands on disk as it does in memory, block by block, opened anew each time', async () => {
    const path = fresh()
    for (const [i, { head }] of blocks.entries())
      await imported(path, start, fileOf(all.slice(0, i + 1)), (store, begun) => {
        expect([begun.imported, begun.skipped, begun.refusal]).toEqual([1, i, null])
        expect(store.blocks.head).toEqual(head)
        // The canonical chain, and nothing behind its head.
        for (let at: ChainBlock | undefined = head; at; at = scene.chain.block(at.header.parentHash))
          expect(store.blockAt(at.header.number)?.hash).toBe(at.hash)
        expect([...store.pairs.keys(keyOf('#'))]).toHaveLength(Number(head.header.number) + 1)
      })
  })

  it('keeps every block, its receipts and the state after it, and nothing else', async () => {
    await imported(fresh(), start, fileOf(all), (store, begun) => {
      expect(begun.gasUsed).toBe(blocks.reduce((sum, { added }) => sum + added.header.gasUsed, 0n))
      const reached = new Set<string>()
      for (const block of [scene.genesis, ...blocks.map(({ added }) => added)]) {
        expect(store.blocks.get(block.hash)).toEqual(block)
        expect(sortedAccounts(imageOf(store, block))).toEqual(sortedAccounts(scene.images.get(block.hash)!))
        const receipts = decodeRlp(store.pairs.get(blockKey('r', block.hash))!, 'receipts') as Uint8Array[]
        expect(bytesToBigint(orderedRoot(receipts))).toBe(block.header.receiptsRoot)
        markState(bigintToBytes(block.header.stateRoot, 32), store.nodes, {
          node: (hash) => !!reached.add(bytesToHex(hash)),
          code: () => {},
        })
      }
      for (const { added, bytes } of blocks) expect(store.blockBytes(added)).toEqual(bytes)
      const kept = [...store.pairs.keys(keyOf('n'))].map((key) => bytesToHex(key.subarray(1)))
      expect(new Set(kept)).toEqual(reached)
      expect(store.totals).toEqual({
        ...{ blocks: blocks.length + 1, transactions: 2 * blocks.length },
        ...{ nodes: reached.size, codes: 1 },
      })
    })
  })

  it('keeps nothing of a block that is refused', async () => {
    const [one, two] = blocks
    const parent = one.added
    const wrong = scene.childOf(parent, {
      transactions: [signed({ nonce: 2n, to: 0xeen, value: 1n })],
      fields: {},
    })
    const header = { ...wrong.header, stateRoot: 1n }
    const file = fileOf([one.bytes, encodeBlock({ ...wrong, header }), two.bytes])
    const keys = (store: ChainStore) =>
      [...'abcehmnrst#'].flatMap((kind) => [...store.pairs.keys(keyOf(kind))].map(bytesToHex))
    const found = await imported(fresh(), start, file, (store, begun) => {
      const { refusal, imported } = begun
      expect(refusal).toMatchObject({
        ...{ offset: one.bytes.length, number: 2n, rejection: { code: 'state-root' } },
      })
      expect(imported).toBe(1)
      return keys(store)
    })
    expect(found).toEqual(await imported(fresh(), start, fileOf([one.bytes]), keys))
  })

  it('refuses another genesis', async () => {
    const path = fresh()
    await imported(path, start, fileOf([]), () => {})
    const other = ownChain('London')
    await expect(imported(path, other.start, fileOf([]), () => {})).rejects.toThrow(
      /: a chain of another genesis, 0x\w{64}, not 0x\w{64}$/,
    )
  })
})

const ROOT = 'ethereum-tests'
const MAX_BYTES = 300_000

/** A file of each folder: those with branches and with changes of forks have folders of their own. */
function sample(): string[] {
  const files = findSuites(ROOT).flatMap((suite) => suite.files.filter(({ kind }) => kind === 'block'))
  const paths = files.map(({ path }) => path).filter((path) => /ValidBlocks|TransitionTests/.test(path))
  return paths.filter((path, i) => dirname(paths[i - 1] ?? '') !== dirname(path))
}

const files = existsSync(ROOT) ? sample() : []

describe.skipIf(files.length === 0)(
  'chains of the public suites (skipped where they are not fetched)',
  () => {
    it('have their head and state on disk', { timeout: 300_000 }, async () => {
      const seen = { chains: 0, blocks: 0, networks: new Set<string>(), branches: 0 }
      for (const path of files) {
        const bytes = readFileSync(path)
        if (bytes.length > MAX_BYTES) continue
        // Of the forks of a test the last, and of a folder of changes all there is.
        for (const test of blockTests(parseJson(bytes, path), path).slice(-1)) {
          const { fields, place, network } = test
          const alloc = readAlloc(fields.pre, `${place}.pre`, new MemorySource())
          const { header: genesis } = readHeader(fields.genesisBlockHeader, place)
          const start = {
            schedule: scheduleOf(test, null),
            crypto: nodeCrypto,
            genesis,
            alloc: alloc.changes(),
          }
          const blocks = asArray(fields.blocks, place).map((block) => asObject(block, place))
          const valid = blocks.filter(({ blockHeader }) => blockHeader !== undefined)
          const file = fileOf(valid.map(({ rlp }) => hexToBytes(rlp, place)))
          await imported(fresh(), start, file, (store, { refusal, imported }) => {
            expect([place, refusal]).toEqual([place, null])
            const head = store.blocks.head!
            expect([place, head.hash]).toEqual([place, parseQuantity(fields.lastblockhash, place)])
            if (fields.postState !== undefined) {
              const post = readAlloc(fields.postState, place, new MemorySource())
              expect([place, sortedAccounts(imageOf(store, head))]).toEqual([place, sortedAccounts(post)])
            }
            seen.chains++
            seen.blocks += imported
            if (BigInt(imported) > head.header.number) seen.branches++
            seen.networks.add(network)
          })
        }
      }
      console.log(`${seen.chains} chains of ${seen.networks.size} networks, ${seen.branches} with branches`)
      expect(seen.networks.size).toBeGreaterThan(8)
      expect(seen.branches).toBeGreaterThan(3)
    })
  },
)
