import { describe, expect, it } from 'vitest'
import { defaultCrypto } from '../runtime/crypto.ts'
import { runCases } from './case.ts'
import { rlpCases } from './rlp-tests.ts'

const runAll = (file: unknown) => [...runCases(rlpCases(file, 'f.json'), () => null, defaultCrypto)]
const run = (input: unknown, out: string) => runAll({ a: { in: input, out } })[0]

describe('RLP tests', () => {
  it.each<[unknown, string]>([
    ['dog', '0x83646f67'],
    [[[], '', ['a', 1000], '#1024'], '0xcac080c4618203e8820400'],
    ['VALID', 'c0'],
    ['INVALID', '0x8100'],
    ['INVALID', ''],
  ])('passes %j as %s', (input, out) => {
    expect(run(input, out)).toEqual({ case: 'a', fork: null, outcome: 'passed' })
  })

  it.each<[unknown, string, string]>([
    ['dog', '0x83646f68', 'encodes to 0x83646f67'],
    ['dog', '0x8100', '0x8100 is refused'],
    ['VALID', '0x8100', '0x8100 is refused'],
    ['INVALID', '0xc0', 'decoded, but is not canonical'],
  ])('fails %j as %s', (input, out, reason) => {
    expect(run(input, out)).toEqual({ case: 'a', fork: null, outcome: 'failed', reason })
  })

  it('refuses a file of another form; a case of another form fails alone', () => {
    expect(() => runAll([])).toThrow('f.json: not an object')
    const good = { in: '', out: '80' }
    expect(runAll({ a: { in: {}, out: '80' }, b: { in: '', out: '0x8' }, c: 5, good })).toMatchObject([
      { outcome: 'failed', reason: 'f.json: a.in: not text, a number or an array' },
      { outcome: 'failed', reason: expect.stringContaining('f.json: b.out: hex of odd length') },
      { outcome: 'failed', reason: expect.stringContaining('f.json: c: not an object') },
      { outcome: 'passed' },
    ])
  })
})
