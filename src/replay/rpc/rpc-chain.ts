import type { BlockHeader } from '../../chain/header.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex, toQuantity } from '../../core/hex.ts'
import { keccak256 } from '../../core/keccak.ts'
import { arrayOf, Members } from '../../core/members.ts'
import { bytesToBigint } from '../../core/word.ts'
import { quantity, readHash, readWord } from '../bundle-values.ts'
import { ancestors } from './ancestors.ts'
import {
  type NodeBlock,
  type NodeReceipt,
  readNodeBlock,
  readNodeHeader,
  readNodeReceipt,
} from './answers.ts'
import {
  decodeAddresses,
  decodeJson,
  encodeAddresses,
  encodeJson,
  encodeWord,
  type ReplayCache,
} from './cache.ts'
import { fromNode, nodeError } from './fault.ts'
import { prestateCall } from './guess.ts'
import { ProvenBytes } from './proven-bytes.ts'
import {
  type Answer,
  type Call,
  Rpc,
  type RpcClient,
  type RpcSettings,
  type RpcTransport,
  resultsOf,
} from './rpc.ts'
import { RpcSource } from './source.ts'
import { type StateAt, StateCache } from './state-cache.ts'

/** A block with what the node says of its transactions. */
export interface BlockAnswer {
  readonly chainId: bigint
  readonly block: NodeBlock
  readonly receipts: readonly NodeReceipt[]
  readonly ommers: readonly BlockHeader[]
  /** See `prestateCall`; null where the block comes from the cache, and nothing else was asked. */
  readonly trace: Answer | null
  /** Who signed the transactions, where they have been recovered before. */
  readonly senders: readonly bigint[] | null
}

/**
 * Asks a node for the receipts of a block one by one, whose requests are given: in one round, with whatever else may be
 * asked for by then. Gives the answers in their order.
 */
export type AskReceipts = (
  told: Pick<BlockAnswer, 'chainId' | 'block'> & { readonly trace: Answer },
  calls: readonly Call[],
) => Promise<readonly Answer[]>

/** Which block: by number, or by hash. */
export type BlockId = { readonly number: bigint } | { readonly hash: bigint }

/** Where a transaction is: the hash of its block, and its place there. */
export interface TransactionPlace {
  readonly blockHash: bigint
  readonly index: number
}

/** Patience, and what is known without the node. */
export interface RpcChainOptions extends RpcSettings {
  /** Where answers are looked for first and kept. */
  readonly cache?: ReplayCache
  /** Asks no node: what is not in the cache is an error. */
  readonly offline?: boolean
  /** Which chain it is, where that is known; else the node is asked. */
  readonly chainId?: bigint
}

/** Seconds after which a block of a number is taken to stay there: final blocks are a quarter of an hour old. */
const SETTLED_SECONDS = 3600

/** In the place of an endpoint where none is named: the chain that was asked last. */
const LAST_CHAIN = 0n

/** The address itself is never written down: it may hold a key. */
function endpointKey(endpoint: unknown): bigint | null {
  if (endpoint === null) return LAST_CHAIN
  return typeof endpoint === 'string' ? bytesToBigint(keccak256(new TextEncoder().encode(endpoint))) : null
}

/** A chain as a node tells it, and as the cache remembers it. */
export class RpcChain {
  readonly rpc: Rpc
  readonly cache: ReplayCache | null
  #chainId: bigint | null
  /** What the chain id of this endpoint is filed under; null for a client. */
  readonly #endpoint: bigint | null

  /** `endpoint` is an address of the network, a client or a transport of viem, or a provider of EIP-1193. */
  constructor(endpoint: string | RpcClient | RpcTransport | null, options: RpcChainOptions = {}) {
    this.rpc = new Rpc(options.offline ? null : endpoint, options)
    this.cache = options.cache ?? null
    this.#endpoint = endpointKey(endpoint)
    const known = this.#endpoint === null ? undefined : this.cache?.get('e', this.#endpoint)
    this.#chainId = options.chainId ?? (known ? bytesToBigint(known) : null)
  }

