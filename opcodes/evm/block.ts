import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'

/** Blocks whose hash BLOCKHASH can tell. */
const HASH_WINDOW = 256n

/** BLOCKHASH(number): hash of one of the 256 blocks before this one, else zero. */
export const BLOCKHASH: Row = {
  code: 0x40, name: 'BLOCKHASH', pops: 1, pushes: 1, gas: 20, spec: 'YP H.2',
  execute(frame) {
    const number = frame.pop()
    const current = frame.env.block.number
    frame.push(number < current && number + HASH_WINDOW >= current ? frame.host.blockHash(number) : 0n)
    return Halt.None
  },
}

/** COINBASE(): who receives the block's fees. */
export const COINBASE: Row = {
  code: 0x41, name: 'COINBASE', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.block.coinbase)
    return Halt.None
  },
  lower: (b) => b.environment('coinbase'),
}

/** TIMESTAMP(): Unix seconds. */
export const TIMESTAMP: Row = {
  code: 0x42, name: 'TIMESTAMP', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.block.timestamp)
    return Halt.None
  },
  lower: (b) => b.environment('timestamp'),
}

/** NUMBER(): of the block. */
export const NUMBER: Row = {
  code: 0x43, name: 'NUMBER', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.block.number)
    return Halt.None
  },
  lower: (b) => b.environment('number'),
}

/** DIFFICULTY(): of the block, before the merge. */
export const DIFFICULTY: Row = {
  code: 0x44, name: 'DIFFICULTY', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.block.difficulty)
    return Halt.None
  },
  lower: (b) => b.environment('difficulty'),
}

/** PREVRANDAO(): the beacon chain's random value of the block before, from the merge on. */
export const PREVRANDAO: Row = {
  code: 0x44, name: 'PREVRANDAO', pops: 0, pushes: 1, gas: 2, spec: 'EIP-4399',
  execute(frame) {
    frame.push(frame.env.block.prevRandao)
    return Halt.None
  },
  lower: (b) => b.environment('prevRandao'),
}

/** GASLIMIT(): of the block. */
export const GASLIMIT: Row = {
  code: 0x45, name: 'GASLIMIT', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.env.block.gasLimit)
    return Halt.None
  },
  lower: (b) => b.environment('gasLimit'),
}

/** CHAINID(). */
export const CHAINID: Row = {
  code: 0x46, name: 'CHAINID', pops: 0, pushes: 1, gas: 2, spec: 'EIP-1344',
  execute(frame) {
    frame.push(frame.env.chainId)
    return Halt.None
  },
  lower: (b) => b.environment('chainId'),
}

/** SELFBALANCE(): wei of the account that executes. */
export const SELFBALANCE: Row = {
  code: 0x47, name: 'SELFBALANCE', pops: 0, pushes: 1, gas: 5, spec: 'EIP-1884',
  execute(frame) {
    frame.push(frame.host.balance(frame.self))
    return Halt.None
  },
  lower: (b) => b.selfBalance(),
}

/** BASEFEE(): wei a gas burnt in this block. */
export const BASEFEE: Row = {
  code: 0x48, name: 'BASEFEE', pops: 0, pushes: 1, gas: 2, spec: 'EIP-3198',
  execute(frame) {
    frame.push(frame.env.block.baseFee)
    return Halt.None
  },
  lower: (b) => b.environment('baseFee'),
}

/** BLOBHASH(index): versioned hash of one of the transaction's blobs, else zero. */
export const BLOBHASH: Row = {
  code: 0x49, name: 'BLOBHASH', pops: 1, pushes: 1, gas: 3, spec: 'EIP-4844',
  execute(frame) {
    const index = frame.pop()
    const { blobHashes } = frame.env
    frame.push(index < BigInt(blobHashes.length) ? blobHashes[Number(index)] : 0n)
    return Halt.None
  },
  lower: (b, index) => b.blobHash(index),
}

/** BLOBBASEFEE(): wei a blob gas in this block. */
export const BLOBBASEFEE: Row = {
  code: 0x4a, name: 'BLOBBASEFEE', pops: 0, pushes: 1, gas: 2, spec: 'EIP-7516',
  execute(frame) {
    frame.push(frame.env.block.blobBaseFee)
    return Halt.None
  },
  lower: (b) => b.environment('blobBaseFee'),
}
