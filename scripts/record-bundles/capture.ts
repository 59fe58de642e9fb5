import type { Hex } from 'viem'
import { hexToBytes } from '../../src/core/hex.ts'
import type { Bundle, BundleBlock, BundleExpected, BundleTransaction } from '../../src/replay/bundle.ts'
import type { TransactionSteps } from '../../src/replay/steps.ts'
import { BlockState } from './block-state.ts'
import type { Chain, Client, Sent } from './chain.ts'
import { askTracers, type NodeTraces } from './node-tracers.ts'
import { type TransactionTrace, traceTransaction } from './trace.ts'

/** A bundle, and the node's steps of its transactions and what its tracers tell of them. */
export interface Recording {
  readonly bundle: Bundle
  readonly steps: readonly TransactionSteps[]
  /** By the transaction's hash. */
  readonly traces: Readonly<Record<string, NodeTraces>>
}

export interface Title {
  readonly name: string
  readonly description: string
  /** npm packages whose code runs. */
  readonly packages?: readonly string[]
}

/** Mines what the chain has been sent into one block and records it. */
export async function record(chain: Chain, title: Title): Promise<Recording> {
  const { client, fork } = chain
  const { number, sent } = await chain.mine()
  const traces: TransactionTrace[] = []
  for (const { hash } of sent) traces.push(await traceTransaction(client, hash))
  const nodeTraces: Record<string, NodeTraces> = {}
  for (const { hash } of sent) nodeTraces[hash] = await askTracers(client, hash)
  const state = new BlockState(client, number, traces)
  const asked = traces.flatMap(({ touched }) => touched.blockNumbers)
  const transactions: BundleTransaction[] = []
  for (const [i, each] of sent.entries()) {
    const expected = await readExpected(client, each, traces[i], await state.after(i))
    transactions.push({
      raw: bytes(each.raw),
      hash: BigInt(each.hash),
      sender: BigInt(each.sender),
      expected,
    })
  }
  const { name, description, packages = [] } = title
  const bundle: Bundle = {
    name,
    description,
    source: chain.source(packages),
    chain: { chainId: BigInt(await client.getChainId()), fork },
    block: { ...(await readBlock(chain, number)), blockHashes: await readHashes(client, number, asked) },
    pre: await state.before(),
    transactions,
  }
  const steps = traces.map(({ steps }, i) => ({ hash: BigInt(sent[i].hash), steps }))
  return { bundle, steps, traces: nodeTraces }
}

/** Forks whose blocks have a difficulty; after them the same field of the header is random. */
const PROOF_OF_WORK = ['istanbul', 'berlin', 'london']

async function readBlock({ client, fork }: Chain, blockNumber: bigint): Promise<BundleBlock> {
  const block = await client.getBlock({ blockNumber })
  const merged = !PROOF_OF_WORK.includes(fork)
  return {
    number: blockNumber,
    timestamp: block.timestamp,
    coinbase: BigInt(block.miner),
    gasLimit: block.gasLimit,
    baseFee: block.baseFeePerGas ?? undefined,
    difficulty: merged ? undefined : block.difficulty,
    prevRandao: merged ? BigInt(block.mixHash) : undefined,
    excessBlobGas: block.excessBlobGas,
    parentBeaconBlockRoot: when(block.parentBeaconBlockRoot),
    blockHashes: new Map(),
  }
}

/** Hashes of those of the blocks that BLOCKHASH can see: the 256 before. */
async function readHashes(
  client: Client,
  number: bigint,
  asked: readonly bigint[],
): Promise<Map<bigint, bigint>> {
  const hashes = new Map<bigint, bigint>()
  for (const blockNumber of asked.filter((other) => other < number && other + 256n >= number)) {
    const { hash } = await client.getBlock({ blockNumber })
    hashes.set(blockNumber, BigInt(hash!))
  }
  return hashes
}

async function readExpected(
  client: Client,
  { hash }: Sent,
  trace: TransactionTrace,
  post: BundleExpected['post'],
): Promise<BundleExpected> {
  const receipt = await client.getTransactionReceipt({ hash })
  const created = receipt.contractAddress ?? undefined
  const status = receipt.status === 'success' ? 1 : 0
  return {
    status,
    gasUsed: receipt.gasUsed,
    cumulativeGasUsed: receipt.cumulativeGasUsed,
    effectiveGasPrice: receipt.effectiveGasPrice,
    // This node gives the price of blobs in every receipt, others in those of blob transactions.
    blobGasUsed: receipt.blobGasUsed,
    blobGasPrice: receipt.blobGasUsed === undefined ? undefined : receipt.blobGasPrice,
    contractAddress: when(created),
    output: created !== undefined && status === 1 ? undefined : bytes(trace.output),
    error: trace.error,
    logs: receipt.logs.map(({ address, topics, data }) => ({
      address: BigInt(address),
      topics: topics.map(BigInt),
      data: bytes(data),
    })),
    post,
  }
}

function bytes(hex: Hex): Uint8Array {
  return hexToBytes(hex, 'node')
}

function when(hex: Hex | undefined): bigint | undefined {
  return hex === undefined ? undefined : BigInt(hex)
}
