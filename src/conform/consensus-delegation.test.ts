/** Bugs other engines have had: in delegations. */
import { describe, expect, it } from 'vitest'
import { privateKeyToAddress, signAuthorization } from '../chain/sign.ts'
import type { Authorization } from '../chain/transaction.ts'
import { delegationTo } from '../core/delegation.ts'
import { FORK_NAMES, offer, since } from './consensus-parts.ts'
import {
  type AccountSpec,
  type Accounts,
  asm,
  callOf,
  type Part,
  push,
  SELF,
  SENDER,
  transact,
} from './harness.ts'

describe('EIP-7702', () => {
  const KEY = new Uint8Array(32).fill(7)
  const AUTHORITY = privateKeyToAddress(KEY)
  const TARGET = 0x7a49e7n
  const LAST = (1n << 64n) - 1n
  /** What an authorisation costs of an authority that is not there, and is. */
  const [ABSENT_GAS, PRESENT_GAS] = [25_000n, 12_500n]
  const target: Accounts = [[TARGET, { code: asm(push(1), push(0), 'SSTORE') }]]

  type Terms = { readonly nonce?: bigint; readonly chainId?: bigint; readonly address?: bigint }
  const grant = ({ nonce = 0n, chainId = 1n, address = TARGET }: Terms = {}) =>
    signAuthorization({ nonce, chainId, address }, KEY)

  /** Gas beyond a plain transfer's, and the authority after it; the recipient has no code. */
  function apply(authorizations: readonly Authorization[], account?: AccountSpec) {
    const accounts: Accounts = [...target, ...(account ? [[AUTHORITY, account] as const] : [])]
    const tx = { type: 4, to: 0xbeefn, gasLimit: 500_000n, authorizations } as const
    const { source, gasUsed, status } = transact({ tx, accounts })
    expect(status).toBe('success')
    const after = source.account(AUTHORITY)
    return { gas: gasUsed - 21_000n, nonce: after?.nonce ?? null, code: after && [...after.code] }
  }
  const delegated = (address = TARGET) => [...delegationTo(address)]

  it('EIP-7702: an authority that was absent is created and pays in full', () => {
    expect(apply([grant()])).toEqual({ gas: ABSENT_GAS, nonce: 1n, code: delegated() })
  })

  it('EIP-7702: one that exists is refunded half, a fifth of all gas at the most', () => {
    const { gas, ...after } = apply([grant()], { balance: 1n })
    expect(after).toEqual({ nonce: 1n, code: delegated() })
    // 46,000 spent; 12,500 would be given back, but a fifth is 9,200.
    expect(gas).toBe(25_000n - 9_200n)
    // With more spent the whole refund fits under the cap.
    const data = new Uint8Array(2000).fill(1)
    const tx = { type: 4, to: 0xbeefn, authorizations: [grant()], data } as const
    const used = (accounts: Accounts) => transact({ tx, accounts, fork: 'Prague' })
    expect(used([]).gasUsed - used([[AUTHORITY, { balance: 1n }]]).gasUsed).toBe(0n)
    expect(used([[AUTHORITY, { balance: 1n }]]).gasUsed).toBe(21_000n + 4n * 2000n * 10n)
  })

  it('EIP-7702: the refund is 12,500, once for every authorisation that holds', () => {
    const burn = asm(callOf('CALL', 400_000, 0x1b02n, 0, 0, 0, 0, 0), 'STOP')
    const accounts: Accounts = [[SELF, { code: burn }], [0x1b02n, { code: asm('INVALID') }], ...target]
    const used = (authorizations: Authorization[], extra: Accounts = []) =>
      transact({ tx: { type: 4, gasLimit: 900_000n, authorizations }, accounts: [...accounts, ...extra] })
    const present: Accounts = [[AUTHORITY, { balance: 1n }]]
    expect([used([grant()]).gasRefunded, used([grant()], present).gasRefunded]).toEqual([0n, PRESENT_GAS])
    // The first creates the account, the second finds it.
    expect(used([grant(), grant({ nonce: 1n })]).gasRefunded).toBe(PRESENT_GAS)
  })

  it.each<[string, Authorization, AccountSpec?]>([
    ['another chain', grant({ chainId: 2n })],
    ['a chain beyond 2^64', grant({ chainId: 1n << 200n })],
    ['a nonce ahead', grant({ nonce: 1n })],
    ['a nonce behind', grant({ nonce: 0n }), { nonce: 1n }],
    ['the last nonce', grant({ nonce: LAST }), { nonce: LAST }],
    ['a parity that is none', { ...grant(), yParity: 2 }],
    [
      'a high s',
      {
        ...grant(),
        s: 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n - grant().s,
        yParity: 1 - grant().yParity,
      },
    ],
    ['r of zero', { ...grant(), r: 0n }],
    ['s of zero', { ...grant(), s: 0n }],
    ['an authority that is a contract', grant(), { code: asm('STOP') }],
    [
      'an authority whose code only begins as a delegation',
      grant(),
      { code: Uint8Array.of(...delegationTo(TARGET), 0) },
    ],
  ])('EIP-7702: %s: skipped, neither created nor refunded, yet paid for', (_, authorization, account) => {
    const { gas, nonce, code } = apply([authorization], account)
    expect(gas).toBe(ABSENT_GAS)
    expect([nonce, code]).toEqual(account ? [account.nonce ?? 0n, [...(account.code ?? [])]] : [null, null])
  })

  it('EIP-7702: the last nonce but one is valid, chain 0 is any chain', () => {
    expect(apply([grant({ nonce: LAST - 1n })], { nonce: LAST - 1n })).toMatchObject({
      nonce: LAST,
      code: delegated(),
    })
    expect(apply([grant({ chainId: 0n })])).toMatchObject({ nonce: 1n, code: delegated() })
  })

  it('EIP-7702: the zero address clears the delegation, and leaves an account without code', () => {
    const cleared = apply([grant({ nonce: 5n, address: 0n })], { nonce: 5n, code: delegationTo(TARGET) })
    expect(cleared).toMatchObject({ nonce: 6n, code: [] })
    expect(apply([grant({ address: 0n })])).toMatchObject({ nonce: 1n, code: [] })
  })

  it('EIP-7702: later authorisations see what earlier ones did', () => {
    const chain = [
      grant(),
      grant({ nonce: 1n, address: 0xbeefn }),
      grant({ nonce: 1n }),
      grant({ nonce: 2n }),
    ]
    expect(apply(chain)).toMatchObject({ nonce: 3n, code: delegated() })
  })

  /** Calls `to` and notes what it said, in a transaction. */
  const call = (accounts: Accounts, to: bigint, fork = 'Osaka') => {
    const code = asm(
      callOf('CALL', 100_000, to, 0, 0, 0, 0, 0),
      push(0),
      'MSTORE',
      push(32),
      push(0),
      'RETURN',
    )
    const { output, source } = transact({ fork, accounts: [[SELF, { code }], ...accounts] })
    return { succeeded: output[31] === 1, slot: source.storage(to, 0n) }
  }
  const to = (address: bigint): AccountSpec => ({ nonce: 1n, code: delegationTo(address) })

  it('EIP-7702: code runs on the storage of the account that delegates', () => {
    expect(call([...target, [0xa1n, to(TARGET)]], 0xa1n)).toEqual({ succeeded: true, slot: 1n })
  })

  it('EIP-7702: a chain is followed one link, a loop and a delegation to oneself likewise', () => {
    // What is found there is then run as code, and 0xEF is no opcode.
    expect(call([...target, [0xa1n, to(0xa2n)], [0xa2n, to(TARGET)]], 0xa1n)).toEqual({
      succeeded: false,
      slot: 0n,
    })
    expect(
      call(
        [
          [0xa1n, to(0xa2n)],
          [0xa2n, to(0xa1n)],
        ],
        0xa1n,
      ),
    ).toEqual({ succeeded: false, slot: 0n })
    expect(call([[0xa1n, to(0xa1n)]], 0xa1n)).toEqual({ succeeded: false, slot: 0n })
  })

  it('EIP-7702: delegated to a precompile an account runs nothing, and succeeds', () => {
    for (const precompile of [1n, 4n, 9n, 0x11n, 0x100n])
      expect([precompile, call([[0xa1n, to(precompile)]], 0xa1n)]).toEqual([
        precompile,
        { succeeded: true, slot: 0n },
      ])
    // As the recipient of a transaction too: the identity would have given its input back.
    const { output, status } = transact({
      tx: { to: 0xa1n, data: Uint8Array.of(5) },
      accounts: [[0xa1n, to(4n)]],
    })
    expect([status, output.length]).toEqual(['success', 0])
  })

  it('EIP-7702: delegations and nonces outlive a transaction that fails, and so does the refund', () => {
    const tx = { type: 4, to: SELF, gasLimit: 500_000n, authorizations: [grant()] } as const
    const accounts: Accounts = [
      [SELF, { code: asm(push(0), push(0), 'REVERT') }],
      [AUTHORITY, { balance: 1n }],
    ]
    const { source, status, gasRefunded } = transact({ tx, accounts })
    expect([status, source.account(AUTHORITY)?.nonce, gasRefunded]).toEqual([
      'revert',
      1n,
      (46_000n + 6n) / 5n,
    ])
    expect(source.account(AUTHORITY)?.code).toEqual(delegationTo(TARGET))
  })

  it('EIP-7702: the authority is warm from then on, and a delegate of the recipient as well', () => {
    const measured = (address: bigint, key: number): Part => [
      'GAS',
      push(address),
      'BALANCE',
      'POP',
      'GAS',
      'SWAP1',
      'SUB',
      push(key),
      'SSTORE',
    ]
    const code = asm(measured(AUTHORITY, 0), measured(TARGET, 1), measured(0xc01dn, 2))
    const tx = { type: 4, to: 0xa1n, gasLimit: 500_000n, authorizations: [grant({ nonce: 9n })] } as const
    const { source } = transact({
      tx,
      accounts: [
        [0xa1n, to(TARGET)],
        [TARGET, { code }],
      ],
    })
    // Skipped for its nonce, which was looked up: the account is warm.
    expect([0n, 1n, 2n].map((key) => source.storage(0xa1n, key))).toEqual([107n, 107n, 2607n])
  })

  it('EIP-7702: a sender that has delegated may send, a contract may not', () => {
    const sender = (code: Uint8Array): Accounts => [[SENDER, { balance: 10n ** 18n, code }]]
    for (const fork of FORK_NAMES) {
      const outcome = (code: Uint8Array) => offer({ fork, accounts: sender(code) })
      const isPrague = since('Prague').includes(fork)
      expect([fork, outcome(delegationTo(TARGET))]).toMatchObject([
        fork,
        isPrague ? { status: 'success' } : { code: 'sender-not-eoa' },
      ])
      expect([fork, outcome(asm('STOP'))]).toMatchObject([fork, { code: 'sender-not-eoa' }])
    }
  })
})
