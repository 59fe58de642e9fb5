/**
 * A bench for tests of blocks: chains of one fork on a few accounts, and valid children of any block, made by executing
 * their body on an image of the state. A test then states what it changes about them.
 */
import { forkByName } from '../../opcodes/forks.ts'
import { applyBlock, type BlockResult } from '../chain/apply-block.ts'
import { type Block, ommersHash, transactionsRoot, type Withdrawal, withdrawalsRoot } from '../chain/block.ts'
import { blockInput } from '../chain/block-environment.ts'
import { receiptsRoot } from '../chain/block-outcome.ts'
import type { BlockRejection } from '../chain/block-rejection.ts'
import type { ChainBlock } from '../chain/block-store.ts'
import { Chain } from '../chain/chain.ts'
import { difficultyOf } from '../chain/difficulty.ts'
import { nextBaseFee, nextExcessBlobGas } from '../chain/fees.ts'
import { ForkSchedule } from '../chain/fork-schedule.ts'
import { type BlockHeader, EMPTY_OMMERS_HASH, newHeader } from '../chain/header.ts'
import { requestsHash } from '../chain/requests.ts'
import { privateKeyToAddress, signTransaction } from '../chain/sign.ts'
import { newTransaction, type Transaction, type TransactionFields } from '../chain/transaction.ts'
import { Driver } from '../core/driver.ts'
import type { Rules } from '../core/rules.ts'
import type { Table } from '../core/table.ts'
import { bytesToBigint } from '../core/word.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { State } from '../state/state.ts'
import { type Accounts, sourceOf } from './harness.ts'

const KEY = new Uint8Array(32).fill(1)
/** Who signs all transactions, and is rich. */
export const SIGNER = privateKeyToAddress(KEY)
export const MINER = 0xc01bba5en
const RICH = 10n ** 24n

/** A signed transaction of SIGNER: legacy, a million gas at 10 gwei, unless it says otherwise. */
export function signed(fields: TransactionFields): Transaction {
  const common = { gasLimit: 1_000_000n, ...(fields.type ? {} : { gasPrice: 10n ** 10n }) }
  return signTransaction(newTransaction({ ...common, ...fields }), KEY)
}

/** What a child of a block is to have; all else follows. */
export interface Body {
  readonly transactions?: readonly Transaction[]
  readonly ommers?: readonly BlockHeader[]
  readonly withdrawals?: readonly Withdrawal[]
  /** Fields that are given, before the body is executed. */
  readonly fields?: Partial<BlockHeader>
}

/** A chain of one table, with the state after each of its blocks. */
export class Scene {
  readonly chain: Chain
  readonly table: Table
  readonly images = new Map<bigint, MemorySource>()

  constructor(fork: string | Table, accounts: Accounts = []) {
    this.table = typeof fork === 'string' ? forkByName(fork) : fork
    const { rules } = this.table
    const alloc = sourceOf([[SIGNER, { balance: RICH }], ...accounts])
    this.chain = new Chain({
      schedule: new ForkSchedule({ chainId: 1n, activations: [{ table: this.table, block: 0n }] }),
      crypto: nodeCrypto,
      genesis: newHeader({
        stateRoot: bytesToBigint(alloc.root(merklePatricia)),
        gasLimit: 30_000_000n,
        difficulty: rules.difficulty ? 0x20000n : 0n,
        timestamp: 1000n,
        ...fieldsOfFork(rules, null),
      }),
      alloc: alloc.changes(),
      observe: ({ hash, header }, changes) => {
        const image = this.images.get(header.parentHash)?.fork() ?? new MemorySource()
        image.apply(changes)
        this.images.set(hash, image)
      },
    })
  }

  get genesis(): ChainBlock {
    return this.chain.genesis
  }

  /** The state after the head. */
  get state(): MemorySource {
    return this.images.get(this.chain.head.hash)!
  }

