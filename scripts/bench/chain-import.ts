import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createBlockFromRLP } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createVM, runBlock } from '@ethereumjs/vm'
import { ownChain } from '../../src/conform/chain-harness.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../../src/core/hex.ts'
import { BlockImport } from '../../src/host/chain-store/block-import.ts'
import { ChainStore } from '../../src/host/chain-store/store.ts'
import { putAccounts } from './ethereumjs-state-test.ts'
import type { Contestant, Timed } from './measure.ts'

/** Blocks of the chain that is imported, of two transactions each. */
export const IMPORTED_BLOCKS = 100

/** A chain that was imported. */
export interface ImportRun extends Timed {
  readonly gasUsed: bigint
  readonly stateRoot: string
}

/** A chain of our own making, and the two that import it. */
export function chainImports(): { ours: Contestant<ImportRun>; peer: Contestant<ImportRun> } {
  const made = ownChain('Cancun', IMPORTED_BLOCKS)
  return { ours: ourImport(made), peer: peerImport(made) }
}

type MadeChain = ReturnType<typeof ownChain>

/** Ours: validates, executes and keeps the blocks on disk, as `zvm chain import` does. */
function ourImport({ start, blocks }: MadeChain): Contestant<ImportRun> {
  const found = blocks.map(({ bytes }, offset) => ({ offset, bytes }))
  return {
    async run() {
      const folder = mkdtempSync(join(tmpdir(), 'zvm-bench-'))
      const store = await ChainStore.open(folder, 'create')
      try {
        const began = performance.now()
        const begun = new BlockImport(store, () => ({ start, config: '{}' }))
        for (let from = 0; from < found.length && !begun.refusal; ) from += begun.take(found.slice(from))
        const ms = performance.now() - began
        if (begun.refusal) throw new Error(`import: refused: ${begun.refusal.rejection.message}`)
        const { stateRoot } = store.read(() => store.blocks.head!.header)
        return { ms, gasUsed: begun.gasUsed, stateRoot: toFixedHex(stateRoot, 32) }
      } finally {
        await store.close()
        rmSync(folder, { recursive: true })
      }
    },
  }
}

/** `runBlock` of @ethereumjs/vm for each, in memory: it checks no header against its parent and keeps no block. */
function peerImport({ scene, blocks }: MadeChain): Contestant<ImportRun> {
  const { accounts } = scene.images.get(scene.genesis.hash)!
  const pre = Object.fromEntries(
    [...accounts].map(([address, { nonce, balance, code }]) => [
      toFixedHex(address, 20),
      { nonce: toQuantity(nonce), balance: toQuantity(balance), code: bytesToHex(code), storage: {} },
    ]),
  )
  const roots = new Map(
    [scene.genesis, ...blocks.map(({ added }) => added)].map(({ hash, header }) => [
      toFixedHex(hash, 32),
      Buffer.from(toFixedHex(header.stateRoot, 32).slice(2), 'hex'),
    ]),
  )
  return {
    async run() {
      const common = new Common({ chain: Mainnet, hardfork: Hardfork.Cancun })
      const stateManager = new MerkleStateManager({ common })
      await putAccounts(stateManager, pre)
      const vm = await createVM({ common, stateManager })
      let gasUsed = 0n
      let stateRoot: Uint8Array = new Uint8Array(0)
      const began = performance.now()
      for (const { bytes } of blocks) {
        const block = createBlockFromRLP(bytes, { common })
        const root = roots.get(`0x${Buffer.from(block.header.parentHash).toString('hex')}`)!
        const result = await runBlock(vm, { block, root, skipBlockValidation: true })
        gasUsed += result.gasUsed
        stateRoot = result.stateRoot
      }
      const ms = performance.now() - began
      return { ms, gasUsed, stateRoot: `0x${Buffer.from(stateRoot).toString('hex')}` }
    },
  }
}
