import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FORKS, osaka } from '../../opcodes/forks.ts'
import { executeCall } from '../chain/call.ts'
import { asmFor, push } from '../core/asm.ts'
import { Driver, NO_LIMITS } from '../core/driver.ts'
import { type Halt, haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Environment } from '../core/host.ts'
import { Message } from '../core/message.ts'
import { WRITES } from '../core/row.ts'
import { extend, type Table } from '../core/table.ts'
import { bigintToBytes } from '../core/word.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import type { TierName } from './tier-names.ts'
import { sharedTier } from './tiers.ts'

const ENV: Environment = {
  chainId: 1n,
  block: {
    number: 300n,
    timestamp: 1n << 40n,
    coinbase: (1n << 160n) - 1n,
    gasLimit: 30_000_000n,
    difficulty: 7n,
    prevRandao: (1n << 255n) + 3n,
    baseFee: 9n,
    blobBaseFee: 11n,
  },
  origin: (1n << 159n) + 5n,
  gasPrice: 12n,
  blobHashes: [],
}

const SELF = 0xc0den
const OTHER = 0xbeefn
const EDGES = [
  ...[0n, 1n, 2n, 31n, 32n, 255n, 256n, (1n << 64n) - 1n, 1n << 64n, 1n << 128n],
  ...[
    (1n << 255n) - 1n,
    1n << 255n,
    (1n << 256n) - 2n,
    (1n << 256n) - 1n,
    0x0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f20n,
  ],
]

const GENERATED = ['interpreter', 'compiled'] as const

/** Everything that a run may be told by, in one tier. */
function outcome(
  table: Table,
  code: Uint8Array,
  gas: bigint,
  data: Uint8Array,
  tier: TierName,
  steps = NO_LIMITS.steps,
) {
  const source = new MemorySource((number) => number + 1n)
  source.set(SELF, 1n, 1000n, code, new Map([[1n, 2n]]))
  source.set(OTHER, 1n, 0n, code, new Map())
  const state = new State(source)
  const driver = new Driver(table, state, defaultCrypto, { ...NO_LIMITS, steps }, sharedTier(tier, table))
  const result = executeCall(
    driver,
    state,
    { caller: 0xca11n, to: SELF, value: 3n * 0n, data, gas },
    ENV,
    'keep',
  )
  const { halt, gasUsed, refund, output, logs } = result
  source.apply(state.changes())
  const storage = [SELF, OTHER].map((address) => [...(source.account(address)?.storage ?? [])])
  return {
    halt: haltName(halt),
    gasUsed,
    refund,
    steps: result.steps,
    output: bytesToHex(output),
    logs,
    storage,
  }
}

function agree(
  table: Table,
  code: Uint8Array,
  gas = 1_000_000n,
  data: Uint8Array = new Uint8Array(0),
  steps = NO_LIMITS.steps,
): void {
  const judged = outcome(table, code, gas, data, 'reference', steps)
  for (const tier of GENERATED) expect(outcome(table, code, gas, data, tier, steps), tier).toEqual(judged)
}

/** A program that runs a row on words of calldata, the first on top, and returns what it leaves, with a word below it. */
function programOf(table: Table, name: string, pops: number): Uint8Array {
  const asm = asmFor(table)
  const loads = Array.from({ length: pops }, (_, i) => [`PUSH ${32 * (pops - 1 - i)}`, 'CALLDATALOAD']).flat()
  const pushes = [push(0xabcdefn), ...loads]
  const store = ['PUSH 64', 'MSTORE', 'PUSH 96', 'MSTORE']
  return asm(...pushes, name, ...store, 'PUSH 160', 'PUSH 0', 'RETURN')
}

function dataOf(words: readonly bigint[]): Uint8Array {
  return Uint8Array.from(words.flatMap((word) => [...bigintToBytes(word, 32)]))
}

interface Part {
  readonly name: string
  readonly words: readonly bigint[]
  readonly noise: number | null
}

