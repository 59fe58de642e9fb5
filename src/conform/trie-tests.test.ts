import { describe, expect, it } from 'vitest'
import { defaultCrypto } from '../runtime/crypto.ts'
import { runCases } from './case.ts'
import { trieCases } from './trie-tests.ts'

const runTrieTests = (file: unknown, place: string) => [
  ...runCases(trieCases(file, place), () => null, defaultCrypto),
]

const ROOT = '0x17beaa1648bafa633cda809c90c04af50fc8aed3cb40d16efbddee6fdf63c4c3'
const entries = { foo: 'bar', '0x666f6f64': '0x62617373' }

describe('trie tests', () => {
  it('passes entries in any order and changes in their order', () => {
    const file = {
      any: { in: entries, root: ROOT },
      ordered: {
        in: [
          ['foo', 'x'],
          ['gone', 'y'],
          ['food', 'bass'],
          ['foo', 'bar'],
          ['gone', null],
        ],
        root: ROOT,
      },
    }
    expect(runTrieTests(file, 'trie.json')).toEqual([
      { case: 'any', fork: null, outcome: 'passed' },
      { case: 'ordered', fork: null, outcome: 'passed' },
    ])
  })

  it('fails another root, and hashes keys for a secure file', () => {
    const [plain] = runTrieTests({ a: { in: { foo: 'baz' }, root: ROOT } }, 'trie.json')
    expect(plain).toMatchObject({ case: 'a', outcome: 'failed' })
    expect(plain.reason).toContain(`, expected ${ROOT}`)
    const [secure] = runTrieTests({ a: { in: entries, root: ROOT } }, 'x_secureTrie.json')
    expect(secure.outcome).toBe('failed')
    expect(secure.reason).not.toBe(plain.reason)
  })

  it('compares neighbours', () => {
    const keys = ['cat', 'doge', 'wallace']
    const run = (...test: string[]) =>
      runTrieTests({ a: { in: keys, tests: [test] } }, 'trie.json')[0].outcome
    expect([run('cat', '', 'doge'), run('d', 'cat', 'doge'), run('x', 'wallace', '')]).toEqual(
      Array(3).fill('passed'),
    )
    expect([run('cat', 'cat', 'doge'), run('d', 'cat', 'wallace')]).toEqual(['failed', 'failed'])
  })

  it.each([
    [{ in: {} }, 'a.root: missing'],
    [{ in: { k: 1 }, root: ROOT }, 'a.in[0]: not text'],
    [{ in: [['k']], root: ROOT }, 'a.in[0]: not 2 elements'],
    [{ in: {}, root: ROOT, more: 1 }, 'a.more: unknown member'],
    [{ in: ['k'], tests: [['k', '']] }, 'a.tests[0]: not 3 elements'],
    [{ in: ['k'], tests: [['k', '', '0x1']] }, 'a.tests[0][2]: hex of odd length ("0x1")'],
  ])('fails a case of another form, and it alone (%#)', (value, reason) => {
    const [first, second] = runTrieTests({ a: value, b: { in: entries, root: ROOT } }, 'f.json')
    expect(first).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(reason) })
    expect(second.outcome).toBe('passed')
  })

  it('refuses a file of another form', () => {
    const wrong = expect.objectContaining({ code: 'VALUE', message: 'f.json: not an object (array)' })
    expect(() => runTrieTests([], 'f.json')).toThrow(wrong)
  })
})
