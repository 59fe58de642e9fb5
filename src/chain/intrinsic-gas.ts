import type { Rules } from '../core/rules.ts'
import type { Transaction } from './transaction.ts'

/** What a non-zero byte of calldata counts in tokens, a zero byte being one (EIP-7623). */
const TOKENS_PER_NONZERO_BYTE = 4

/** Gas charged before execution (Yellow Paper g0 with EIP-2028, 2930, 3860, 7702). */
export function intrinsicGas(tx: Transaction, rules: Rules): bigint {
  const price = rules.intrinsic
  const zeros = countZeros(tx.data)
  let gas = price.base + zeros * price.zeroByte + (tx.data.length - zeros) * price.nonZeroByte
  if (tx.to === null) gas += price.create + Math.ceil(tx.data.length / 32) * price.initCodeWord
  for (const entry of tx.accessList) gas += price.accessAddress + entry.keys.length * price.accessSlot
  return BigInt(gas + tx.authorizations.length * price.authorization)
}

/** Least gas the transaction pays whatever it does, by the size of its calldata (EIP-7623); 0 without that rule. */
export function floorGas(tx: Transaction, rules: Rules): bigint {
  if (rules.floor === null) return 0n
  const zeros = countZeros(tx.data)
  const tokens = zeros + (tx.data.length - zeros) * TOKENS_PER_NONZERO_BYTE
  return BigInt(rules.intrinsic.base + tokens * rules.floor.perToken)
}

function countZeros(data: Uint8Array): number {
  let zeros = 0
  for (let i = 0; i < data.length; i++) if (data[i] === 0) zeros++
  return zeros
}