  /** The chain's id: the node is asked where it is not known. Throws NODE. */
  async id(): Promise<bigint> {
    if (this.#chainId !== null) return this.#chainId
    const [answer] = await this.rpc.results([{ method: 'eth_chainId', params: [] }])
    return this.#setChainId(fromNode(() => readWord(answer, 'node: eth_chainId')))
  }

  /** The state after a block. */
  stateAfter(at: StateAt, chainId: bigint): RpcSource {
    return new RpcSource(this.rpc, at, this.cache && new StateCache(this.cache, chainId, at))
  }

  /**
   * The blocks from `tip`, whose hash is trusted, back to the number `first`, each proven by the header after it. Throws
   * MISMATCH where the node tells another header.
   */
  ancestors(tip: StateAt, first: bigint): AsyncGenerator<StateAt> {
    return ancestors(this.rpc, new ProvenBytes(this.cache), tip, first)
  }

  /** One round: where the transaction is. Throws NODE for one that the node does not know, or that waits for a block. */
  async locate(hash: bigint): Promise<TransactionPlace> {
    const known = this.#chainId === null ? undefined : this.cache?.get('t', this.#chainId, hash)
    if (known) {
      const index = bytesToBigint(known.subarray(32))
      return { blockHash: bytesToBigint(known.subarray(0, 32)), index: Number(index) }
    }
    const id = toFixedHex(hash, 32)
    const [answer] = await this.rpc.results([{ method: 'eth_getTransactionByHash', params: [id] }])
    if (answer === null || answer === undefined) throw unknown(`the node knows no transaction ${id}`)
    if ((answer as { blockHash?: unknown }).blockHash === null)
      throw unknown(`transaction ${id} is in no block yet`)
    return fromNode(() => {
      const members = new Members(answer, `node: eth_getTransactionByHash(${id})`)
      return {
        blockHash: members.required('blockHash', readHash),
        index: Number(members.required('transactionIndex', quantity(32))),
      }
    })
  }

  /**
   * One round, where the node gives all receipts of a block at once: the block, its receipts, the chain, and the node's
   * trace of the block. Where it does not, one more, which is left to `ask`.
   */
  async block(id: BlockId, ask: AskReceipts = (_, calls) => this.rpc.round(calls)): Promise<BlockAnswer> {
    return this.#cachedBlock(id) ?? this.#fetchBlock(id, ask)
  }

  /** Keeps who signed the transactions of a block, so that it is recovered only once. */
  keepSenders({ chainId, block, senders }: BlockAnswer, recovered: readonly bigint[]): void {
    if (senders !== null || recovered.length !== block.transactions.length) return
    this.cache?.put([{ kind: 'o', key: [chainId, block.hash], value: encodeAddresses(recovered) }])
  }

  #cachedBlock(id: BlockId): BlockAnswer | null {
    const chainId = this.#chainId
    if (chainId === null || this.cache === null) return null
    const numbered = 'number' in id ? this.cache.get('n', chainId, id.number) : undefined
    const hash = 'hash' in id ? id.hash : numbered && bytesToBigint(numbered)
    const kept = hash === undefined ? undefined : this.cache.get('b', chainId, hash)
    if (!kept) return null
    const senders = this.cache.get('o', chainId, hash!)
    const read = readKept(kept)
    return read && { chainId, ...read, trace: null, senders: senders ? decodeAddresses(senders) : null }
  }

  async #fetchBlock(id: BlockId, ask: AskReceipts): Promise<BlockAnswer> {
    const [which, method] =
      'hash' in id
        ? [toFixedHex(id.hash, 32), 'eth_getBlockByHash']
        : [toQuantity(id.number), 'eth_getBlockByNumber']
    const asked: Call[] = [
      { method, params: [which, true] },
      { method: 'eth_chainId', params: [] },
      { method: 'eth_getBlockReceipts', params: ['hash' in id ? { blockHash: which } : which] },
      prestateCall(id),
    ]
    const [blockAnswer, chainAnswer, receiptsAnswer, trace] = await this.rpc.round(asked)
    if (chainAnswer.fault) throw nodeError('eth_chainId', chainAnswer.fault)
    if (blockAnswer.fault) throw nodeError(method, blockAnswer.fault)
    if (!blockAnswer.result) throw unknown(`the node knows no block ${which}`)
    const block = fromNode(() => readNodeBlock(blockAnswer.result, 'node: block'))
    if ('hash' in id ? block.hash !== id.hash : block.header.number !== id.number)
      throw unknown(
        `the node gives block ${block.header.number}, ${toFixedHex(block.hash, 32)}, for ${which}`,
      )
    const chainId = this.#setChainId(fromNode(() => readWord(chainAnswer.result, 'node: eth_chainId')))
    const given = receiptsAnswer.fault
      ? await eachReceipt({ chainId, block, trace }, ask)
      : receiptsAnswer.result
    const answers = { block: blockAnswer.result, receipts: given, ommers: await this.#ommers(block) }
    const read = fromNode(() => readBlock(answers))
    this.#keep(chainId, read.block, answers)
    return { chainId, ...read, trace, senders: null }
  }

