import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { EMPTY_TRIE_ROOT, keccak256 } from '../core/keccak.ts'
import { encodeRlp, type RlpItem } from '../core/rlp.ts'
import type { Rules } from '../core/rules.ts'
import { bytesToBigint } from '../core/word.ts'
import {
  address,
  asBytes,
  asList,
  type FieldCodec,
  fixed,
  integer,
  uint64,
  uint256,
} from './transaction-fields.ts'

/** keccak256 of the RLP of an empty list: the hash of no ommers. */
export const EMPTY_OMMERS_HASH = 0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347n

const BLOOM_BYTES = 256

/**
 * A block's header (Yellow Paper 4.3). Hashes and roots are words, numbers unsigned; gas and times are below 2^64.
 * A field that a fork's blocks do not have is null, and so are all after it.
 */
export interface BlockHeader {
  readonly parentHash: bigint
  readonly ommersHash: bigint
  readonly coinbase: bigint
  readonly stateRoot: bigint
  readonly transactionsRoot: bigint
  readonly receiptsRoot: bigint
  /** 256 bytes. */
  readonly logsBloom: Uint8Array
  readonly difficulty: bigint
  readonly number: bigint
  readonly gasLimit: bigint
  readonly gasUsed: bigint
  /** Seconds since 1970. */
  readonly timestamp: bigint
  readonly extraData: Uint8Array
  /** Part of the proof of work; after the merge the beacon chain's randomness (EIP-4399). */
  readonly mixHash: bigint
  readonly nonce: bigint
  /** Wei per gas (EIP-1559). */
  readonly baseFee: bigint | null
  /** EIP-4895. */
  readonly withdrawalsRoot: bigint | null
  /** EIP-4844. */
  readonly blobGasUsed: bigint | null
  readonly excessBlobGas: bigint | null
  /** EIP-4788. */
  readonly parentBeaconRoot: bigint | null
  /** EIP-7685. */
  readonly requestsHash: bigint | null
}

type HeaderField = keyof BlockHeader
type FirstField = { [F in HeaderField]: null extends BlockHeader[F] ? never : F }[HeaderField]
type LaterField = Exclude<HeaderField, FirstField>

const hash = fixed(32)

/** Bytes of exactly, or at most, a length; anything where null. */
function bytes(sizeBytes: number | null): FieldCodec<Uint8Array> {
  return {
    decode(item, place) {
      const found = asBytes(item, place)
      if (sizeBytes !== null && found.length !== sizeBytes)
        throw new ZvmError(ERROR_CODES.rlp, `${place}: ${found.length} bytes where ${sizeBytes} are needed`, {
          place,
        })
      return found
    },
    encode: (value) => value,
  }
}

/** The fields that every header has, in order. */
const FIRST_FIELDS: { readonly [F in FirstField]: FieldCodec<BlockHeader[F]> } = {
  parentHash: hash,
  ommersHash: hash,
  coinbase: address,
  stateRoot: hash,
  transactionsRoot: hash,
  receiptsRoot: hash,
  logsBloom: bytes(BLOOM_BYTES),
  difficulty: uint256,
  number: uint64,
  gasLimit: uint64,
  gasUsed: uint64,
  timestamp: uint64,
  extraData: bytes(null),
  mixHash: hash,
  nonce: fixed(8),
}

/** A field that came with a fork. */
interface Later {
  readonly codec: FieldCodec<bigint>
  /** Whether blocks under these rules have it. */
  isIn(rules: Rules): boolean
}

/** The fields that forks have added, in order. */
const LATER_FIELDS: { readonly [F in LaterField]: Later } = {
  baseFee: { codec: integer(32), isIn: (rules) => rules.baseFee !== null },
  withdrawalsRoot: { codec: hash, isIn: (rules) => rules.withdrawals !== null },
  blobGasUsed: { codec: uint64, isIn: (rules) => rules.blob !== null },
  excessBlobGas: { codec: uint64, isIn: (rules) => rules.blob !== null },
  parentBeaconRoot: { codec: hash, isIn: namesBeaconRoot },
  requestsHash: { codec: hash, isIn: (rules) => rules.requests !== null },
}

const FIRST = Object.entries(FIRST_FIELDS) as [FirstField, FieldCodec<unknown>][]
const LATER = Object.entries(LATER_FIELDS) as [LaterField, Later][]

function namesBeaconRoot({ systemCalls }: Rules): boolean {
  return Object.values(systemCalls).some(({ input }) => input === 'parent-beacon-root')
}

/** A field that the header has and should not have under these rules, or the other way round; null where all is well. */
export function misplacedField(header: BlockHeader, rules: Rules): HeaderField | null {
  const found = LATER.find(([field, { isIn }]) => isIn(rules) !== (header[field] !== null))
  return found ? found[0] : null
}

/** The header with those of its fields alone that blocks under these rules have. */
export function withFieldsOf(rules: Rules, header: BlockHeader): BlockHeader {
  const absent = LATER.filter(([, { isIn }]) => !isIn(rules)).map(([field]) => [field, null])
  return { ...header, ...Object.fromEntries(absent) }
}

/** Reads a header. Throws RLP naming `place`. Which fields its fork has is for `misplacedField` to say. */
export function decodeHeader(item: RlpItem, place: string): BlockHeader {
  const items = asList(item, place)
  const most = FIRST.length + LATER.length
  if (items.length < FIRST.length || items.length > most)
    throw new ZvmError(
      ERROR_CODES.rlp,
      `${place}: ${items.length} fields where ${FIRST.length} to ${most} are needed`,
      { place },
    )
  const header: Record<string, unknown> = {}
  FIRST.forEach(([field, codec], i) => {
    header[field] = codec.decode(items[i], `${place}.${field}`)
  })
  LATER.forEach(([field, { codec }], i) => {
    const later = items[FIRST.length + i]
    header[field] = later === undefined ? null : codec.decode(later, `${place}.${field}`)
  })
  return header as unknown as BlockHeader
}

/** The header as an item of RLP. */
export function headerToItem(header: BlockHeader): RlpItem[] {
  const items = FIRST.map(([field, codec]) => codec.encode(header[field]))
  for (const [field, { codec }] of LATER) {
    const value = header[field]
    if (value !== null) items.push(codec.encode(value))
  }
  return items
}

/** The hash that identifies the block: keccak256 of the header's RLP, as a word. */
export function headerHash(header: BlockHeader): bigint {
  return bytesToBigint(keccak256(encodeRlp(headerToItem(header))))
}

/** A header of zeros and empty roots with these fields; for tests, t8n and blocks in the making. */
export function newHeader(fields: Partial<BlockHeader>): BlockHeader {
  return {
    parentHash: 0n,
    ommersHash: EMPTY_OMMERS_HASH,
    coinbase: 0n,
    stateRoot: EMPTY_TRIE_ROOT,
    transactionsRoot: EMPTY_TRIE_ROOT,
    receiptsRoot: EMPTY_TRIE_ROOT,
    logsBloom: new Uint8Array(BLOOM_BYTES),
    difficulty: 0n,
    number: 0n,
    gasLimit: 0n,
    gasUsed: 0n,
    timestamp: 0n,
    extraData: new Uint8Array(0),
    mixHash: 0n,
    nonce: 0n,
    baseFee: null,
    withdrawalsRoot: null,
    blobGasUsed: null,
    excessBlobGas: null,
    parentBeaconRoot: null,
    requestsHash: null,
    ...fields,
  }
}
