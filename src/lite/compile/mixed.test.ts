/** Contracts of every kind in one state: what runs as modules does what it does as code, whoever calls it. */
import { expect, it } from 'vitest'
import { osaka } from '../../../opcodes/forks.ts'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { blockHash, type FuzzAccount } from '../../../scripts/fuzz/case.ts'
import { makeCase } from '../../../scripts/fuzz/generate/case.ts'
import { Random } from '../../../scripts/fuzz/random.ts'
import { nativeProgram } from '../../../scripts/fuzz/tiers/native.ts'
import { contract } from '../../../scripts/lite/wat.ts'
import { ENVIRONMENT, outcomeOf } from '../../../scripts/lite/world.ts'
import { type CallRequest, executeCall } from '../../chain/call.ts'
import { Driver } from '../../core/driver.ts'
import { haltName } from '../../core/halt.ts'
import { extend, type Table } from '../../core/table.ts'
import { nodeCrypto } from '../../replay/node-crypto.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { State } from '../../state/state.ts'
import { createFormats } from '../formats.ts'
import { compileContract } from './compile.ts'
import { CompiledContracts } from './compiled-contracts.ts'

const SEED = 11
const CASES = 80
const LIMITS = { steps: 20_000, memoryBytes: 1 << 24 }
const MOST_GAS = 900_000

/** Without what looks at the code of others, which sees the module. */
function blind(table: Table): Table {
  const drop = [...table.rows.values()].map(({ name }) => name).filter((name) => name.startsWith('EXTCODE'))
  return extend(table, table.name, [{ eip: 0, title: 'blind', drop }])
}

const evm = blind(osaka)
const native = blind(zvm)
const TABLES = [evm, native]
const byName = (name: string) => TABLES.find((table) => table.name === name) ?? null

/** Sends what it was sent on by a call or delegated, then by a static call, and reverts where the first one failed. */
const forwarder = (to: bigint) =>
  contract(
    [
      'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
      'delegatecall (param i64 i32 i32 i32 i32 i32) (result i32)',
      'staticcall (param i64 i32 i32 i32 i32 i32) (result i32)',
      ...['calldata_size (result i32)', 'calldata_copy (param i32 i32 i32)'],
      ...['return (param i32 i32)', 'revert (param i32 i32)'],
    ],
    `(local $ok i32) (local $size i32)
     (local.set $size (i32.and (call $calldata_size) (i32.const 255)))
     (call $calldata_copy (i32.const 128) (i32.const 0) (local.get $size))
     (if (i32.and (local.get $size) (i32.const 1))
       (then (local.set $ok (call $delegatecall (i64.const 100000) (i32.const 0)
         (i32.const 128) (local.get $size) (i32.const 1000) (i32.const 40))))
       (else (local.set $ok (call $call (i64.const 100000) (i32.const 0) (i32.const 32)
         (i32.const 128) (local.get $size) (i32.const 1000) (i32.const 40)))))
     (drop (call $staticcall (i64.const 50000) (i32.const 0)
       (i32.const 128) (local.get $size) (i32.const 1040) (i32.const 24)))
     (if (local.get $ok)
       (then (call $return (i32.const 1000) (i32.const 64)))
       (else (call $revert (i32.const 1000) (i32.const 20))))`,
    `(data (i32.const 0) "${to.toString(16).padStart(40, '0').replace(/../g, '\\$&')}")`,
  )

type Accounts = ReadonlyMap<bigint, FuzzAccount>

/** The accounts of a case: some of its contracts native or modules, then again with others as what is compiled of them. */
function accountsOf(random: Random, pre: Accounts) {
  const tables = new Map<bigint, Table>()
  const asCode = new Map(pre)
  const asModules = new Map(pre)
  const contracts = [...pre].filter(([, { code }]) => code.length > 0 && code[0] !== 0xef)
  const addresses = contracts.map(([address]) => address)
  for (const [address, account] of contracts) {
    const kind = random.pick(['evm', 'evm', 'evm', 'native', 'module'] as const)
    const table = kind === 'native' ? native : evm
    tables.set(address, table)
    let { code } = account
    if (kind === 'native') code = nativeProgram(random, native, addresses)
    if (kind === 'module') code = forwarder(random.pick(addresses))
    const isCompiled = kind !== 'module' && !random.oneIn(4)
    asCode.set(address, { ...account, code })
    asModules.set(address, { ...account, code: isCompiled ? compileContract(table, code).bytes : code })
  }
  return { asCode, asModules, tables, first: addresses[0] }
}

/** Runs messages, one after the other; what is told of each. */
function outcomes(
  table: Table,
  accounts: Accounts,
  tables: ReadonlyMap<bigint, Table>,
  requests: readonly CallRequest[],
): string[] {
  const source = new MemorySource(blockHash)
  for (const [address, { nonce, balance, code, storage }] of accounts)
    source.set(address, nonce, balance, code, new Map(storage))
  const state = new State(source)
  const driver = new Driver(table, state, nodeCrypto, LIMITS)
  driver.formats = createFormats({
    tableOf: (address) => tables.get(address) ?? null,
    compiled: new CompiledContracts(byName),
  })
  return requests.map((request) => {
    const result = executeCall(driver, state, request, ENVIRONMENT, 'keep')
    const changes = [...state.changes()].map(({ address, account, isStorageCleared, slots }) => {
      const words = [...slots].map(([key, word]) => `${key}=${word}`).sort()
      return `${address}{${account?.nonce} ${account?.balance} ${isStorageCleared} ${words}}`
    })
    return `${haltName(result.halt)} ${outcomeOf(result)} ${changes.sort()}`
  })
}

it('contracts as modules, as code, and native ones call one another to the same end', () => {
  const halts = new Set<string>()
  for (let index = 0; index < CASES; index++) {
    const random = new Random(SEED, index)
    const { pre, transactions } = makeCase(SEED, index, evm)
    const { asCode, asModules, tables, first } = accountsOf(random, pre)
    const requests = [...transactions, ...transactions].map(({ tx, sender }) => ({
      ...{ caller: sender, to: tx.to ?? first ?? 0n, data: tx.data },
      ...{ value: random.oneIn(3) ? 3n : 0n, gas: BigInt(random.between(30_000, MOST_GAS)) },
    }))
    const table = random.pick(TABLES)
    const expected = outcomes(table, asCode, tables, requests)
    expect(outcomes(table, asModules, tables, requests), `case ${index}`).toEqual(expected)
    for (const outcome of expected) halts.add(outcome.split(' ')[0])
  }
  for (const halt of ['Return', 'Stop', 'Revert', 'OutOfGas', 'SelfDestruct', 'InvalidOpcode'])
    expect(halts).toContain(halt)
})