  /** The ommers of a block, whose miners are rewarded; only blocks with proof of work have any. */
  async #ommers({ hash, ommerHashes }: NodeBlock): Promise<unknown[]> {
    const id = toFixedHex(hash, 32)
    return this.rpc.results(
      ommerHashes.map((_, i) => ({
        method: 'eth_getUncleByBlockHashAndIndex',
        params: [id, toQuantity(i)],
      })),
    )
  }

  #setChainId(chainId: bigint): bigint {
    if (this.#chainId !== null && this.#chainId !== chainId)
      throw unknown(`the node is of chain ${chainId}, not of chain ${this.#chainId}`)
    this.#chainId = chainId
    return chainId
  }

  #keep(chainId: bigint, block: NodeBlock, answers: unknown): void {
    if (this.cache === null) return
    const isSettled = block.header.timestamp + BigInt(SETTLED_SECONDS) < BigInt(Math.floor(Date.now() / 1000))
    const places = block.transactions.map(({ hash }, index) => {
      const value = new Uint8Array(36)
      value.set(encodeWord(block.hash))
      new DataView(value.buffer).setUint32(32, index)
      return { kind: 't' as const, key: [chainId, hash], value }
    })
    const hash = encodeWord(block.hash)
    this.cache.put([
      { kind: 'b', key: [chainId, block.hash], value: encodeJson(answers) },
      ...(isSettled
        ? [...places, { kind: 'n' as const, key: [chainId, block.header.number], value: hash }]
        : []),
      { kind: 'e', key: [this.#endpoint ?? LAST_CHAIN], value: encodeWord(chainId) },
      { kind: 'e', key: [LAST_CHAIN], value: encodeWord(chainId) },
    ])
  }
}

/** The chain of a node: its address, a client or transport of viem, or a provider of EIP-1193; null for the cache alone. */
export function createRpcSource(
  endpoint: string | RpcClient | RpcTransport | null,
  options: RpcChainOptions = {},
): RpcChain {
  return new RpcChain(endpoint, options)
}

/** What a node says of a block, as JSON. */
interface Answers {
  readonly block: unknown
  readonly receipts: unknown
  readonly ommers: readonly unknown[]
}

type BlockParts = Pick<BlockAnswer, 'block' | 'receipts' | 'ommers'>

/** For nodes that give receipts one by one. */
async function eachReceipt(told: Parameters<AskReceipts>[0], ask: AskReceipts): Promise<unknown[]> {
  const method = 'eth_getTransactionReceipt'
  const calls = told.block.transactions.map(({ hash }) => ({ method, params: [toFixedHex(hash, 32)] }))
  return resultsOf(calls, await ask(told, calls))
}

/** Reads what the cache has of a block; null where it is damaged, so that it is asked for again. */
function readKept(kept: Uint8Array): BlockParts | null {
  const answers = decodeJson(kept)
  if (answers === undefined) return null
  try {
    return readBlock(answers as Answers)
  } catch (error) {
    if (error instanceof ZvmError) return null
    throw error
  }
}

/** Reads what a node says of a block. Throws NODE where the parts do not belong together, VALUE where one is none. */
function readBlock(answers: Answers): BlockParts {
  const block = readNodeBlock(answers.block, 'node: block')
  const { transactions } = block
  const { number } = block.header
  const receipts = arrayOf(readNodeReceipt)(answers.receipts, `node: receipts of block ${number}`)
  if (receipts.length !== transactions.length)
    throw unknown(`block ${number} has ${transactions.length} transactions, but ${receipts.length} receipts`)
  for (const [i, { hash }] of transactions.entries())
    if (receipts[i].transactionHash !== hash)
      throw unknown(`block ${number}: receipt ${i} is of another transaction than ${toFixedHex(hash, 32)}`)
  const ommers = arrayOf(readNodeHeader)(answers.ommers, `node: ommers of block ${number}`)
  return { block, receipts, ommers }
}

function unknown(message: string): ZvmError {
  return new ZvmError(ERROR_CODES.node, message)
}
