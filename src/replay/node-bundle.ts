import { encodeTransaction } from '../chain/transaction-codec.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import type { Bundle } from './bundle.ts'
import type { NodeReplay } from './replay-node.ts'

/** The replayed transactions with all that they need, to be replayed without a node. */
export function createBundle(replay: NodeReplay): Bundle {
  const { plan, first, transactions, found, gasUsedBefore } = replay
  const { number } = plan.block
  const title = transactions.length === 1 ? `transaction ${toFixedHex(transactions[0].hash, 32)}` : plan.name
  return {
    name: title,
    source: `block ${number} of chain ${plan.chain.chainId}, ${toFixedHex(plan.node.hash, 32)}`,
    chain: plan.chain,
    block: { ...plan.block, gasUsedBefore, blockHashes: found.blockHashes },
    pre: found.accounts(),
    transactions: transactions.map((outcome, i) => {
      const { hash } = outcome
      if ('passedOver' in outcome) {
        const what = `transaction ${toFixedHex(hash, 32)} was not run, so no bundle can hold it`
        throw new ZvmError(ERROR_CODES.value, `${plan.name}: ${what}: ${outcome.passedOver}`)
      }
      const { tx, sender, expected } = plan.entries[first + i]!
      return { raw: encodeTransaction(tx), hash, sender, expected }
    }),
  }
}
