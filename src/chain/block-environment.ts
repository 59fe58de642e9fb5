import type { BlockEnvironment } from '../core/host.ts'
import type { Rules } from '../core/rules.ts'
import { MAX_WORD } from '../core/word.ts'
import type { BlockInput } from './apply-block.ts'
import type { Block } from './block.ts'
import { blobBaseFee } from './fees.ts'
import type { BlockHeader } from './header.ts'

/** What is executed of a block; it is invalid where a transaction in it cannot be included. */
export function blockInput(
  { header, transactions, ommers, withdrawals }: Block,
  chainId: bigint,
  rules: Rules,
  stateRoot: () => Uint8Array,
): BlockInput {
  return {
    chainId,
    block: environmentOf(header, rules),
    parentHash: header.parentHash,
    parentBeaconRoot: header.parentBeaconRoot ?? 0n,
    transactions,
    ommers,
    withdrawals: withdrawals ?? [],
    rejected: 'refuse',
    stateRoot,
  }
}

/** What a block tells its transactions. */
export function environmentOf(header: BlockHeader, { blob }: Rules): BlockEnvironment {
  const { number, timestamp, coinbase, gasLimit, difficulty, mixHash, baseFee, excessBlobGas } = header
  const price = blob ? blobBaseFee(excessBlobGas ?? 0n, blob) : 0n
  return {
    number,
    timestamp,
    coinbase,
    gasLimit,
    difficulty,
    prevRandao: mixHash,
    baseFee: baseFee ?? 0n,
    blobBaseFee: price > MAX_WORD ? MAX_WORD : price,
  }
}
