import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import type { Block } from '../chain/block.ts'
import { headerHash } from '../chain/header.ts'
import { depositsIn, requestsHash } from '../chain/requests.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Log } from '../core/host.ts'
import { extend } from '../core/table.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MINER, Scene, SIGNER, signed } from './block-harness.ts'
import { type Accounts, asm, push, RETURN_TOP } from './harness.ts'

const BEACON_ROOTS = 0x000f3df6d732807ef1319fb7b8bb8522d0beac02n
const HISTORY = 0x0000f90827f1c53a10cb7a02335b175320002935n
const WITHDRAWAL_REQUESTS = 0x00000961ef480eb55e80d19ad83579a64c007002n
const CONSOLIDATION_REQUESTS = 0x0000bbddc7ce488642fb579f8b00f3a590007251n
const DEPOSIT_CONTRACT = 0x00000000219ab540356cbb839cbe05303d7705fan
const DEPOSIT_TOPIC = 0x649bbc62d0e31342afea4e5cd82d4049e7e1ee912fc0889aa790803be39038c5n
const ETHER = 10n ** 18n

/** Keeps what it is given, and who called. */
const KEEPS = asm(push(0), 'CALLDATALOAD', push(0), 'SSTORE', 'CALLER', push(1), 'SSTORE')
const STOPS = asm('STOP')
const REVERTS = asm(push(0), push(0), 'REVERT')
const answers = (word: bigint) => asm(push(word), RETURN_TOP)

/** What every block of Prague calls. */
const requestContracts = (first: Uint8Array = STOPS, second: Uint8Array = STOPS): Accounts => [
  [WITHDRAWAL_REQUESTS, { code: first }],
  [CONSOLIDATION_REQUESTS, { code: second }],
]

describe('system calls', () => {
  it('give the beacon root and the parent hash before the first transaction (EIP-4788, EIP-2935)', () => {
    const scene = new Scene('Prague', [
      ...requestContracts(),
      [BEACON_ROOTS, { code: KEEPS }],
      [HISTORY, { code: KEEPS }],
    ])
    const { header } = scene.grow({ fields: { parentBeaconRoot: 0x1234n } })
    const system = 0xfffffffffffffffffffffffffffffffffffffffen
    expect(scene.state.storage(BEACON_ROOTS, 0n)).toBe(0x1234n)
    expect(scene.state.storage(BEACON_ROOTS, 1n)).toBe(system)
    expect(scene.state.storage(HISTORY, 0n)).toBe(scene.genesis.hash)
    expect(header.gasUsed).toBe(0n)
    // The sender is no account, and pays nothing.
    expect(scene.state.account(system)).toBeNull()
  })

  it('are left out where there is no code, and may fail, at the start of a block (EIP-4788)', () => {
    for (const accounts of [[], [[BEACON_ROOTS, { code: REVERTS }] as const]]) {
      const scene = new Scene('Cancun', accounts)
      expect(scene.verdict(scene.childOf(scene.genesis))).toBe('accepted')
      expect(scene.state.account(BEACON_ROOTS) === null).toBe(accounts.length === 0)
    }
  })

  it('have 30 million gas that the block does not count (EIP-4788)', () => {
    const scene = new Scene('Cancun', [[BEACON_ROOTS, { code: asm('GAS', push(0), 'SSTORE') }]])
    const { header } = scene.grow()
    expect(scene.state.storage(BEACON_ROOTS, 0n)).toBe(30_000_000n - 2n)
    expect(header.gasUsed).toBe(0n)
  })

  it.each([
    ['has no code', undefined, 'system-contract-missing'],
    ['reverts', REVERTS, 'system-call-failed'],
    ['runs out of gas', asm('JUMPDEST', push(0), 'JUMP'), 'system-call-failed'],
  ])('make the block invalid where a contract of requests %s (EIP-7002, EIP-7251)', (_, code, verdict) => {
    for (const missing of [WITHDRAWAL_REQUESTS, CONSOLIDATION_REQUESTS]) {
      const others = requestContracts().filter(([address]) => address !== missing)
      const scene = new Scene('Prague', code ? [...others, [missing, { code }]] : others)
      expect(scene.verdict(scene.childOf(scene.genesis))).toBe(verdict)
    }
  })

  it('answer with requests, by type (EIP-7685)', () => {
    const scene = new Scene('Prague', requestContracts(answers(0xaan), answers(0xbbn)))
    const block = scene.childOf(scene.genesis)
    const { outcome } = scene.execute(block, scene.genesis)
    if ('code' in outcome) throw new Error(outcome.message)
    const list = (type: number, word: bigint) => bytesToHex(Uint8Array.of(type, ...bigintToBytes(word, 32)))
    expect(outcome.requests!.map(bytesToHex)).toEqual(['0x00', list(1, 0xaan), list(2, 0xbbn)])
    expect(scene.verdict(block)).toBe('accepted')
  })

  it('hash to that of nothing where lists are empty (EIP-7685)', () => {
    const empty = bytesToBigint(nodeCrypto.sha256(new Uint8Array(0)))
    expect(requestsHash([], nodeCrypto)).toBe(empty)
    expect(requestsHash([Uint8Array.of(0), Uint8Array.of(1), Uint8Array.of(2)], nodeCrypto)).toBe(empty)
    const list = Uint8Array.of(1, 7)
    expect(requestsHash([Uint8Array.of(0), list], nodeCrypto)).toBe(
      bytesToBigint(nodeCrypto.sha256(nodeCrypto.sha256(list))),
    )
  })
})

