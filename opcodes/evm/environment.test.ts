/** What rows tell of the message, the transaction, the block and other accounts. */
import { describe, expect, it } from 'vitest'
import {
  asm,
  CALLER,
  COINBASE,
  callOf,
  GAS,
  type Part,
  play,
  playRow,
  push,
  type Scene,
  SELF,
  SENDER,
  stage,
} from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import { bytesToBigint } from '../../src/core/word.ts'

const MAX = (1n << 256n) - 1n
const OTHER = 0x07e4n
const CODE = asm(push(0x1234), 'POP', 'STOP')
const other = { nonce: 5n, balance: 77n, code: CODE }
const DIRTY = 0xffn << 160n

const accounts = [
  [OTHER, other],
  [SELF, { balance: 1000n }],
] as const

const block = {
  number: 1234n,
  timestamp: 1_710_000_000n,
  gasLimit: 36_000_000n,
  difficulty: 0x1d1ffn,
  prevRandao: MAX,
  baseFee: 13n,
  blobBaseFee: 17n,
}

describe('constants of a frame', () => {
  it.each<[string, bigint, string?]>([
    ['ADDRESS', SELF],
    ['CALLER', CALLER],
    ['CALLVALUE', 42n],
    ['CALLDATASIZE', 3n],
    ['CODESIZE', 2n],
    ['RETURNDATASIZE', 0n],
    ['ORIGIN', SENDER],
    ['GASPRICE', 10n],
    ['CHAINID', 1n],
    ['SELFBALANCE', 1000n],
    ['COINBASE', COINBASE],
    ['TIMESTAMP', block.timestamp],
    ['NUMBER', block.number],
    ['GASLIMIT', block.gasLimit],
    ['DIFFICULTY', block.difficulty, 'London'],
    ['PREVRANDAO', block.prevRandao],
    ['BASEFEE', block.baseFee],
    ['BLOBBASEFEE', block.blobBaseFee],
  ])('%s', (name, expected, fork = 'Osaka') => {
    const scene = { fork, accounts, block, value: 42n, input: Uint8Array.of(1, 2, 3) }
    expect(playRow(name, [], scene).stack).toEqual([expected])
  })

  it('BLOBHASH gives a hash by its index, and zero past the last', () => {
    const env = { blobHashes: [11n, 22n] }
    const hashAt = (index: bigint) => playRow('BLOBHASH', [index], { env }).stack[0]
    expect([0n, 1n, 2n, 1n << 53n, 1n << 64n, MAX].map(hashAt)).toEqual([11n, 22n, 0n, 0n, 0n, 0n])
  })
})

describe.each(['reference', 'interpreter', 'compiled'] as const)('%s', (tier) => {
  /** What `look` gives after each part. */
  function seen(parts: readonly Part[], look: Part, scene: Scene) {
    const code = parts.flatMap((part, i) => [part, look, push(32 * i), 'MSTORE'])
    const end = [push(32 * parts.length), push(0), 'RETURN']
    const { output } = play({ ...scene, tier, code: asm(...code, ...end) })
    return parts.map((_, i) => bytesToBigint(output.subarray(32 * i, 32 * i + 32)))
  }

  it('SELFBALANCE follows what is sent, received and undone', () => {
    const [giver, undoer, payer, seer] = [0xa1n, 0xa2n, 0xa3n, 0xa4n]
    const send = (name: string, to: bigint, value = 0) => [
      callOf(name, 100_000, to, ...(name === 'CALL' ? [value] : []), 0, 0, 0, 0),
      'POP',
    ]
    const parts = [
      [],
      send('CALL', OTHER, 3),
      send('CALL', OTHER, 4),
      [push(0), push(0), push(5), 'CREATE', 'POP'],
      send('CALL', undoer),
      send('CALL', giver),
      send('CALL', giver, 1),
      send('DELEGATECALL', payer),
      send('DELEGATECALL', payer),
      send('STATICCALL', seer),
      send('STATICCALL', seer),
    ]
    const all = [
      ...accounts,
      [giver, { balance: 50n, code: asm(push(SELF), 'SELFDESTRUCT') }],
      [undoer, { code: asm(send('CALL', giver), 'SELFBALANCE', push(0), push(0), 'REVERT') }],
      [payer, { code: asm('SELFBALANCE', 'POP', send('CALL', OTHER, 6)) }],
      [seer, { code: asm('SELFBALANCE', push(0), 'MSTORE') }],
    ] as const
    const expected = [1000n, 997n, 993n, 988n, 988n, 1038n, 1038n, 1032n, 1026n, 1026n, 1026n]
    expect(seen(parts, 'SELFBALANCE', { accounts: all })).toEqual(expected)
  })

  it('BLOBHASH finds each of many', () => {
    const blobHashes = Array.from({ length: 19 }, (_, i) => (1n << 248n) + BigInt(i))
    const indices = [...blobHashes.keys(), 19, 20, 255].map(BigInt).concat(1n << 32n, 1n << 64n, MAX - 15n)
    const parts = indices.map((index) => push(index))
    const expected = indices.map((index) => (index < 19n ? blobHashes[Number(index)] : 0n))
    expect(seen(parts, 'BLOBHASH', { env: { blobHashes } })).toEqual(expected)
    // What another transaction had is forgotten.
    expect(seen(parts.slice(0, 2), 'BLOBHASH', { env: { blobHashes: [7n] } })).toEqual([7n, 0n])
  })
})

