/** Bugs other engines have had: in messages, their data, gas and depth. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAddress } from '../core/address.ts'
import { Halt } from '../core/halt.ts'
import { bytesToBigint } from '../core/word.ts'
import { initOf, since, store } from './consensus-parts.ts'
import {
  accountsOf,
  asm,
  callOf,
  driverOf,
  GAS,
  type Part,
  play,
  playRow,
  push,
  RETURN_TOP,
  SELF,
  sourceOf,
  stage,
  submit,
} from './harness.ts'

const IDENTITY = 4n
const OTHER = 0x07e4n
const HELPER = 0x4e19e4n
const MAX = (1n << 256n) - 1n
const A = bytesToBigint(new Uint8Array(32).fill(0xaa))
const B = bytesToBigint(new Uint8Array(32).fill(0xbb))

const returnMemory = (size: number): Part => [push(size), push(0), 'RETURN']
/** Sends back its calldata, as the identity does. */
const echo = asm('CALLDATASIZE', push(0), push(0), 'CALLDATACOPY', 'CALLDATASIZE', push(0), 'RETURN')

describe('EIP-211', () => {
  it.each([
    ['the identity', IDENTITY],
    ['a contract that echoes', OTHER],
  ])('EIP-211: what %s gave back does not follow later writes to what it was given', (_, to) => {
    for (const name of ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']) {
      const value = name === 'CALL' || name === 'CALLCODE' ? [0] : []
      const code = asm(
        store(A, 0),
        callOf(name, GAS, to, ...value, 0, 32, 0, 0),
        store(B, 0),
        [push(32), push(0), push(64), 'RETURNDATACOPY'],
        returnMemory(96),
      )
      const { output } = play({ code, accounts: [[OTHER, { code: echo }]] })
      expect([name, bytesToBigint(output.subarray(64))]).toEqual([name, A])
    }
  })

  it('EIP-211: nor does the output of the transaction itself', () => {
    const { output } = play({
      code: asm(store(A, 0), callOf('STATICCALL', GAS, IDENTITY, 0, 32, 0, 32), returnMemory(32)),
    })
    const kept = output.slice()
    play({ code: asm(store(B, 0)) })
    expect(output).toEqual(kept)
  })
})

it('EIP-211: overlapping in and out ranges: memory and return data are both what was sent', () => {
  const model = Uint8Array.from({ length: 96 }, (_, i) => i + 1)
  for (const to of [IDENTITY, OTHER])
    for (const [from, size, out, room] of [
      [0, 64, 7, 64],
      [7, 64, 0, 64],
      [0, 32, 0, 32],
      [10, 40, 30, 20],
      [5, 60, 6, 90],
    ]) {
      const set = stage({
        code: asm(callOf('CALL', GAS / 2n, to, 0, from, size, out, room), 'STOP'),
        accounts: [[OTHER, { code: echo }]],
      })
      set.frame.expand(0n, 96n)
      set.frame.writeMemory(0n, model, 0n, 96n)
      do set.driver.step()
      while (set.frame.returnData.length === 0)
      const sent = model.slice(from, from + size)
      const expected = model.slice()
      expected.set(sent.subarray(0, room), out)
      expect([...set.frame.returnData]).toEqual([...sent])
      expect([...set.frame.readMemory(0n, 96n)]).toEqual([...expected])
    }
})

describe('EIP-150', () => {
  /** Tells how much gas it had when it began. */
  const teller = asm('GAS', RETURN_TOP)
  const lent = (gas: bigint, asked: bigint, value: bigint, fork: string) => {
    const run = playRow('CALL', [asked, OTHER, value, 0n, 0n, 0n, 32n], {
      fork,
      gas,
      accounts: [
        [OTHER, { code: teller, balance: 1n }],
        [SELF, { balance: 10n }],
      ],
    })
    return run.halt === Halt.None ? bytesToBigint(run.frame.readMemory(0n, 32n)) + 2n : run.halt
  }
  const asks = fc.oneof(
    fc.bigInt(0n, MAX),
    fc.bigInt(100n, 1n << 65n),
    fc.constantFrom(
      ...[31n, 32n, 53n, 62n, 63n, 64n, 128n, 255n].flatMap((n) => [(1n << n) - 1n, 1n << n, (1n << n) + 1n]),
    ),
  )
  const gases = fc.oneof(
    fc.bigInt(20_000n, (1n << 64n) - 1n),
    fc.bigInt(20_000n, 1n << 33n),
    fc.constantFrom(
      ...[30n, 31n, 32n, 53n, 63n].flatMap((n) => [(1n << n) - 1n, 1n << n, (1n << n) + 1n]),
      (1n << 64n) - 1n,
    ),
  )

  it('EIP-150: a call lends what is asked, at most all but a 64th, and the stipend on top, up to 2^64−1', () => {
    fc.assert(
      fc.property(gases, asks, fc.constantFrom(0n, 1n), (gas, asked, value) => {
        const left = gas - 2600n - 3n - (value > 0n ? 9000n : 0n)
        const most = left - left / 64n
        const expected = (asked < most ? asked : most) + (value > 0n ? 2300n : 0n)
        // The teller takes 17 itself; with less it tells nothing, and memory stays zero.
        const told = lent(gas, asked, value, 'Osaka')
        expect(told).toBe(expected < 17n ? 2n : expected)
      }),
      { numRuns: 400 },
    )
  })

  it('EIP-150: before EIP-150 a call that asks for more than there is runs out of gas', () => {
    const left = 100_000n - 40n - 3n
    expect([lent(100_000n, left, 0n, 'Homestead'), lent(100_000n, left + 1n, 0n, 'Homestead')]).toEqual([
      left,
      Halt.OutOfGas,
    ])
    for (const asked of [1n << 31n, 1n << 63n, 1n << 64n, MAX])
      expect(lent(100_000n, asked, 0n, 'Homestead')).toBe(Halt.OutOfGas)
  })

  it('EIP-150: a stipend of 2,300 is lent for nothing where value is sent', () => {
    expect([lent(100_000n, 0n, 1n, 'Osaka'), lent(100_000n, 0n, 1n, 'Frontier')]).toEqual([2300n, 2300n])
  })
})

