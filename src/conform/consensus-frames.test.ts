/** Bugs other engines have had: in what a frame warms, stores, reaches. */
import { describe, expect, it } from 'vitest'
import { Halt } from '../core/halt.ts'
import { since } from './consensus-parts.ts'
import {
  accountsOf,
  asm,
  callOf,
  deployer,
  driverOf,
  type Part,
  play,
  playRow,
  push,
  SELF,
  SENDER,
  sourceOf,
  submit,
  transact,
} from './harness.ts'

const OTHER = 0x07e4n
const HELPER = 0x4e19e4n

describe('EIP-2929', () => {
  const COLD = 0xc01dn
  /** The gas the parts between the two GAS took, on top of the stack. */
  const measured = (...parts: readonly Part[]): Part => ['GAS', parts, 'GAS', 'SWAP1', 'SUB']

  it('EIP-2929: an account and a slot warmed in a frame that failed are cold again', () => {
    for (const [end, kept] of [
      ['INVALID', false],
      [[push(0), push(0), 'REVERT'], false],
      ['STOP', true],
    ] as [Part, boolean][]) {
      const warmer = asm(push(COLD), 'BALANCE', 'POP', push(7), 'SLOAD', 'POP', end)
      const code = asm(
        callOf('DELEGATECALL', 50_000, OTHER, 0, 0, 0, 0),
        'POP',
        measured(push(COLD), 'BALANCE', 'POP'),
        measured(push(7), 'SLOAD', 'POP'),
      )
      const { stack } = play({ code, accounts: [[OTHER, { code: warmer }]] })
      expect(stack).toEqual(kept ? [107n, 107n] : [2107n, 2607n])
    }
  })

  it('EIP-2929: what the access list warmed stays warm', () => {
    const code = asm(
      callOf('DELEGATECALL', 50_000, OTHER, 0, 0, 0, 0),
      'POP',
      measured(push(COLD), 'BALANCE', 'POP'),
      measured(push(7), 'SLOAD', 'POP'),
      push(0),
      'SSTORE',
      push(1),
      'SSTORE',
    )
    const warmer = asm(push(COLD), 'BALANCE', 'POP', push(7), 'SLOAD', 'POP', 'INVALID')
    const { source } = transact({
      accounts: [
        [SELF, { code }],
        [OTHER, { code: warmer }],
      ],
      tx: {
        type: 1,
        accessList: [
          { address: SELF, keys: [7n] },
          { address: COLD, keys: [] },
        ],
      },
    })
    expect([source.storage(SELF, 0n), source.storage(SELF, 1n)]).toEqual([107n, 107n])
  })
})

describe('EIP-1153', () => {
  const set = (value: number): Part => [push(value), push(1), 'TSTORE']
  const get: Part = [push(1), 'TLOAD']

  it('EIP-1153: TSTORE is undone with its frame', () => {
    for (const end of ['INVALID', [push(0), push(0), 'REVERT']] as Part[]) {
      const accounts = [[OTHER, { code: asm(set(9), end) }]] as const
      const code = asm(set(5), callOf('DELEGATECALL', 50_000, OTHER, 0, 0, 0, 0), get)
      expect(play({ code, accounts }).stack).toEqual([5n, 0n])
    }
  })

  it('EIP-1153: TSTORE in a static call halts it, TLOAD does not', () => {
    const call = callOf('STATICCALL', 50_000, OTHER, 0, 0, 0, 0)
    expect(play({ code: asm(call), accounts: [[OTHER, { code: asm(set(9)) }]] }).stack).toEqual([0n])
    expect(play({ code: asm(call), accounts: [[OTHER, { code: asm(get) }]] }).stack).toEqual([1n])
  })

  it('EIP-1153: it belongs to the account: of the caller under DELEGATECALL, of the callee under CALL', () => {
    const accounts = [[OTHER, { code: asm(set(9)) }]] as const
    expect(
      play({ code: asm(set(5), callOf('DELEGATECALL', 50_000, OTHER, 0, 0, 0, 0), get), accounts }).stack[0],
    ).toBe(9n)
    expect(
      play({ code: asm(set(5), callOf('CALL', 50_000, OTHER, 0, 0, 0, 0, 0), get), accounts }).stack[0],
    ).toBe(5n)
  })

  it('EIP-1153: it is there for a call that comes back, and gone in the next transaction', () => {
    const code = asm(get, 'DUP1', push(0), 'SLOAD', 'ADD', push(0), 'SSTORE', set(3), get, push(1), 'SSTORE')
    const scene = { accounts: [[SELF, { code }]] } as const
    const { driver, state } = driverOf(scene, sourceOf(accountsOf(scene)))
    for (const nonce of [0n, 1n]) submit(driver, state, { ...scene, tx: { nonce } })
    expect([state.storage(SELF, 0n), state.storage(SELF, 1n)]).toEqual([0n, 3n])
  })
})

