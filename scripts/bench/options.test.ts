import { expect, it } from 'vitest'
import { readOptions } from './options.ts'

const KNOWN = { groups: ['evm', 'trie'], tiers: ['auto', 'reference'], peers: ['revm', '@ethereumjs/evm'] }

const read = (...args: string[]) => {
  const request = readOptions(args, KNOWN)
  if (request.kind !== 'bench') throw new Error(request.kind)
  return request
}

it('measures everything against everybody unless told otherwise', () => {
  const { isWanted, ...options } = read()
  expect(options).toEqual({
    ...{ kind: 'bench', json: false, isQuick: false, groups: null, tiers: KNOWN.tiers, peers: null },
    ...{ corpus: null, suites: 'ethereum-tests', profile: null },
  })
  expect(isWanted('anything')).toBe(true)
})

it('takes names of groups, tiers and peers', () => {
  const options = read('--group', 'trie,evm', '--tier', 'reference', '--peer', 'revm', '--quick', '--json')
  expect(options).toMatchObject({
    ...{ groups: ['trie', 'evm'], tiers: ['reference'], peers: ['revm'], isQuick: true, json: true },
  })
  expect(read('--quick').tiers).toEqual(['auto'])
  expect(read('--peer', 'none').peers).toEqual([])
  expect(read('--profile', 'x.cpuprofile')).toMatchObject({ peers: [], profile: 'x.cpuprofile' })
})

it.each([
  ['main/sha1_', ['main/sha1_divs/empty']],
  ['^main.*empty$', ['main/sha1_divs/empty']],
  ['a+b', ['a+b']],
])('takes %s for text and for a regular expression', (pattern, wanted) => {
  const names = ['main/sha1_divs/empty', 'main/other', 'a+b', 'b']
  expect(names.filter(read('--case', pattern).isWanted)).toEqual(wanted)
})

it.each([
  [['--group', 'emv'], /^--group: no "emv"; there are evm, trie$/],
  [['--tier', 'auto,warp'], /^--tier: no "warp"/],
  [['--peer', 'geth'], /^--peer: no "geth"/],
  [['--peer', 'revm', '--profile', 'x'], /^--profile and --peer exclude each other/],
  [['--fast'], /--fast/],
])('refuses %j', (args, message) => {
  expect(() => read(...args)).toThrow(message)
})
