import { describe, expect, it } from 'vitest'
import { osaka } from '../../opcodes/index.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import { COUNTER, contract } from '../../scripts/lite/wat.ts'
import { outcomeOf, worldOf } from '../../scripts/lite/world.ts'
import { createEngine, type EngineCall, memoryState } from '../chain/engine.ts'
import { asmFor, push } from '../core/asm.ts'
import { NO_LIMITS } from '../core/driver.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex, toFixedHex } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import { bytesToBigint } from '../core/word.ts'
import { nativePrimitives } from '../runtime/native-primitives.ts'
import { sharedTier } from '../wasm/tiers.ts'
import { createFormats } from './formats.ts'

const A = 0xa1n
const B = 0xb1n
const C = 0xc1n
const evm = asmFor(osaka)
const native = asmFor(zvm)

/** Sends what it was sent to an address, all gas along, and returns what comes back; reverts where that failed. */
const forwarder = (to: bigint) =>
  contract(
    [
      'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
      'calldata_size (result i32)',
      'calldata_copy (param i32 i32 i32)',
      'returndata_size (result i32)',
      'returndata_copy (param i32 i32 i32)',
      ...['return (param i32 i32)', 'revert (param i32 i32)'],
    ],
    `(local $ok i32)
     (i32.store8 (i32.const 19) (i32.const ${to}))
     (call $calldata_copy (i32.const 128) (i32.const 0) (call $calldata_size))
     (local.set $ok (call $call (i64.const -1) (i32.const 0) (i32.const 32)
       (i32.const 128) (call $calldata_size) (i32.const 0) (i32.const 0)))
     (call $returndata_copy (i32.const 256) (i32.const 0) (call $returndata_size))
     (if (local.get $ok)
       (then (call $return (i32.const 256) (call $returndata_size)))
       (else (call $revert (i32.const 256) (call $returndata_size))))`,
  )

const codeFor = (asm: typeof evm) => ({
  forward: (to: bigint) =>
    asm(
      ...[push(32), push(0), push(0), push(0), push(0), push(to), 'GAS', 'CALL'],
      ...['POP', push(32), push(0), 'RETURN'],
    ),
  increment: asm(
    ...[push(1), push(0), 'SLOAD', 'ADD', 'DUP1', push(0), 'SSTORE'],
    ...[push(0), 'MSTORE', push(32), push(0), 'RETURN'],
  ),
})

