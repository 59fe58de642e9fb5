/** Bugs other engines have had: in the life of accounts. */
import { describe, expect, it } from 'vitest'
import { createAddress } from '../core/address.ts'
import { Halt } from '../core/halt.ts'
import { before, DIES, FORK_NAMES, HEIR, initOf, note, since } from './consensus-parts.ts'
import {
  type Accounts,
  asm,
  callOf,
  play,
  playRow,
  push,
  SELF,
  SENDER,
  type TransactionScene,
  transact,
} from './harness.ts'

const DOOMED = 0xd00edn
const RIPEMD = 3n

/** Wei of everybody. */
const total = (scene: TransactionScene, ...extra: bigint[]) => {
  const { source } = transact(scene)
  return (
    [...source.accounts.values()].reduce((sum, { balance }) => sum + balance, 0n) +
    extra.reduce((a, b) => a + b, 0n)
  )
}

describe('YP 6.1', () => {
  const send = (to: bigint, value: number) => callOf('CALL', 50_000, to, value, 0, 0, 0, 0)
  const scene = (fork: string): TransactionScene => ({
    fork,
    accounts: [
      [SELF, { code: asm(send(DOOMED, 0), send(DOOMED, 5), 'STOP'), balance: 100n }],
      [DOOMED, { code: DIES, balance: 7n, nonce: 1n }],
    ],
  })

  it('YP 6.1: what is sent to a destroyed account in its last transaction is sent on, as its code says', () => {
    for (const fork of FORK_NAMES) {
      const { source } = transact(scene(fork))
      // The second call runs the code again: it is there until the transaction ends.
      expect([fork, source.account(HEIR)?.balance, source.account(SELF)?.balance]).toEqual([fork, 12n, 95n])
      const isGone = source.account(DOOMED) === null
      expect([fork, isGone]).toEqual([fork, before('Cancun').includes(fork)])
    }
  })

  it('YP 6.1: what reaches it without code running is burnt with it', () => {
    // The gift comes by SELFDESTRUCT of a third, which runs no code of the one that receives.
    const giver = asm(push(DOOMED), 'SELFDESTRUCT')
    for (const fork of FORK_NAMES) {
      const accounts: Accounts = [
        [SELF, { code: asm(send(DOOMED, 0), send(0x61fe4n, 0), 'STOP') }],
        [DOOMED, { code: DIES, balance: 7n, nonce: 1n }],
        [0x61fe4n, { code: giver, balance: 30n, nonce: 1n }],
      ]
      const start = 10n ** 24n + 37n
      const { source } = transact({ fork, accounts })
      expect(source.account(HEIR)?.balance).toBe(7n)
      const isBurnt = before('Cancun').includes(fork)
      expect([fork, source.account(DOOMED)?.balance]).toEqual([fork, isBurnt ? undefined : 30n])
      // The fee stays in this world: the base fee is zero.
      expect(total({ fork, accounts })).toBe(start - (isBurnt ? 30n : 0n))
    }
  })
})

describe('EIP-2', () => {
  const size = 20
  /** Gas for the initcode and all but a byte of its deposit. */
  const run = (fork: string, gas: bigint) => {
    const init = asm(push(size), push(0), 'RETURN')
    return play({ fork, gas, code: asm(initOf(init), callOf('CREATE', 0, 0, init.length)) })
  }
  const enough = (fork: string) => {
    const { gasUsed } = run(fork, 1_000_000n)
    expect(run(fork, gasUsed).stack[0]).toBe(createAddress(SELF, 1n))
    return gasUsed
  }

  it('EIP-2: Frontier keeps an account whose deposit cannot be paid, without code, gas left and all', () => {
    const gas = enough('Frontier')
    const { stack, state, driver, halt } = run('Frontier', gas - 1n)
    const address = createAddress(SELF, 1n)
    expect([halt, stack, state.exists(address), state.code(address)]).toEqual([
      Halt.Stop,
      [address],
      true,
      new Uint8Array(0),
    ])
    expect(driver.result.gas).toBe(200n * BigInt(size) - 1n)
  })

  it('EIP-2: from Homestead on such a creation fails and burns its gas', () => {
    const { stack, state, driver } = run('Homestead', enough('Homestead') - 1n)
    expect([stack, state.exists(createAddress(SELF, 1n)), driver.result.gas]).toEqual([[0n], false, 0n])
  })

  it('EIP-2: so do transactions', () => {
    const data = asm(push(size), push(0), 'RETURN')
    const make = (fork: string, gasLimit: bigint) => transact({ fork, tx: { to: null, data, gasLimit } })
    const [frontier, homestead] = ['Frontier', 'Homestead'].map((fork) => make(fork, 1_000_000n).gasUsed)
    const address = createAddress(SENDER, 0n)
    const kept = make('Frontier', frontier - 1n)
    expect(kept).toMatchObject({ status: 'success', contractAddress: address, gasUsed: frontier - 4000n })
    expect(kept.source.account(address)).toMatchObject({ nonce: 0n, code: new Uint8Array(0) })
    const failed = make('Homestead', homestead - 1n)
    expect(failed).toMatchObject({ status: 'halt', contractAddress: null, gasUsed: homestead - 1n })
    expect(failed.source.account(address)).toBe(null)
  })
})

