import { describe, expect, it } from 'vitest'
import { bytesToBareHex } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { encodeRlp } from '../core/rlp.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { basicCases } from './basic-tests.ts'
import { runCases } from './case.ts'

const run = (name: string, file: unknown) => [
  ...runCases(basicCases(file, `suite/BasicTests/${name}.json`), () => null, defaultCrypto),
]
const outcomes = (name: string, file: unknown) =>
  run(name, file).map(({ case: title, outcome, reason }) => [title, outcome, ...(reason ? [reason] : [])])

const cow = {
  seed: 'cow',
  key: 'c85ef7d79691fe79573b1a7064c19c1a9819ebdbd1faaab1a8ec92344438aaf4',
  addr: 'cd2a3d9f938e13cd947ec05abc7fe734df8dd826',
  sig_of_emptystring: { v: '27', r: '1', s: '1' },
}
const transfer = {
  key: cow.key,
  nonce: 0,
  gasprice: 1000000000000,
  startgas: 10000,
  to: '13978aee95f38490e9769c39b2773ed763d9cd5f',
  value: 10000000000000000,
  data: '',
  unsigned: 'eb8085e8d4a510008227109413978aee95f38490e9769c39b2773ed763d9cd5f872386f26fc1000080808080',
  signed:
    'f86b8085e8d4a510008227109413978aee95f38490e9769c39b2773ed763d9cd5f872386f26fc10000801ba0eab47c1a49bf2fe5d40e01d313900e19ca485867d462fe06e139e3a536c6d4f4a014a569d327dcda4b29f74f93c0e9729d2f49ad726e703f9cd90dbb0fbf6649f1',
}
const header = Array.from({ length: 15 }, (_, i) => Uint8Array.of(200 + i))
const genesis = {
  genesis_rlp_hex: bytesToBareHex(encodeRlp([header, [], []])),
  genesis_state_root: 'cb',
  genesis_hash: bytesToBareHex(keccak256(encodeRlp(header))),
}

describe('basic tests', () => {
  it('of keys and addresses leave the signature out', () => {
    const skipped = ['0 signature', 'skipped', 'a signature of an unknown digest']
    expect(outcomes('keyaddrtest', [cow])).toEqual([['0', 'passed'], skipped])
    expect(outcomes('keyaddrtest', [{ ...cow, seed: 'ox' }])).toEqual([
      ['0', 'failed', 'the key is not the hash of the seed'],
      skipped,
    ])
    expect(outcomes('keyaddrtest', [{ ...cow, addr: transfer.to }])[0]).toEqual([
      '0',
      'failed',
      'the key has another address',
    ])
  })

  it.each([
    ['as they are', {}, ['0', 'passed']],
    ['another nonce', { nonce: 1 }, ['0', 'failed', 'the fields encode otherwise']],
    [
      'signed for unsigned',
      { unsigned: transfer.signed },
      ['0', 'failed', 'the fields without a signature encode otherwise'],
    ],
    ['another key', { key: '01'.padStart(64, '0') }, ['0', 'failed', 'the signature has another signer']],
  ])('of transactions, %s', (_, change, expected) => {
    expect(outcomes('txtest', [{ ...transfer, ...change }])).toEqual([expected])
  })

  it.each([
    [[1, 2, 3, 4, 5], false, '112345'],
    [[0, 1, 2, 3, 4, 5], true, '20012345'],
    [[], false, '00'],
  ])('of paths, %j ended: %s', (seq, term, out) => {
    expect(outcomes('hexencodetest', { path: { seq, term, out } })).toEqual([['path', 'passed']])
    expect(outcomes('hexencodetest', { path: { seq, term: !term, out } })[0][1]).toBe('failed')
  })

  it('of the first block', () => {
    expect(outcomes('genesishashestest', genesis)).toEqual([['genesishashestest', 'passed']])
    expect(outcomes('genesishashestest', { ...genesis, genesis_hash: '00' })[0][2]).toBe(
      'the header has another hash',
    )
    expect(outcomes('genesishashestest', { ...genesis, genesis_state_root: 'cc' })[0][2]).toBe(
      'the header has another state root',
    )
  })

  it('tell what is not run', () => {
    expect(run('crypto', { aes1: {} })).toMatchObject([{ case: 'aes1', outcome: 'skipped' }])
    expect(run('blockgenesistest', [{}])).toMatchObject([{ case: '0', outcome: 'skipped' }])
  })

  it('refuse other files', () => {
    expect(() => run('other', {})).toThrow('suite/BasicTests/other.json: not a file of BasicTests')
    expect(() => run('txtest', 5)).toThrow('txtest.json: not an object')
  })

  it.each([
    ['keyaddrtest', [{ ...cow, key: '00' }], 'keyaddrtest.json: 0.key: not 32 bytes'],
    ['keyaddrtest', [{ ...cow, key: '00'.repeat(32) }], 'keyaddrtest.json: 0.key: not a private key'],
    ['txtest', [{ ...transfer, signed: '0x' }], 'signed: no bytes'],
    ['genesishashestest', { ...genesis, genesis_rlp_hex: 'c0' }, 'genesis: 0 fields'],
  ])('of another form fail alone, as one of %s', (name, file, reason) => {
    const other = Array.isArray(file) ? [...file, name === 'txtest' ? transfer : cow] : file
    const [first, second] = run(name, other)
    expect(first).toMatchObject({ outcome: 'failed', reason: expect.stringContaining(reason) })
    if (Array.isArray(other)) expect(second.outcome).toBe('passed')
  })
})