describe('contracts in wasm-lite', () => {
  it('keep storage and return', () => {
    const world = worldOf({ [`${A}`]: COUNTER })
    for (const expected of [1n, 2n, 3n]) {
      const { status, output } = world.send(A)
      expect([status, bytesToBigint(output)]).toEqual(['success', expected])
    }
    expect(world.state.storage(A, 0n)).toBe(3n)
  })

  it.each([
    ['EVM to module', { [`${A}`]: codeFor(evm).forward(B), [`${B}`]: COUNTER }],
    ['native to module', { [`${A}`]: codeFor(native).forward(B), [`${B}`]: COUNTER }],
    ['module to EVM', { [`${A}`]: forwarder(B), [`${B}`]: codeFor(evm).increment }],
    ['module to native', { [`${A}`]: forwarder(B), [`${B}`]: codeFor(native).increment }],
    ['module to module', { [`${A}`]: forwarder(B), [`${B}`]: COUNTER }],
    [
      'module to EVM to module',
      { [`${A}`]: forwarder(C), [`${C}`]: codeFor(evm).forward(B), [`${B}`]: COUNTER },
    ],
    ['EVM to native', { [`${A}`]: codeFor(evm).forward(B), [`${B}`]: codeFor(native).increment }],
  ])('call one another: %s', (name, codes) => {
    const natives = new Set([
      ...(name.startsWith('native') ? [A] : []),
      ...(name.endsWith('native') ? [B] : []),
    ])
    const tableOf = (address: bigint) => (natives.has(address) ? zvm : null)
    const fast = sharedTier('interpreter', osaka, NO_LIMITS)
    for (const options of [{ isCounting: false }, { isCounting: true }, { fast }]) {
      const world = worldOf(codes, { tableOf, ...options })
      expect(bytesToBigint(world.send(A).output)).toBe(1n)
      expect(bytesToBigint(world.send(A).output)).toBe(2n)
      expect(world.state.storage(B, 0n)).toBe(2n)
    }
  })

  it('run for one engine at a time', () => {
    const formats = createFormats()
    const engineOf = (tracer: Tracer = {}) => {
      const state = memoryState({
        [toFixedHex(A, 20)]: { code: bytesToHex(forwarder(B)) },
        [toFixedHex(B, 20)]: { code: bytesToHex(COUNTER) },
      })
      return createEngine({ table: osaka, crypto: nativePrimitives, formats, tracer, state })
    }
    const message: EngineCall = { to: toFixedHex(A, 20) as `0x${string}`, gas: 1_000_000n }
    const other = engineOf()
    const engine = engineOf({ enter: ({ depth }) => void (depth === 1 && other.call(message)) })
    expect(() => engine.call(message)).toThrow('a message of another engine runs in these formats')
    expect(other.call(message).status).toBe('success')
  })

  it('undo what they did when they revert, and hand on why', () => {
    const failing = contract(
      ['storage_store (param i32 i32)', 'revert (param i32 i32)'],
      `(i32.store8 (i32.const 63) (i32.const 5))
       (call $storage_store (i32.const 0) (i32.const 32))
       (call $revert (i32.const 60) (i32.const 4))`,
    )
    const world = worldOf({ [`${A}`]: forwarder(B), [`${B}`]: failing })
    const result = world.send(A)
    expect([result.status, [...result.output]]).toEqual(['revert', [0, 0, 0, 5]])
    expect(world.state.storage(B, 0n)).toBe(0n)
  })

  it('write nothing in a static call, of whatever depth', () => {
    const asker = contract(
      ['staticcall (param i64 i32 i32 i32 i32 i32) (result i32)', 'return (param i32 i32)'],
      `(i32.store8 (i32.const 19) (i32.const ${B}))
       (i32.store8 (i32.const 64) (call $staticcall (i64.const 100000) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))
       (call $return (i32.const 64) (i32.const 1))`,
    )
    for (const code of [COUNTER, codeFor(evm).increment, forwarder(C)]) {
      const world = worldOf({ [`${A}`]: asker, [`${B}`]: code, [`${C}`]: COUNTER })
      expect([...world.send(A).output]).toEqual([0])
      expect(world.state.storage(B, 0n) + world.state.storage(C, 0n)).toBe(0n)
    }
  })

  it('lend all but one 64th of their gas', () => {
    const asks = contract(
      ['gas_left (result i64)', 'return (param i32 i32)'],
      `(i64.store (i32.const 0) (call $gas_left)) (call $return (i32.const 0) (i32.const 8))`,
    )
    const gasSeen = (codes: Record<string, Uint8Array>, gas: bigint) => {
      const { output } = worldOf(codes).send(A, new Uint8Array(0), gas)
      return new DataView(output.buffer, output.byteOffset).getBigUint64(0, true)
    }
    const alone = gasSeen({ [`${A}`]: asks }, 1_000_000n)
    const through = gasSeen({ [`${A}`]: forwarder(B), [`${B}`]: asks }, 1_000_000n)
    // What starting the outer module and its way to the call cost comes off first.
    expect(alone).toBeGreaterThan(990_000n)
    expect(through).toBeGreaterThan((alone * 63n) / 64n - 20_000n)
    expect(through).toBeLessThan((alone * 63n) / 64n)
  })

  it.each([
    ['unreachable', 'unreachable', 'Unreachable'],
    ['a load past the end', '(drop (i32.load (i32.const 65533)))', 'MemoryFault'],
    ['a copy past the end', '(memory.copy (i32.const 65535) (i32.const 0) (i32.const 2))', 'MemoryFault'],
    ['a division by zero', '(drop (i32.div_u (i32.const 1) (i32.const 0)))', 'IntegerFault'],
    ['an overflow', '(drop (i64.div_s (i64.const -9223372036854775808) (i64.const -1)))', 'IntegerFault'],
    [
      'a load behind a division',
      '(drop (i32.div_u (i32.const 1) (i32.const 1))) (drop (i32.load (i32.const -1)))',
      'MemoryFault',
    ],
    ['an empty entry', '(call_indirect (i32.const 0))', 'IndirectCall'],
    ['a load in what an entry calls', '(call_indirect (i32.const 1))', 'MemoryFault'],
    ['an endless loop', '(loop $on (br $on))', 'OutOfGas'],
    ['an endless recursion', '(call $down)', 'CallDepth'],
    ['growth that is not paid for', '(drop (memory.grow (i32.const 1000)))', 'OutOfGas'],
  ])('end by traps that have our names: %s', (_, body, expected) => {
    const fields = `(table 4 funcref) (elem (i32.const 1) $faulty)
      (func $faulty (drop (i32.load (i32.const -1)))) (func $down (call $down))`
    const code = contract([], body, fields)
    const [real, counted] = [false, true].map((isCounting) =>
      outcomeOf(worldOf({ [`${A}`]: code }, { isCounting }).send(A, new Uint8Array(0), 1_000_000n)),
    )
    expect(real).toBe(counted)
    expect(real).toContain(expected)
  })

  it('nest 64 deep, each with all its calls, on a stack of the default size', () => {
    // Each goes down a hundred calls before it sends on to itself.
    const deep = contract(
      [
        'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
        'address (param i32)',
        'return (param i32 i32)',
      ],
      `(call $address (i32.const 0)) (call $down (i32.const 100)) (call $return (i32.const 64) (i32.const 1))`,
      `(func $down (param $left i32)
         (if (local.get $left)
           (then (call $down (i32.sub (local.get $left) (i32.const 1))))
           (else
             (drop (call $call (i64.const -1) (i32.const 0) (i32.const 96) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 1)))
             (i32.store8 (i32.const 64) (i32.add (i32.load8_u (i32.const 64)) (i32.const 1))))))`,
    )
    const world = worldOf({ [`${A}`]: deep })
    const result = world.send(A, new Uint8Array(0), 1_000_000_000n)
    // 1,024 calls are shared by all that are open: the eleventh has no room for its hundred.
    expect([haltName(result.halt), [...result.output]]).toEqual(['Return', [10]])
    const flat = forwarder(A)
    expect(haltName(worldOf({ [`${A}`]: flat }).send(A, new Uint8Array(0), 1_000_000_000n).halt)).toBe(
      'Revert',
    )
  })
})

