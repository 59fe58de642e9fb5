import { describe, expect, it } from 'vitest'
import { runRlpTests } from './rlp-tests.ts'

const run = (input: unknown, out: string) => runRlpTests({ a: { in: input, out } }, 'f.json')[0]

describe('runRlpTests', () => {
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

  it('refuses a file of another form', () => {
    expect(() => run({}, '0x80')).toThrow('f.json: a.in: not text, a number or an array')
    expect(() => run('', '0x8')).toThrow('f.json: a.out: hex of odd length')
  })
})
