/** Every row and every rule that reads state, against a source that answers late, in any order and not all at once. */
import { describe, expect, it } from 'vitest'
import {
  accountsOf,
  asm,
  COINBASE,
  callOf,
  deployer,
  driverOf,
  type Part,
  push,
  recorder,
  SELF,
  SENDER,
  sourceOf,
  submit,
  submitAsync,
  type TransactionScene,
} from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { create2Address, createAddress } from '../core/address.ts'
import { delegationTo } from '../core/delegation.ts'
import { bytesToHex } from '../core/hex.ts'
import { bytesToBigint } from '../core/word.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { privateKeyToAddress, signAuthorization } from './sign.ts'

const OTHER = 0x07e4n
const THIRD = 0x7418dn
const ABSENT = 0xab5e47n
const KEY = new Uint8Array(32).fill(7)
const AUTHORITY = privateKeyToAddress(KEY)
const INIT = asm('STOP')
const INIT_WORD = bytesToBigint(INIT) << 248n

/** Reads most of what there is to read, and stores a digest of it that depends on every answer. */
const digest: Part = [
  [
    push(OTHER),
    'BALANCE',
    push(THIRD),
    'EXTCODEHASH',
    'XOR',
    push(5),
    'SLOAD',
    'XOR',
    'ADDRESS',
    'BALANCE',
    'ADD',
  ],
  [push(999), 'BLOCKHASH', 'ADD', push(6), 'SSTORE'],
]
const contract = { code: asm(digest), balance: 5n, nonce: 1n, storage: [[5n, 55n]] } as const
const world = [
  [OTHER, contract],
  [THIRD, { code: asm(push(1), 'SLOAD', push(2), 'SSTORE'), balance: 1n, storage: [[1n, 11n]] }],
] as const

/** SELF with this code in the world. */
const running = (...parts: readonly Part[]): TransactionScene => ({
  accounts: [
    [
      SELF,
      {
        code: asm(...parts),
        balance: 10n ** 9n,
        storage: [
          [0n, 1n],
          [1n, OTHER],
        ],
      },
    ],
    ...world,
  ],
})
const initInMemory: Part = [push(INIT_WORD), push(0), 'MSTORE']
const note: Part = [push(9), 'SSTORE']

const ROWS: Record<string, TransactionScene> = {
  BALANCE: running(push(OTHER), 'BALANCE', note),
  'BALANCE of the absent': running(push(ABSENT), 'BALANCE', note),
  SELFBALANCE: running('SELFBALANCE', note),
  EXTCODESIZE: running(push(OTHER), 'EXTCODESIZE', note),
  EXTCODEHASH: running(push(OTHER), 'EXTCODEHASH', note),
  EXTCODECOPY: running(push(32), push(0), push(0), push(OTHER), 'EXTCODECOPY', push(0), 'MLOAD', note),
  SLOAD: running(push(1), 'SLOAD', note),
  'SSTORE over a value': running(push(2), push(0), 'SSTORE'),
  'SSTORE of nothing': running(push(0), push(0), 'SSTORE'),
  'SSTORE of the same': running(push(1), push(0), 'SSTORE'),
  'SSTORE there and back': running(push(2), push(0), 'SSTORE', push(1), push(0), 'SSTORE'),
  BLOCKHASH: running(push(999), 'BLOCKHASH', note, push(700), 'BLOCKHASH', push(10), 'SSTORE'),
  CALL: running(callOf('CALL', 100_000, OTHER, 3, 0, 0, 0, 0), note),
  'CALL with value to the absent': running(callOf('CALL', 0, ABSENT, 3, 0, 0, 0, 0), 'GAS', note),
  'CALL beyond the balance': running(callOf('CALL', 0, OTHER, 10n ** 10n, 0, 0, 0, 0), note),
  CALLCODE: running(callOf('CALLCODE', 100_000, OTHER, 1, 0, 0, 0, 0), note),
  DELEGATECALL: running(callOf('DELEGATECALL', 100_000, OTHER, 0, 0, 0, 0), note),
  STATICCALL: running(callOf('STATICCALL', 100_000, OTHER, 0, 0, 0, 0), note),
  'CALL of what a slot names': running([
    push(0),
    push(0),
    push(0),
    push(0),
    push(0),
    push(1),
    'SLOAD',
    push(100_000),
    'CALL',
    note,
  ]),
  CREATE: running(initInMemory, callOf('CREATE', 3, 0, 1), note),
  CREATE2: running(initInMemory, callOf('CREATE2', 3, 0, 1, 77), note),
  'CREATE beyond the balance': running(initInMemory, callOf('CREATE', 10n ** 10n, 0, 1), note),
  'CREATE in a failing frame': running(initInMemory, callOf('CREATE', 3, 0, 1), 'INVALID'),
  'SELFDESTRUCT to another': running(push(OTHER), 'SELFDESTRUCT'),
  'SELFDESTRUCT to the absent': running(push(ABSENT), 'SELFDESTRUCT'),
  'SELFDESTRUCT to oneself': running(push(SELF), 'SELFDESTRUCT'),
  'a revert after reads': running(digest, push(0), push(0), 'REVERT'),
  // The placeholder is zero: with it this would go round until gas ends.
  'a loop until a slot is set': running('JUMPDEST', push(0), 'SLOAD', 'ISZERO', push(0), 'JUMPI', digest),
  'a jump to what a slot says': running(push(0), 'SLOAD', push(6), 'ADD', 'JUMP', 'JUMPDEST', digest),
}

