import { getGenesis } from '@ethereumjs/genesis'
import { describe, expect, it } from 'vitest'
import { toFixedHex } from '../core/hex.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { genesisHeader, readGenesis } from './genesis.ts'
import { headerHash } from './header.ts'
import { holesky, hoodi, mainnet, sepolia } from './networks.ts'

/** Everything from the first block on, as far as London. */
const LONDON = Object.fromEntries(
  'homestead eip150 eip158 byzantium constantinople petersburg istanbul berlin london'
    .split(' ')
    .map((name) => [`${name}Block`, 0]),
)

describe('readGenesis', () => {
  it('takes the whole block environment', () => {
    const genesis = readGenesis(
      {
        config: { ...LONDON, chainId: 5, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0 },
        ...{ number: '0x1', timestamp: '0x2', gasLimit: '0x3', difficulty: '0x4', baseFeePerGas: '0x5' },
        ...{ coinbase: `0x${'06'.repeat(20)}`, mixHash: `0x${'07'.repeat(32)}`, excessBlobGas: '0x0' },
        alloc: { [`0x${'08'.repeat(20)}`]: { balance: '9', code: '0x00', storage: { '0x0': '0x1' } } },
      },
      'g',
      null,
    )
    expect(genesis).toMatchObject({ chainId: 5n, fork: { name: 'Cancun' } })
    expect(genesis.block).toEqual({
      ...{ number: 1n, timestamp: 2n, gasLimit: 3n, difficulty: 4n, baseFee: 5n, blobBaseFee: 1n },
      coinbase: BigInt(`0x${'06'.repeat(20)}`),
      prevRandao: BigInt(`0x${'07'.repeat(32)}`),
    })
    expect(genesis.header).toMatchObject({
      baseFee: 5n,
      excessBlobGas: 0n,
      parentBeaconRoot: 0n,
      requestsHash: null,
    })
    const account = genesis.state.account(BigInt(`0x${'08'.repeat(20)}`))
    expect(account).toMatchObject({ balance: 9n, nonce: 0n })
  })

  it.each([
    [[], 'g: not an object'],
    [{ gasLimit: `0x1${'0'.repeat(16)}` }, 'g: gasLimit: not an unsigned integer of 64 bits'],
    [{ number: -1 }, 'g: number: not an unsigned integer'],
    [{ coinbase: '0x01' }, 'g: coinbase: not an address of 20 bytes'],
    [{ mixHash: '0x1' }, 'g: mixHash: hex of odd length'],
    [{ config: 5 }, 'g: config: not an object'],
    [{ config: { londonBlock: 'x' } }, 'g: config.londonBlock: not an unsigned integer'],
    [
      { config: { terminalTotalDifficulty: {} } },
      'g: config.terminalTotalDifficulty: not an unsigned integer',
    ],
    [{ alloc: { '0x12': {} } }, 'g: alloc.0x12: not an address of 20 bytes'],
    [{ alloc: JSON.parse('{"__proto__":{}}') }, 'g: alloc.__proto__: not an address of 20 bytes'],
    [
      { alloc: { [`0x${'08'.repeat(20)}`]: { storage: { '0x0': 'x' } } } },
      '.storage[0x0]: not an unsigned integer',
    ],
  ])('refuses %j', (json, message) => {
    expect(() => readGenesis(json, 'g', null)).toThrow(message)
  })
})

/** What the genesis files of the public networks say, beside their accounts. */
const PUBLIC = [
  {
    network: mainnet,
    fields: {
      ...{ nonce: '0x42', difficulty: '0x400000000', gasLimit: '0x1388', timestamp: '0x0' },
      extraData: '0x11bbe8db4e347b4e8c937c1c8370e4b5ed33adb3db69cbdb7a38e1e50b1b82fa',
    },
  },
  {
    network: sepolia,
    fields: {
      ...{ nonce: '0x0', difficulty: '0x20000', gasLimit: '0x1c9c380', timestamp: '0x6159af19' },
      extraData: '0x5365706f6c69612c20417468656e732c204174746963612c2047726565636521',
    },
  },
  {
    network: holesky,
    fields: {
      ...{ nonce: '0x1234', difficulty: '0x1', gasLimit: '0x17d7840', timestamp: '0x65156994' },
      ...{ extraData: '0x', baseFeePerGas: '0x3b9aca00' },
    },
  },
  {
    network: hoodi,
    fields: {
      ...{ nonce: '0x1234', difficulty: '0x1', gasLimit: '0x2255100', timestamp: '0x67d80ec0' },
      ...{ extraData: '0x', baseFeePerGas: '0x3b9aca00' },
    },
  },
]

describe('genesisHeader', () => {
  it.each(PUBLIC)('of $network.name has its published hash', ({ network, fields }) => {
    const { schedule, genesisHash, genesisTime } = network
    const alloc = allocOf(Number(schedule.chainId))
    const { header } = readGenesis({ ...fields, alloc: {} }, 'g', null)
    expect(header.timestamp).toBe(genesisTime)
    const genesis = readGenesis({ ...fields, alloc }, 'g', schedule.tableAt(0n, genesisTime))
    expect(toFixedHex(headerHash(genesisHeader(genesis, merklePatricia)), 32)).toBe(genesisHash)
  })
})

/** The accounts as another project has them: a balance, or balance, code, slots and nonce. */
function allocOf(chainId: number): Record<string, unknown> {
  const accounts = Object.entries(getGenesis(chainId)!).map(([address, state]) => {
    if (!Array.isArray(state)) return [address, { balance: state }]
    const [balance, code = '0x', slots = [], nonce = '0x0'] = state
    return [
      address,
      { balance, code: code || '0x', storage: Object.fromEntries(slots), nonce: nonce || '0x0' },
    ]
  })
  return Object.fromEntries(accounts)
}
