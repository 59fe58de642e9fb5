import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asm, callOf, GAS, play, push, recorder, type Scene, SELF, stage } from '../conform/harness.ts'
import { DEPTH_LIMIT, type Driver } from './driver.ts'
import { Halt } from './halt.ts'
import { MEMORY_LIMIT_BYTES } from './memory.ts'
import { Message } from './message.ts'

const OTHER = 0x07e4n
const THIRD = 0x7418dn

/** Calls itself with all its gas but what the rest needs, until the depth limit. Counts in slot 0 how often it ran. */
const nester = asm(
  [push(1), push(0), 'SLOAD', 'ADD', push(0), 'SSTORE'],
  [push(0), push(0), push(0), push(0), push(0), push(SELF), 'GAS', 'CALL', 'STOP'],
)

describe('pausing', () => {
  /** Bytes that make programs which live a while: calls of each other, jumps, stores, logs, creations. */
  const line = fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.nat(300).map((value) => push(value)),
    fc
      .constantFrom('ADD', 'DUP1', 'SWAP1', 'POP', 'MLOAD', 'SLOAD', 'CALLER', 'GAS', 'MSIZE', 'BALANCE')
      .map((row) => asm(row)),
    fc.tuple(fc.nat(64), fc.nat(255)).map(([offset, value]) => asm(push(value), push(offset), 'MSTORE8')),
    fc.tuple(fc.nat(2), fc.nat(2)).map(([key, value]) => asm(push(value), push(key), 'SSTORE')),
    fc
      .tuple(fc.constantFrom('CALL', 'CALLCODE'), fc.constantFrom(SELF, OTHER, THIRD, 2n), fc.nat(40))
      .map(([name, to, size]) => asm(callOf(name, 20_000, to, 0, 0, size, 0, size))),
    fc
      .tuple(fc.constantFrom('DELEGATECALL', 'STATICCALL'), fc.constantFrom(OTHER, THIRD, 4n), fc.nat(40))
      .map(([name, to, size]) => asm(callOf(name, 20_000, to, 0, size, 0, size))),
    fc.nat(40).map((size) => asm(callOf('CREATE', 0, 0, size))),
    fc.nat(40).map((size) => asm(callOf('LOG0', 0, size))),
    fc.nat(40).map((size) => asm(callOf('RETURN', 0, size))),
    fc.nat(40).map((size) => asm(callOf('REVERT', 0, size))),
  )
  const program = fc.array(line, { minLength: 1, maxLength: 15 }).map((lines) => asm(lines, 'STOP'))
  const scenes = fc.record({
    code: program,
    other: program,
    third: program,
    gas: fc.integer({ min: 0, max: 200_000 }),
  })

  const sceneOf = (drawn: {
    code: Uint8Array
    other: Uint8Array
    third: Uint8Array
    gas: number
  }): Scene => ({
    code: drawn.code,
    gas: BigInt(drawn.gas),
    accounts: [
      [OTHER, { code: drawn.other, balance: 5n }],
      [THIRD, { code: drawn.third }],
    ],
  })

  /** All that can be told from outside when a driver is done. */
  function endOf(scene: Scene, drive: (driver: Driver) => void) {
    const { driver, state } = stage(scene)
    drive(driver)
    const { halt, gas, output, address } = driver.result
    const slots = [SELF, OTHER, THIRD].flatMap((account) =>
      [0n, 1n, 2n].map((key) => state.storage(account, key)),
    )
    return {
      halt,
      gas,
      output,
      address,
      steps: driver.steps,
      open: driver.open,
      refund: state.refund,
      logs: state.logs,
      slots,
    }
  }

  it('between any two steps changes nothing', () => {
    fc.assert(
      fc.property(scenes, fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1 }), (drawn, budgets) => {
        const scene = sceneOf(drawn)
        const whole = endOf(scene, (driver) => driver.run())
        expect(whole.open).toBe(0)
        expect(
          endOf(scene, (driver) => {
            while (driver.step());
          }),
        ).toEqual(whole)
        const inSlices = endOf(scene, (driver) => {
          for (let i = 0; driver.open > 0; i++) driver.runFor(budgets[i % budgets.length])
        })
        expect(inSlices).toEqual(whole)
        // Watched, it is the same, and the tracer sees as much of it in one go as step by step.
        const [one, many] = [recorder(), recorder()]
        expect(endOf({ ...scene, tracer: one }, (driver) => driver.run())).toEqual(whole)
        expect(
          endOf({ ...scene, tracer: many }, (driver) => {
            while (driver.step());
          }),
        ).toEqual(whole)
        expect(many.lines).toEqual(one.lines)
        expect(one.lines.filter((text) => text.startsWith('after')).length).toBe(whole.steps)
      }),
      { numRuns: 150 },
    )
  })

  it('stops after exactly the budget, frames and all in place', () => {
    const { driver, frame } = stage({
      code: asm(push(1), push(2), callOf('CALL', 9000, OTHER, 0, 0, 0, 0, 0)),
      accounts: [[OTHER, { code: asm(push(7), 'PC', 'STOP') }]],
    })
    driver.runFor(2)
    expect([driver.steps, frame.pc, frame.sp]).toEqual([2, 4, 2])
    driver.runFor(8)
    expect([driver.steps, driver.open, driver.frames.map(({ self }) => self)]).toEqual([10, 2, [SELF, OTHER]])
    driver.step()
    expect(driver.frames[1].stack.slice(0, driver.frames[1].sp)).toEqual([7n])
    driver.runFor(2)
    expect([driver.steps, driver.open, driver.frames.length]).toEqual([13, 1, 1])
    driver.runFor(1000)
    expect([driver.steps, driver.open, driver.step()]).toEqual([14, 0, false])
  })

  it('a tracer set on the way sees the rest', () => {
    const { driver } = stage({ code: asm(push(1), push(2), 'ADD', 'POP') })
    driver.runFor(2)
    const tracer = recorder()
    driver.tracer = tracer
    driver.run()
    expect(tracer.lines.filter((text) => text.startsWith('after')).map((text) => text.split(' ')[1])).toEqual(
      ['ADD', 'POP', 'STOP'],
    )
  })
})

