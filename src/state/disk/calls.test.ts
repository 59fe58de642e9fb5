import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, expect, it } from 'vitest'
import { forkByName } from '../../../opcodes/forks.ts'
import { executeCall } from '../../chain/call.ts'
import { asmFor, push } from '../../core/asm.ts'
import { Driver } from '../../core/driver.ts'
import { haltName } from '../../core/halt.ts'
import { bytesToHex } from '../../core/hex.ts'
import { bigintToBytes } from '../../core/word.ts'
import { defaultCrypto } from '../../runtime/crypto.ts'
import { MemorySource } from '../memory-source.ts'
import { merklePatricia } from '../merkle-patricia.ts'
import type { StateSource } from '../source.ts'
import { State } from '../state.ts'
import { DiskStore } from './store.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-calls-'))
afterAll(() => rmSync(folder, { recursive: true }))

/** Under its rules SELFDESTRUCT still deletes an account that is old, and its storage. */
const table = forkByName('Shanghai')
const asm = asmFor(table)
const DRIVER = 0xd1n

/** Calldata: what to do, and a key and a value of one byte each. */
const contract = asm(
  ...['PUSH 2', 'CALLDATALOAD', 'PUSH 248', 'SHR', 'PUSH 1', 'CALLDATALOAD', 'PUSH 248', 'SHR'],
  ...['PUSH 0', 'CALLDATALOAD', 'PUSH 248', 'SHR'],
  ...['DUP1', 'PUSH 1', 'EQ', 'PUSH @store', 'JUMPI', 'DUP1', 'PUSH 2', 'EQ', 'PUSH @create', 'JUMPI'],
  ...['DUP1', 'PUSH 3', 'EQ', 'PUSH @destroy', 'JUMPI', 'DUP1', 'PUSH 4', 'EQ', 'PUSH @revert', 'JUMPI'],
  'STOP',
  ...['store:', 'JUMPDEST', 'POP', 'SSTORE', 'STOP'],
  // Code of one byte, and a slot of its own: the key as its number.
  ...['create:', 'JUMPDEST', 'POP', 'PUSH 0x60016000555f60005360016000f3', 'PUSH 0', 'MSTORE'],
  ...['PUSH 15', 'PUSH 17', 'PUSH 0', 'CREATE', 'SWAP1', 'SSTORE', 'STOP'],
  ...['destroy:', 'JUMPDEST', 'POP', 'SELFDESTRUCT'],
  ...['revert:', 'JUMPDEST', 'POP', 'SSTORE', 'PUSH 0', 'PUSH 0', 'REVERT'],
)
/** Two contracts that are there at first, and one that is only made when the deployer does. */
const CONTRACTS = [0xc1n, 0xc2n]

interface Step {
  readonly to: number
  readonly data: Uint8Array
  readonly value: bigint
  readonly deploys: boolean
}

/** Runs a step over a source; gives how it ended, and the changes it made. */
function take(source: StateSource, { to, data, value, deploys }: Step) {
  const state = new State(source)
  const driver = new Driver(table, state, defaultCrypto)
  const initcode = asm(
    push(contract.length),
    'DUP1',
    push(10),
    'PUSH 0',
    'CODECOPY',
    'PUSH 0',
    'RETURN',
    contract,
  )
  const request = {
    ...{ caller: DRIVER, value, gas: 1_000_000n },
    ...(deploys ? { to: null, data: initcode } : { to: CONTRACTS[to] ?? 0xeen, data }),
  }
  const block = {
    ...{ number: 1n, timestamp: 1n, coinbase: 0n, gasLimit: 1n, difficulty: 0n, prevRandao: 0n },
    ...{ baseFee: 0n, blobBaseFee: 1n },
  }
  const env = { chainId: 1n, block, origin: DRIVER, gasPrice: 0n, blobHashes: [] }
  const { halt, gasUsed, output } = executeCall(driver, state, request, env, 'keep')
  if (deploys) state.setNonce(DRIVER, state.nonce(DRIVER) + 1n)
  return { ended: [haltName(halt), gasUsed, bytesToHex(output)], changes: [...state.changes()] }
}

it('runs calls as over an image in memory, to the same root', async () => {
  const step: fc.Arbitrary<Step> = fc.record({
    to: fc.nat(2),
    data: fc.tuple(fc.nat(5), fc.nat(3), fc.nat(3)).map((bytes) => Uint8Array.from(bytes)),
    value: fc.bigInt({ min: 0n, max: 2n }),
    deploys: fc.nat(4).map((one) => one === 0),
  })
  let made = 0
  const seen = new Set<unknown>()
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 20 }), async (steps) => {
      const path = join(folder, String(made++))
      const memory = new MemorySource()
      memory.set(DRIVER, 1n, 4n, new Uint8Array(0), new Map())
      for (const address of CONTRACTS) memory.set(address, 1n, 0n, contract, new Map([[2n, 2n]]))
      const store = await DiskStore.open(path, 'create')
      store.update((state) => {
        state.setSettings({ chainId: 1n, tables: new Map() })
        const all = [...memory.accounts].map(([address, { storage: slots, code, ...account }]) => {
          return { address, account, slots, code, isStorageCleared: false }
        })
        state.apply(all, () => bigintToBytes(7n, 32))
      })
      for (const each of steps) {
        const there = take(memory, each)
        memory.apply(there.changes)
        const here = store.update((state) => {
          const { ended, changes } = take(state, each)
          state.apply(changes, () => new Uint8Array(1))
          return ended
        })
        expect(here).toEqual(there.ended)
        expect(store.read((state) => bytesToHex(state.root))).toBe(bytesToHex(memory.root(merklePatricia)))
        seen.add(here[0])
      }
      await store.close()
    }),
    { numRuns: 60 },
  )
  expect([...seen]).toEqual(
    expect.arrayContaining(['Stop', 'Return', 'SelfDestruct', 'Revert', 'InsufficientBalance']),
  )
})