/** The data of a deposit event: every part filled with a byte of its own. */
function depositData(): Uint8Array {
  const word = (value: number) => [...bigintToBytes(BigInt(value), 32)]
  const part = (sizeBytes: number, byte: number) => [
    ...word(sizeBytes),
    ...Array(sizeBytes).fill(byte),
    ...Array((32 - (sizeBytes % 32)) % 32).fill(0),
  ]
  return Uint8Array.from([
    ...[160, 256, 320, 384, 512].flatMap(word),
    ...part(48, 1),
    ...part(32, 2),
    ...part(8, 3),
    ...part(96, 4),
    ...part(8, 5),
  ])
}

describe('deposits', () => {
  const log = (change: Partial<Log> = {}): Log => ({
    address: DEPOSIT_CONTRACT,
    topics: [DEPOSIT_TOPIC],
    data: depositData(),
    ...change,
  })
  const REQUEST = Uint8Array.from([48, 32, 8, 96, 8].flatMap((size, i) => Array(size).fill(i + 1)))

  it('are read from the logs of the contract, in order (EIP-6110)', () => {
    expect(depositsIn([log()], DEPOSIT_CONTRACT)).toEqual(REQUEST)
    expect(depositsIn([log(), log()], DEPOSIT_CONTRACT)).toHaveLength(2 * 192)
    expect(depositsIn([], DEPOSIT_CONTRACT)).toHaveLength(0)
  })

  it('are not in logs of others, or under other topics (EIP-6110)', () => {
    const short = { data: new Uint8Array(1) }
    const others = [
      log({ address: 1n, ...short }),
      log({ topics: [1n], ...short }),
      log({ topics: [], ...short }),
    ]
    expect(depositsIn(others, DEPOSIT_CONTRACT)).toHaveLength(0)
  })

  it('make the block invalid in another layout (EIP-6110)', () => {
    for (const sizeBytes of [0, 575, 577])
      expect(depositsIn([log({ data: new Uint8Array(sizeBytes) })], DEPOSIT_CONTRACT)).toBeNull()
    // Every offset and length, off by one or enormous.
    for (const at of [0, 32, 64, 96, 128, 160, 256, 320, 384, 512])
      for (const byte of [at, at + 31]) {
        const data = depositData()
        data[byte] ^= 1
        expect(depositsIn([log({ data })], DEPOSIT_CONTRACT)).toBeNull()
      }
  })

  it('count in a block as requests of type 0, and only the layout decides (EIP-6110)', () => {
    const emit = (sizeBytes: number) =>
      asm(
        [push(sizeBytes), push(0), push(0), 'CALLDATACOPY'],
        [push(DEPOSIT_TOPIC), push(sizeBytes), push(0), 'LOG1'],
      )
    const block = (sizeBytes: number): { scene: Scene; block: Block } => {
      const scene = new Scene('Prague', [
        ...requestContracts(),
        [DEPOSIT_CONTRACT, { code: emit(sizeBytes) }],
      ])
      const transactions = [signed({ to: DEPOSIT_CONTRACT, data: depositData() })]
      return { scene, block: scene.childOf(scene.genesis, { transactions }) }
    }
    const whole = block(576)
    const { outcome } = whole.scene.execute(whole.block, whole.scene.genesis)
    if ('code' in outcome) throw new Error(outcome.message)
    expect(outcome.requests![0]).toEqual(Uint8Array.of(0, ...REQUEST))
    expect(whole.scene.verdict(whole.block)).toBe('accepted')
    const cut = block(544)
    expect(cut.scene.verdict(cut.block)).toBe('deposit-layout')
  })
})

