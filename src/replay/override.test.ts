import { describe, expect, it } from 'vitest'
import { codeHashOf, MemorySource } from '../state/memory-source.ts'
import { OverrideSource, readOverride } from './override.ts'

const ADDRESS = `0x${'00'.repeat(19)}aa`
const CODE = Uint8Array.of(0x60, 0x01)

describe('an override', () => {
  const below = new MemorySource()
  below.set(0xaan, 3n, 5n, CODE, new Map([[1n, 7n]]))

  it('changes what it names and nothing else', () => {
    const json = { accounts: { [ADDRESS]: { balance: '0x9', storage: { '0x2': '0x8' } } } }
    const source = new OverrideSource(below, readOverride(json, 'file'))
    expect(source.account(0xaan)).toEqual({ nonce: 3n, balance: 9n, codeHash: codeHashOf(CODE) })
    expect([1n, 2n, 3n].map((key) => source.storage(0xaan, key))).toEqual([7n, 8n, 0n])
    expect(source.account(0xbbn)).toBeNull()
  })

  it('makes an account that is not there, with code', () => {
    const json = { accounts: { [ADDRESS.replace('aa', 'cc')]: { code: '0x6002' } } }
    const source = new OverrideSource(below, readOverride(json, 'file'))
    const code = Uint8Array.of(0x60, 0x02)
    expect(source.account(0xccn)).toEqual({ nonce: 0n, balance: 0n, codeHash: codeHashOf(code) })
    expect(source.code(0xccn, codeHashOf(code))).toEqual(code)
  })

  it('reads fields of the block, and refuses what it does not know', () => {
    expect(readOverride({ block: { timestamp: '0x5', coinbase: ADDRESS } }, 'file').block).toEqual({
      timestamp: 5n,
      coinbase: 0xaan,
    })
    expect(() => readOverride({ block: { time: '0x5' } }, 'file')).toThrow('file: block.time: unknown member')
    expect(() => readOverride({ accounts: { [ADDRESS]: { nonce: 5 } } }, 'file')).toThrow('nonce: not hex')
  })
})