describe('EIP-2929', () => {
  /** Which fork brought a precompile. */
  const born: [bigint, string][] = [
    ...[5n, 6n, 7n, 8n].map((address): [bigint, string] => [address, 'Byzantium']),
    [9n, 'Istanbul'],
    [10n, 'Cancun'],
    ...[11n, 12n, 13n, 14n, 15n, 16n, 17n].map((address): [bigint, string] => [address, 'Prague']),
    [0x100n, 'Osaka'],
    [18n, 'never'],
    [0xffn, 'never'],
    [0x101n, 'never'],
  ]
  const isBorn = (fork: string, birth: string) => since(birth).includes(fork) && birth !== 'never'

  it.each(born)('EIP-2929: %i is cold before it is a precompile, warm from then on', (address, birth) => {
    for (const fork of since('Berlin')) {
      const code = asm('GAS', push(address), 'BALANCE', 'POP', 'GAS', 'SWAP1', 'SUB', note(0))
      const { source } = transact({ fork, accounts: [[SELF, { code }]] })
      expect([fork, source.storage(SELF, 0n)]).toEqual([fork, isBorn(fork, birth) ? 107n : 2607n])
    }
  })

  it.each(born)('EIP-2929: %i is an ordinary account before', (address, birth) => {
    // Code there is only in tests; an ordinary account runs it, a precompile does not.
    const code = asm(push(1), push(0), 'SSTORE')
    for (const fork of FORK_NAMES) {
      const { source } = transact({ fork, tx: { to: address }, accounts: [[address, { code }]] })
      expect([fork, source.storage(address, 0n)]).toEqual([fork, isBorn(fork, birth) ? 0n : 1n])
    }
  })
})

describe('EIP-161', () => {
  const empties: Accounts = [
    [2n, {}],
    [RIPEMD, {}],
    [HEIR, {}],
  ]
  /** Touches with no gas to pay for it: the precompile fails, and the touch is undone, but for one. */
  const touches = (...addresses: bigint[]) =>
    asm(addresses.map((address) => callOf('CALL', 1, address, 0, 0, 0, 0, 0)))

  it('EIP-161: the touch of 0x03 outlives a failed call, that of no other does', () => {
    for (const fork of since('EIP158')) {
      const { source } = transact({ fork, accounts: [...empties, [SELF, { code: touches(2n, RIPEMD) }]] })
      expect([fork, source.account(RIPEMD), source.account(2n)]).toMatchObject([fork, null, { balance: 0n }])
    }
  })

  it('EIP-161: also where the frame that called fails', () => {
    const code = asm(
      callOf('CALL', 5000, RIPEMD, 0, 0, 0, 0, 0),
      callOf('CALL', 5000, HEIR, 0, 0, 0, 0, 0),
      'INVALID',
    )
    const { source, status } = transact({ fork: 'EIP158', accounts: [...empties, [SELF, { code }]] })
    expect([status, source.account(RIPEMD)]).toEqual(['halt', null])
    expect(source.account(HEIR)).not.toBe(null)
  })

  it('EIP-161: before EIP-161 nothing is cleared', () => {
    for (const fork of before('EIP158')) {
      const { source } = transact({
        fork,
        accounts: [...empties, [SELF, { code: touches(2n, RIPEMD, HEIR) }]],
      })
      for (const [address] of empties) expect([fork, source.account(address)]).not.toEqual([fork, null])
    }
  })

  it.each<[string, TransactionScene, boolean]>([
    ['a call without value', { accounts: [[SELF, { code: callOfHeir('CALL', 0) }]] }, true],
    ['a static call', { accounts: [[SELF, { code: callOfHeir('STATICCALL') }]] }, true],
    ['a beneficiary of nothing', { accounts: [[SELF, { code: DIES, nonce: 1n }]] }, true],
    ['the recipient of a transaction without value', { tx: { to: HEIR } }, true],
    ['a coinbase without fees', { tx: { gasPrice: 0n }, block: { coinbase: HEIR } }, true],
    [
      'a DELEGATECALL, which touches nothing',
      { accounts: [[SELF, { code: callOfHeir('DELEGATECALL') }]] },
      false,
    ],
    [
      'a look at it',
      { accounts: [[SELF, { code: asm(push(HEIR), 'BALANCE', push(HEIR), 'EXTCODEHASH') }]] },
      false,
    ],
    ['a call that is undone', { accounts: [[SELF, { code: asm(callOfHeir('CALL', 0), 'INVALID') }]] }, false],
    ['a call with value', { accounts: [[SELF, { code: callOfHeir('CALL', 1), balance: 1n }]] }, false],
  ])('EIP-161: %s', (_, scene, isCleared) => {
    for (const fork of since('Byzantium')) {
      const accounts: Accounts = [[HEIR, {}], ...(scene.accounts ?? [])]
      expect([fork, transact({ ...scene, fork, accounts }).source.account(HEIR) === null]).toEqual([
        fork,
        isCleared,
      ])
    }
  })
})

function callOfHeir(name: string, ...value: number[]): Uint8Array {
  return asm(callOf(name, 5000, HEIR, ...value, 0, 0, 0, 0))
}

it('EIP-2929: a precompile of the time is warm for a call as well', () => {
  const { source } = transact({
    accounts: [
      [
        SELF,
        { code: asm('GAS', callOf('CALL', 0, 0x100, 0, 0, 0, 0, 0), 'POP', 'GAS', 'SWAP1', 'SUB', note(0)) },
      ],
    ],
  })
  expect(source.storage(SELF, 0n)).toBe(7n * 3n + 100n + 2n + 2n)
  expect(playRow('CALL', [0n, 0x101n, 0n, 0n, 0n, 0n, 0n]).gasUsed).toBe(2600n)
})
