import { describe, expect, it } from 'vitest'
import { contract } from '../../scripts/lite/wat.ts'
import { worldOf } from '../../scripts/lite/world.ts'
import { accountsOf, asm, driverOf, push, SELF, sourceOf, submit, submitAsync } from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { NO_LIMITS } from '../core/driver.ts'
import { haltName } from '../core/halt.ts'
import { createFormats } from './formats.ts'
import { FRAME_LIMIT, frameSlots } from './frame-room.ts'
import { NESTING_LIMIT } from './tier.ts'

const A = 0xa1n
const NO_BYTES = new Uint8Array(0)

describe('the stack of the host', () => {
  /** Sends on to itself until it may not, `calls` deep in each message, in frames of so many i64 that are all alive. */
  const digger = (live: number, calls: number) => {
    const names = Array.from({ length: live }, (_, i) => `$v${i}`)
    const set = names.map(
      (name, i) =>
        `(local.set ${name} (i64.add (i64.load (i32.const ${8 * i})) (i64.extend_i32_u (local.get $left))))`,
    )
    // All of them are operands at once.
    const sum = `${names.map((name) => `(local.get ${name})`).join(' ')} ${'i64.add '.repeat(live)}`
    return contract(
      ['call (param i64 i32 i32 i32 i32 i32 i32) (result i32)', 'address (param i32)'],
      `(call $address (i32.const 0)) (drop (call $down (i32.const ${calls})))`,
      `(func $down (param $left i32) (result i64) ${names.map((name) => `(local ${name} i64)`).join(' ')} (local $below i64)
         ${set.join('\n')}
         (if (local.get $left)
           (then (local.set $below (call $down (i32.sub (local.get $left) (i32.const 1)))))
           (else (drop (call $call (i64.const -1) (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0)))))
         (local.get $below) ${sum})`,
    )
  }

  it.each([
    [0, 1100],
    [0, 14],
    [20, 1100],
    [20, 10],
    [200, 200],
    [1000, 40],
    [1000, 1],
    [3000, 20],
  ])('is never full: %i live values, %i calls a message', (live, calls) => {
    const { halt } = worldOf({ [`${A}`]: digger(live, calls) }).send(A, NO_BYTES, 10n ** 12n)
    expect(['Stop', 'CallDepth']).toContain(haltName(halt))
  })

  it('is not asked for a frame that four times do not fit', () => {
    expect(frameSlots(0, 0, 0)).toBe(64)
    expect(frameSlots(0, 8192, 0)).toBeGreaterThan(FRAME_LIMIT)
  })
})

describe('limits', () => {
  /** Calls itself, and tells how many were open in the end. */
  const nesting = contract(
    [
      'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
      'address (param i32)',
      'return (param i32 i32)',
    ],
    `(call $address (i32.const 0))
     (drop (call $call (i64.const -1) (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 1)))
     (i32.store8 (i32.const 64) (i32.add (i32.load8_u (i32.const 64)) (i32.const 1)))
     (call $return (i32.const 64) (i32.const 1))`,
  )

  it(`let ${NESTING_LIMIT} messages be open`, () => {
    expect([...worldOf({ [`${A}`]: nesting }).send(A, NO_BYTES, 10n ** 12n).output]).toEqual([NESTING_LIMIT])
  })

  it('count instructions, those of one frame that cannot be left among them', () => {
    const endless = contract([], '(loop $on (br $on))')
    const world = worldOf({ [`${A}`]: endless }, { limits: { ...NO_LIMITS, steps: 5000 } })
    const { halt, steps } = world.send(A)
    expect([haltName(halt), steps]).toEqual(['StepLimit', 5000])
  })

  it('hold for the memories of all that are open together', () => {
    const limits = { ...NO_LIMITS, memoryBytes: 10 * 65536 }
    const world = worldOf({ [`${A}`]: nesting }, { limits })
    expect([...world.send(A, NO_BYTES, 10n ** 12n).output]).toEqual([10])
    const grows = contract([], '(drop (memory.grow (i32.const 10)))')
    expect(haltName(worldOf({ [`${A}`]: grows }, { limits }).send(A).halt)).toBe('MemoryLimit')
  })

  it('withhold what the host does not grant', () => {
    const world = worldOf({ [`${A}`]: nesting }, { capabilities: ['context'] })
    expect(haltName(world.send(A).halt)).toBe('CapabilityDenied')
  })
})

describe('a void run of a module', () => {
  it('is repeated until all that it met is loaded', async () => {
    const reader = contract(
      [
        'storage_load (param i32 i32)',
        'storage_store (param i32 i32)',
        'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
      ],
      // Follows a chain of slots, each named by the one before, then has an account read more, and stores what it found.
      `(local $i i32)
       (loop $next
         (call $storage_load (i32.const 0) (i32.const 0))
         (local.set $i (i32.add (local.get $i) (i32.const 1)))
         (br_if $next (i32.lt_u (local.get $i) (i32.const 3))))
       (i32.store8 (i32.const 51) (i32.const 0x99))
       (drop (call $call (i64.const -1) (i32.const 32) (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 96) (i32.const 32)))
       (call $storage_store (i32.const 96) (i32.const 0))`,
    )
    const scene = {
      accounts: [
        [
          SELF,
          {
            code: reader,
            balance: 5n,
            storage: [
              [0n, 11n],
              [11n, 22n],
              [22n, 33n],
            ],
          },
        ],
        [
          0x99n,
          {
            code: asm(push(7), 'SLOAD', push(0), 'MSTORE', push(32), push(0), 'RETURN'),
            storage: [[7n, 77n]],
          },
        ],
      ],
    } as unknown as Parameters<typeof submit>[2]
    const whole = sourceOf(accountsOf(scene))
    const ready = driverOf(scene, whole)
    ready.driver.formats = createFormats()
    const expected = submit(ready.driver, ready.state, scene)
    const late = new LateSource(whole, 7)
    const { driver, state } = driverOf(scene, late)
    driver.formats = createFormats()
    expect(await submitAsync(driver, state, scene)).toEqual(expected)
    expect(ready.state.storage(SELF, 77n)).toBe(33n)
    expect(state.changes()).toEqual(ready.state.changes())
    expect(late.rounds).toBeGreaterThan(3)
  })
})
