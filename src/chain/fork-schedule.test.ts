import { describe, expect, it } from 'vitest'
import { cancun, FORKS, osaka, prague, shanghai } from '../../opcodes/forks.ts'
import { ForkSchedule, scheduleByName } from './fork-schedule.ts'
import { mainnet, NETWORKS, sepolia } from './networks.ts'

describe('schedules of public networks', () => {
  it.each([
    [0n, 'Frontier'],
    [1_149_999n, 'Frontier'],
    [1_150_000n, 'Homestead'],
    [7_279_999n, 'Byzantium'],
    [7_280_000n, 'ConstantinopleFix'],
    [15_537_393n, 'GrayGlacier'],
    [15_537_394n, 'Paris'],
    [99_000_000n, 'Paris'],
  ])('mainnet at block %d, of no time, is %s', (block, fork) => {
    expect(mainnet.schedule.tableAt(block, 0n).name).toBe(fork)
  })

  it.each([
    [1_681_338_454n, 'Paris'],
    [1_681_338_455n, 'Shanghai'],
    [1_764_798_551n, 'Osaka'],
    [1_767_747_670n, 'BPO1'],
    [1_767_747_671n, 'BPO2'],
  ])('mainnet at time %d, after the merge, is %s', (time, fork) => {
    expect(mainnet.schedule.tableAt(20_000_000n, time).name).toBe(fork)
  })

  it('have the total difficulty decide where it is known', () => {
    const { schedule } = sepolia
    const terminal = schedule.merge!.terminalTotalDifficulty!
    const at = (difficulty: bigint, time: bigint) => schedule.tableAt(1_450_500n, time, difficulty).name
    expect(at(terminal - 1n, 0n)).toBe('London')
    expect(at(terminal, 0n)).toBe('Paris')
    expect(at(terminal, 1_677_557_088n)).toBe('Shanghai')
    // A fork by time is one of the merged chain.
    expect(at(terminal - 1n, 1_677_557_088n)).toBe('London')
  })

  it('have forks in their order', () => {
    for (const { schedule } of NETWORKS) {
      const places = schedule.activations.map(({ table }) => FORKS.indexOf(table))
      expect(places).toEqual([...places].sort((a, b) => a - b))
    }
  })
})

describe('scheduleByName', () => {
  it.each([
    ['Osaka', 0n, 0n, 'Osaka'],
    ['Merge', 0n, 0n, 'Paris'],
    ['FrontierToHomesteadAt5', 4n, 99n, 'Frontier'],
    ['FrontierToHomesteadAt5', 5n, 0n, 'Homestead'],
    ['ByzantiumToConstantinopleFixAt5', 5n, 0n, 'ConstantinopleFix'],
    ['HomesteadToDaoAt5', 5n, 0n, 'Homestead'],
    ['ParisToShanghaiAtTime15k', 99n, 14_999n, 'Paris'],
    ['ParisToShanghaiAtTime15k', 1n, 15_000n, 'Shanghai'],
    ['OsakaToBPO1AtTime15k', 1n, 15_000n, 'BPO1'],
    ['BPO2ToBPO3AtTime15', 1n, 15n, 'BPO3'],
  ])('%s at block %d and time %d is %s', (name, block, time, fork) => {
    expect(scheduleByName(name).tableAt(block, time).name).toBe(fork)
  })

  it('merges at a total difficulty', () => {
    const schedule = scheduleByName('ArrowGlacierToMergeAtDiffC0000')
    expect(schedule.tableAt(1n, 1n).name).toBe('ArrowGlacier')
    expect(schedule.tableAt(1n, 1n, 0xbffffn).name).toBe('ArrowGlacier')
    expect(schedule.tableAt(1n, 1n, 0xc0000n).name).toBe('Paris')
  })

  it('knows the fork of the DAO, and the chain', () => {
    expect(scheduleByName('HomesteadToDaoAt5', 7n)).toMatchObject({ daoBlock: 5n, chainId: 7n })
    expect(scheduleByName('FrontierToHomesteadAt5').daoBlock).toBeNull()
  })

  it.each([
    '',
    'Nowhere',
    'ParisToNowhereAt5',
    'ParisToShanghaiAt',
    'ParisToShanghaiAtTimek',
    'HomesteadToDaoAtTime5',
  ])('refuses %j', (name) =>
    expect(() => scheduleByName(name)).toThrow(expect.objectContaining({ code: 'UNKNOWN_FORK' })),
  )
})

describe('blob parameters of a chain', () => {
  const own = { target: 1, max: 2, updateFraction: 3 }
  const schedule = new ForkSchedule({
    chainId: 1n,
    activations: [shanghai, cancun, prague, osaka].map((table, i) => ({ table, block: BigInt(i) })),
  })
  const blobsAt = (changed: ForkSchedule) =>
    [0n, 1n, 2n, 3n].map((block) => changed.tableAt(block, 0n).rules.blob?.target)

  it('hold from their fork on until others do', () => {
    expect(blobsAt(schedule.withBlobParameters(new Map()))).toEqual([undefined, 3, 6, 6])
    expect(blobsAt(schedule.withBlobParameters(new Map([['prague', own]])))).toEqual([undefined, 3, 1, 1])
    const both = new Map([
      ['cancun', own],
      ['osaka', { ...own, target: 2 }],
    ])
    expect(blobsAt(schedule.withBlobParameters(both))).toEqual([undefined, 1, 1, 2])
  })

  it('leave the rest as it is', () => {
    const changed = schedule.withBlobParameters(new Map([['osaka', own]])).tableAt(3n, 0n)
    expect(changed).toMatchObject({ name: 'Osaka', rows: osaka.rows })
    expect(changed.rules.blob).toEqual({ ...osaka.rules.blob, ...own })
    const { target, max, updateFraction } = osaka.rules.blob!
    const same = schedule.withBlobParameters(new Map([['osaka', { target, max, updateFraction }]]))
    expect(same.tableAt(3n, 0n)).toBe(osaka)
  })
})