describe('the gas of a module', () => {
  const program = contract(
    ['storage_store (param i32 i32)', 'keccak256 (param i32 i32 i32)', 'return (param i32 i32)'],
    `(local $i i32) (local $sum i64)
     (loop $next
       (local.set $sum (i64.add (local.get $sum) (i64.mul (i64.extend_i32_u (local.get $i)) (call $twice (i64.const 3)))))
       (if (i32.and (local.get $i) (i32.const 1))
         (then (local.set $sum (i64.xor (local.get $sum) (i64.const 0x55))))
         (else (block $out (br_if $out (i32.eqz (local.get $i))) (local.set $sum (i64.rotl (local.get $sum) (i64.const 7))))))
       (local.set $i (i32.add (local.get $i) (i32.const 1)))
       (br_if $next (i32.lt_u (local.get $i) (i32.const 5))))
     (drop (memory.grow (i32.const 1)))
     (memory.fill (i32.const 64) (i32.const 7) (i32.const 33))
     (i64.store (i32.const 0) (local.get $sum))
     (block (block (block (br_table 0 1 2 (local.get $i))) nop) nop)
     (call $keccak256 (i32.const 0) (i32.const 8) (i32.const 32))
     (i64.store (i32.const 0) (call_indirect (param i64) (result i64) (i64.const 4) (i32.const 0)))
     (call $storage_store (i32.const 0) (i32.const 32))
     (call $return (i32.const 32) (i32.const 32))`,
    `(table 1 funcref) (elem (i32.const 0) $twice)
     (func $twice (param i64) (result i64) (i64.add (local.get 0) (local.get 0)))`,
  )
  const run = (gas: bigint, isCounting: boolean) =>
    outcomeOf(worldOf({ [`${A}`]: program }, { isCounting }).send(A, new Uint8Array(0), gas))

  it('is that of counting, with whatever limit', () => {
    const { gasUsed } = worldOf({ [`${A}`]: program }).send(A)
    const whole = run(10_000_000n, false)
    expect(whole).toContain('Return')
    expect(run(10_000_000n, true)).toBe(whole)
    // Every limit at which an instruction may be the one that is not paid for, in what modules do by themselves.
    const limits = Array.from({ length: 700 }, (_, i) => gasUsed - BigInt(i))
    const others = Array.from({ length: 1500 }, (_, i) => 6600n + BigInt(i))
    for (const gas of [...limits, ...others, 0n, 1n]) expect(run(gas, false)).toBe(run(gas, true))
  })
})