describe('withdrawals', () => {
  it('are in gwei, add up, cost no gas and leave nothing empty behind (EIP-4895)', () => {
    const scene = new Scene('Shanghai', [[0xa1n, { balance: 5n }]])
    const one = { index: 0n, validatorIndex: 0n }
    const { header } = scene.grow({
      withdrawals: [
        { ...one, address: 0xa1n, amount: 1n },
        { ...one, address: 0xa1n, amount: 2n },
        { ...one, address: 0xa2n, amount: (1n << 64n) - 1n },
        { ...one, address: 0xa3n, amount: 0n },
      ],
    })
    expect(scene.state.account(0xa1n)?.balance).toBe(3n * 10n ** 9n + 5n)
    expect(scene.state.account(0xa2n)?.balance).toBe(((1n << 64n) - 1n) * 10n ** 9n)
    expect(scene.state.account(0xa3n)).toBeNull()
    expect(header.gasUsed).toBe(0n)
  })

  it('come after the transactions (EIP-4895)', () => {
    const scene = new Scene('Shanghai', [[0xc0den, { code: asm('SELFBALANCE', push(0), 'SSTORE') }]])
    const withdrawal = { index: 0n, validatorIndex: 0n, address: 0xc0den, amount: 9n }
    scene.grow({ transactions: [signed({ to: 0xc0den, value: 4n })], withdrawals: [withdrawal] })
    expect(scene.state.storage(0xc0den, 0n)).toBe(4n)
  })
})

describe('rewards', () => {
  it.each([
    ['Frontier', 5n],
    ['EIP158', 5n],
    ['Byzantium', 3n],
    ['Constantinople', 2n],
    ['GrayGlacier', 2n],
  ])('of a block of %s are %d ether (Yellow Paper 11.3, EIP-649, EIP-1234)', (fork, ether) => {
    const scene = new Scene(fork)
    scene.grow()
    expect(scene.state.account(MINER)?.balance).toBe(ether * ETHER)
  })

  it('are none after the merge (EIP-3675)', () => {
    const scene = new Scene('Paris')
    scene.grow()
    expect(scene.state.account(MINER)).toBeNull()
  })

  it('of ommers fall by an eighth a generation, and their nephew gets 1/32 (Yellow Paper 11.3)', () => {
    const scene = new Scene('Berlin')
    const ommers = [1, 2].map((i) => {
      const block = scene.childOf(scene.genesis, { fields: { coinbase: BigInt(0xa0 + i) } })
      return block.header
    })
    for (let i = 0; i < 3; i++) scene.grow()
    const before = scene.state.account(MINER)!.balance
    scene.grow({ ommers })
    // Three generations lie between the ommers, of number 1, and the block, of number 4.
    expect(scene.state.account(0xa1n)?.balance).toBe((2n * ETHER * 5n) / 8n)
    expect(scene.state.account(0xa2n)?.balance).toBe((2n * ETHER * 5n) / 8n)
    expect(scene.state.account(MINER)!.balance - before).toBe(2n * ETHER + (2n * 2n * ETHER) / 32n)
  })
})