it('EIP-3860: initcode that is too long halts before the balance is looked at', () => {
  for (const fork of since('Shanghai'))
    for (const [name, more] of [
      ['CREATE', []],
      ['CREATE2', [0n]],
    ] as const) {
      const run = (size: bigint) => playRow(name, [1n, 0n, size, ...more], { fork })
      expect([fork, run(49_153n).halt, run(49_153n).gasUsed]).toEqual([fork, Halt.InitCodeSizeExceeded, GAS])
      expect([fork, run(49_152n).halt, run(49_152n).stack]).toEqual([fork, Halt.None, [0n]])
    }
  // Of a transaction too the size is judged although gas and funds would do for it.
  const { driver, state } = driverOf({}, sourceOf(accountsOf({})))
  const tx = { to: null, data: new Uint8Array(49_153), gasLimit: 10_000_000n }
  expect(submit(driver, state, { tx })).toMatchObject({ code: 'initcode-size' })
})

describe('EIP-211', () => {
  const returns = (first: number, size: number) =>
    asm(push(first), push(0), 'MSTORE8', push(size, 3), push(0), 'RETURN')
  const sizeAfter = (code: Uint8Array, value = 0n, more: object = {}) =>
    play({
      gas: 20_000_000n,
      code: asm(
        callOf('STATICCALL', 1000, IDENTITY, 0, 32, 0, 0),
        initOf(code),
        callOf('CREATE', value, 0, code.length),
        'RETURNDATASIZE',
      ),
      ...more,
    }).stack.slice(0, 2)

  it.each<[string, Uint8Array]>([
    ['halts', asm('INVALID')],
    ['returns code that is too long', returns(0, 24_577)],
    ['returns code that begins with 0xEF', returns(0xef, 32)],
  ])('EIP-211: a creation that %s leaves no return data', (_, code) => {
    expect(sizeAfter(code)).toEqual([0n, 0n])
  })

  it('EIP-211: nor does one that is not sent, collides or succeeds', () => {
    expect(sizeAfter(asm('STOP'), 1n)).toEqual([0n, 0n])
    const occupied = [[createAddress(SELF, 1n), { nonce: 1n }]] as const
    expect(sizeAfter(asm('STOP'), 0n, { accounts: occupied })).toEqual([0n, 0n])
    expect(sizeAfter(returns(0, 5))).toEqual([0n, createAddress(SELF, 1n)])
  })

  it('EIP-211: one that reverts leaves what it gave', () => {
    expect(sizeAfter(asm(push(5), push(0), 'REVERT'))).toEqual([5n, 0n])
  })
})

describe('YP 7', () => {
  /** Clears its slot, for a refund, and then ends its initcode in some way. */
  const clears = asm(push(0), push(0), 'SSTORE')
  const initcode = (end: Part) => asm(callOf('CALL', 50_000, HELPER, 0, 0, 0, 0, 0), end)
  const run = (end: Part) =>
    play({
      gas: 10_000_000n,
      input: initcode(end),
      accounts: [[HELPER, { code: clears, storage: [[0n, 1n]] }]],
      code: asm('CALLDATASIZE', push(0), push(0), 'CALLDATACOPY', [
        'CALLDATASIZE',
        push(0),
        push(0),
        'CREATE',
      ]),
    })

  it.each<[string, Part]>([
    ['halts', 'INVALID'],
    ['reverts', [push(0), push(0), 'REVERT']],
    ['returns code that begins with 0xEF', [push(0xef), push(0), 'MSTORE8', push(1), push(0), 'RETURN']],
    ['returns code that is too long', [push(24_577, 3), push(0), 'RETURN']],
  ])('YP 7: a creation that %s takes its refunds with it', (_, end) => {
    const { state, stack } = run(end)
    expect([stack, state.refund, state.storage(HELPER, 0n)]).toEqual([[0n], 0, 1n])
  })

  it('YP 7: one that succeeds keeps them', () => {
    const { state } = run('STOP')
    expect([state.refund, state.storage(HELPER, 0n)]).toEqual([4800, 0n])
  })
})

it('EIP-140: what a revert says has no effect on execution, however it is malformed', () => {
  const selector = '08c379a0'
  const reasons = [
    '',
    '08',
    selector,
    selector + 'ff'.repeat(32),
    selector + '00'.repeat(31) + '20' + 'ff'.repeat(32),
    selector + '00'.repeat(31) + '20' + '00'.repeat(31) + '05' + 'c328',
    '4e487b71' + 'ff'.repeat(32),
    'ff'.repeat(300),
  ]
  const gas = reasons.map((text) => {
    const data = Uint8Array.from(Buffer.from(text, 'hex'))
    const code = asm('CALLDATASIZE', push(0), push(0), 'CALLDATACOPY', 'CALLDATASIZE', push(0), 'REVERT')
    const run = play({ code, input: data })
    expect([run.halt, run.output]).toEqual([Halt.Revert, data])
    return run.gasUsed - 6n * BigInt(Math.ceil(data.length / 32))
  })
  expect(new Set(gas)).toEqual(new Set([2n + 3n + 3n + 3n + 2n + 3n]))
})
