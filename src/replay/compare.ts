import { statusOf } from '../chain/call.ts'
import type { TransactionResult } from '../chain/execute.ts'
import { logsBloom } from '../chain/receipt.ts'
import type { Transaction } from '../chain/transaction.ts'
import { createAddress } from '../core/address.ts'
import { Halt } from '../core/halt.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { State } from '../state/state.ts'
import type { BundleExpected } from './bundle.ts'

/** One value that came out other than the chain says. */
export interface Difference {
  /** What differs: `gasUsed`, `logs[1].data`, `post.0x….storage[0x0]`. */
  readonly what: string
  readonly expected: string
  readonly actual: string
}

/** Collects what differs, and counts what was looked at. */
export class Comparison {
  compared = 0
  readonly differences: Difference[] = []

  check(what: string, expected: string | undefined, actual: string): void {
    if (expected === undefined) return
    this.compared++
    if (expected !== actual) this.differences.push({ what, expected, actual })
  }
}

/** What a transaction was and did, and how far its block has got with it. */
export interface Executed {
  readonly tx: Transaction
  readonly sender: bigint
  readonly result: TransactionResult
  readonly cumulativeGasUsed: bigint
  readonly blobGasUsed: bigint
  /** Wei per blob gas. */
  readonly blobGasPrice: bigint
}

const quantity = (value: bigint | undefined) => (value === undefined ? undefined : toQuantity(value))

/** Compares all that a receipt or a trace says of a transaction. */
export function compareResult(comparison: Comparison, expected: BundleExpected, executed: Executed): void {
  const { tx, sender, result } = executed
  const check = (name: keyof BundleExpected & string, value: bigint | undefined, actual: bigint) =>
    comparison.check(name, quantity(value), toQuantity(actual))
  const status = statusOf(result.halt) === 'success' ? 1 : 0
  comparison.check('status', expected.status?.toString(), String(status))
  check('gasUsed', expected.gasUsed, result.gasUsed)
  check('cumulativeGasUsed', expected.cumulativeGasUsed, executed.cumulativeGasUsed)
  check('effectiveGasPrice', expected.effectiveGasPrice, result.effectiveGasPrice)
  if (tx.type === 3) {
    check('blobGasUsed', expected.blobGasUsed, executed.blobGasUsed)
    check('blobGasPrice', expected.blobGasPrice, executed.blobGasPrice)
  }
  if (tx.to === null) check('contractAddress', expected.contractAddress, createAddress(sender, tx.nonce))
  comparison.check('output', expected.output && bytesToHex(expected.output), bytesToHex(result.output))
  if (expected.error !== undefined) {
    const kind = expected.error === 'execution reverted' ? 'revert' : 'halt'
    comparison.check('error', kind, result.halt === Halt.Revert ? 'revert' : result.status)
  }
  compareLogs(comparison, expected, result)
}

function compareLogs(comparison: Comparison, expected: BundleExpected, result: TransactionResult): void {
  if (expected.logsBloom)
    comparison.check('logsBloom', bytesToHex(expected.logsBloom), bytesToHex(logsBloom(result.logs)))
  if (!expected.logs) return
  comparison.check('logs.length', String(expected.logs.length), String(result.logs.length))
  for (const [i, log] of result.logs.entries()) {
    const theirs = expected.logs[i]
    if (!theirs) return
    comparison.check(`logs[${i}].address`, toFixedHex(theirs.address, 20), toFixedHex(log.address, 20))
    comparison.check(
      `logs[${i}].topics`,
      theirs.topics.map(toQuantity).join(),
      log.topics.map(toQuantity).join(),
    )
    comparison.check(`logs[${i}].data`, bytesToHex(theirs.data), bytesToHex(log.data))
  }
}

/** Compares the accounts and slots that are said to be there after a transaction. */
export function comparePost(comparison: Comparison, expected: BundleExpected, state: State): void {
  for (const [address, account] of expected.post ?? []) {
    const at = `post.${toFixedHex(address, 20)}`
    const isThere = state.exists(address) && !state.isEmpty(address)
    if (account === null) {
      comparison.check(at, 'no account', isThere ? 'an account' : 'no account')
      continue
    }
    comparison.check(`${at}.balance`, quantity(account.balance), toQuantity(state.balance(address)))
    comparison.check(`${at}.nonce`, quantity(account.nonce), toQuantity(state.nonce(address)))
    comparison.check(`${at}.code`, account.code && bytesToHex(account.code), bytesToHex(state.code(address)))
    for (const [key, value] of account.storage ?? [])
      comparison.check(
        `${at}.storage[${toQuantity(key)}]`,
        toQuantity(value),
        toQuantity(state.storage(address, key)),
      )
  }
}
