import { transactionsRoot, withdrawalsRoot } from '../../chain/block.ts'
import { type BlockHeader, headerHash } from '../../chain/header.ts'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { toFixedHex } from '../../core/hex.ts'
import { readNodeHeader } from './answers.ts'
import { fromNode } from './fault.ts'
import { lie } from './lie.ts'
import { ProvenBytes } from './proven-bytes.ts'
import { ProvenSource } from './proven-source.ts'
import type { Rpc } from './rpc.ts'
import type { BlockAnswer, RpcChain } from './rpc-chain.ts'

/**
 * Checks a block against its hash, which is trusted: header, transactions, ommers, withdrawals. Throws MISMATCH naming
 * what a node has told wrongly, VALUE where a transaction is of a type that is not known.
 */
export function verifyBlock({ block, ommers }: BlockAnswer, trusted: bigint): void {
  const { header, transactions, withdrawals } = block
  same('hash of the header', headerHash(header), trusted)
  const known = transactions.map(({ tx, hash, type }) => {
    if (tx !== null) return tx
    const what = `transaction ${word(hash)} is of type ${type}, so the transactions cannot be verified`
    throw new ZvmError(ERROR_CODES.value, `block ${header.number}: ${what}`)
  })
  same('root of the transactions', transactionsRoot(known), header.transactionsRoot)
  if (header.withdrawalsRoot !== null)
    same('root of the withdrawals', withdrawalsRoot(withdrawals ?? []), header.withdrawalsRoot)
  for (const [i, ommer] of ommers.entries())
    same(`hash of ommer ${i}`, headerHash(ommer), block.ommerHashes[i])
}

/** The state that the block began with, under the root that its parent's header, proven by its hash, gives. */
export async function provenParent(
  { rpc, cache }: RpcChain,
  { parentHash, number }: BlockHeader,
): Promise<ProvenSource> {
  const bytes = new ProvenBytes(cache)
  const at = { hash: parentHash, number: number - 1n }
  const { stateRoot } = bytes.header(parentHash) ?? (await loadHeader(rpc, bytes, parentHash))
  return new ProvenSource(rpc, bytes, at, stateRoot)
}

async function loadHeader(rpc: Rpc, bytes: ProvenBytes, hash: bigint): Promise<BlockHeader> {
  const id = word(hash)
  const [answer] = await rpc.results([{ method: 'eth_getBlockByHash', params: [id, false] }])
  const header = fromNode(() => readNodeHeader(answer, `node: block ${id}`))
  same('hash of the parent', headerHash(header), hash)
  bytes.keepHeader(header)
  bytes.flush()
  return header
}

function same(what: string, found: bigint, trusted: bigint): void {
  if (found !== trusted) throw lie(`${what} is ${word(found)}, not ${word(trusted)}`)
}

function word(value: bigint): string {
  return toFixedHex(value, 32)
}
