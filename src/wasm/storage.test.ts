/** Storage and log in the fast tiers: as in the reference tier at every amount of gas, and within WebAssembly. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { executeCall } from '../chain/call.ts'
import { executeTransactionAsync } from '../chain/execute.ts'
import { newTransaction } from '../chain/transaction.ts'
import { contextOf } from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { asmFor, push } from '../core/asm.ts'
import { Driver, NO_LIMITS } from '../core/driver.ts'
import { type Halt, haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Environment, Host, Log } from '../core/host.ts'
import { Message } from '../core/message.ts'
import type { Table } from '../core/table.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'
import { State } from '../state/state.ts'
import { type TierName, tiersOf } from './tier-names.ts'
import { sharedTier } from './tiers.ts'

const ENV: Environment = {
  chainId: 1n,
  block: {
    ...{ number: 1n, timestamp: 1n, coinbase: 1n, gasLimit: 1n << 40n },
    ...{ difficulty: 0n, prevRandao: 0n, baseFee: 0n, blobBaseFee: 1n },
  },
  origin: 1n,
  gasPrice: 0n,
  blobHashes: [],
}

const CALLER = 0xca11n
const SELF = 0xc0den
const CALLEE = 0xbeefn
const BIG = (1n << 255n) + (1n << 191n) + (1n << 127n) + (1n << 63n)

/** Sees what generated code leaves to the host. */
class Watched extends State {
  asked = 0

  override storage(address: bigint, key: bigint): bigint {
    this.asked++
    return super.storage(address, key)
  }

  override transient(address: bigint, key: bigint): bigint {
    this.asked++
    return super.transient(address, key)
  }

  override setTransient(address: bigint, key: bigint, value: bigint): void {
    this.asked++
    super.setTransient(address, key, value)
  }

  override log(log: Log): void {
    this.asked++
    super.log(log)
  }
}

function stateOf(codes: readonly (readonly [bigint, Uint8Array])[]): {
  source: MemorySource
  state: Watched
} {
  const source = new MemorySource()
  for (const [address, code] of codes) {
    const storage: [bigint, bigint][] = [
      [1n, 2n],
      [BIG, 1n << 200n],
    ]
    // The callee is known to have none.
    source.set(address, 1n, 0n, code, new Map(address === CALLEE ? [] : storage))
  }
  return { source, state: new Watched(source) }
}

/** All that came of two messages in a row, the second of which finds what the first has left. */
function outcome(tier: TierName, table: Table, code: Uint8Array, callee: Uint8Array, gas: bigint) {
  const { source, state } = stateOf([
    [SELF, code],
    [CALLEE, callee],
  ])
  const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
  const ends = [gas, 1_000_000n].map((limit) => {
    const request = { caller: CALLER, to: SELF, value: 0n, data: new Uint8Array(0), gas: limit }
    const { halt, gasUsed, refund, steps, output, logs } = executeCall(driver, state, request, ENV, 'keep')
    return [haltName(halt), gasUsed, refund, steps, bytesToHex(output), logs]
  })
  source.apply(state.changes())
  return [ends, [SELF, CALLEE].map((address) => [...(source.account(address)?.storage ?? [])])]
}

/** Runs the program once, within the transaction that its state is in. */
function send(driver: Driver): Halt {
  const message = new Message()
  Object.assign(message, { caller: CALLER, self: SELF, to: SELF, codeAddress: SELF, gas: 100_000n })
  driver.begin(message, ENV)
  return driver.run().halt
}

const fast = tiersOf('all').filter((name) => name !== 'reference')

function agree(table: Table, code: Uint8Array, callee: Uint8Array, gas: bigint): void {
  const expected = outcome('reference', table, code, callee, gas)
  for (const tier of fast)
    expect([tier, ...outcome(tier, table, code, callee, gas)]).toEqual([tier, ...expected])
}

const FORKS = ['Frontier', 'Byzantium', 'Constantinople', 'Istanbul', 'Berlin', 'London', 'Osaka']

