/** A bench for tests of chains on disk: chains of our own making with branches, and states as they are dumped. */
import { forkByName } from '../../opcodes/forks.ts'
import { encodeBlock } from '../chain/block.ts'
import type { ChainBlock } from '../chain/block-store.ts'
import { asmFor } from '../core/asm.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { bigintToBytes } from '../core/word.ts'
import { dumpAccounts } from '../host/chain-store/dump.ts'
import type { ChainStart, ChainStore } from '../host/chain-store/store.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { Scene, signed } from './block-harness.ts'

/** The state after a block, as it is dumped. */
export function imageOf(store: ChainStore, { header }: ChainBlock): MemorySource {
  const image = new MemorySource()
  for (const { address, account, code, slots } of dumpAccounts(store, header))
    image.set(address, account.nonce, account.balance, code ?? new Uint8Array(0), new Map(slots()))
  return image
}

/** Accounts in an order of their own, for comparison. */
export function sortedAccounts(image: MemorySource) {
  return [...image.accounts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([address, { storage, ...account }]) => [
      toFixedHex(address, 20),
      { ...account, code: bytesToHex(account.code), storage: [...storage].sort() },
    ])
}

/** Keeps its argument in a slot that is the number of the block, and makes room in another. */
const KEEPER = 0xc0den
const keeper = asmFor(forkByName('Homestead'))(
  ...['PUSH 0', 'CALLDATALOAD', 'NUMBER', 'SSTORE', 'NUMBER', 'PUSH 0', 'SSTORE'],
  ...['PUSH 0', 'PUSH 3', 'NUMBER', 'SUB', 'SSTORE', 'PUSH 0', 'PUSH 0', 'LOG0'],
)

/** A chain of so many blocks with a branch of two that is the chain for a while, and all blocks in the order of a file. */
export function ownChain(fork: string, length = 10) {
  const scene = new Scene(fork, [[KEEPER, { balance: 1n, code: keeper }]])
  const start: ChainStart = {
    ...{ schedule: scene.chain.schedule, crypto: nodeCrypto, genesis: scene.genesis.header },
    alloc: [...scene.images.get(scene.genesis.hash)!.changes()],
  }
  const blocks: { bytes: Uint8Array; added: ChainBlock; head: ChainBlock }[] = []
  let nonces = new Map([[scene.genesis.hash, 0n]])
  const add = (parent: ChainBlock, data: number, timestamp: bigint) => {
    const nonce = nonces.get(parent.hash)!
    const call = signed({ nonce, to: KEEPER, data: bigintToBytes(BigInt(data), 32) })
    const pay = signed({ nonce: nonce + 1n, to: BigInt(0x100000 + data), value: 5n })
    const block = scene.childOf(parent, { transactions: [call, pay], fields: { timestamp } })
    const added = scene.add(block)
    nonces = nonces.set(added.hash, nonce + 2n)
    blocks.push({ bytes: encodeBlock(block), added, head: scene.chain.head })
    return added
  }
  let tip = scene.genesis
  for (let i = 1; i <= 4; i++) tip = add(tip, i, tip.header.timestamp + 20n)
  // Quicker, so harder where there is work.
  let side = scene.chain.block(scene.chain.block(tip.header.parentHash)!.header.parentHash)!
  for (let i = 1; i <= 2; i++) side = add(side, 0x10000 + i, side.header.timestamp + 1n)
  for (let i = 5; i <= length; i++) tip = add(tip, i, tip.header.timestamp + 5n)
  return { scene, start, blocks }
}