describe('begin', () => {
  it('leaves a run that was not ended, and starts clean', () => {
    const wild = asm(push(99), push(2000), 'MSTORE', callOf('CALL', 500_000, SELF, 0, 0, 2048, 0, 0), 'STOP')
    const scene = { code: wild, accounts: [] }
    const fresh = stage(scene)
    fresh.driver.run()
    const expected = [fresh.driver.steps, fresh.driver.result.gas, fresh.driver.result.halt]

    const { driver, frame, state } = stage(scene)
    const message = Object.assign(new Message(), frame.message)
    for (const budget of [0, 1, 30, 200]) {
      driver.runFor(budget)
      state.revert(0)
      state.beginTransaction()
      message.gas = GAS
      driver.begin(message, frame.env)
      expect([driver.open, driver.steps, frame.sp, frame.memorySize, frame.gas]).toEqual([1, 0, 0, 0, GAS])
    }
    driver.run()
    expect([driver.steps, driver.result.gas, driver.result.halt]).toEqual(expected)
  })

  it('ends at once where there is no code, or a precompile', () => {
    const { driver, frame } = stage({ code: asm('STOP') })
    const message = Object.assign(new Message(), frame.message, {
      to: 4n,
      self: 4n,
      codeAddress: 4n,
      input: Uint8Array.of(9),
    })
    message.gas = 100n
    driver.begin(message, frame.env)
    expect([driver.open, driver.steps, driver.result.halt, driver.result.gas]).toEqual([
      0,
      0,
      Halt.Return,
      100n - 18n,
    ])
    expect(driver.result.output).toEqual(Uint8Array.of(9))
    Object.assign(message, { to: 0xabcn, self: 0xabcn, codeAddress: 0xabcn })
    message.gas = 100n
    driver.begin(message, frame.env)
    expect([driver.open, driver.result.halt, driver.result.gas]).toEqual([0, Halt.Stop, 100n])
  })
})

