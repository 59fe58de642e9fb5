import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import {
  BUNDLE_VERSION,
  type Bundle,
  type BundleAccount,
  type BundleBlock,
  type BundleChain,
  type BundleExpected,
  type BundleLog,
  type BundlePostAccount,
  type BundleTransaction,
} from './bundle.ts'
import { fieldsToJson } from './bundle-fields.ts'

/**
 * The bundle as JSON text that `parseBundle` reads back. The same bundle always gives the same text: members in the
 * order of the format, addresses and keys ascending, quantities without leading zeros, two spaces of indent.
 */
export function serializeBundle(bundle: Bundle): string {
  const json = {
    version: BUNDLE_VERSION,
    name: bundle.name,
    description: bundle.description,
    source: bundle.source,
    chain: chainToJson(bundle.chain),
    block: blockToJson(bundle.block),
    pre: sorted(bundle.pre, addressHex, accountToJson),
    transactions: bundle.transactions.map(transactionToJson),
  }
  return JSON.stringify(json, null, 2) + '\n'
}

// `JSON.stringify` leaves out members that are undefined, and with them what the bundle leaves out.

function chainToJson(chain: BundleChain): unknown {
  const { blobSchedule: blobs } = chain
  return {
    chainId: toQuantity(chain.chainId),
    fork: chain.fork,
    blobSchedule: blobs && {
      target: toQuantity(blobs.target),
      max: toQuantity(blobs.max),
      updateFraction: toQuantity(blobs.updateFraction),
    },
  }
}

function blockToJson(block: BundleBlock): unknown {
  return {
    number: toQuantity(block.number),
    timestamp: when(block.timestamp, toQuantity),
    coinbase: when(block.coinbase, addressHex),
    gasLimit: when(block.gasLimit, toQuantity),
    baseFee: when(block.baseFee, toQuantity),
    difficulty: when(block.difficulty, toQuantity),
    prevRandao: when(block.prevRandao, wordHex),
    excessBlobGas: when(block.excessBlobGas, toQuantity),
    parentBeaconBlockRoot: when(block.parentBeaconBlockRoot, wordHex),
    gasUsedBefore: when(block.gasUsedBefore, toQuantity),
    blockHashes: block.blockHashes.size === 0 ? undefined : sorted(block.blockHashes, toQuantity, wordHex),
  }
}

function accountToJson(account: BundleAccount): unknown {
  const { balance, nonce, code, storage } = account
  return postToJson({
    balance,
    nonce,
    code: code.length === 0 ? undefined : code,
    storage: storage.size === 0 ? undefined : storage,
  })
}

function postToJson(account: BundlePostAccount): unknown {
  return {
    balance: when(account.balance, toQuantity),
    nonce: when(account.nonce, toQuantity),
    code: when(account.code, bytesToHex),
    storage: account.storage && sorted(account.storage, toQuantity, toQuantity),
  }
}

function transactionToJson(transaction: BundleTransaction): unknown {
  return {
    raw: when(transaction.raw, bytesToHex),
    fields: when(transaction.fields, fieldsToJson),
    hash: when(transaction.hash, wordHex),
    sender: when(transaction.sender, addressHex),
    expected: expectedToJson(transaction.expected),
  }
}

function expectedToJson(expected: BundleExpected): unknown {
  return {
    status: when(expected.status, toQuantity),
    gasUsed: when(expected.gasUsed, toQuantity),
    cumulativeGasUsed: when(expected.cumulativeGasUsed, toQuantity),
    effectiveGasPrice: when(expected.effectiveGasPrice, toQuantity),
    blobGasUsed: when(expected.blobGasUsed, toQuantity),
    blobGasPrice: when(expected.blobGasPrice, toQuantity),
    contractAddress: when(expected.contractAddress, addressHex),
    output: when(expected.output, bytesToHex),
    error: expected.error,
    logs: expected.logs?.map(logToJson),
    logsBloom: when(expected.logsBloom, bytesToHex),
    post: expected.post && sorted(expected.post, addressHex, (account) => account && postToJson(account)),
  }
}

function logToJson(log: BundleLog): unknown {
  return { address: addressHex(log.address), topics: log.topics.map(wordHex), data: bytesToHex(log.data) }
}

function addressHex(address: bigint): string {
  return toFixedHex(address, 20)
}

function wordHex(word: bigint): string {
  return toFixedHex(word, 32)
}

function when<T>(value: T | undefined, write: (value: T) => unknown): unknown {
  return value === undefined ? undefined : write(value)
}

/** An object of the map's entries by ascending key; every key is hex, so none of them is special to objects. */
function sorted<T>(
  map: ReadonlyMap<bigint, T>,
  writeKey: (key: bigint) => string,
  write: (value: T) => unknown,
): Record<string, unknown> {
  const entries = [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return Object.fromEntries(entries.map(([key, value]) => [writeKey(key), write(value)]))
}