const collidingWith = (name: string, address: bigint, account: object): [string, TransactionScene] => {
  const scene = running(
    initInMemory,
    name === 'CREATE' ? callOf(name, 0, 0, 1) : callOf(name, 0, 0, 1, 77),
    note,
  )
  return [
    `${name} onto ${Object.keys(account)}`,
    { ...scene, accounts: [...scene.accounts!, [address, account]] },
  ]
}
const occupied = [{ nonce: 1n }, { code: asm('STOP') }, { storage: [[3n, 4n]] }, { balance: 9n }]
const COLLISIONS = Object.fromEntries(
  occupied.flatMap((account) => [
    collidingWith('CREATE', createAddress(SELF, 0n), account),
    collidingWith('CREATE2', create2Address(SELF, 77n, INIT), account),
  ]),
)

const authorize = (nonce: bigint, address = OTHER) => [
  signAuthorization({ chainId: 1n, address, nonce }, KEY),
]
const setCode = (authorizations: ReturnType<typeof authorize>, account?: object): TransactionScene => ({
  tx: { type: 4, to: AUTHORITY, authorizations },
  accounts: [...world, ...(account ? [[AUTHORITY, account] as const] : [])],
})

const RULES: Record<string, TransactionScene> = {
  'a plain transfer': { tx: { value: 1n, gasLimit: 21_000n } },
  'a transfer of nothing to the absent': { tx: { to: ABSENT, gasLimit: 21_000n } },
  'a transfer to an empty account': { tx: { to: OTHER, gasLimit: 21_000n }, accounts: [[OTHER, {}]] },
  'a coinbase that has a balance': { tx: { value: 1n }, accounts: [[COINBASE, { balance: 5n }]] },
  'a coinbase that sends': { block: { coinbase: SENDER } },
  'a coinbase that executes': { ...running(digest), block: { coinbase: SELF } },
  'a precompile': { tx: { to: 2n, value: 1n } },
  'a creation': { tx: { to: null, data: deployer(asm(digest)), value: 3n } },
  'a creation onto storage': {
    tx: { to: null, data: INIT },
    accounts: [[createAddress(SENDER, 0n), { storage: [[1n, 1n]] }]],
  },
  'a wrong nonce': { tx: { nonce: 1n } },
  'a sender that has code': { accounts: [[SENDER, { code: asm('STOP'), balance: 10n ** 18n }]] },
  'a sender without funds': { accounts: [[SENDER, { balance: 20_999n }]], tx: { gasLimit: 21_000n } },
  'an absent sender': { sender: ABSENT, accounts: [[ABSENT, {}]] },
}