describe('BLOCKHASH', () => {
  // The hash of block n is 1,000 n here.
  it.each([
    [1234n, 977n, 0n],
    [1234n, 978n, 978_000n],
    [1234n, 1233n, 1_233_000n],
    [1234n, 1234n, 0n],
    [1234n, 1235n, 0n],
    [1234n, MAX, 0n],
    [1234n, MAX - 255n, 0n],
    [1234n, (1n << 64n) + 1233n, 0n],
    [10n, 0n, 0n],
    [10n, 9n, 9000n],
    [257n, 1n, 1000n],
    [258n, 1n, 0n],
    [0n, 0n, 0n],
  ])('in block %i of block %i', (number, asked, hash) => {
    expect(playRow('BLOCKHASH', [asked], { block: { number } }).stack).toEqual([hash])
  })
})

describe('CALLDATALOAD', () => {
  const input = Uint8Array.from({ length: 40 }, (_, i) => i + 1)
  it.each([0n, 1n, 8n, 9n, 31n, 39n, 40n, 41n, 1n << 32n, 1n << 53n, 1n << 64n, MAX])('at %i', (offset) => {
    const padded = new Uint8Array(32)
    if (offset < 40n) padded.set(input.subarray(Number(offset), Number(offset) + 32))
    expect(playRow('CALLDATALOAD', [offset], { input }).stack).toEqual([bytesToBigint(padded)])
  })
})

describe('copies', () => {
  const input = Uint8Array.from({ length: 40 }, (_, i) => i + 1)
  /** Where bytes are taken from and how many: within, across the end, beyond it, at offsets that would wrap. */
  const froms = [0n, 1n, 39n, 40n, 41n, 1n << 32n, 1n << 53n, 1n << 64n, MAX, MAX - 7n]

  it.each(froms)('CALLDATACOPY and EXTCODECOPY from %i overwrite with zeros past the end', (from) => {
    const source = (at: bigint) => (at < 40n ? input[Number(at)] : 0)
    const expected = Uint8Array.from({ length: 24 }, (_, i) => source(from + BigInt(i)))
    for (const [name, head] of [
      ['CALLDATACOPY', []],
      ['EXTCODECOPY', [OTHER]],
    ] as const) {
      const scene = { input, accounts: [[OTHER, { code: input }]] as const, code: asm(name) }
      const set = stage(scene, [...head, 8n, from, 24n])
      // What was there before must not show through.
      set.frame.expand(0n, 64n)
      set.frame.writeMemory(0n, new Uint8Array(64).fill(0xee), 0n, 64n)
      set.driver.step()
      const kept = new Uint8Array(8).fill(0xee)
      expect(set.frame.readMemory(0n, 40n)).toEqual(Uint8Array.of(...kept, ...expected, ...kept))
    }
  })

  it('CODECOPY copies the code and zeros behind it, without its padding', () => {
    const code = asm('CODECOPY', new Uint8Array(3).fill(0xaa))
    const { frame } = playRow('', [0n, 1n, 40n], { code })
    expect([...frame.readMemory(0n, 40n)]).toEqual([0xaa, 0xaa, 0xaa, ...Array(37).fill(0)])
  })

  it('RETURNDATACOPY halts on any byte beyond the end, even of none', () => {
    const run = (from: bigint, size: bigint) => {
      const set = stage({ code: asm('RETURNDATACOPY') }, [0n, from, size])
      set.frame.returnData = input
      set.driver.step()
      return set.driver.open === 1 ? Halt.None : set.driver.result.halt
    }
    for (const [from, size] of [
      [0n, 40n],
      [40n, 0n],
      [39n, 1n],
      [0n, 0n],
    ])
      expect(run(from, size)).toBe(Halt.None)
    for (const [from, size] of [
      [0n, 41n],
      [41n, 0n],
      [40n, 1n],
      [MAX, 1n],
      [MAX, 0n],
      [1n << 64n, 0n],
    ])
      expect([from, size, run(from, size)]).toEqual([from, size, Halt.ReturnDataOutOfBounds])
    // The copy is charged before its bounds are looked at.
    expect(run(1n, MAX)).toBe(Halt.OutOfGas)
  })
})

