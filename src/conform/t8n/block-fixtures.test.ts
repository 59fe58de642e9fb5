/**
 * A sample of the public block tests as a filler would make them: each block's transactions applied to the accounts
 * that the last one left, with what its parent's header tells, come to the roots of its header.
 */
import { existsSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { describe, expect, it } from 'vitest'
import { scheduleByName } from '../../chain/fork-schedule.ts'
import { readAlloc } from '../../chain/genesis.ts'
import { hexToBytes, parseQuantity } from '../../core/hex.ts'
import { parseJson } from '../../core/json.ts'
import { decodeRlp, encodeRlp } from '../../core/rlp.ts'
import { nodeCrypto } from '../../replay/node-crypto.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { asObject, type Json } from '../fixture.ts'
import { findSuites } from '../suite.ts'
import { readEnv } from './env.ts'
import { transitionTables } from './fork.ts'
import { decodeTransactions, readTransactions } from './transactions.ts'
import { hashesOf, transition } from './transition.ts'

const ROOT = 'ethereum-tests'
/** Longest file taken, so that the sample stays short. */
const MAX_BYTES = 300_000

/** One file of every folder: the one in the middle. */
function sample(): string[] {
  const files = findSuites(ROOT).flatMap((suite) => suite.files.filter(({ kind }) => kind === 'block'))
  const folders = new Map<string, string[]>()
  for (const { path } of files) folders.set(dirname(path), [...(folders.get(dirname(path)) ?? []), path])
  return [...folders.values()].map((inFolder) => inFolder[inFolder.length >> 1])
}

const files = existsSync(ROOT) ? sample() : []

/** What a block's header must have of what the transition gives, under the names of both. */
const COMPARED = [
  ['stateRoot', 'stateRoot'],
  ['txRoot', 'transactionsTrie'],
  ['receiptsRoot', 'receiptTrie'],
  ['logsBloom', 'bloom'],
  ['gasUsed', 'gasUsed'],
  ['currentBaseFee', 'baseFeePerGas'],
  ['withdrawalsRoot', 'withdrawalsRoot'],
  ['currentExcessBlobGas', 'excessBlobGas'],
  ['blobGasUsed', 'blobGasUsed'],
  ['requestsHash', 'requestsHash'],
] as const

interface Parent {
  readonly header: Json
  readonly alloc: unknown
  readonly hashes: Record<string, unknown>
}

/** The `env` that a filler writes: the block's own values where nobody can reckon them, its parent's for the rest. */
function envOf(header: Json, block: Json, { header: parent, hashes }: Parent): Json {
  const isMerged = parseQuantity(header.difficulty, 'difficulty') === 0n
  const ommers = ((block.uncleHeaders ?? []) as Json[]).map(({ number, coinbase }) => ({
    delta: Number(parseQuantity(header.number, 'number') - parseQuantity(number, 'number')),
    address: coinbase,
  }))
  return {
    currentCoinbase: header.coinbase,
    currentGasLimit: header.gasLimit,
    currentNumber: header.number,
    currentTimestamp: header.timestamp,
    currentRandom: isMerged ? header.mixHash : null,
    parentDifficulty: parent.difficulty,
    parentTimestamp: parent.timestamp,
    parentUncleHash: parent.uncleHash,
    parentBaseFee: parent.baseFeePerGas ?? '0x0',
    parentGasUsed: parent.gasUsed,
    parentGasLimit: parent.gasLimit,
    parentExcessBlobGas: parent.excessBlobGas ?? '0x0',
    parentBlobGasUsed: parent.blobGasUsed ?? '0x0',
    parentBeaconBlockRoot: header.parentBeaconBlockRoot ?? null,
    withdrawals: block.withdrawals ?? null,
    blockHashes: hashes,
    ommers,
  }
}

/** Of a typed transaction alone the suites state the type. */
function transactionsJson(block: Json): Json[] {
  return (block.transactions as Json[]).map((tx) => ({ ...tx, type: tx.type ?? '0x0' }))
}

/** The result of a block and the accounts after it. */
function apply(network: string, block: Json, parent: Parent, isRlp: boolean) {
  const header = asObject(block.blockHeader, 'header')
  const env = readEnv(envOf(header, block, parent), 'env')
  const { rules } = scheduleByName(network).tableAt(
    env.number,
    env.timestamp,
    env.random === null ? 0n : 1n << 255n,
  )
  const { table, parent: parentTable } = transitionTables(
    { name: network, chainId: 1n, reward: rules.reward ?? -1n },
    env,
  )
  const signing = { chainId: 1n, isProtected: true }
  const transactions = isRlp
    ? decodeTransactions(encodeRlp(bodyOf(block)), 'txsRlp')
    : readTransactions(transactionsJson(block), 'txs', signing)
  const state = readAlloc(parent.alloc, 'alloc', new MemorySource(hashesOf(env)))
  const host = { crypto: nodeCrypto, tier: null, tracer: null, tracerOf: () => null }
  return transition({ table, parentTable, chainId: 1n, env, state, transactions }, host)
}

function bodyOf(block: Json) {
  const item = decodeRlp(hexToBytes(block.rlp, 'rlp'), 'rlp')
  return item[1] as Parameters<typeof encodeRlp>[0]
}

describe.skipIf(files.length === 0)('transitions to the blocks of public tests', () => {
  it('come to what the headers say', () => {
    let count = 0
    const networks = new Set<string>()
    for (const [turn, path] of files.entries()) {
      const text = readFileSync(path)
      if (text.length > MAX_BYTES) continue
      const tests = Object.entries(asObject(parseJson(text, path), path))
      const [name, test] = tests[(turn * 7) % tests.length] as [string, Json]
      let parent: Parent = { header: asObject(test.genesisBlockHeader, path), alloc: test.pre, hashes: {} }
      for (const block of test.blocks as Json[]) {
        const header = block.blockHeader as Json | undefined
        // Blocks that are invalid, and those of other branches.
        if (!header || block.expectException || header.parentHash !== parent.header.hash) break
        const hashes = {
          ...parent.hashes,
          [String(parseQuantity(parent.header.number, 'number'))]: parent.header.hash,
        }
        const { alloc, result } = apply(String(test.network), block, { ...parent, hashes }, count % 2 === 1)
        const found = result as Json
        const place = `${path} ${name} ${String(header.number)}`
        expect([place, found.rejected]).toEqual([place, undefined])
        const stated = COMPARED.map(([, member]) => quantity(header[member]))
        expect([place, ...COMPARED.map(([member]) => quantity(found[member]))]).toEqual([place, ...stated])
        expect(quantity(found.currentDifficulty) ?? 0n).toBe(quantity(header.difficulty))
        parent = { header, alloc, hashes }
        networks.add(String(test.network))
        count++
      }
    }
    expect(count).toBeGreaterThan(100)
    expect(networks.size).toBeGreaterThan(10)
  })
})

/** The same number is written in many ways. */
function quantity(value: unknown): bigint | undefined {
  return value === undefined || value === null ? undefined : BigInt(String(value))
}
