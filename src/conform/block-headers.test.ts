import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { decodeBlock, encodeBlock } from '../chain/block.ts'
import { type BlockHeader, decodeHeader, headerHash, headerToItem } from '../chain/header.ts'
import { validateHeader } from '../chain/header-validity.ts'
import { extend } from '../core/table.ts'
import { Scene, signed } from './block-harness.ts'
import { asm, push } from './harness.ts'

const RETURNS: readonly (readonly [bigint, { code: Uint8Array }])[] = [
  [0x00000961ef480eb55e80d19ad83579a64c007002n, { code: asm('STOP') }],
  [0x0000bbddc7ce488642fb579f8b00f3a590007251n, { code: asm('STOP') }],
]

const FORKS = ['Frontier', 'Byzantium', 'London', 'Paris', 'Shanghai', 'Cancun', 'Osaka'] as const

describe('headers', () => {
  it.each([
    ['Frontier', 15],
    ['London', 16],
    ['Shanghai', 17],
    ['Cancun', 20],
    ['Prague', 21],
  ])('of %s have %d fields and keep their hash when written and read', (fork, count) => {
    const scene = new Scene(fork, RETURNS)
    const { header } = scene.childOf(scene.genesis)
    const item = headerToItem(header)
    expect(item).toHaveLength(count)
    expect(decodeHeader(item, 'header')).toEqual(header)
    expect(headerHash(decodeHeader(item, 'header'))).toBe(headerHash(header))
  })

  it('are refused with fields of the wrong size, too few or too many', () => {
    const item = headerToItem(new Scene('Osaka', RETURNS).genesis.header)
    const swapped = (at: number, bytes: number) =>
      item.map((part, i) => (i === at ? new Uint8Array(bytes) : part))
    for (const [at, bytes] of [
      [0, 31],
      [2, 21],
      [6, 255],
      [13, 33],
      [14, 7],
    ] as const)
      expect(() => decodeHeader(swapped(at, bytes), 'h')).toThrow(/^h\.\w+: /)
    // A leading zero, and a number beyond 64 bits.
    expect(() => decodeHeader(swapped(9, 1), 'h')).toThrow('leading zero')
    const wide = item.map((part, i) => (i === 11 ? new Uint8Array(9).fill(1) : part))
    expect(() => decodeHeader(wide, 'h')).toThrow('h.timestamp: an integer of 9 bytes')
    expect(() => decodeHeader(item.slice(0, 14), 'h')).toThrow('14 fields')
    expect(() => decodeHeader([...item, new Uint8Array(32)], 'h')).toThrow('22 fields')
  })

  it('carry blocks that keep their bytes', () => {
    for (const fork of FORKS) {
      const scene = new Scene(fork, RETURNS)
      const block = scene.childOf(scene.genesis, { transactions: [signed({ to: 0xc0den, value: 1n })] })
      const bytes = encodeBlock(block)
      expect(encodeBlock(decodeBlock(bytes, 'block'))).toEqual(bytes)
      expect(scene.verdict(decodeBlock(bytes, 'block'))).toBe('accepted')
    }
  })
})

/** A change of a valid header, and the code for which the block is refused then. */
type Fault = readonly [string, (header: BlockHeader, parent: BlockHeader) => Partial<BlockHeader>, string]