describe('storage', () => {
  it.each(FORKS)('agrees at every gas where something ends or begins, under %s', (name) => {
    const table = forkByName(name)
    const asm = asmFor(table)
    const touches = (key: bigint) =>
      [1n, 0n, 2n, 2n, 1n].flatMap((value) => [push(value), push(key), 'SSTORE', push(key), 'SLOAD'])
    const transients = table.rows.has(0x5d) ? [push(3), push(1), 'TSTORE', push(1), 'TLOAD'] : []
    const logs = [[], [7n], [1n, BIG, 3n, 4n]].flatMap((topics, i) => [
      ...topics.map((topic) => push(topic)),
      ...[push(50 * i), push(31 * i), `LOG${topics.length}`],
    ])
    const items = [0n, 1n, BIG].flatMap((key) => [...touches(key), ...transients, ...transients, ...logs])
    const code = asm(...items)
    const stop = asm('STOP')
    // Gas used by each beginning of the program, and where the sentry then stands.
    const marks = items.map((_, i) => {
      const [[first]] = outcome('reference', table, asm(...items.slice(0, i + 1)), stop, 1_000_000n) as [
        bigint[][],
      ]
      return first[1]
    })
    for (const mark of marks)
      for (const gas of [mark - 1n, mark, mark + 1n, mark + 2300n, mark + 2301n, mark + 2302n])
        agree(table, code, stop, gas)
  })

  const word = fc.constantFrom(0n, 1n, 2n, BIG)
  const spread = (value: bigint) => BigInt.asUintN(256, value * 33n)
  const step = fc.record({
    kind: fc.constantFrom(
      ...['SLOAD', 'SSTORE', 'SSTORE', 'TLOAD', 'TSTORE', 'LOG0', 'LOG1', 'LOG4', 'MSTORE'],
      ...['CALL', 'DELEGATECALL', 'STATICCALL'],
    ),
    key: word,
    value: word,
  })
  const steps = fc.array(step, { maxLength: 12 })

  /** What writes programs of such steps, which end in one way or another. */
  const writerFor = (table: Table) => {
    const asm = asmFor(table)
    const names = new Set([...table.rows.values()].map((row) => row.name))
    return (all: readonly { kind: string; key: bigint; value: bigint }[], target: bigint, end: string) => {
      const items = all.flatMap(({ kind, key, value }) => {
        if (!names.has(kind)) return []
        // Offsets and sizes of a few words, at times far too many.
        if (kind.startsWith('LOG'))
          return [push(value), push(key), push(3), push(4), push(spread(value)), push(spread(key)), kind]
        if (kind.endsWith('LOAD')) return [push(key), kind]
        if (kind.endsWith('STORE')) return [push(value), push(key), kind]
        const zeros = Array.from({ length: kind === 'CALL' ? 5 : 4 }, () => push(0))
        return [...zeros, push(target), push(30_000n + value), kind]
      })
      return asm(...items, ...(end === 'REVERT' && !names.has(end) ? ['INVALID'] : [push(0), push(0), end]))
    }
  }

  it.each(FORKS)('agrees through calls that end in every way, under %s', (name) => {
    const table = forkByName(name)
    const write = writerFor(table)
    fc.assert(
      fc.property(
        steps,
        steps,
        fc.constantFrom('REVERT', 'RETURN'),
        fc.oneof(fc.bigInt(0n, 30_000n), fc.bigInt(0n, 300_000n)),
        (own, others, end, gas) => agree(table, write(own, CALLEE, 'RETURN'), write(others, SELF, end), gas),
      ),
      { numRuns: 150, seed: 20_261_123 },
    )
  })

  it.each(['ConstantinopleFix', 'Osaka'])('agrees on a source that answers late, under %s', async (fork) => {
    const table = forkByName(fork)
    const write = writerFor(table)
    const scene = { fork, sender: CALLER }
    const transact = async (tier: TierName, codes: readonly Uint8Array[], seed: number | null) => {
      const { source } = stateOf([SELF, CALLEE].map((address, i) => [address, codes[i]] as const))
      source.set(CALLER, 0n, 10n ** 18n, new Uint8Array(0), new Map())
      const state = new State(seed === null ? source : new LateSource(source, seed))
      const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
      const tx = newTransaction({ to: SELF, gasLimit: 300_000n, gasPrice: 1n })
      const result = await executeTransactionAsync(driver, state, tx, CALLER, contextOf(scene))
      source.apply(state.changes())
      return [result, bytesToHex(source.root(merklePatricia))]
    }
    await fc.assert(
      fc.asyncProperty(
        steps,
        steps,
        fc.constantFrom('REVERT', 'RETURN'),
        fc.nat(),
        async (own, others, end, seed) => {
          const codes = [write(own, CALLEE, 'RETURN'), write(others, SELF, end)]
          const expected = await transact('reference', codes, null)
          for (const tier of fast)
            expect([tier, ...(await transact(tier, codes, seed))]).toEqual([tier, ...expected])
        },
      ),
      { numRuns: 100, seed: 20_261_126 },
    )
  })

  it.each(fast)('stays in WebAssembly, but for what the source is asked (%s)', (tier) => {
    const table = forkByName('Osaka')
    const body = [0n, 1n, BIG].flatMap((key) => [
      ...[push(key), 'SLOAD', push(1), 'ADD', push(key), 'SSTORE'],
      ...[push(key), 'TLOAD', push(1), 'ADD', push(key), 'TSTORE'],
      ...[push(key), push(32), push(7), 'LOG1'],
    ])
    const count = [push(1), 'SWAP1', 'SUB', 'DUP1', 'PUSH 3', 'JUMPI', 'STOP']
    const code = asmFor(table)('PUSH 500', '.data 0x5b', ...body, ...count)
    const { source, state } = stateOf([[SELF, code]])
    const asked = vi.spyOn(source, 'storage')
    const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
    const request = { caller: CALLER, to: SELF, value: 0n, data: new Uint8Array(0), gas: 20_000_000n }
    for (let run = 1n; run < 3n; run++) {
      state.asked = 0
      expect(haltName(executeCall(driver, state, request, ENV, 'keep').halt)).toBe('Stop')
      expect([state.asked, asked.mock.calls.map(([, key]) => key)]).toEqual([0, [0n, 1n, BIG]])
      expect(state.storage(SELF, BIG)).toBe((1n << 200n) + 500n * run)
    }
  })

  it.each(fast)('of two states in turn is that of each (%s)', (tier) => {
    const table = forkByName('Osaka')
    const code = asmFor(table)(
      ...[push(1), 'SLOAD', push(1), 'ADD', 'DUP1', push(1), 'SSTORE'],
      ...[push(0), push(0), 'LOG1'],
    )
    const both = [stateOf([[SELF, code]]), stateOf([[SELF, code]])]
    const drivers = both.map(
      ({ state }) => new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table)),
    )
    const run = (i: number) => expect(haltName(send(drivers[i]))).toBe('Stop')
    for (const { state } of both) state.beginTransaction()
    both[1].state.setStorage(SELF, 1n, 102n)
    const marks = both.map(({ state }) => state.checkpoint())
    for (const i of [0, 1, 1, 0, 1, 1, 1, 0, 0]) run(i)
    const topics = both.map(({ state }) => state.logs.map((log) => log.topics[0]))
    expect(topics).toEqual([
      [3n, 4n, 5n, 6n],
      [103n, 104n, 105n, 106n, 107n],
    ])
    run(1)
    for (const [i, { state }] of both.entries()) {
      expect(state.storage(SELF, 1n)).toBe([6n, 108n][i])
      state.revert(marks[i])
      expect([state.storage(SELF, 1n), state.logs]).toEqual([[2n, 102n][i], []])
    }
  })

  it.each(fast)('of a host of another kind is left to it (%s)', (tier) => {
    const table = forkByName('Osaka')
    const code = asmFor(table)(push(5), push(1), 'SSTORE', push(1), 'SLOAD', push(0), push(0), 'LOG1')
    const [ours, theirs] = [stateOf([[SELF, code]]).state, stateOf([[SELF, code]]).state]
    const methods = Object.entries(Object.getOwnPropertyDescriptors(State.prototype)).filter(
      ([name, { value }]) => typeof value === 'function' && name !== 'constructor',
    )
    const host = Object.fromEntries(methods.map(([name]) => [name, theirs[name as 'log'].bind(theirs)]))
    for (const state of [ours, theirs]) state.beginTransaction()
    for (const each of [ours, host as unknown as Host]) {
      const driver = new Driver(table, each, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
      expect(haltName(send(driver))).toBe('Stop')
    }
    expect([ours.logs.length, theirs.logs.length]).toEqual([1, 1])
    expect([theirs.asked > 1, theirs.storage(SELF, 1n)]).toEqual([true, 5n])
  })

  it.each(fast)('of more log than there is room for is kept in its order (%s)', (tier) => {
    const table = forkByName('Osaka')
    const asm = asmFor(table)
    // A hundred entries of 70,000 bytes, the first of which count down, each with a small one after it.
    const body = ['DUP1', push(192n), 'SHL', push(0), 'MSTORE', 'DUP1', push(70_000), push(0), 'LOG1']
    const small = [push(8), push(0), 'LOG0']
    const count = [push(1), 'SWAP1', 'SUB', 'DUP1', 'PUSH 2', 'JUMPI', 'STOP']
    const code = asm('PUSH 100', '.data 0x5b', ...body, ...small, ...count)
    const seen = (['reference', tier] as const).map((name) => {
      const { state } = stateOf([[SELF, code]])
      const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(name, table))
      const request = { caller: CALLER, to: SELF, value: 0n, data: new Uint8Array(0), gas: 100_000_000n }
      const { logs } = executeCall(driver, state, request, ENV, 'keep')
      return logs.map(({ topics, data }) => [topics, data.length, data[7], data.at(-1)])
    })
    expect(seen[0]).toHaveLength(200)
    expect(seen[1]).toEqual(seen[0])
  })

  it.each(fast)('of more slots than there is room for is the same (%s)', (tier) => {
    const table = forkByName('Frontier')
    // Stores its counter at itself, down to one, and counts in a slot that is there from the start.
    const body = ['DUP1', 'DUP1', 'SSTORE', push(0), 'SLOAD', push(1), 'ADD', push(0), 'SSTORE']
    const count = [push(1), 'SWAP1', 'SUB', 'DUP1', 'PUSH 4', 'JUMPI', 'STOP']
    const code = asmFor(table)('PUSH 270000', '.data 0x5b', ...body, ...count)
    const { state } = stateOf([[SELF, code]])
    const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
    const request = { caller: CALLER, to: SELF, value: 0n, data: new Uint8Array(0), gas: 1n << 40n }
    for (let run = 1n; run < 3n; run++) {
      expect(haltName(executeCall(driver, state, request, ENV, 'keep').halt)).toBe('Stop')
      expect(state.storage(SELF, 0n)).toBe(270_000n * run)
      for (const key of [1n, 2n, 1000n, 269_999n, 270_000n]) expect(state.storage(SELF, key)).toBe(key)
      expect(state.storage(SELF, 270_001n)).toBe(0n)
    }
  })

  const counts = [20_000, 270_000].flatMap((count) => fast.map((tier) => [count, tier] as const))

  it.each(counts)(
    'of %d transient slots is added without the host, and gone afterwards (%s)',
    (count, tier) => {
      const table = forkByName('Osaka')
      // Adds its counter to the slot at itself, down to one; then adds up all of these.
      const add = ['DUP1', 'DUP1', 'TLOAD', 'DUP2', 'ADD', 'SWAP1', 'TSTORE']
      const sum = ['DUP1', 'TLOAD', push(0), 'MLOAD', 'ADD', push(0), 'MSTORE']
      const down = [push(1), 'SWAP1', 'SUB', 'DUP1']
      const asm = asmFor(table)
      const start = asm(push(count))
      const first = asm(start, '.data 0x5b', ...add, ...down, push(start.length), 'JUMPI')
      const second = asm('.data 0x5b', ...sum, ...down, push(first.length + start.length), 'JUMPI')
      const code = asm(first, start, second, push(32), push(0), 'RETURN')
      const { state } = stateOf([[SELF, code]])
      const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
      const request = { caller: CALLER, to: SELF, value: 0n, data: new Uint8Array(0), gas: 1n << 40n }
      for (let run = 0; run < (count < 1 << 15 ? 3 : 1); run++) {
        state.asked = 0
        const { output } = executeCall(driver, state, request, ENV, 'keep')
        expect(BigInt(bytesToHex(output))).toBe((BigInt(count) * BigInt(count + 1)) / 2n)
        // Only to make more room, as long as there is some.
        if (count < 1 << 15) expect(state.asked).toBeLessThan(20)
      }
    },
  )

  it.each(fast)('of more changes than there is room for to record is undone to the first (%s)', (tier) => {
    const table = forkByName('Osaka')
    const asm = asmFor(table)
    const callee = asm(push(1), 'SLOAD', push(1), 'ADD', push(1), 'SSTORE')
    // Every call is a checkpoint, from which the one slot is recorded again.
    const call = [...Array.from({ length: 5 }, () => push(0)), push(CALLEE), push(30_000), 'CALL', 'POP']
    const count = [push(1), 'SWAP1', 'SUB', 'DUP1', 'PUSH 6', 'JUMPI']
    const code = asm(
      'PUSH 0',
      'MLOAD',
      'PUSH 360000',
      '.data 0x5b',
      ...call,
      ...count,
      'PUSH 32',
      'PUSH 0',
      'REVERT',
    )
    const { state } = stateOf([
      [SELF, code],
      [CALLEE, callee],
    ])
    const driver = new Driver(table, state, defaultCrypto, NO_LIMITS, sharedTier(tier, table))
    const request = { caller: CALLER, to: SELF, value: 0n, data: new Uint8Array(0), gas: 1n << 40n }
    const { halt, output } = executeCall(driver, state, request, ENV, 'keep')
    expect(haltName(halt)).toBe('Revert')
    // What lies after the records in linear memory is the memory of the first frame.
    expect(bytesToHex(output)).toBe(`0x${'00'.repeat(32)}`)
    expect(state.storage(CALLEE, 1n)).toBe(0n)
  })
})