describe('other accounts', () => {
  const hash = bytesToBigint(keccak256(CODE))
  const designator = Uint8Array.of(0xef, 0x01, 0x00, ...new Uint8Array(19), 0x77)
  const scene = {
    accounts: [
      ...accounts,
      [0x77n, { code: CODE }],
      [0xden, { nonce: 1n, code: designator }],
      [0xe1n, { balance: 1n }],
      [0xe0n, {}],
    ] as const,
  }
  const EMPTY_HASH = bytesToBigint(keccak256(new Uint8Array(0)))

  it.each<[string, bigint, bigint]>([
    ['BALANCE', OTHER, 77n],
    ['BALANCE', OTHER | DIRTY, 77n],
    ['BALANCE', 0xabcn, 0n],
    ['EXTCODESIZE', OTHER, BigInt(CODE.length)],
    ['EXTCODESIZE', OTHER | DIRTY, BigInt(CODE.length)],
    ['EXTCODESIZE', 0xe1n, 0n],
    ['EXTCODEHASH', OTHER, hash],
    ['EXTCODEHASH', OTHER | DIRTY, hash],
    // Without code but not empty; empty; absent (EIP-1052).
    ['EXTCODEHASH', 0xe1n, EMPTY_HASH],
    ['EXTCODEHASH', 0xe0n, 0n],
    ['EXTCODEHASH', 0xabcn, 0n],
    // A delegation is itself the code that others see (EIP-7702).
    ['EXTCODESIZE', 0xden, 23n],
    ['EXTCODEHASH', 0xden, bytesToBigint(keccak256(designator))],
  ])('%s of %i', (name, address, expected) => {
    expect(playRow(name, [address], scene).stack).toEqual([expected])
  })

  it('EXTCODECOPY copies a delegation as it stands', () => {
    const { frame } = playRow('EXTCODECOPY', [0xden, 0n, 0n, 23n], scene)
    expect(frame.readMemory(0n, 23n)).toEqual(designator)
  })

  it('EXTCODECOPY charges a word at a time', () => {
    for (const [size, words] of [
      [0n, 0n],
      [1n, 1n],
      [32n, 1n],
      [33n, 2n],
    ])
      expect(playRow('EXTCODECOPY', [OTHER, 0n, 0n, size], scene).gasUsed).toBe(
        2600n + 3n * words + 3n * words,
      )
  })

  it.each([
    ['BALANCE', [OTHER]],
    ['EXTCODESIZE', [OTHER]],
    ['EXTCODEHASH', [OTHER]],
    ['EXTCODECOPY', [OTHER, 0n, 0n, 0n]],
    ['CALL', [0n, OTHER, 0n, 0n, 0n, 0n, 0n]],
    ['CALLCODE', [0n, OTHER, 0n, 0n, 0n, 0n, 0n]],
    ['DELEGATECALL', [0n, OTHER, 0n, 0n, 0n, 0n]],
    ['STATICCALL', [0n, OTHER, 0n, 0n, 0n, 0n]],
  ])('%s is 2,600 the first time and 100 after, by any row (EIP-2929)', (name, operands) => {
    for (const [first, head] of [
      [name, operands],
      ['BALANCE', [OTHER | DIRTY]],
    ] as const) {
      const push32 = (list: readonly bigint[]) => [...list].reverse().map((word) => push(word, 32))
      const code = asm(push32(head), first, push32(operands), 'GAS', 'POP', name)
      const steps = stage({ fork: 'Berlin', code, accounts: [[OTHER, { balance: 1n }]] })
      const costs: (readonly [string, bigint])[] = []
      for (;;) {
        const { gas, opcodes, program, pc } = steps.frame
        if (!steps.driver.step()) break
        costs.push([opcodes[program.bytes[pc]].name, gas - steps.frame.gas])
      }
      expect(costs.find(([row]) => row === first)).toEqual([first, 2600n])
      expect(costs.findLast(([row]) => row === name)).toEqual([name, 100n])
    }
  })

  it('a row that runs out of gas in a cold access burns all', () => {
    expect(playRow('BALANCE', [OTHER], { gas: 2599n })).toMatchObject({ halt: Halt.OutOfGas, gasUsed: 2599n })
  })
})

