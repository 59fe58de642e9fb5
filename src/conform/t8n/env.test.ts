import { describe, expect, it } from 'vitest'
import { forkByName } from '../../../opcodes/forks.ts'
import { completeEnv, readEnv } from './env.ts'

const MAX_WORD = `0x${'f'.repeat(64)}`
const base = {
  ...{ currentCoinbase: `0x${'c0'.repeat(20)}`, currentGasLimit: '0x1c9c380', currentNumber: '10' },
  ...{
    currentTimestamp: '0x3e8',
    parentTimestamp: '0x3df',
    parentDifficulty: '2048000',
    parentBaseFee: '0x8',
  },
  ...{ parentGasUsed: '0x1c9c380', parentGasLimit: '0x1c9c380', currentRandom: null, withdrawals: [] },
  ...{ parentBeaconBlockRoot: '0x1', parentExcessBlobGas: '0x80000', parentBlobGasUsed: '0x20000' },
}

/** The block of a fork, with members changed, after a parent of the same or another fork. */
function complete(fork: string, change: object = {}, parentFork = fork) {
  const isMerged = forkByName(fork).rules.difficulty === null
  const env = readEnv({ ...base, ...(isMerged && { currentRandom: '0x5' }), ...change }, 'env')
  return completeEnv(env, forkByName(fork).rules, forkByName(parentFork).rules)
}

describe('the block of a transition', () => {
  it.each([
    ['Frontier', {}, { difficulty: 2_049_000n, baseFee: null, excessBlobGas: null }],
    ['Byzantium', {}, { difficulty: 2_048_000n }],
    ['Byzantium', { parentUncleHash: '0x1' }, { difficulty: 2_049_000n }],
    ['Byzantium', { parentUncleHash: `0x${'0'.repeat(64)}` }, { difficulty: 2_048_000n }],
    ['Byzantium', { currentDifficulty: '7' }, { difficulty: 7n }],
    ['London', {}, { difficulty: 2_048_000n, baseFee: 9n }],
    ['London', { currentBaseFee: '0x5' }, { baseFee: 5n }],
    ['London', { parentGasUsed: '0xe4e1c0' }, { baseFee: 8n }],
    ['Paris', { currentDifficulty: '0x0' }, { difficulty: 0n, excessBlobGas: null }],
    // 4 blobs were left over and 1 used; the target is 3, from Prague on 6.
    ['Cancun', {}, { excessBlobGas: 2n * 131_072n }],
    ['Prague', {}, { excessBlobGas: 0n }],
    ['Cancun', { currentExcessBlobGas: '0x7' }, { excessBlobGas: 7n }],
    ['Cancun', { parentBlobGasUsed: null }, { excessBlobGas: null }],
  ])('of %s with %j is worked out from its parent', (fork, change, expected) => {
    const { block, baseFee, excessBlobGas } = complete(fork, change)
    expect({ difficulty: block.difficulty, baseFee, excessBlobGas }).toMatchObject(expected)
  })

  it('has the first base fee where its parent has none', () => {
    expect(complete('London', {}, 'Berlin').baseFee).toBe(1_000_000_000n)
  })

  it.each([
    ['Frontier', { parentDifficulty: null }, 'missing parentDifficulty'],
    ['Frontier', { currentNumber: 0 }, 'currentDifficulty needs to be provided for block number 0'],
    ['Frontier', { currentTimestamp: '0x3df' }, 'currentTime (991) needs to be after parent time (991)'],
    ['Frontier', { currentNumber: `0x${'f'.repeat(16)}` }, 'currentDifficulty cannot be calculated'],
    ['London', { parentBaseFee: null }, "EIP-1559 config but missing 'parentBaseFee' in env section"],
    ['London', { parentBaseFee: MAX_WORD }, 'currentBaseFee cannot be calculated -- it is too large'],
    ['Paris', { currentRandom: null }, 'post-merge requires currentRandom'],
    ['Paris', { currentDifficulty: 1 }, 'post-merge difficulty must be zero'],
    ['Shanghai', { withdrawals: null }, "Shanghai config but missing 'withdrawals'"],
    ['Cancun', { parentBeaconBlockRoot: null }, 'requires parentBeaconBlockRoot'],
    [
      'Cancun',
      { parentExcessBlobGas: `0x${'f'.repeat(16)}`, parentBlobGasUsed: '0x100000' },
      'currentExcessBlobGas cannot be calculated',
    ],
  ])('of %s with %j cannot be told', (fork, change, message) => {
    expect(() => complete(fork, change)).toThrow(
      expect.objectContaining({ code: 'USAGE', message: expect.stringContaining(message) }),
    )
  })

  it.each([
    [{ currentGasLimit: `0x1${'0'.repeat(16)}` }, 'env.currentGasLimit: not an unsigned integer of 64 bits'],
    [{ blockHashes: { x: '0x1' } }, 'env.blockHashes key: not an unsigned integer'],
    [{ withdrawals: [{ index: '0x0' }] }, 'env.withdrawals[0].validatorIndex: missing'],
    [{ ommers: [{ delta: 9, address: base.currentCoinbase }] }, 'env.ommers[0].delta: 9, above 8'],
    [{ currentCoinbase: '0x1' }, 'env.currentCoinbase: not an address'],
  ])('is refused with %j', (change, message) => {
    expect(() => readEnv({ ...base, ...change }, 'env')).toThrow(message)
  })
})
