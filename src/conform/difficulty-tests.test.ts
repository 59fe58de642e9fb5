import { describe, expect, it } from 'vitest'
import { defaultCrypto } from '../runtime/crypto.ts'
import { runCases } from './case.ts'
import { difficultyCases } from './difficulty-tests.ts'
import { findFork } from './fixture.ts'
import { kindOf } from './kind.ts'

/** The block after one of difficulty 2,048,000, nine seconds later. */
const block = {
  currentBlockNumber: '0x05',
  currentTimestamp: '0x09',
  currentDifficulty: '0x1f4000',
  parentTimestamp: '0x00',
  parentDifficulty: '0x1f4000',
  parentUncles: '0x00',
}
const harder = { ...block, currentDifficulty: '0x1f43e8' }
const NO_OMMERS = '0x1dcc4de8dec75d7aab85b567b6ccd41ad312451b948a7413f0a142fd40d49347'

const run = (name: string, file: unknown) =>
  [...runCases(difficultyCases(file, `suite/${name}.json`), findFork, defaultCrypto)].map((result) => [
    result.case,
    result.fork,
    result.reason ?? result.outcome,
  ])

describe('difficulty tests', () => {
  it('are of forks in groups', () => {
    const file = {
      group: {
        _info: { comment: '' },
        Byzantium: { a: block, ommers: { ...harder, parentUncles: '0x01' } },
        Homestead: { a: harder, wrong: block },
        Paris: { a: block },
        Nowhere: { a: block },
      },
    }
    expect(kindOf(file, 'any.json')).toBe('difficulty')
    expect(run('any', file)).toEqual([
      ['a', 'Byzantium', 'passed'],
      ['ommers', 'Byzantium', 'passed'],
      ['a', 'Homestead', 'passed'],
      ['wrong', 'Homestead', 'the difficulty is 2049000, expected 2048000'],
      ['a', 'Paris', 'the fork has no proof of work'],
      ['a', 'Nowhere', 'no fork Nowhere'],
    ])
  })

  it.each([
    ['difficulty', '0x05', '0x01', 'passed'],
    ['difficultyMainNetwork', '0x118c30', NO_OMMERS, 'passed'],
    ['difficultyCustomHomestead', '0x05', undefined, 'passed'],
    ['difficultyRopsten', '0x05', NO_OMMERS, 'passed'],
    ['difficultyRopsten', '0x19f0a0', NO_OMMERS, 'the difficulty is 2048000, expected 2049000'],
    ['difficultyElsewhere', '0x05', NO_OMMERS, 'suite/difficultyElsewhere.json: a: of a chain unknown'],
  ])('of a chain named by the file %s at block %s', (name, currentBlockNumber, parentUncles, outcome) => {
    const file = { a: { ...harder, currentBlockNumber, ...(parentUncles ? { parentUncles } : {}) } }
    // The bomb of block 1,150,000 comes on top.
    if (name === 'difficultyMainNetwork') file.a.currentDifficulty = '0x1f45e8'
    expect(kindOf(file, `${name}.json`)).toBe('difficulty')
    expect(run(name, file)).toEqual([['a', null, outcome]])
  })

  it('of another form fail alone', () => {
    const { currentTimestamp, ...incomplete } = block
    expect(currentTimestamp).toBeDefined()
    expect(run('x', { g: { Homestead: { a: { ...block, x: 1 }, b: incomplete, c: harder } }, h: 5 })).toEqual(
      [
        ['a', 'Homestead', 'suite/x.json: g.Homestead.a.x: unknown member'],
        ['b', 'Homestead', 'suite/x.json: g.Homestead.b.currentTimestamp: missing'],
        ['c', 'Homestead', 'passed'],
        ['h', null, 'suite/x.json: h: not an object (number)'],
      ],
    )
  })
})