/** Instructions with operands pushed where the stack would lack them; returns the topmost words at the end. */
function writeProgram(table: Table, parts: readonly Part[]): Uint8Array {
  const asm = asmFor(table)
  const rows = new Map([...table.rows.values()].map((row) => [row.name, row]))
  const items: (string | Uint8Array)[] = []
  let height = 0
  for (const { name, words, noise } of parts) {
    const { pops, pushes } = rows.get(name)!
    // A jump leads to a JUMPDEST that the program begins with, or nowhere.
    for (let i = 0; i < pops && (height < pops || i < 3); i++, height++) items.push(push(words[i % 7]))
    items.push(name)
    height += pushes - pops
    if (noise !== null) items.push(Uint8Array.of(noise))
  }
  for (let i = 0; i < Math.min(height, 6); i++) items.push(`PUSH ${32 * i}`, 'MSTORE')
  return asm('JUMPDEST', ...items, 'PUSH 192', 'PUSH 0', 'RETURN')
}

describe('the generated interpreter agrees with the reference tier', () => {
  const rows = [...osaka.rows.values()].filter(
    (row) => row.lower && !row.immediate && row.pops <= 3 && !row.name.startsWith('JUMP'),
  )

  it.each(rows.map((row) => row.name))('%s on edge words', (name) => {
    const { pops } = rows.find((row) => row.name === name)!
    const values = pops === 3 ? EDGES.filter((_, i) => i % 2 === 0) : EDGES
    const tuples = Array.from({ length: pops }).reduce<bigint[][]>(
      (all) => all.flatMap((tuple) => values.map((value) => [...tuple, value])),
      [[]],
    )
    const code = programOf(osaka, name, pops)
    const rest = Uint8Array.from({ length: 40 }, (_, i) => i + 1)
    for (const operands of tuples)
      agree(osaka, code, 100_000n, Uint8Array.from([...dataOf(operands), ...rest]))
  })

  const pure = rows.filter((row) => row.code < 0x20 && row.pops > 0)

  it.each(pure.map((row) => row.name))('%s where operands are known when it is written', (name) => {
    const { pops } = pure.find((row) => row.name === name)!
    const asm = asmFor(osaka)
    for (const known of [...EDGES, 8n, 96n, 160n, 3n << 64n]) {
      // Each operand known, the others loaded, then all known; what they leave is added up.
      const parts = Array.from({ length: pops + 1 }, (_, at) => [
        ...Array.from({ length: pops }, (_, i) =>
          i === at || at === pops ? [push(known)] : ['PUSH 0', 'CALLDATALOAD'],
        ).flat(),
        ...[name, 'ADD', 'PUSH 3', 'MUL'],
      ]).flat()
      const code = asm('PUSH 1', ...parts, 'PUSH 0', 'MSTORE', 'PUSH 32', 'PUSH 0', 'RETURN')
      for (const loaded of EDGES) agree(osaka, code, 100_000n, dataOf([loaded]))
    }
  })

  it.each(rows.map((row) => row.name))('%s out of gas at every amount, and on too few operands', (name) => {
    const { pops } = rows.find((row) => row.name === name)!
    const code = programOf(osaka, name, pops)
    const data = dataOf(Array.from({ length: pops }, (_, i) => BigInt(3 + i)))
    for (let gas = 0n; gas < 90n; gas++) agree(osaka, code, gas, data)
    agree(osaka, asmFor(osaka)(...Array.from({ length: Math.max(0, pops - 1) }, () => push(1)), name))
  })

  it.each(['RETURN', 'REVERT'])('%s of any range of memory, its operands known or not', (name) => {
    const asm = asmFor(osaka)
    // 96 bytes of memory in use, the first 70 of them not zero; the operands follow in the calldata.
    const filled = Uint8Array.from({ length: 70 }, (_, i) => i + 1)
    const fill = asm('PUSH 70', 'PUSH 0', 'PUSH 0', 'CALLDATACOPY')
    const loaded = asm('PUSH 102', 'CALLDATALOAD', 'PUSH 70', 'CALLDATALOAD', name)
    const offsets = [0n, 1n, 31n, 69n, 70n, 96n, 97n, 1000n, (1n << 32n) - 1n, 1n << 32n, 1n << 255n]
    const sizes = [0n, 1n, 32n, 70n, 96n, 97n, 5000n, 1n << 31n, (1n << 32n) - 1n, 1n << 32n, 1n << 64n]
    for (const offset of offsets)
      for (const size of sizes) {
        const data = Uint8Array.from([...filled, ...dataOf([offset, size])])
        const known = asm(push(size), push(offset), name)
        // The last of them has the gas, but not the memory.
        for (const gas of [20n, 100_000n, 1n << 62n])
          for (const code of [loaded, known]) agree(osaka, Uint8Array.from([...fill, ...code]), gas, data)
      }
  })

  it.each(FORKS.map((fork) => fork.name))('on random programs under %s', (name) => {
    const table = FORKS.find((fork) => fork.name === name)!
    const names = [...table.rows.values()].filter((row) => !row.immediate).map((row) => row.name)
    // Operands are there when an instruction comes, mostly small so that memory is reached; some bytes are noise.
    const instruction = fc.record({
      name: fc.constantFrom(...names),
      words: fc.array(fc.oneof({ weight: 4, arbitrary: fc.bigInt(0n, 300n) }, fc.constantFrom(...EDGES)), {
        minLength: 7,
        maxLength: 7,
      }),
      noise: fc.option(fc.nat(255), { freq: 40 }),
    })
    const program = fc.array(instruction, { maxLength: 40 }).map((parts) => writeProgram(table, parts))
    const gas = fc.oneof(fc.bigInt(0n, 3000n), fc.bigInt(0n, 100_000n))
    fc.assert(
      fc.property(program, gas, fc.uint8Array({ maxLength: 70 }), (code, limit, data) =>
        agree(table, code, limit, data),
      ),
      { numRuns: 100, seed: 20_261_122 },
    )
  })

  const writing = [...osaka.rows.values()].filter((row) => (row.flags ?? 0) & WRITES)

  it.each(writing.map((row) => row.name))(
    '%s in a static call, at every gas where something ends',
    (name) => {
      const { pops, gas: price } = writing.find((row) => row.name === name)!
      const full = asmFor(osaka)(...Array.from({ length: pops }, () => push(1)), name)
      const tooFew = full.slice(2)
      for (const code of [full, tooFew])
        for (const extra of [-1, 0, 1, 2300, 2301, 30_000]) {
          const ends = (['reference', ...GENERATED] as const).map((tier) => {
            const source = new MemorySource((number) => number)
            source.set(SELF, 1n, 1000n, code, new Map())
            const state = new State(source)
            const driver = new Driver(osaka, state, defaultCrypto, NO_LIMITS, sharedTier(tier, osaka))
            state.beginTransaction()
            const message = new Message()
            message.self = message.to = message.codeAddress = SELF
            message.isStatic = true
            message.gas = BigInt(3 * pops + price + extra)
            driver.begin(message, ENV)
            return `${haltName(driver.run().halt)} after ${driver.steps} steps`
          })
          expect(new Set(ends)).toEqual(new Set([ends[0]]))
        }
    },
  )

  it.each(FORKS.map((fork) => fork.name))('on calls that run nothing under %s', (name) => {
    const table = FORKS.find((fork) => fork.name === name)!
    const names = [...table.rows.values()].map((row) => row.name)
    const kinds = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'].filter((kind) => names.includes(kind))
    const call = fc.record({
      kind: fc.constantFrom(...kinds),
      gas: fc.constantFrom(0n, 14n, 15n, 18n, 21n, 60n, 3000n, 50_000n, (1n << 64n) + 15n),
      to: fc.oneof(
        { weight: 3, arbitrary: fc.constantFrom(4n, 0x404n) },
        fc.constantFrom(2n, 9n, OTHER, 4n + (1n << 160n)),
      ),
      value: fc.oneof({ weight: 5, arbitrary: fc.constant(0n) }, fc.constantFrom(1n, 1n << 200n)),
      ranges: fc.array(fc.oneof(fc.bigInt(0n, 100n), fc.constantFrom(0n, 1n << 64n, 40_000n, 70_000n)), {
        minLength: 4,
        maxLength: 4,
      }),
    })
    const see = names.includes('RETURNDATASIZE') ? ['RETURNDATASIZE', 'ADD'] : []
    const copy = names.includes('RETURNDATACOPY')
      ? ['RETURNDATASIZE', 'PUSH 0', 'PUSH 7', 'RETURNDATACOPY']
      : []
    const program = fc.array(call, { minLength: 2, maxLength: 7 }).map((calls) => {
      const parts = calls.flatMap(({ kind, gas, to, value, ranges: [from, size, into, room] }) => [
        ...[room, into, size % 3n === 0n ? 0n : size, from].map((word) => push(word)),
        ...(kind.startsWith('CALL') ? [push(value)] : []),
        ...[push(to), push(gas), kind, 'PUSH 2', 'MUL', 'ADD', ...see, ...copy],
      ])
      const fill = ['PUSH 77', 'PUSH 0', 'MSTORE', 'PUSH 88', 'PUSH 33', 'MSTORE']
      const end = ['GAS', 'PUSH 96', 'MSTORE', 'PUSH 64', 'MSTORE', 'PUSH 128', 'PUSH 0', 'RETURN']
      return asmFor(table)(...fill, 'PUSH 1', ...parts, ...parts, ...end)
    })
    fc.assert(
      fc.property(program, fc.oneof(fc.bigInt(0n, 5000n), fc.bigInt(0n, 300_000n)), (code, limit) =>
        agree(table, code, limit),
      ),
      { numRuns: 60, seed: 20_261_123 },
    )
  })

  it('with gas beyond 2^53, on huge code, deep calls and at a step limit', () => {
    const asm = asmFor(osaka)
    const loop = asm('.data 0x5b', 'GAS', 'PUSH 0', 'MSTORE', 'PUSH 32', 'PUSH 0', 'RETURN')
    for (const gas of [(1n << 64n) - 1n, 1n << 63n, (1n << 53n) + 1n, 1n << 52n, 1n << 32n, (1n << 30n) - 1n])
      agree(osaka, loop, gas)
    agree(osaka, new Uint8Array(0x6000).fill(0x5b), 50_000n)
    // Calls itself with all the gas it may hand on until none is left.
    const recursive = asm(
      ...Array.from({ length: 5 }, () => 'PUSH 0'),
      'ADDRESS',
      'GAS',
      'CALL',
      'PUSH 0',
      'MSTORE',
      'PUSH 32',
      'PUSH 0',
      'RETURN',
    )
    agree(osaka, recursive, 1n << 40n)
    const endless = asm('.data 0x5b', 'PUSH 0', 'JUMP')
    for (const steps of [0, 1, 2, 3, 1000, 1001]) agree(osaka, endless, 1n << 40n, new Uint8Array(0), steps)
  })

  it('on a row that returns no halt, which is refused', () => {
    for (const returned of [undefined, 'stop', 77, Number.NaN]) {
      const row = {
        code: 0xb0,
        name: 'ODD',
        pops: 0,
        pushes: 0,
        gas: 1,
        spec: 'none',
        execute: () => returned as Halt,
      }
      const table = extend(osaka, 'odd', [{ eip: 0, title: 'odd', add: [row] }])
      for (const tier of ['reference', ...GENERATED] as const)
        expect(() => outcome(table, asmFor(table)('ODD', 'STOP'), 100n, new Uint8Array(0), tier)).toThrow(
          /^ODD: execute returned (undefined|stop|77|NaN), which is no halt$/,
        )
    }
  })
})
