import { describe, expect, it } from 'vitest'
import { encodeBlock } from '../chain/block.ts'
import { type BlockHeader, headerHash } from '../chain/header.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import type { MemorySource } from '../state/memory-source.ts'
import { Scene, signed } from './block-harness.ts'
import { blockSuiteCases } from './block-tests.ts'
import { runCase } from './case.ts'
import { findFork } from './fixture.ts'
import type { SuiteChoice } from './suite-tier.ts'

function headerJson(header: BlockHeader) {
  const word = (value: bigint) => toFixedHex(value, 32)
  return {
    parentHash: word(header.parentHash),
    uncleHash: word(header.ommersHash),
    coinbase: toFixedHex(header.coinbase, 20),
    stateRoot: word(header.stateRoot),
    transactionsTrie: word(header.transactionsRoot),
    receiptTrie: word(header.receiptsRoot),
    bloom: bytesToHex(header.logsBloom),
    difficulty: toQuantity(header.difficulty),
    number: toQuantity(header.number),
    gasLimit: toQuantity(header.gasLimit),
    gasUsed: toQuantity(header.gasUsed),
    timestamp: toQuantity(header.timestamp),
    extraData: bytesToHex(header.extraData),
    mixHash: word(header.mixHash),
    nonce: toFixedHex(header.nonce, 8),
    ...(header.baseFee === null ? {} : { baseFeePerGas: toQuantity(header.baseFee) }),
    hash: word(headerHash(header)),
  }
}

function allocJson(image: MemorySource) {
  return Object.fromEntries(
    [...image.accounts].map(([address, { nonce, balance, code }]) => [
      toFixedHex(address, 20),
      { nonce: toQuantity(nonce), balance: toQuantity(balance), code: bytesToHex(code), storage: {} },
    ]),
  )
}

/** A test of two blocks under London, between them one that is invalid. */
function sound() {
  const scene = new Scene('London')
  const pay = (nonce: bigint) => signed({ nonce, to: 0xa1n, value: 7n })
  const first = scene.childOf(scene.genesis, { transactions: [pay(0n)] })
  const added = scene.add(first)
  const invalid = scene.childOf(added, { transactions: [pay(0n)] })
  const second = scene.childOf(added, { transactions: [pay(1n)] })
  const pre = allocJson(scene.images.get(scene.genesis.hash)!)
  const head = scene.add(second)
  return {
    network: 'London',
    sealEngine: 'NoProof',
    genesisBlockHeader: headerJson(scene.genesis.header),
    pre,
    blocks: [
      { rlp: bytesToHex(encodeBlock(first)), blockHeader: headerJson(first.header) },
      {
        rlp: bytesToHex(encodeBlock(invalid)),
        expectException: 'TransactionException.NONCE_MISMATCH_TOO_LOW',
      },
      { rlp: bytesToHex(encodeBlock(second)), blockHeader: headerJson(second.header) },
    ] as Record<string, unknown>[],
    lastblockhash: toFixedHex(head.hash, 32),
    postState: allocJson(scene.state),
  }
}

function verdict(test: unknown, tiers: SuiteChoice = 'all'): string {
  const [suiteCase] = blockSuiteCases({ one: test }, 'file')
  const { outcome, reason } = runCase(suiteCase, findFork, nodeCrypto, tiers)
  return reason === undefined ? outcome : `${outcome}: ${reason}`
}

describe('a test of blocks', () => {
  it('passes where all is as stated, in every tier, and as modules', () => {
    expect(verdict(sound())).toBe('passed')
    expect(verdict(sound(), 'module')).toBe('passed')
  })

  it.each([
    [
      'an invalid block is stated to be valid',
      () => {
        const test = sound()
        test.blocks[1] = { ...test.blocks[2], rlp: test.blocks[1].rlp }
        return test
      },
      'blocks[1]: refused: nonce-too-low',
    ],
    [
      'a valid block is stated to be invalid',
      () => {
        const test = sound()
        test.blocks[0] = { rlp: test.blocks[0].rlp, expectException: 'BlockException.INVALID_GASLIMIT' }
        return test
      },
      'blocks[0]: accepted, expected BlockException.INVALID_GASLIMIT',
    ],
    [
      'a block without header is valid',
      () => {
        const test = sound()
        test.blocks[0] = { rlp: test.blocks[0].rlp }
        return test
      },
      'blocks[0]: accepted, expected a refusal',
    ],
    [
      'the reason is another',
      () => {
        const test = sound()
        test.blocks[1].expectException =
          'BlockException.INVALID_GASLIMIT|TransactionException.NONCE_MISMATCH_TOO_HIGH'
        return test
      },
      'blocks[1]: refused for another reason than',
    ],
    ['the head is another', () => ({ ...sound(), lastblockhash: toFixedHex(1n, 32) }), 'the head is 0x'],
    ['the state is another', () => ({ ...sound(), postState: {} }), 'state root 0x'],
    ['the genesis has another state', () => ({ ...sound(), pre: {} }), 'genesis: stateRoot: '],
    [
      'the genesis has another hash',
      () => {
        const test = sound()
        test.genesisBlockHeader.gasUsed = '0x1'
        return test
      },
      'genesisBlockHeader.hash: ',
    ],
    ['bytes are no hex', () => ({ ...sound(), blocks: [{ rlp: '0xzz' }] }), 'file: one.blocks[0].rlp: '],
    ['there is no network', () => ({ ...sound(), network: undefined }), 'file: one.network: not text'],
  ])('fails where %s', (_, make, reason) => {
    expect(verdict(make())).toContain('failed: ')
    expect(verdict(make())).toContain(reason)
  })

  it('is skipped where nobody knows its network', () => {
    expect(verdict({ ...sound(), network: 'Atlantis' })).toBe('skipped: no fork Atlantis')
    expect(verdict({ ...sound(), network: 'LondonToAtlantisAt5' })).toBe(
      'skipped: no fork LondonToAtlantisAt5',
    )
  })

  it('takes an exception that nobody knows for any', () => {
    const test = sound()
    test.blocks[1].expectException = 'BlockException.NEW_ONE'
    expect(verdict(test)).toBe('passed')
  })
})
