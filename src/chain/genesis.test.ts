import { describe, expect, it } from 'vitest'
import { forkAt, readGenesis } from './genesis.ts'

/** Everything from the first block on, as far as London. */
const LONDON = Object.fromEntries(
  'homestead eip150 eip158 byzantium constantinople petersburg istanbul berlin london'
    .split(' ')
    .map((name) => [`${name}Block`, 0]),
)

describe('forkAt', () => {
  it.each([
    ['Frontier', {}, 0n, 0n],
    ['London', LONDON, 0n, 0n],
    ['Berlin', { ...LONDON, londonBlock: '0x5' }, 4n, 0n],
    ['London', { ...LONDON, londonBlock: '0x5' }, 5n, 0n],
    ['London', { ...LONDON, londonBlock: 0, terminalTotalDifficulty: 1 }, 0n, 0n],
    ['London', { ...LONDON, mergeNetsplitBlock: null, terminalTotalDifficulty: null }, 9n, 0n],
    ['Paris', { ...LONDON, terminalTotalDifficulty: 0 }, 0n, 0n],
    ['Paris', { ...LONDON, terminalTotalDifficulty: '0x0' }, 0n, 0n],
    ['Paris', { ...LONDON, terminalTotalDifficultyPassed: true }, 0n, 0n],
    ['Paris', { ...LONDON, mergeNetsplitBlock: 0, shanghaiTime: 10 }, 0n, 9n],
    ['Shanghai', { ...LONDON, mergeNetsplitBlock: 0, shanghaiTime: 10, cancunTime: 20 }, 0n, 19n],
    ['BPO1', { ...LONDON, shanghaiTime: 0, cancunTime: 0, pragueTime: 0, osakaTime: 0, bpo1Time: 0 }, 0n, 0n],
  ])('is %s for %j in block %d at %d', (name, config, number, timestamp) => {
    expect(forkAt(config, 'config', number, timestamp).name).toBe(name)
  })
})

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