describe('KECCAK256', () => {
  const hex = (word: bigint) => word.toString(16).padStart(64, '0')
  // Known digests: of nothing, of 'abc', of 32 zero bytes.
  it.each([
    ['', 'c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470'],
    ['616263', '4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45'],
    ['00'.repeat(32), '290decd9548b62a8d60345a988386fc84ba6bc95484008f6362f93160ef3e563'],
  ])('of %s', (data, digest) => {
    const input = Uint8Array.from(Buffer.from(data, 'hex'))
    const code = asm('CALLDATASIZE', push(0), push(5), 'CALLDATACOPY', 'CALLDATASIZE', push(5), 'KECCAK256')
    expect(hex(play({ code, input }).stack[0])).toBe(digest)
  })

  it('takes 6 a word, and memory', () => {
    for (const [size, words] of [
      [1n, 1n],
      [32n, 1n],
      [33n, 2n],
      [320n, 10n],
    ])
      expect(playRow('KECCAK256', [0n, size]).gasUsed).toBe(30n + 6n * words + 3n * words)
    expect(playRow('KECCAK256', [0n, 32n], { gas: 38n })).toMatchObject({ halt: Halt.OutOfGas, gasUsed: 38n })
  })
})

describe('LOG', () => {
  const topics = [1n, MAX, 3n, 4n]
  it.each([0, 1, 2, 3, 4])('LOG%i notes address, topics and data', (count) => {
    const code = asm(
      push(0xabcd),
      push(0),
      'MSTORE',
      topics
        .slice(0, count)
        .reverse()
        .map((topic) => push(topic)),
      push(2),
      push(30),
      `LOG${count}`,
      push(0),
      push(0),
      'MSTORE',
    )
    const { halt, state } = play({ code })
    const data = Uint8Array.of(0xab, 0xcd)
    expect([halt, state.logs]).toEqual([Halt.Stop, [{ address: SELF, topics: topics.slice(0, count), data }]])
  })

  it('takes 375 a topic and 8 a byte', () => {
    for (const size of [0n, 1n, 31n, 32n, 100n]) {
      const words = (size + 31n) / 32n
      expect(playRow('LOG3', [0n, size, 1n, 2n, 3n]).gasUsed).toBe(4n * 375n + 8n * size + 3n * words)
    }
    for (const size of [1n << 61n, 1n << 64n, MAX])
      expect(playRow('LOG0', [0n, size])).toMatchObject({ halt: Halt.OutOfGas, gasUsed: GAS })
  })

  it('is undone with its frame', () => {
    for (const end of ['INVALID', 'REVERT']) {
      const code = asm(push(0), push(0), 'LOG0', push(0), push(0), end)
      expect(play({ code }).state.logs).toEqual([])
    }
  })
})
