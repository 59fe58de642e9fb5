import { type BlockHeader, headerHash } from '../../chain/header.ts'
import { toFixedHex, toQuantity } from '../../core/hex.ts'
import { readNodeHeader } from './answers.ts'
import { fromNode } from './fault.ts'
import { lie } from './lie.ts'
import type { ProvenBytes } from './proven-bytes.ts'
import type { Rpc } from './rpc.ts'
import type { StateAt } from './state-cache.ts'

/** Headers asked for in one round. */
const AT_ONCE = 256n

/**
 * The blocks from `tip`, whose hash is trusted, back to the number `first`: each header names its parent. What is not
 * known is asked for in rounds. Throws MISMATCH where the node tells another header.
 */
export async function* ancestors(
  rpc: Rpc,
  bytes: ProvenBytes,
  tip: StateAt,
  first: bigint,
): AsyncGenerator<StateAt> {
  let { hash, number } = tip
  while (number >= first) {
    if (bytes.header(hash) === undefined) await loadHeaders(rpc, bytes, { hash, number }, first)
    const header = bytes.header(hash)!
    same(`number of block ${toFixedHex(hash, 32)}`, header.number, number)
    yield { hash, number }
    hash = header.parentHash
    number--
  }
}

/** Loads a header and those before it, as many as a round has, as far back as `first`. */
async function loadHeaders(rpc: Rpc, bytes: ProvenBytes, tip: StateAt, first: bigint): Promise<void> {
  const numbers: bigint[] = []
  for (let n = tip.number; n >= first && tip.number - n < AT_ONCE; n--) numbers.push(n)
  const answers = await rpc.results(
    numbers.map((number) => ({ method: 'eth_getBlockByNumber', params: [toQuantity(number), false] })),
  )
  let { hash } = tip
  for (const [i, number] of numbers.entries()) {
    const header: BlockHeader = fromNode(() => readNodeHeader(answers[i], `node: block ${number}`))
    same(`hash of block ${number}`, headerHash(header), hash)
    bytes.keepHeader(header)
    hash = header.parentHash
  }
  bytes.flush()
}

function same(what: string, found: bigint, trusted: bigint): void {
  if (found !== trusted) throw lie(`${what} is ${toQuantity(found)}, not ${toQuantity(trusted)}`)
}