describe('the step limit', () => {
  const loop = asm('JUMPDEST', push(0), 'JUMP')
  const limited = (code: Uint8Array, steps: number, more: Scene = {}) =>
    play({ code, limits: { steps }, ...more })

  it('lets exactly so many instructions begin', () => {
    for (const steps of [0, 1, 2, 3, 1000]) {
      expect(limited(loop, steps)).toMatchObject({ halt: Halt.StepLimit, steps, gasUsed: GAS })
    }
    expect(limited(asm(push(1), 'STOP'), 2)).toMatchObject({ halt: Halt.Stop, steps: 2 })
    expect(limited(asm(push(1), 'STOP'), 1)).toMatchObject({ halt: Halt.StepLimit, steps: 1 })
  })

  it('counts all frames together and ends them all', () => {
    const code = asm(callOf('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), push(1), push(0), 'SSTORE')
    const run = limited(code, 30, { accounts: [[OTHER, { code: loop }]] })
    expect(run).toMatchObject({ halt: Halt.StepLimit, steps: 30 })
    expect(run.state.storage(SELF, 0n)).toBe(0n)
  })

  it('is the same stepped, sliced and traced; the tracer sees no instruction that did not begin', () => {
    const code = asm(callOf('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), 'STOP')
    const scene: Scene = { code, limits: { steps: 20 }, accounts: [[OTHER, { code: loop }]] }
    const tracer = recorder()
    const { driver } = stage({ ...scene, tracer })
    while (driver.step());
    expect([driver.steps, driver.result.halt]).toEqual([20, Halt.StepLimit])
    const counts = [/^\d/, /^after/, /^enter/, /^exit/].map(
      (kind) => tracer.lines.filter((text) => kind.test(text)).length,
    )
    expect(counts).toEqual([20, 20, 2, 2])
    const sliced = stage(scene)
    while (sliced.driver.open > 0) sliced.driver.runFor(3)
    expect([sliced.driver.steps, sliced.driver.result.halt]).toEqual([20, Halt.StepLimit])
  })
})

describe('the memory limit', () => {
  const limits = { memoryBytes: 1024 }
  const touch = (end: number) => asm(push(0), push(end - 32), 'MSTORE')

  it('stands beside gas, and gas is found short first', () => {
    expect(play({ code: touch(1024), limits }).halt).toBe(Halt.Stop)
    expect(play({ code: touch(1025), limits })).toMatchObject({ halt: Halt.MemoryLimit, gasUsed: GAS })
    expect(play({ code: touch(1 << 30), limits }).halt).toBe(Halt.OutOfGas)
    expect(play({ code: touch(1 << 30), limits, gas: 1n << 42n }).halt).toBe(Halt.MemoryLimit)
    expect(play({ code: touch(1025), limits, gas: 9n + 3n * 33n + 1n }).halt).toBe(Halt.OutOfGas)
    expect(play({ code: touch(1025), limits, gas: 9n + 3n * 33n + 2n }).halt).toBe(Halt.MemoryLimit)
  })

  it('is for all open frames together', () => {
    const caller = (own: number, lent: number) => ({
      code: asm(touch(own), callOf('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), push(0), 'SSTORE'),
      accounts: [[OTHER, { code: touch(lent) }]] as const,
      limits,
    })
    const succeeded = (own: number, lent: number) => play(caller(own, lent)).state.storage(SELF, 0n)
    expect([succeeded(512, 512), succeeded(512, 513), succeeded(992, 32), succeeded(1024, 32)]).toEqual([
      1n,
      0n,
      1n,
      0n,
    ])
  })

  it('is given back when a frame ends', () => {
    const call = callOf('CALL', 100_000, OTHER, 0, 0, 0, 0, 0)
    const code = asm(Array(20).fill(call), touch(1024))
    expect(play({ code, accounts: [[OTHER, { code: touch(1024) }]], limits }).halt).toBe(Halt.Stop)
  })

  it('cannot be raised over what every tier can address', () => {
    const run = play({
      code: touch(MEMORY_LIMIT_BYTES + 32),
      gas: 1n << 42n,
      limits: { memoryBytes: 2 ** 40 },
    })
    expect(run.halt).toBe(Halt.MemoryLimit)
  })
})

describe('depth', () => {
  it('1,024 messages nest, and one more is not sent', () => {
    const { state, halt } = play({ code: nester, gas: 1n << 60n })
    expect([halt, state.storage(SELF, 0n)]).toEqual([Halt.Stop, BigInt(DEPTH_LIMIT + 1)])
  })

  it('frames are kept for the next message', () => {
    const { driver, frame } = stage({ code: nester, gas: 1n << 60n })
    driver.run()
    const message = Object.assign(new Message(), frame.message)
    message.gas = 1n << 60n
    driver.begin(message, frame.env)
    expect(driver.frames[0]).toBe(frame)
    driver.run()
    expect(driver.result.halt).toBe(Halt.Stop)
  })

  it('the journal is unwound from the very bottom', () => {
    const code = asm(nester.subarray(0, -1), push(0), push(0), 'REVERT')
    const { state, halt } = play({ code, gas: 1n << 60n })
    expect([halt, state.storage(SELF, 0n), state.refund]).toEqual([Halt.Revert, 0n, 0])
  })
})
