import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import { type BlockHeader, headerHash } from './header.ts'

/** How JSON-RPC writes a field: as a quantity below 2^64 or 2^256, as so many bytes, or as bytes. */
export type HeaderForm = 'uint64' | 'uint256' | 8 | 20 | 32 | 'bytes'

type NamedField = readonly [name: string, field: keyof BlockHeader, form: HeaderForm]

/** The names that nodes give the fields of a header in `eth_getHeaderByNumber`, in their order. */
export const HEADER_FIELDS: readonly NamedField[] = [
  ['parentHash', 'parentHash', 32],
  ['sha3Uncles', 'ommersHash', 32],
  ['miner', 'coinbase', 20],
  ['stateRoot', 'stateRoot', 32],
  ['transactionsRoot', 'transactionsRoot', 32],
  ['receiptsRoot', 'receiptsRoot', 32],
  ['logsBloom', 'logsBloom', 'bytes'],
  ['difficulty', 'difficulty', 'uint256'],
  ['number', 'number', 'uint64'],
  ['gasLimit', 'gasLimit', 'uint64'],
  ['gasUsed', 'gasUsed', 'uint64'],
  ['timestamp', 'timestamp', 'uint64'],
  ['extraData', 'extraData', 'bytes'],
  ['mixHash', 'mixHash', 32],
  ['nonce', 'nonce', 8],
  ['baseFeePerGas', 'baseFee', 'uint256'],
  ['withdrawalsRoot', 'withdrawalsRoot', 32],
  ['blobGasUsed', 'blobGasUsed', 'uint64'],
  ['excessBlobGas', 'excessBlobGas', 'uint64'],
  ['parentBeaconBlockRoot', 'parentBeaconRoot', 32],
  ['requestsHash', 'requestsHash', 32],
]

/** The header as JSON-RPC gives it, its hash first; fields that it does not have are absent. */
export function headerToJson(header: BlockHeader): Record<string, string> {
  const json: Record<string, string> = { hash: toFixedHex(headerHash(header), 32) }
  for (const [name, field, form] of HEADER_FIELDS) {
    const value = header[field]
    if (value === null) continue
    if (typeof value !== 'bigint') json[name] = bytesToHex(value)
    else json[name] = typeof form === 'number' ? toFixedHex(value, form) : toQuantity(value)
  }
  return json
}
