import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import { type BlockHeader, headerHash } from './header.ts'

/** How JSON-RPC writes a field: as a quantity, or as that many bytes. */
type Form = 'quantity' | number

/** The names that nodes give the fields of a header in `eth_getHeaderByNumber`, in their order. */
const FIELDS: readonly (readonly [name: string, field: keyof BlockHeader, form: Form])[] = [
  ['parentHash', 'parentHash', 32],
  ['sha3Uncles', 'ommersHash', 32],
  ['miner', 'coinbase', 20],
  ['stateRoot', 'stateRoot', 32],
  ['transactionsRoot', 'transactionsRoot', 32],
  ['receiptsRoot', 'receiptsRoot', 32],
  ['logsBloom', 'logsBloom', 256],
  ['difficulty', 'difficulty', 'quantity'],
  ['number', 'number', 'quantity'],
  ['gasLimit', 'gasLimit', 'quantity'],
  ['gasUsed', 'gasUsed', 'quantity'],
  ['timestamp', 'timestamp', 'quantity'],
  ['extraData', 'extraData', 0],
  ['mixHash', 'mixHash', 32],
  ['nonce', 'nonce', 8],
  ['baseFeePerGas', 'baseFee', 'quantity'],
  ['withdrawalsRoot', 'withdrawalsRoot', 32],
  ['blobGasUsed', 'blobGasUsed', 'quantity'],
  ['excessBlobGas', 'excessBlobGas', 'quantity'],
  ['parentBeaconBlockRoot', 'parentBeaconRoot', 32],
  ['requestsHash', 'requestsHash', 32],
]

/** The header as JSON-RPC gives it, its hash first; fields that it does not have are absent. */
export function headerToJson(header: BlockHeader): Record<string, string> {
  const json: Record<string, string> = { hash: toFixedHex(headerHash(header), 32) }
  for (const [name, field, form] of FIELDS) {
    const value = header[field]
    if (value === null) continue
    if (typeof value !== 'bigint') json[name] = bytesToHex(value)
    else json[name] = form === 'quantity' ? toQuantity(value) : toFixedHex(value, form)
  }
  return json
}
