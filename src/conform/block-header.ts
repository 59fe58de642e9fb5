import { type BlockHeader, headerHash, newHeader } from '../chain/header.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes, parseAddress, parseQuantity, toFixedHex } from '../core/hex.ts'
import { asObject } from './fixture.ts'

type Member = readonly [name: string, field: keyof BlockHeader]

/** The names that suites give the fields of a header; those of later forks may be absent. */
const QUANTITIES: readonly Member[] = [
  ['parentHash', 'parentHash'],
  ['uncleHash', 'ommersHash'],
  ['stateRoot', 'stateRoot'],
  ['transactionsTrie', 'transactionsRoot'],
  ['receiptTrie', 'receiptsRoot'],
  ['difficulty', 'difficulty'],
  ['number', 'number'],
  ['gasLimit', 'gasLimit'],
  ['gasUsed', 'gasUsed'],
  ['timestamp', 'timestamp'],
  ['mixHash', 'mixHash'],
  ['nonce', 'nonce'],
]
const LATER: readonly Member[] = [
  ['baseFeePerGas', 'baseFee'],
  ['withdrawalsRoot', 'withdrawalsRoot'],
  ['blobGasUsed', 'blobGasUsed'],
  ['excessBlobGas', 'excessBlobGas'],
  ['parentBeaconBlockRoot', 'parentBeaconRoot'],
  ['requestsHash', 'requestsHash'],
]

/** Reads a header with its hash. Throws VALUE, and MISMATCH where the hash is not that of the header. */
export function readHeader(value: unknown, place: string): { header: BlockHeader; hash: bigint } {
  const json = asObject(value, place)
  const quantity = (name: string) => parseQuantity(json[name], `${place}.${name}`)
  const fields: Record<string, unknown> = {
    coinbase: parseAddress(json.coinbase, `${place}.coinbase`),
    logsBloom: hexToBytes(json.bloom, `${place}.bloom`),
    extraData: hexToBytes(json.extraData, `${place}.extraData`),
  }
  for (const [name, field] of QUANTITIES) fields[field] = quantity(name)
  for (const [name, field] of LATER) if (json[name] !== undefined) fields[field] = quantity(name)
  const header = newHeader(fields)
  const hash = headerHash(header)
  const stated = quantity('hash')
  if (hash === stated) return { header, hash }
  const words = `${toFixedHex(stated, 32)}, not ${toFixedHex(hash, 32)}`
  throw new ZvmError(ERROR_CODES.mismatch, `${place}.hash: ${words}`, { place })
}