describe('YP 9', () => {
  const recursive = asm(
    [push(1), push(0), 'SLOAD', 'ADD', push(0), 'SSTORE'],
    [push(0), push(0), push(0), push(0), push(0), push(SELF), 'GAS', 'CALL'],
    'STOP',
  )

  it('YP 8: 1,024 calls under the first, and no more', () => {
    expect(play({ code: recursive, gas: (1n << 64n) - 1n }).state.storage(SELF, 0n)).toBe(1025n)
  })

  it('EIP-150: before EIP-150 depth costs no gas that is not asked for', () => {
    // All gas but 30,000 a level is handed on.
    const code = asm(
      [push(1), push(0), 'SLOAD', 'ADD', push(0), 'SSTORE'],
      [push(0), push(0), push(0), push(0), push(0), push(SELF), push(30_000), 'GAS', 'SUB', 'CALL'],
      'STOP',
    )
    expect(play({ fork: 'Homestead', code, gas: 1n << 30n }).state.storage(SELF, 0n)).toBe(1025n)
  })

  it('YP 8: a child with no gas fails on its first instruction, and one without code succeeds', () => {
    for (const name of ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']) {
      const value = name === 'CALL' || name === 'CALLCODE' ? [0] : []
      const result = (to: bigint) =>
        play({
          code: asm(callOf(name, 0, to, ...value, 0, 0, 0, 0)),
          accounts: [
            [OTHER, { code: asm('JUMPDEST') }],
            [HELPER, { code: asm('STOP') }],
          ],
        }).stack
      expect([name, result(OTHER), result(HELPER), result(0xdeadn)]).toEqual([name, [0n], [1n], [1n]])
    }
  })

  it('YP 9.4.3: a JUMPDEST inside PUSH data is none', () => {
    expect(play({ code: asm(push(4), 'JUMP', push(0x5b), 'JUMPDEST') }).halt).toBe(Halt.InvalidJump)
    expect(play({ code: asm(push(5), 'JUMP', push(0x5b), 'JUMPDEST') }).halt).toBe(Halt.Stop)
  })

  it('EIP-3541: code 0xEF may stand in the state, and halts when it runs', () => {
    const { stack, frame } = playRow('CALL', [1000n, OTHER, 0n, 0n, 0n, 0n, 0n], {
      accounts: [[OTHER, { code: Uint8Array.of(0xef, 0) }]],
    })
    expect([stack, frame.returnData.length]).toEqual([[0n], 0])
    expect(
      playRow('EXTCODESIZE', [OTHER], { accounts: [[OTHER, { code: Uint8Array.of(0xef, 0) }]] }).stack,
    ).toEqual([2n])
    const tx = { to: null, data: deployer(Uint8Array.of(0xef)) }
    expect([transact({ fork: 'Berlin', tx }).status, transact({ fork: 'London', tx }).halt]).toEqual([
      'success',
      Halt.InvalidCode,
    ])
  })

  it('EIP-170: code of 24,576 bytes may be created by a transaction, one more may not', () => {
    const made = (size: number, fork: string) =>
      transact({ fork, tx: { to: null, gasLimit: 8_000_000n, data: asm(push(size), push(0), 'RETURN') } })
    for (const fork of since('EIP158')) {
      expect([fork, made(24_576, fork).status]).toEqual([fork, 'success'])
      expect([fork, made(24_577, fork).halt, made(24_577, fork).gasUsed]).toEqual([
        fork,
        Halt.CodeSizeExceeded,
        8_000_000n,
      ])
    }
    expect(made(24_577, 'EIP150').status).toBe('success')
  })

  it('EIP-2681: a nonce of 2^64−1 creates nothing, and sends nothing', () => {
    const last = (1n << 64n) - 1n
    const code = asm(callOf('CREATE', 0, 0, 0))
    const { stack, state } = play({ code, accounts: [[SELF, { nonce: last }]] })
    expect([stack, state.nonce(SELF)]).toEqual([[0n], last])
    const scene = { accounts: [[SENDER, { nonce: last, balance: 10n ** 18n }]], tx: { nonce: last } } as const
    const { driver, state: before } = driverOf(scene, sourceOf(scene.accounts))
    expect(submit(driver, before, scene)).toMatchObject({ code: 'nonce-max' })
  })
})
