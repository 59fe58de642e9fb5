import { createAddress } from '../../../src/core/address.ts'
import { delegationTo } from '../../../src/core/delegation.ts'
import type { Table } from '../../../src/core/table.ts'
import { MAX_UINT64 } from '../../../src/core/word.ts'
import type { FuzzAccount } from '../case.ts'
import { SIGNERS } from '../keys.ts'
import type { Random } from '../random.ts'
import { storageKey, storageValue } from './words.ts'

/** Addresses that are or become precompiles, and their neighbours. */
const LOW_ADDRESSES: readonly bigint[] = [
  ...Array.from({ length: 0x14 }, (_, i) => BigInt(i)),
  0xffn,
  0x100n,
  0x101n,
]
const FIRST_CONTRACT = 0xc0de0000000000000000000000000000000000n
const FIRST_USER = 0xe0a0000000000000000000000000000000000000n
const NOBODY = [
  0xdead000000000000000000000000000000000001n,
  0xdead000000000000000000000000000000000002n,
  2n ** 160n - 1n,
]
const NO_CODE = new Uint8Array(0)

/** Who there is: what addresses the programs of a case speak to. */
export interface World {
  readonly table: Table
  readonly blockNumber: bigint
  /** Accounts that have a program; the first is where most transactions go. */
  readonly contracts: readonly bigint[]
  /** Accounts without code. */
  readonly users: readonly bigint[]
  /** Active precompiles. */
  readonly precompiles: readonly bigint[]
  /** Accounts that delegate, or may come to (EIP-7702). */
  readonly authorities: readonly bigint[]
  readonly sender: bigint
  readonly coinbase: bigint
  /** Transactions carry more gas than could ever be spent: nothing calls a contract, nothing goes round for ever. */
  readonly isRich: boolean
}

export function makeWorld(random: Random, table: Table, blockNumber: bigint): World {
  const inactive = LOW_ADDRESSES.filter((address) => address > 0n && !table.precompiles.has(address))
  const contracts = Array.from({ length: random.between(3, 6) }, (_, i) =>
    random.oneIn(30) ? random.pick(inactive) : FIRST_CONTRACT + BigInt(i + 1),
  )
  const isRich = table.rules.transactionGasCap === null && random.oneIn(50)
  const sender = random.pick(SIGNERS.slice(0, 3))
  const users = [FIRST_USER + 1n, FIRST_USER + 2n, sender]
  return {
    table,
    blockNumber,
    contracts: [...new Set(contracts)],
    users,
    precompiles: [...table.precompiles.keys()],
    authorities: table.rules.delegation && !isRich ? SIGNERS.slice(1) : [],
    sender,
    coinbase: coinbaseOf(random, isRich ? users : contracts, users),
    isRich,
  }
}

function coinbaseOf(random: Random, contracts: readonly bigint[], users: readonly bigint[]): bigint {
  switch (random.weighted({ own: 80, contract: 5, user: 5, low: 5, nobody: 5 })) {
    case 'own':
      return 0xc01bn << 144n
    case 'contract':
      return random.pick(contracts)
    case 'user':
      return random.pick(users)
    case 'low':
      return random.pick(LOW_ADDRESSES)
    case 'nobody':
      return random.pick(NOBODY)
  }
}

/** An address a program or transaction may name: a contract mostly, but anything that is special too. */
export function anyAddress(random: Random, world: World, contracts = world.contracts): bigint {
  const { users, precompiles, authorities, coinbase } = world
  switch (
    random.weighted({ contract: 50, user: 12, precompile: 15, low: 6, nobody: 8, coinbase: 4, authority: 6 })
  ) {
    case 'contract':
      if (world.isRich) return random.pick(users)
      return random.pick(contracts.length > 0 ? contracts : world.contracts)
    case 'user':
      return random.pick(users)
    case 'precompile':
      // Curves take milliseconds: hashes, identity and powers come more often.
      return random.pick(random.oneIn(3) ? precompiles : precompiles.slice(1, 5))
    case 'low':
      return random.pick(LOW_ADDRESSES)
    case 'nobody':
      return random.pick(NOBODY)
    case 'coinbase':
      return coinbase
    case 'authority':
      return random.pick(authorities.length > 0 ? authorities : users)
  }
}