describe('ommers', () => {
  const scene = new Scene('Berlin')
  const ommer = (coinbase: bigint, parent = scene.genesis) =>
    scene.childOf(parent, { fields: { coinbase } }).header
  const blocks = Array.from({ length: 7 }, () => scene.grow())
  scene.grow({ ommers: [ommer(0xd0n, blocks[4])] })
  const verdict = (...ommers: ReturnType<typeof ommer>[]) =>
    scene.verdict(scene.childOf(scene.chain.head, { ommers }))

  it.each([
    ['three', () => [1n, 2n, 3n].map((coinbase) => ommer(coinbase, blocks[5])), 'ommers-count'],
    ['one twice', () => [ommer(1n, blocks[5]), ommer(1n, blocks[5])], 'ommer-known'],
    ['one that another block named', () => [ommer(0xd0n, blocks[4])], 'ommer-known'],
    ['an ancestor', () => [blocks[6].header], 'ommer-ancestor'],
    ['a brother', () => [ommer(1n, scene.chain.head)], 'ommer-brother'],
    ['one of seven generations back', () => [ommer(1n, blocks[0])], 'ommer-parent'],
    ['one of no ancestor', () => [{ ...ommer(1n, blocks[5]), parentHash: 1n }], 'ommer-parent'],
    ['a header that is not valid', () => [{ ...ommer(1n, blocks[5]), gasLimit: 5000n }], 'ommer-header'],
  ] as const)('are refused: %s (Yellow Paper 11.1)', (_, ommers, code) => {
    expect(verdict(...ommers())).toBe(code)
  })

  it('are accepted up to six generations back (Yellow Paper 11.1)', () => {
    expect(verdict(ommer(1n, blocks[1]), ommer(2n, blocks[6]))).toBe('accepted')
  })
})

describe('receipts', () => {
  it('have the root of the state after their transaction before EIP-658', () => {
    const scene = new Scene('Homestead')
    const pay = (nonce: bigint) => signed({ nonce, to: 0xa1n + nonce, value: 7n })
    const block = scene.childOf(scene.genesis, { transactions: [pay(0n), pay(1n)] })
    const { outcome } = scene.execute(block, scene.genesis)
    if ('code' in outcome) throw new Error(outcome.message)
    const alone = scene.execute(scene.childOf(scene.genesis, { transactions: [pay(0n)] }), scene.genesis)
    const [first, second] = outcome.receipts
    expect(first.outcome).not.toEqual(second.outcome)
    // The one transaction alone leads to the same state, but for the reward that follows it.
    if ('code' in alone.outcome) throw new Error(alone.outcome.message)
    expect(alone.outcome.receipts[0].outcome).toEqual(first.outcome)
    expect(scene.verdict(block)).toBe('accepted')
  })

  it('add up gas, and blooms make that of the block (EIP-658, EIP-2718)', () => {
    const logs = asm(push(0x77), push(0), push(0), 'LOG1')
    const scene = new Scene('London', [
      [0xc0den, { code: logs }],
      [0xdeadn, { code: REVERTS }],
    ])
    const { header } = scene.grow({
      transactions: [
        signed({ to: 0xc0den }),
        signed({ nonce: 1n, to: 0xdeadn, type: 2, maxFeePerGas: 10n ** 10n, maxPriorityFeePerGas: 1n }),
      ],
    })
    expect(header.logsBloom.some((byte) => byte !== 0)).toBe(true)
    expect(header.gasUsed).toBeGreaterThan(42_000n)
  })
})

describe('the DAO fork', () => {
  it('moves all ether of its accounts before the first transaction, in one block (EIP-779)', () => {
    const drain = { from: [0xa1n, 0xa2n], to: 0xdadn }
    const table = extend(forkByName('Homestead'), 'Homestead', [
      { eip: 779, title: 'dao', rules: { drain, extraData: 'dao-hard-fork' } },
    ])
    const scene = new Scene(table, [
      [0xa1n, { balance: 3n }],
      [0xa2n, { balance: 4n }],
    ])
    const plain = scene.childOf(scene.genesis)
    expect(scene.verdict(plain)).toBe('extra-data-text')
    scene.grow({ fields: { extraData: new TextEncoder().encode('dao-hard-fork') } })
    expect(scene.state.account(0xdadn)?.balance).toBe(7n)
    expect(scene.state.account(0xa1n)?.balance).toBe(0n)
  })
})

