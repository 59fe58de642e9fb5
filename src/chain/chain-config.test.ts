import { describe, expect, it } from 'vitest'
import { readChainConfig } from './chain-config.ts'
import { mainnet, sepolia } from './networks.ts'

/** Everything from the first block on, as far as London. */
const LONDON = Object.fromEntries(
  'homestead eip150 eip158 byzantium constantinople petersburg istanbul berlin london'
    .split(' ')
    .map((name) => [`${name}Block`, 0]),
)

describe('readChainConfig', () => {
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
    expect(readChainConfig(config, 'config').tableAt(number, timestamp).name).toBe(name)
  })

  it.each([
    [{ ...LONDON, londonBlock: 5, terminalTotalDifficulty: 0 }, 4n, null, 'Berlin'],
    [{ ...LONDON, londonBlock: 5, terminalTotalDifficulty: 0 }, 5n, null, 'Paris'],
    [{ ...LONDON, terminalTotalDifficulty: 9 }, 5n, 8n, 'London'],
    [{ ...LONDON, terminalTotalDifficulty: 9 }, 5n, 9n, 'Paris'],
    [{ ...LONDON, terminalTotalDifficulty: 9, shanghaiTime: 0 }, 5n, 8n, 'London'],
    [{ ...LONDON, mergeNetsplitBlock: 6 }, 5n, 99n, 'London'],
    [{ ...LONDON, mergeNetsplitBlock: 5 }, 5n, 0n, 'Paris'],
  ])('of %j is, in block %d after a total difficulty of %d, %s', (config, number, total, name) => {
    expect(readChainConfig(config, 'c').tableAt(number, 0n, total).name).toBe(name)
  })

  it('takes what is no fork', () => {
    const config = {
      daoForkBlock: 7,
      daoForkSupport: true,
      mergeNetsplitBlock: 9,
      ethash: {},
      clique: { period: 0 },
    }
    const contract = `0x${'12'.repeat(20)}`
    const read = readChainConfig({ ...config, chainId: '0x7', depositContractAddress: contract }, 'c')
    expect(read).toMatchObject({
      chainId: 7n,
      daoBlock: 7n,
      netsplitBlock: 9n,
      depositContract: BigInt(contract),
    })
    expect(readChainConfig({ ...config, daoForkSupport: false }, 'c').daoBlock).toBeNull()
  })

  it('has the blob parameters of a chain win', () => {
    const config = {
      ...LONDON,
      terminalTotalDifficulty: 0,
      shanghaiTime: 0,
      cancunTime: 0,
      pragueTime: 5,
      osakaTime: 9,
    }
    const blobSchedule = {
      cancun: { target: 1, max: 2, baseFeeUpdateFraction: '0x10' },
      Osaka: { target: '3', max: 4, baseFeeUpdateFraction: 20 },
      amsterdam: null,
    }
    const schedule = readChainConfig({ ...config, blobSchedule }, 'c')
    const blobAt = (time: bigint) => schedule.tableAt(0n, time).rules.blob
    expect(blobAt(0n)).toMatchObject({ target: 1, max: 2, updateFraction: 16, gasPerBlob: 131072 })
    expect(blobAt(5n)).toMatchObject({ target: 1, max: 2, updateFraction: 16 })
    expect(blobAt(9n)).toMatchObject({ target: 3, max: 4, updateFraction: 20, perTransaction: 6 })
  })

  /** What geth writes for the two networks that began with proof of work. */
  it.each([
    [
      mainnet,
      {
        ...{ chainId: 1, homesteadBlock: 1150000, daoForkBlock: 1920000, daoForkSupport: true },
        ...{ eip150Block: 2463000, eip155Block: 2675000, eip158Block: 2675000, byzantiumBlock: 4370000 },
        ...{ constantinopleBlock: 7280000, petersburgBlock: 7280000, istanbulBlock: 9069000 },
        ...{ muirGlacierBlock: 9200000, berlinBlock: 12244000, londonBlock: 12965000 },
        ...{ arrowGlacierBlock: 13773000, grayGlacierBlock: 15050000 },
        ...{ terminalTotalDifficulty: '58750000000000000000000', shanghaiTime: 1681338455 },
        ...{ cancunTime: 1710338135, pragueTime: 1746612311, osakaTime: 1764798551 },
        ...{ bpo1Time: 1765290071, bpo2Time: 1767747671 },
      },
    ],
    [
      sepolia,
      {
        ...LONDON,
        ...{ chainId: 11155111, mergeNetsplitBlock: 1735371, terminalTotalDifficulty: '17000000000000000' },
        depositContractAddress: '0x7f02c3e3c98b133055b8b348b2ac625669ed295d',
        ...{ shanghaiTime: 1677557088, cancunTime: 1706655072, pragueTime: 1741159776 },
        ...{ osakaTime: 1760427360, bpo1Time: 1761017184, bpo2Time: 1761607008 },
      },
    ],
  ])('of $name gives the schedule that is built in', ({ schedule }, config) => {
    const read = readChainConfig(config, 'c')
    const starts = schedule.activations.map((one) => ('block' in one ? one.block : one.time))
    for (const start of [...starts, schedule.merge!.block!])
      for (const at of [start - 1n, start, start + 1n].filter((one) => one >= 0n))
        for (const total of [0n, schedule.merge!.terminalTotalDifficulty!]) {
          const [ours, built] = [read.tableAt(at, at, total), schedule.tableAt(at, at, total)]
          expect([ours.name, ours.rules]).toEqual([built.name, built.rules])
        }
  })

  it.each([
    [[], 'c: not an object'],
    [{ londonBlock: 'x' }, 'c.londonBlock: not an unsigned integer'],
    [{ berlinBlock: 5, londonBlock: 4 }, 'c.londonBlock: before that of Berlin, 5'],
    [{ cancunTime: 5, shanghaiTime: 6 }, 'c.cancunTime: before that of Shanghai, 6'],
    [{ amsterdamTime: 5 }, 'c.amsterdamTime: not a fork that is known'],
    [{ depositContractAddress: '0x12' }, 'c.depositContractAddress: not an address'],
    [{ blobSchedule: 5 }, 'c.blobSchedule: not an object'],
    [{ blobSchedule: { cancun: { target: 1 } } }, 'c.blobSchedule.cancun.max: missing'],
    [
      { blobSchedule: { cancun: { target: 3, max: 2, baseFeeUpdateFraction: 1 } } },
      'c.blobSchedule.cancun: max 2 for a target of 3',
    ],
    [
      { blobSchedule: { cancun: { target: 0, max: 0, baseFeeUpdateFraction: 1 } } },
      'c.blobSchedule.cancun: max 0 for a target of 0',
    ],
    [
      { blobSchedule: { cancun: { target: 1, max: 2, baseFeeUpdateFraction: 0 } } },
      'c.blobSchedule.cancun.baseFeeUpdateFraction: zero',
    ],
    [
      { blobSchedule: { cancun: { target: 2 ** 32, max: 2, baseFeeUpdateFraction: 1 } } },
      'c.blobSchedule.cancun.target: not an unsigned integer of 32 bits',
    ],
  ])('refuses %j', (config, message) => {
    expect(() => readChainConfig(config, 'c')).toThrow(message)
  })
})
