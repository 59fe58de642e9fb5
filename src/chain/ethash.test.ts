import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../core/hex.ts'
import { cacheBytes, datasetBytes, Ethash } from './ethash.ts'
import { headerHash, newHeader } from './header.ts'

describe('Ethash (Yellow Paper appendix J)', () => {
  it.each([
    [0, 16776896, 1073739904],
    [1, 16907456, 1082130304],
    [2, 17039296, 1090514816],
    [2047, 285081536, 18245220736],
  ])('has in epoch %d a cache of %d and a data set of %d bytes', (epoch, cache, dataset) => {
    expect(cacheBytes(epoch)).toBe(cache)
    expect(datasetBytes(epoch)).toBe(dataset)
  })

  it('finds the work of a hash and a nonce, and takes no other', { timeout: 120_000 }, () => {
    const ethash = new Ethash()
    const hash = hexToBytes('0x2a8de2adf89af77358250bf908bf04ba94a6e8c3ba87775564a41d269a05e4ce', 'hash')
    const mixHash = 0x58f759ede17a706c93f13030328bcea40c1d1341fb26f2facd21ceb0dae57017n
    const result = 0xdd47fd2d98db51078356852d7c4014e6a5d6c387c35f40e2875b74a256ed7906n
    expect(ethash.work(22n, hash, 0x4242424242424242n)).toEqual({ mixHash, result })
    // A difficulty of one takes any nonce, but its own mixHash alone.
    const header = newHeader({ number: 1n, difficulty: 1n, nonce: 7n })
    expect(ethash.isSealed(header)).toBe(false)
    expect(ethash.isSealed({ ...header, difficulty: 0n })).toBe(false)
    // Block 1 of mainnet, and it with another seal or a greater difficulty.
    const sealed = newHeader({
      parentHash: 0xd4e56740f876aef8c010b86a40d5f56745a118d0906a34e69aec8c0db1cb8fa3n,
      coinbase: 0x05a56e2d52c817161883f50c441c3228cfe54d9fn,
      stateRoot: 0xd67e4d450343046425ae4271474353857ab860dbc0a1dde64b41b5cd3a532bf3n,
      ...{ difficulty: 0x3ff800000n, number: 1n, gasLimit: 5000n, timestamp: 0x55ba4224n },
      extraData: hexToBytes('0x476574682f76312e302e302f6c696e75782f676f312e342e32', 'extraData'),
      mixHash: 0x969b900de27b6ac6a67742365dd65f55a0526c41fd18e1b16f1a1215c2e66f59n,
      nonce: 0x539bd4979fef1ec4n,
    })
    expect(headerHash(sealed)).toBe(0x88e96d4537bea4d9c05d12549907b32561d3bf31f45aae734cdc119f13406cb6n)
    expect(ethash.isSealed(sealed)).toBe(true)
    for (const change of [
      { nonce: sealed.nonce + 1n },
      { mixHash: sealed.mixHash + 1n },
      { difficulty: sealed.difficulty << 32n },
    ])
      expect(ethash.isSealed({ ...sealed, ...change })).toBe(false)
  })
})
