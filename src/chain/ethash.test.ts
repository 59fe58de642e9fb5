import { describe, expect, it } from 'vitest'
import { hexToBytes } from '../core/hex.ts'
import { cacheBytes, datasetBytes, Ethash } from './ethash.ts'
import { newHeader } from './header.ts'

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
  })
})