/** Yellow Paper 4.3.4, in every fork. */
const ALWAYS: readonly Fault[] = [
  ['an unknown parent', () => ({ parentHash: 1n }), 'unknown-parent'],
  ['the number of its parent', (_, { number }) => ({ number }), 'number'],
  ['a number too high', ({ number }) => ({ number: number + 1n }), 'number'],
  ['the time of its parent', (_, { timestamp }) => ({ timestamp }), 'timestamp'],
  ['33 bytes of extra data', () => ({ extraData: new Uint8Array(33) }), 'extra-data-size'],
  [
    'a gas limit 1/1024 higher',
    (_, { gasLimit }) => ({ gasLimit: gasLimit + gasLimit / 1024n }),
    'gas-limit',
  ],
  ['a gas limit 1/1024 lower', (_, { gasLimit }) => ({ gasLimit: gasLimit - gasLimit / 1024n }), 'gas-limit'],
  ['more gas used than allowed', ({ gasLimit }) => ({ gasUsed: gasLimit + 1n }), 'gas-used-above-limit'],
  ['a higher difficulty', ({ difficulty }) => ({ difficulty: difficulty + 1n }), 'difficulty'],
  ['another transactions root', () => ({ transactionsRoot: 1n }), 'transactions-root'],
  ['other gas used', () => ({ gasUsed: 1n }), 'gas-used'],
  ['another bloom', () => ({ logsBloom: new Uint8Array(256).fill(1) }), 'logs-bloom'],
  ['another receipts root', () => ({ receiptsRoot: 1n }), 'receipts-root'],
  ['another state root', () => ({ stateRoot: 1n }), 'state-root'],
  ['other ommers', () => ({ ommersHash: 1n }), 'ommers-hash'],
]
const BY_FORK: Readonly<Record<string, readonly Fault[]>> = {
  London: [
    ['no base fee (EIP-1559)', () => ({ baseFee: null }), 'header-field'],
    ['a base fee too high (EIP-1559)', ({ baseFee }) => ({ baseFee: baseFee! + 1n }), 'base-fee'],
  ],
  Frontier: [['a base fee (EIP-1559)', () => ({ baseFee: 7n }), 'header-field']],
  Paris: [
    ['a nonce (EIP-3675)', () => ({ nonce: 1n }), 'nonce'],
    ['a difficulty (EIP-3675)', () => ({ difficulty: 0x20000n }), 'difficulty'],
    ['a withdrawals root (EIP-4895)', () => ({ withdrawalsRoot: 1n }), 'header-field'],
  ],
  Shanghai: [
    ['no withdrawals root (EIP-4895)', () => ({ withdrawalsRoot: null }), 'header-field'],
    ['another withdrawals root (EIP-4895)', () => ({ withdrawalsRoot: 1n }), 'withdrawals-root'],
  ],
  Cancun: [
    ['no blob gas (EIP-4844)', () => ({ blobGasUsed: null }), 'header-field'],
    ['no excess blob gas (EIP-4844)', () => ({ excessBlobGas: null }), 'header-field'],
    ['other blob gas (EIP-4844)', () => ({ blobGasUsed: 131072n }), 'blob-gas-used'],
    ['part of a blob (EIP-4844)', () => ({ blobGasUsed: 1n }), 'blob-gas-limit'],
    ['seven blobs (EIP-4844)', () => ({ blobGasUsed: 7n * 131072n }), 'blob-gas-limit'],
    ['other excess blob gas (EIP-4844)', () => ({ excessBlobGas: 131072n }), 'excess-blob-gas'],
    ['no beacon root (EIP-4788)', () => ({ parentBeaconRoot: null }), 'header-field'],
    ['a requests hash (EIP-7685)', () => ({ requestsHash: 1n }), 'header-field'],
  ],
  Osaka: [
    ['no requests hash (EIP-7685)', () => ({ requestsHash: null }), 'header-field'],
    ['another requests hash (EIP-7685)', () => ({ requestsHash: 1n }), 'requests-hash'],
    ['ten blobs (EIP-7691)', () => ({ blobGasUsed: 10n * 131072n }), 'blob-gas-limit'],
  ],
}

describe.each(FORKS)('a block of %s is refused with', (fork) => {
  it.each([...ALWAYS, ...(BY_FORK[fork] ?? [])])('%s', (_, change, code) => {
    const scene = new Scene(fork, RETURNS)
    const parent = scene.grow()
    const block = scene.childOf(parent)
    const changed = { ...block, header: { ...block.header, ...change(block.header, parent.header) } }
    const head = scene.chain.head
    expect(scene.verdict(changed)).toBe(code)
    // The chain is as it was: the block as it should be still fits.
    expect(scene.chain.head).toBe(head)
    expect(scene.verdict(block)).toBe('accepted')
  })
})

