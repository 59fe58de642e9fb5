import { createMPT } from '@ethereumjs/mpt'
import { RLP } from '@ethereumjs/rlp'
import { describe, expect, it } from 'vitest'
import { byzantium, spuriousDragon } from '../../opcodes/forks.ts'
import type { TransactionResult } from '../chain/execute.ts'
import type { BlockHeader } from '../chain/header.ts'
import { newTransaction } from '../chain/transaction.ts'
import type { Table } from '../core/table.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import type { Executed } from './compare.ts'
import { compareBlock } from './compare-block.ts'
import { nodeCrypto } from './node-crypto.ts'

const ROOTS = [0x1234n << 200n, 0xabcdn << 8n]
const BLOOM = new Uint8Array(256)

/** The receipts of two transfers, the second of which failed, as a trie of the peer has them. */
async function receiptsRoot(outcomes: readonly Uint8Array[]): Promise<bigint> {
  const trie = await createMPT()
  for (const [i, outcome] of outcomes.entries())
    await trie.put(RLP.encode(i), RLP.encode([outcome, BigInt(21_000 * (i + 1)), BLOOM, []]))
  return bytesToBigint(trie.root())
}

function compare(table: Table, root: bigint, roots: readonly (bigint | null)[]) {
  const executed = (['success', 'halt'] as const).map(
    (status, i): Executed => ({
      tx: newTransaction({ type: 0 }),
      sender: 1n,
      result: { status, logs: [] } as unknown as TransactionResult,
      cumulativeGasUsed: BigInt(21_000 * (i + 1)),
      blobGasUsed: 0n,
      blobGasPrice: 0n,
    }),
  )
  const header = {
    ...{ gasUsed: 42_000n, blobGasUsed: null, requestsHash: null },
    ...{ logsBloom: BLOOM, receiptsRoot: root },
  } as BlockHeader
  const progress = { gasUsed: 42_000n, blobGasUsed: 0n, logs: 0 }
  const { compared, differences } = compareBlock(
    header,
    executed,
    progress,
    [],
    table.rules,
    roots,
    nodeCrypto,
  )
  return { compared, what: differences.map(({ what }) => what) }
}

describe('the root of receipts', () => {
  it('is over status from Byzantium on', async () => {
    const root = await receiptsRoot([Uint8Array.of(1), new Uint8Array(0)])
    expect(compare(byzantium, root, [null, null])).toEqual({ compared: 3, what: [] })
    expect(compare(byzantium, root + 1n, [null, null]).what).toEqual(['block.receiptsRoot'])
  })

  it('is over the roots that the node gives before, and is not compared where it gives none', async () => {
    const root = await receiptsRoot(ROOTS.map((each) => bigintToBytes(each, 32)))
    expect(compare(spuriousDragon, root, ROOTS)).toEqual({ compared: 3, what: [] })
    expect(compare(spuriousDragon, root, [...ROOTS].reverse()).what).toEqual(['block.receiptsRoot'])
    expect(compare(spuriousDragon, root, [ROOTS[0], null])).toEqual({ compared: 2, what: [] })
  })
})