  /** A child of `parent` as its header should be; where its body cannot be executed the outcome is left at nothing. */
  childOf(parent: ChainBlock, body: Body = {}): Block {
    const { rules } = this.table
    const { transactions = [], ommers = [] } = body
    const withdrawals = rules.withdrawals ? (body.withdrawals ?? []) : null
    const timestamp = body.fields?.timestamp ?? parent.header.timestamp + 12n
    const hasOmmers = parent.header.ommersHash !== EMPTY_OMMERS_HASH
    const header = newHeader({
      parentHash: parent.hash,
      ommersHash: ommersHash(ommers),
      coinbase: MINER,
      transactionsRoot: transactionsRoot(transactions),
      difficulty: rules.difficulty
        ? difficultyOf(rules.difficulty, timestamp, { ...parent.header, hasOmmers })
        : 0n,
      number: parent.header.number + 1n,
      gasLimit: parent.header.gasLimit,
      timestamp,
      ...fieldsOfFork(rules, parent.header),
      ...(withdrawals ? { withdrawalsRoot: withdrawalsRoot(withdrawals) } : {}),
      ...body.fields,
    })
    return this.#complete({ header, transactions, ommers, withdrawals }, parent)
  }

  /** Executes a body after a block, on its own. */
  execute(block: Block, parent: ChainBlock): { outcome: BlockResult | BlockRejection; after: MemorySource } {
    const source = new MemorySource((number) => hashBefore(this.chain, parent, number))
    source.apply(this.images.get(parent.hash)!.changes())
    const state = new State(source)
    const after = () => {
      const image = source.fork()
      image.apply(state.changes())
      return image
    }
    const input = blockInput(block, 1n, this.table.rules, () => after().root(merklePatricia))
    const outcome = applyBlock(new Driver(this.table, state, nodeCrypto), state, input)
    return { outcome, after: after() }
  }

  #complete(block: Block, parent: ChainBlock): Block {
    const { outcome, after } = this.execute(block, parent)
    if ('code' in outcome) return block
    const { header } = block
    const { gasUsed, blobGasUsed, logsBloom, receipts, requests } = outcome
    return {
      ...block,
      header: {
        ...header,
        gasUsed,
        logsBloom,
        receiptsRoot: receiptsRoot(receipts),
        stateRoot: bytesToBigint(after.root(merklePatricia)),
        blobGasUsed: header.blobGasUsed === null ? null : blobGasUsed,
        requestsHash: requests && requestsHash(requests, nodeCrypto),
      },
    }
  }

  /** Imports a child of the head, which must be accepted. */
  grow(body: Body = {}): ChainBlock {
    return this.add(this.childOf(this.chain.head, body))
  }

  /** Imports a block, which must be accepted. */
  add(block: Block): ChainBlock {
    const added = this.chain.importBlock(block)
    if ('code' in added) throw new Error(`refused: ${added.message}`)
    return added
  }

  /** The code for which a block is refused; `accepted` where it is not. */
  verdict(block: Block): string {
    const found = this.chain.importBlock(block)
    return 'code' in found ? (found.transaction?.code ?? found.code) : 'accepted'
  }
}

/** The hash of the block of that number among the last 256 up to `parent`. */
function hashBefore(chain: Chain, parent: ChainBlock, number: bigint): bigint {
  if (parent.header.number - number >= 256n) return 0n
  let at: ChainBlock | undefined = parent
  while (at && at.header.number !== number) at = chain.block(at.header.parentHash)
  return at?.hash ?? 0n
}

/** The fields that forks have added, as they follow from the parent. */
function fieldsOfFork(rules: Rules, parent: BlockHeader | null): Partial<BlockHeader> {
  const namesRoot = Object.values(rules.systemCalls).some(({ input }) => input === 'parent-beacon-root')
  const { baseFee, blob } = rules
  return {
    ...(baseFee ? { baseFee: parent ? nextBaseFee(parent, baseFee) : 10n ** 9n } : {}),
    ...(rules.withdrawals ? { withdrawalsRoot: withdrawalsRoot([]) } : {}),
    ...(blob ? { blobGasUsed: 0n, excessBlobGas: parent ? nextExcessBlobGas(parent, blob) : 0n } : {}),
    ...(namesRoot ? { parentBeaconRoot: 0xbeac0n } : {}),
    ...(rules.requests ? { requestsHash: requestsHash([], nodeCrypto) } : {}),
  }
}
