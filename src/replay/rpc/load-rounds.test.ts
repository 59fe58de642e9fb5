import { describe, expect, it } from 'vitest'
import { LateSource } from '../../conform/late-source.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { untilLoaded } from './load-rounds.ts'

describe('loading in rounds', () => {
  it('explores the first ones, and goes on without', async () => {
    const rounds = 40n
    const source = new LateSource(new MemorySource())
    let explored = 0
    const attempt = () => {
      for (let address = 0n; address < rounds; address++)
        if (source.account(address) === undefined) return { misses: [{ kind: 'account', address } as const] }
      return { done: 'all' }
    }
    const explore = () => {
      explored++
      return [{ kind: 'account', address: 1000n + BigInt(explored) } as const]
    }
    expect(await untilLoaded(source, attempt, explore)).toBe('all')
    expect(explored).toBe(16)
  })
})