describe('the gas limit', () => {
  it('moves by less than 1/1024, not below 5000 (Yellow Paper 4.3.4)', () => {
    const scene = new Scene('Berlin')
    const { gasLimit } = scene.genesis.header
    const most = gasLimit / 1024n - 1n
    for (const moved of [most, -most])
      expect(scene.verdict(scene.childOf(scene.genesis, { fields: { gasLimit: gasLimit + moved } }))).toBe(
        'accepted',
      )
    const { header } = scene.childOf(scene.genesis)
    const parent = { ...scene.genesis.header, gasLimit: 5001n }
    const judge = (limit: bigint) => validateHeader({ ...header, gasLimit: limit }, parent, scene.table.rules)
    expect(judge(5000n)).toBeNull()
    expect(judge(4999n)).toMatchObject({ code: 'gas-limit' })
  })
})

describe('the body', () => {
  it('has withdrawals where its header commits to some (EIP-4895)', () => {
    const scene = new Scene('Shanghai')
    expect(scene.verdict({ ...scene.childOf(scene.genesis), withdrawals: null })).toBe('body-field')
    const before = new Scene('Paris')
    expect(before.verdict({ ...before.childOf(before.genesis), withdrawals: [] })).toBe('body-field')
  })

  it('has at most so many bytes (EIP-7934)', () => {
    const measure = new Scene('Osaka', RETURNS)
    const sizeBytes = encodeBlock(measure.childOf(measure.genesis)).length
    const limited = (blockSizeLimit: number) =>
      extend(forkByName('Osaka'), 'Osaka', [{ eip: 7934, title: 'limit', rules: { blockSizeLimit } }])
    const fits = new Scene(limited(sizeBytes), RETURNS)
    expect(fits.verdict(fits.childOf(fits.genesis))).toBe('accepted')
    const tooLong = new Scene(limited(sizeBytes - 1), RETURNS)
    expect(tooLong.verdict(tooLong.childOf(tooLong.genesis))).toBe('block-size')
    expect(forkByName('Osaka').rules.blockSizeLimit).toBe(8_388_608)
    expect(forkByName('Prague').rules.blockSizeLimit).toBeNull()
  })

  it('fits the gas limit and the blobs of a block (EIP-4844)', () => {
    const scene = new Scene('Cancun')
    const half = signed({ to: 1n, gasLimit: 16_000_000n })
    const rest = signed({ to: 1n, gasLimit: 29_979_001n, nonce: 1n })
    expect(scene.verdict(scene.childOf(scene.genesis, { transactions: [half, rest] }))).toBe(
      'block-gas-limit',
    )
    const blobs = (nonce: bigint, count: number) =>
      signed({
        type: 3,
        nonce,
        to: 1n,
        maxFeePerGas: 10n ** 10n,
        maxFeePerBlobGas: 1n,
        blobHashes: Array.from({ length: count }, () => 1n << 248n),
      })
    expect(scene.verdict(scene.childOf(scene.genesis, { transactions: [blobs(0n, 4), blobs(1n, 3)] }))).toBe(
      'blob-gas-allowance',
    )
    expect(scene.verdict(scene.childOf(scene.genesis, { transactions: [blobs(0n, 4), blobs(1n, 2)] }))).toBe(
      'accepted',
    )
  })

  it('is no block where its bytes are none', () => {
    const { chain } = new Scene('Osaka', RETURNS)
    for (const bytes of [new Uint8Array(0), Uint8Array.of(0xc0), Uint8Array.of(0xc2, 0xc0, 0xc0), push(1)])
      expect(chain.importBytes(bytes)).toMatchObject({ code: 'malformed' })
  })
})
