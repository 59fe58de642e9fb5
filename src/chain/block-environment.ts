import type { BlockEnvironment } from '../core/host.ts'
import type { Rules } from '../core/rules.ts'
import { blobBaseFee } from './fees.ts'
import type { BlockHeader } from './header.ts'

/** What a block tells its transactions. */
export function environmentOf(header: BlockHeader, { blob }: Rules): BlockEnvironment {
  const { number, timestamp, coinbase, gasLimit, difficulty, mixHash, baseFee, excessBlobGas } = header
  return {
    number,
    timestamp,
    coinbase,
    gasLimit,
    difficulty,
    prevRandao: mixHash,
    baseFee: baseFee ?? 0n,
    blobBaseFee: blob ? blobBaseFee(excessBlobGas ?? 0n, blob) : 0n,
  }
}