describe('one block', () => {
  it('creates, destroys and creates again at one address (EIP-1014, EIP-6780)', () => {
    // Deploys, by CREATE2 with salt 0, code that destroys itself when it is called; calls it when it is given data.
    const child = asm(push(0), 'SELFDESTRUCT')
    const init = asm(
      push(bytesToBigint(child)),
      push(0),
      'MSTORE',
      push(child.length),
      push(32 - child.length),
      'RETURN',
    )
    const factory = asm(
      [push(bytesToBigint(init), init.length), push(0), 'MSTORE'],
      [push(0), push(init.length), push(32 - init.length), push(0), 'CREATE2', push(0), 'SSTORE'],
    )
    for (const [fork, again] of [
      ['Berlin', true],
      ['Cancun', false],
    ] as const) {
      const scene = new Scene(fork, [[0xfacn, { code: factory }]])
      scene.grow({ transactions: [signed({ to: 0xfacn })] })
      const address = scene.state.storage(0xfacn, 0n)
      expect(scene.state.code(address)).toEqual(child)
      scene.grow({
        transactions: [signed({ nonce: 1n, to: address }), signed({ nonce: 2n, to: 0xfacn })],
      })
      expect(scene.state.storage(0xfacn, 0n)).toBe(again ? address : 0n)
      expect(scene.state.code(address)).toEqual(child)
    }
  })
})

describe('the chain', () => {
  it('has the most total difficulty at its head, and keeps every branch (Yellow Paper 10)', () => {
    const scene = new Scene('Berlin', [[0xa1n, { balance: 1n }]])
    const pay = (nonce: bigint, value: bigint) => signed({ nonce, to: 0xa1n, value })
    const slow = scene.grow({ transactions: [pay(0n, 10n)], fields: { timestamp: 1020n } })
    const slower = scene.grow({ transactions: [pay(1n, 10n)], fields: { timestamp: 1040n } })
    const quick = scene.childOf(scene.genesis, { transactions: [pay(0n, 5n)], fields: { timestamp: 1001n } })
    const first = scene.add(quick)
    expect(scene.chain.head).toBe(slower)
    const second = scene.add(scene.childOf(first, { fields: { timestamp: 1002n } }))
    expect(second.totalDifficulty).toBeGreaterThan(slower.totalDifficulty)
    expect(scene.chain.head).toBe(second)
    expect(scene.state.account(0xa1n)?.balance).toBe(6n)
    // The other branch goes on from its own state.
    const third = scene.add(scene.childOf(slower, { transactions: [pay(2n, 10n)] }))
    expect(scene.images.get(third.hash)!.account(0xa1n)?.balance).toBe(31n)
    expect(third.header.parentHash).toBe(slower.hash)
    expect(slower.header.parentHash).toBe(slow.hash)
  })

  it('gives the hashes of the last 256 blocks of its own branch (Yellow Paper H.2)', () => {
    const keep = asm(push(0), 'CALLDATALOAD', 'BLOCKHASH', push(0), 'CALLDATALOAD', 'SSTORE')
    const scene = new Scene('Berlin', [[0xc0den, { code: keep }]])
    const hashes = [scene.genesis.hash]
    for (let i = 0; i < 258; i++) hashes.push(scene.grow().hash)
    const ask = (nonce: bigint, number: bigint) =>
      signed({ nonce, to: 0xc0den, data: bigintToBytes(number, 32), gasLimit: 50_000n })
    // In block 259: blocks 3 to 258 can be asked for.
    scene.grow({ transactions: [2n, 3n, 258n, 259n].map((number, i) => ask(BigInt(i), number)) })
    expect(scene.state.storage(0xc0den, 2n)).toBe(0n)
    expect(scene.state.storage(0xc0den, 3n)).toBe(hashes[3])
    expect(scene.state.storage(0xc0den, 258n)).toBe(hashes[258])
    expect(scene.state.storage(0xc0den, 259n)).toBe(0n)
  })

  it('takes a block it has for done, and refuses one that a transaction makes invalid', () => {
    const scene = new Scene('Osaka', requestContracts())
    const block = scene.childOf(scene.genesis)
    const added = scene.add(block)
    expect(scene.add(block)).toBe(added)
    expect(headerHash(block.header)).toBe(added.hash)
    const wrongNonce = scene.childOf(added, { transactions: [signed({ nonce: 5n, to: 1n })] })
    expect(scene.verdict(wrongNonce)).toBe('nonce-too-high')
    const unsigned = { ...signed({ to: 1n }), signature: { yParity: 0 as const, r: 0n, s: 1n } }
    expect(scene.verdict(scene.childOf(added, { transactions: [unsigned] }))).toBe('invalid-signature')
    expect(scene.chain.head).toBe(added)
    expect(scene.state.account(SIGNER)?.nonce).toBe(0n)
  })
})
