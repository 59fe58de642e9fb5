import { createBlockFromRLP } from '@ethereumjs/block'
import { Common, Hardfork, Mainnet } from '@ethereumjs/common'
import { MerkleStateManager } from '@ethereumjs/statemanager'
import { createVM, runBlock } from '@ethereumjs/vm'
import { forkByName } from '../../opcodes/forks.ts'
import { decodeBlock } from '../../src/chain/block.ts'
import { Chain } from '../../src/chain/chain.ts'
import { ForkSchedule } from '../../src/chain/fork-schedule.ts'
import { readAlloc } from '../../src/chain/genesis.ts'
import { readHeader } from '../../src/conform/block-header.ts'
import { asArray, asObject, type Json } from '../../src/conform/fixture.ts'
import { hexToBytes, toFixedHex } from '../../src/core/hex.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { MemorySource } from '../../src/state/memory-source.ts'
import type { TierName } from '../../src/wasm/tier-names.ts'
import { putAccounts } from './ethereumjs-state-test.ts'
import type { Contestant, Timed } from './measure.ts'

/** The fork of the blocks that are measured. */
const FORK = 'Osaka'

/** A whole block that was executed. */
export interface BlockRun extends Timed {
  readonly gasUsed: bigint
  readonly stateRoot: string
}

/** A test of blocks: the last is measured, on the state that the others lead to. */
export interface BlockCase {
  readonly fields: Json
  readonly rlps: readonly Uint8Array[]
  readonly place: string
}

export function readBlockCase(value: unknown, place: string): BlockCase {
  const fields = asObject(value, place)
  const rlps = asArray(fields.blocks, `${place}.blocks`).map((block, i) =>
    hexToBytes(asObject(block, place).rlp, `${place}.blocks[${i}].rlp`),
  )
  return { fields, rlps, place }
}

/** Ours: validates the block against its parent, executes it, and has the new state root. Decoding is not measured. */
export function ourBlocks({ fields, rlps, place }: BlockCase, tier: TierName): Contestant<BlockRun> {
  const schedule = new ForkSchedule({ chainId: 1n, activations: [{ table: forkByName(FORK), block: 0n }] })
  const alloc = readAlloc(fields.pre, `${place}.pre`, new MemorySource())
  const { header: genesis } = readHeader(fields.genesisBlockHeader, place)
  return {
    compiles: true,
    run() {
      // Primitives of its own: results of precompiles are kept by them, and each block is to be new to the engine.
      const crypto = { ...nodeCrypto }
      const chain = new Chain({ schedule, crypto, tier, genesis, alloc: alloc.changes() })
      for (const rlp of rlps.slice(0, -1)) chain.importBytes(rlp)
      const block = decodeBlock(rlps.at(-1)!, place)
      const start = performance.now()
      const found = chain.importBlock(block)
      const ms = performance.now() - start
      if ('code' in found) throw new Error(`${place}: refused: ${found.message}`)
      const { gasUsed, stateRoot } = found.header
      return { ms, gasUsed, stateRoot: toFixedHex(stateRoot, 32) }
    },
  }
}

/** `runBlock` of @ethereumjs/vm, which checks gas, receipts and state root too, but nothing against the parent. */
export function peerBlocks({ fields, rlps, place }: BlockCase): Contestant<BlockRun> {
  return {
    async run() {
      const common = new Common({ chain: Mainnet, hardfork: Hardfork.Osaka })
      const stateManager = new MerkleStateManager({ common })
      await putAccounts(stateManager, asObject(fields.pre, place))
      const vm = await createVM({ common, stateManager })
      for (const [i, rlp] of rlps.entries()) {
        const block = createBlockFromRLP(rlp, { common })
        const root = await stateManager.getStateRoot()
        const start = performance.now()
        const { gasUsed, stateRoot } = await runBlock(vm, { block, root, skipBlockValidation: true })
        const ms = performance.now() - start
        if (i === rlps.length - 1)
          return { ms, gasUsed, stateRoot: `0x${Buffer.from(stateRoot).toString('hex')}` }
      }
      throw new Error(`${place}: no block`)
    },
  }
}
