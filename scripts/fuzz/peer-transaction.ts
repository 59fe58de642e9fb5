import type { Common } from '@ethereumjs/common'
import { createTx, createTxFromRLP, type TypedTransaction, type TypedTxData } from '@ethereumjs/tx'
import { createAddressFromBigInt } from '@ethereumjs/util'
import type { Authorization, Transaction } from '../../src/chain/transaction.ts'
import { toFixedHex } from '../../src/core/hex.ts'
import { bigintToBytes, bigintToMinimalBytes } from '../../src/core/word.ts'
import type { FuzzTransaction } from './case.ts'
import { encodeSigned } from './ours.ts'

/** The transaction as an object of the peer. Throws the peer's error when it does not take it. */
export function peerTransaction(given: FuzzTransaction, common: Common): TypedTransaction {
  if (given.isSigned) return createTxFromRLP(encodeSigned(given), { common })
  const tx = createTx(fieldsOf(given.tx), { common, freeze: false })
  // Recovering senders would take most of the time, and only accounts with known keys could send.
  const sender = createAddressFromBigInt(given.sender)
  tx.getSenderAddress = () => sender
  return tx
}

function fieldsOf(tx: Transaction): TypedTxData {
  const { type, nonce, gasLimit, to, value, data, maxFeePerGas, maxPriorityFeePerGas } = tx
  return {
    ...{ type, nonce, gasLimit, value, data },
    ...(to === null ? {} : { to: createAddressFromBigInt(to) }),
    ...(type < 2 ? { gasPrice: maxFeePerGas } : { maxFeePerGas, maxPriorityFeePerGas }),
    ...(type > 0 ? { chainId: tx.chainId, accessList: tx.accessList.map(accessEntry) } : {}),
    ...(type === 3
      ? { maxFeePerBlobGas: tx.maxFeePerBlobGas, blobVersionedHashes: tx.blobHashes.map(hash) }
      : {}),
    ...(type === 4 ? { authorizationList: tx.authorizations.map(authorization) } : {}),
  } as TypedTxData
}

function accessEntry({ address, keys }: Transaction['accessList'][number]): [Uint8Array, Uint8Array[]] {
  return [bigintToBytes(address, 20), keys.map((key) => bigintToBytes(key, 32))]
}

function hash(word: bigint): string {
  return toFixedHex(word, 32)
}

function authorization(auth: Authorization): Uint8Array[] {
  const { chainId, address, nonce, yParity, r, s } = auth
  const integers = [nonce, BigInt(yParity), r, s].map(bigintToMinimalBytes)
  return [bigintToMinimalBytes(chainId), bigintToBytes(address, 20), ...integers]
}