const LATE_RULES: Record<string, TransactionScene> = {
  'an access list': {
    ...running(digest, push(1), 'SLOAD', note),
    tx: {
      type: 1,
      accessList: [
        { address: SELF, keys: [1n, 5n] },
        { address: OTHER, keys: [5n] },
      ],
    },
  },
  'an access list of an account to be created': {
    tx: {
      to: null,
      type: 1,
      data: asm(push(1), 'SLOAD', 'POP'),
      accessList: [{ address: createAddress(SENDER, 0n), keys: [1n] }],
    },
  },
}

const PRAGUE_RULES: Record<string, TransactionScene> = {
  'an authority that is absent': setCode(authorize(0n)),
  'an authority that exists': setCode(authorize(3n), { nonce: 3n, balance: 8n, storage: [[5n, 1n]] }),
  'an authority at another nonce': setCode(authorize(3n), { nonce: 4n }),
  'an authority with code': setCode(authorize(0n), { code: asm(digest) }),
  'an authority that has delegated': setCode(authorize(1n, THIRD), { nonce: 1n, code: delegationTo(OTHER) }),
  'an authority that takes its delegation back': setCode(authorize(1n, 0n), {
    nonce: 1n,
    code: delegationTo(OTHER),
  }),
  'two authorisations of one authority': setCode([...authorize(0n), ...authorize(1n, THIRD)]),
  'a recipient that has delegated': {
    accounts: [[SELF, { code: delegationTo(OTHER), balance: 1n }], ...world],
  },
  'a call of what has delegated': {
    accounts: [
      ...running(callOf('CALL', 100_000, ABSENT, 0, 0, 0, 0, 0), note).accounts!,
      [ABSENT, { code: delegationTo(OTHER) }],
    ],
  },
  'a sender that has delegated': {
    accounts: [[SENDER, { code: delegationTo(OTHER), balance: 10n ** 18n }], ...world],
  },
}

/** The result and the root after it. */
async function run(scene: TransactionScene, late?: { seed?: number }) {
  const image = sourceOf(accountsOf(scene))
  const source = late ? new LateSource(image, late.seed) : image
  const { driver, state } = driverOf(scene, source)
  const result = late ? await submitAsync(driver, state, scene) : submit(driver, state, scene)
  const isVoid = state.isVoid
  image.apply(state.changes())
  return { result, isVoid, root: bytesToHex(image.root(merklePatricia)), source }
}

async function compare(scene: TransactionScene): Promise<void> {
  const seen = recorder()
  const plain = await run({ ...scene, tracer: seen })
  for (const seed of [undefined, 1, 2, 3]) {
    const late = await run(scene, seed === undefined ? {} : { seed })
    expect(late).toMatchObject({ result: plain.result, root: plain.root, isVoid: false })
    const { rounds, loaded } = late.source as LateSource
    expect(rounds).toBeLessThanOrEqual(loaded)
    const traced = recorder()
    const again = await run({ ...scene, tracer: traced }, seed === undefined ? {} : { seed })
    expect(again).toMatchObject({ result: plain.result, root: plain.root, isVoid: false })
    expect(traced.lines).toEqual(seen.lines)
  }
}

const under = (forks: string[], scenes: Record<string, TransactionScene>) =>
  forks.flatMap((fork) =>
    Object.entries(scenes).map(([name, scene]) => ({ fork, name, scene: { fork, ...scene } })),
  )

describe('rows that read state', () => {
  it.each(under(['Constantinople', 'Berlin', 'Osaka'], ROWS))('$fork: $name', ({ scene }) => compare(scene))
  it.each(under(['Byzantium', 'Osaka'], COLLISIONS))('$fork: $name', ({ scene }) => compare(scene))
})

describe('rules that read state', () => {
  const forks = ['Frontier', 'EIP158', 'Berlin', 'Shanghai', 'Osaka']
  it.each(under(forks, RULES))('$fork: $name', ({ scene }) => compare(scene))
  it.each(under(['Berlin', 'Osaka'], LATE_RULES))('$fork: $name', ({ scene }) => compare(scene))
  it.each(under(['Prague', 'Osaka'], PRAGUE_RULES))('$fork: $name', ({ scene }) => compare(scene))
})