/** The accounts before the transactions; `codeOf` writes each contract's program. */
export function makeAccounts(
  random: Random,
  world: World,
  codeOf: (contract: bigint) => Uint8Array,
): Map<bigint, FuzzAccount> {
  const accounts = new Map<bigint, FuzzAccount>()
  const put = (address: bigint, fields: Partial<FuzzAccount>) =>
    accounts.set(address, { nonce: 0n, balance: 0n, code: NO_CODE, storage: new Map(), ...fields })

  for (const user of world.users)
    if (!random.oneIn(4)) put(user, { balance: smallBalance(random), nonce: 1n })
  if (random.oneIn(6)) put(random.pick(NOBODY), { balance: 1n })
  if (random.oneIn(6)) put(world.coinbase, { balance: 5n })
  putOddities(random, world, put)
  for (const authority of world.authorities)
    if (!random.oneIn(3)) put(authority, authorityOf(random, world, authority))
  for (const contract of world.contracts)
    put(contract, {
      nonce: random.oneIn(60)
        ? MAX_UINT64 - BigInt(random.below(2))
        : BigInt(random.between(world.table.rules.create.initialNonce, 2)),
      balance: smallBalance(random),
      code: codeOf(contract),
      storage: anyStorage(random),
    })
  const { code = NO_CODE, nonce = 0n } = accounts.get(world.sender) ?? {}
  put(world.sender, { code, nonce, balance: 10n ** 20n })
  return accounts
}

/** Accounts that exist though empty, and what stands where a contract will be created (EIP-161, 684, 7610). */
function putOddities(
  random: Random,
  world: World,
  put: (address: bigint, fields: Partial<FuzzAccount>) => void,
): void {
  const mayBeEmpty = !world.table.rules.baseFee
  if (mayBeEmpty && random.oneIn(3)) put(random.pick([...NOBODY, ...NOBODY, 3n, 3n, world.coinbase]), {})
  if (random.oneIn(20)) put(random.pick(world.precompiles), { balance: 1n })
  if (random.oneIn(12)) {
    const where = createAddress(random.pick([...world.contracts, world.sender]), BigInt(random.between(0, 3)))
    const obstacle = random.pick<Partial<FuzzAccount>>([
      ...[{ balance: 7n }, { balance: 7n }, { nonce: 1n }, { code: Uint8Array.of(0) }],
      { storage: new Map([[1n, 1n]]), balance: 1n },
    ])
    put(where, obstacle)
  }
}

function authorityOf(random: Random, world: World, authority: bigint): Partial<FuzzAccount> {
  const target = () => random.weighted({ contract: 70, other: 10, self: 5, low: 15 }) satisfies string
  const targets = {
    contract: random.pick(world.contracts),
    other: random.pick(world.authorities),
    self: authority,
    low: random.pick(LOW_ADDRESSES),
  }
  const nonce = random.oneIn(40) ? MAX_UINT64 : BigInt(random.below(3))
  const isDelegating = random.oneIn(2)
  // Code of its own, which keeps it from delegating.
  const own = random.oneIn(8) ? Uint8Array.of(0x5b, 0) : NO_CODE
  const code = isDelegating ? delegationTo(targets[target()]) : own
  return {
    nonce: isDelegating && nonce === 0n ? 1n : nonce,
    balance: 1000n,
    code,
    storage: random.oneIn(3) && isDelegating ? anyStorage(random) : new Map(),
  }
}

function smallBalance(random: Random): bigint {
  return random.pick([0n, 0n, 1n, 1000n, 10n ** 18n])
}

function anyStorage(random: Random): Map<bigint, bigint> {
  const storage = new Map<bigint, bigint>()
  for (let i = random.below(5); i > 0; i--) {
    const value = storageValue(random)
    if (value !== 0n) storage.set(storageKey(random), value)
  }
  return storage
}
