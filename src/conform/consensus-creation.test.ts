/** Bugs other engines have had: in creation, deletion and the trie. */
import { describe, expect, it } from 'vitest'
import { create2Address, createAddress } from '../core/address.ts'
import { Halt } from '../core/halt.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { before, DIES, FORK_NAMES, HEIR, initOf, note, since } from './consensus-parts.ts'
import {
  type Accounts,
  accountsOf,
  asm,
  COINBASE,
  callOf,
  deployer,
  driverOf,
  GAS,
  type Part,
  play,
  push,
  SELF,
  SENDER,
  sourceOf,
  submit,
  type TransactionScene,
  transact,
} from './harness.ts'

describe('EIP-684', () => {
  const INIT = asm('STOP')
  const occupants = {
    nonce: { nonce: 1n },
    code: { code: asm('STOP') },
    storage: { storage: [[1n, 1n]] as const },
  }

  it.each(Object.entries(occupants))(
    'EIP-684: CREATE and CREATE2 collide with an account that has %s',
    (_, account) => {
      for (const fork of since('Constantinople'))
        for (const [name, address, more] of [
          ['CREATE', createAddress(SELF, 1n), []],
          ['CREATE2', create2Address(SELF, 0n, INIT), [0]],
        ] as const) {
          const code = asm(initOf(INIT), callOf(name, 3, 0, 1, ...more))
          const { stack, state, driver } = play({
            fork,
            code,
            accounts: [
              [SELF, { balance: 9n, nonce: 1n }],
              [address, account],
            ],
          })
          expect([fork, name, stack, state.nonce(SELF), state.balance(address)]).toEqual([
            fork,
            name,
            [0n],
            2n,
            0n,
          ])
          expect([...state.code(address)]).toEqual([...('code' in account ? account.code : [])])
          // Everything lent is burnt: at most a 64th is left.
          expect(driver.result.gas).toBeLessThan(GAS / 64n)
        }
    },
  )

  it.each(Object.entries(occupants))(
    'EIP-684: so does a transaction, with %s, which burns its gas',
    (_, account) => {
      for (const fork of FORK_NAMES) {
        const address = createAddress(SENDER, 0n)
        const run = transact({
          fork,
          tx: { to: null, data: INIT, value: 3n },
          accounts: [[address, account]],
        })
        expect([fork, run.halt, run.gasUsed]).toEqual([fork, Halt.AddressCollision, GAS])
        expect([fork, run.source.account(address)?.balance, run.source.account(SENDER)?.nonce]).toEqual([
          fork,
          0n,
          1n,
        ])
      }
    },
  )

  it('EIP-684: a balance alone does not collide', () => {
    const address = createAddress(SENDER, 0n)
    const run = transact({ tx: { to: null, data: INIT, value: 3n }, accounts: [[address, { balance: 5n }]] })
    expect([run.contractAddress, run.source.account(address)?.balance]).toEqual([address, 8n])
  })
})

describe('EIP-1014', () => {
  const FACTORY = 0xfac7n
  /** Notes what slot 1 held, sets it, and leaves code that destroys. */
  const child = deployer(DIES, [push(1), 'SLOAD', push(2), 'SSTORE', push(9), push(1), 'SSTORE'])
  const address = create2Address(FACTORY, 0n, child)
  /** Creates from calldata, then notes the address. */
  const factory = asm('CALLDATASIZE', push(0), push(0), 'CALLDATACOPY', [
    push(0),
    'CALLDATASIZE',
    push(0),
    push(0),
    'CREATE2',
    note(0),
  ])
  const accounts: Accounts = [[FACTORY, { code: factory }]]

  function block(fork: string, txs: TransactionScene['tx'][]) {
    const scene = { fork, accounts }
    const { driver, state } = driverOf(scene, sourceOf(accountsOf(scene)))
    const results = txs.map((tx, nonce) =>
      submit(driver, state, { ...scene, tx: { nonce: BigInt(nonce), gasLimit: 500_000n, ...tx } }),
    )
    return { results, state }
  }
  const creation = { to: FACTORY, data: child }
  const destruction = { to: address }

  it.each(since('Constantinople'))('EIP-1014: %s: CREATE2, SELFDESTRUCT, CREATE2 in one block', (fork) => {
    const once = block(fork, [creation])
    expect([
      once.state.storage(FACTORY, 0n),
      once.state.storage(address, 1n),
      [...once.state.code(address)],
    ]).toEqual([address, 9n, [...DIES]])
    const { results, state } = block(fork, [creation, destruction, creation])
    const isDeleted = before('Cancun').includes(fork)
    expect(results).toMatchObject([{ status: 'success' }, { halt: Halt.SelfDestruct }, { status: 'success' }])
    // Deleted, it can be made anew, and finds nothing of its storage; from EIP-6780 on it is still there.
    expect(state.storage(FACTORY, 0n)).toBe(isDeleted ? address : 0n)
    expect([state.storage(address, 1n), state.storage(address, 2n)]).toEqual([9n, 0n])
    const gone = block(fork, [creation, destruction])
    expect([gone.state.exists(address), gone.state.storage(address, 1n)]).toEqual(
      isDeleted ? [false, 0n] : [true, 9n],
    )
  })

  it.each(since('Cancun'))(
    'EIP-6780: %s: an account that its own transaction created is deleted, and not before it ends',
    (fork) => {
      const call = callOf('CALL', 100_000, address, 0, 0, 0, 0, 0)
      const create: Part = [push(0), 'CALLDATASIZE', push(0), push(0), 'CREATE2']
      const code = asm(
        'CALLDATASIZE',
        push(0),
        push(0),
        'CALLDATACOPY',
        create,
        note(0),
        call,
        note(1),
        create,
        note(2),
        push(address),
        'EXTCODESIZE',
        note(3),
      )
      const { source } = transact({
        fork,
        tx: { to: FACTORY, data: child, gasLimit: 5_000_000n },
        accounts: [[FACTORY, { code }]],
      })
      const noted = [0n, 1n, 2n, 3n].map((key) => source.storage(FACTORY, key))
      // Created; destroyed; the second creation collides with what is there until the end; with its code.
      expect(noted).toEqual([address, 1n, 0n, BigInt(DIES.length)])
      expect(source.account(address)).toBe(null)
    },
  )
})

