import { describe, expect, it } from 'vitest'
import { readGenesis } from './genesis.ts'

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