describe('YP D', () => {
  const rootOf = (accounts: Accounts) => sourceOf(accounts).root(merklePatricia)
  const fork = 'Shanghai'
  const payer = (gasUsed: bigint, nonce = 1n): Accounts => [
    [SENDER, { balance: 10n ** 24n - gasUsed, nonce }],
    [COINBASE, { balance: gasUsed }],
  ]

  it('YP D: an account that is deleted leaves nothing in the trie', () => {
    const accounts: Accounts = [
      [
        SELF,
        {
          code: DIES,
          nonce: 1n,
          balance: 4n,
          storage: [
            [1n, 1n],
            [2n, 2n],
          ],
        },
      ],
    ]
    const { source, gasUsed } = transact({ fork, accounts })
    expect(source.root(merklePatricia)).toEqual(rootOf([...payer(gasUsed), [HEIR, { balance: 4n }]]))
  })

  it('YP D: nor does one whose creation is reverted, storage and all', () => {
    const init = asm(push(1), push(1), 'SSTORE')
    for (const end of ['INVALID', 'STOP']) {
      const code = asm(initOf(init), callOf('CREATE', 0, 0, init.length), 'POP', end)
      const self = { code, nonce: 1n, storage: [[7n, 7n]] } as const
      const { source, gasUsed } = transact({ fork, accounts: [[SELF, self]] })
      const made: Accounts =
        end === 'STOP' ? [[createAddress(SELF, 1n), { nonce: 1n, storage: [[1n, 1n]] }]] : []
      const nonce = end === 'STOP' ? 2n : 1n
      expect(source.root(merklePatricia)).toEqual(
        rootOf([...payer(gasUsed), [SELF, { ...self, nonce }], ...made]),
      )
    }
  })

  it('YP D: one that is deleted and created again has only its new storage', () => {
    const scene: TransactionScene = {
      fork,
      accounts: [[SELF, { code: DIES, nonce: 1n, storage: [[1n, 1n]] }]],
    }
    const source = sourceOf(accountsOf(scene))
    const { driver, state } = driverOf(scene, source)
    submit(driver, state, scene)
    submit(driver, state, { ...scene, tx: { nonce: 1n, value: 3n } })
    source.apply(state.changes())
    expect(source.account(SELF)).toMatchObject({ nonce: 0n, balance: 3n, code: new Uint8Array(0) })
    expect(source.account(SELF)?.storage.size).toBe(0)
  })

  it('YP D: slots set back or to zero leave the trie as it was', () => {
    const set = (value: number, key: number): Part => [push(value), push(key), 'SSTORE']
    const code = asm(set(5, 1), set(1, 1), set(9, 3), set(0, 3), set(0, 2))
    const self = {
      code,
      storage: [
        [1n, 1n],
        [2n, 2n],
      ],
    } as const
    const { source, gasUsed } = transact({ fork, accounts: [[SELF, self]] })
    expect(source.root(merklePatricia)).toEqual(
      rootOf([...payer(gasUsed), [SELF, { code, storage: [[1n, 1n]] }]]),
    )
  })
})
