import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { asm, GAS, type Part, play, playRow, push, SELF, stage } from '../../src/conform/harness.ts'
import type { Frame } from '../../src/core/frame.ts'
import { Halt } from '../../src/core/halt.ts'
import { bytesToBigint } from '../../src/core/word.ts'

const MAX = (1n << 256n) - 1n
const WORD = bytesToBigint(Uint8Array.from({ length: 32 }, (_, i) => i + 1))

/** What memory of so many bytes has cost in all (Yellow Paper H.1). */
function priceOf(sizeBytes: bigint): bigint {
  const words = (sizeBytes + 31n) / 32n
  return 3n * words + (words * words) / 512n
}

const memoryOf = ({ frame }: { readonly frame: Frame }) => frame.readMemory(0n, BigInt(frame.memorySize))

/** Every row that touches memory: how it is asked for a range, and what it takes beside the memory. */
const RANGES: readonly [string, (offset: bigint, size: bigint) => bigint[], (words: bigint) => bigint][] = [
  ['KECCAK256', (offset, size) => [offset, size], (words) => 30n + 6n * words],
  ['CALLDATACOPY', (to, size) => [to, 0n, size], (words) => 3n + 3n * words],
  ['CODECOPY', (to, size) => [to, 0n, size], (words) => 3n + 3n * words],
  ['EXTCODECOPY', (to, size) => [SELF, to, 0n, size], (words) => 2600n + 3n * words],
  ['MCOPY', (to, size) => [to, 0n, size], (words) => 3n + 3n * words],
  ['MCOPY', (from, size) => [0n, from, size], (words) => 3n + 3n * words],
  ['RETURN', (offset, size) => [offset, size], () => 0n],
  ['REVERT', (offset, size) => [offset, size], () => 0n],
  ['CREATE', (offset, size) => [0n, offset, size], (words) => 32000n + 2n * words],
  ['CREATE2', (offset, size) => [0n, offset, size, 0n], (words) => 32000n + 8n * words],
  ['CALL', (offset, size) => [0n, 9n, 0n, offset, size, 0n, 0n], () => 100n],
  ['CALL', (offset, size) => [0n, 9n, 0n, 0n, 0n, offset, size], () => 100n],
  ['STATICCALL', (offset, size) => [0n, 9n, 0n, 0n, offset, size], () => 100n],
]

describe('what memory costs', () => {
  const scene = { gas: 1n << 40n }
  const sizes = [1n, 31n, 32n, 33n, 1024n, 4096n]
  const offsets = [0n, 1n, 31n, 32n, 1000n, 100_000n]

  it.each(RANGES)('%s pays for the words it reaches', (name, operands, own) => {
    for (const offset of offsets)
      for (const size of sizes) {
        // 0x09 is warm where it is a precompile: made so by hand, since no transaction has begun here.
        const set = stage({ ...scene, code: asm(name) }, operands(offset, size))
        set.state.warmAddress(9n)
        do set.driver.step()
        while (set.driver.open > 1)
        const left = set.driver.open === 0 ? set.driver.result.gas : set.frame.gas
        // The rows that read memory in one place and write it in another reach the further one.
        const end = offset + size > size ? offset + size : size
        expect([name, offset, size, set.gas - left]).toEqual([
          name,
          offset,
          size,
          own((size + 31n) / 32n) + priceOf(end),
        ])
      }
  })

  it.each(RANGES)('%s touches nothing where the size is zero', (name, operands, own) => {
    for (const offset of [0n, 1n << 32n, 1n << 64n, MAX]) {
      const set = stage({ code: asm(name) }, operands(offset, 0n))
      set.state.warmAddress(9n)
      do set.driver.step()
      while (set.driver.open > 1)
      const left = set.driver.open === 0 ? set.driver.result.gas : set.frame.gas
      expect([name, set.frame.memorySize, set.gas - left]).toEqual([name, 0, own(0n)])
    }
  })

  it.each(RANGES)('%s runs out of gas at any range that is too far or too long', (name, operands) => {
    const huge = [1n << 32n, (1n << 53n) - 1n, 1n << 53n, 1n << 63n, 1n << 64n, 1n << 128n, MAX]
    for (const gas of [GAS, (1n << 64n) - 1n])
      for (const [offset, size] of [
        ...huge.flatMap((far) => [
          [far, 1n],
          [0n, far],
        ]),
        [MAX, MAX],
      ]) {
        const { halt } = playRow(name, operands(offset, size), { gas })
        // 2^32 bytes can be paid for with 2^64 gas, but not held; longer initcode is refused unseen (EIP-3860).
        const isTooLong = name.startsWith('CREATE') && size > 49_152n
        const otherwise = isTooLong ? Halt.InitCodeSizeExceeded : Halt.OutOfGas
        const isPayable = gas > GAS && priceOf(offset + size) < gas && !isTooLong
        expect([name, offset, size, halt]).toEqual([
          name,
          offset,
          size,
          isPayable ? Halt.MemoryLimit : otherwise,
        ])
      }
  })

  it('is charged once, for what is new', () => {
    const code = asm(push(1), push(100), 'MSTORE', push(1), push(0), 'MSTORE', push(1), push(101), 'MSTORE')
    expect(play({ code }).gasUsed).toBe(9n * 3n + priceOf(133n))
  })

  it.each(['MLOAD', 'MSTORE', 'MSTORE8'])('%s reaches a word or a byte', (name) => {
    for (const offset of [0n, 1n, 31n, 32n, 10_000n]) {
      const end = offset + (name === 'MSTORE8' ? 1n : 32n)
      expect(playRow(name, [offset, 0n]).gasUsed).toBe(3n + priceOf(end))
    }
    for (const offset of [1n << 32n, 1n << 64n, MAX - 31n, MAX])
      expect(playRow(name, [offset, 0n])).toMatchObject({ halt: Halt.OutOfGas, gasUsed: GAS })
  })
})

describe('what memory holds', () => {
  it('MSTORE writes high bytes first and MLOAD reads them at any offset', () => {
    const code = asm(push(WORD), push(1), 'MSTORE', push(3), 'MLOAD')
    const { stack, frame } = play({ code })
    expect([stack[0], frame.memorySize]).toEqual([(WORD << 16n) & MAX, 64])
  })

  it('MSTORE8 writes the lowest byte', () => {
    const memory = memoryOf(playRow('MSTORE8', [33n, 0x1234n]))
    expect([memory.indexOf(0x34), memory.indexOf(0x12)]).toEqual([33, -1])
  })

  it('MSIZE is in whole words', () => {
    const size = (...parts: readonly Part[]) => play({ code: asm(...parts, 'MSIZE') }).stack[0]
    expect(size()).toBe(0n)
    expect(size(push(31), 'MLOAD', 'POP')).toBe(64n)
    expect(size(push(0), push(1023), 'MSTORE8')).toBe(1024n)
    expect(size(push(0), push(999), push(0), 'CALLDATACOPY')).toBe(0n)
  })

  // The table of EIP-5656, and copies onto and beyond each other.
  it.each([
    [0, 32, 32],
    [0, 0, 32],
    [0, 1, 8],
    [1, 0, 8],
    [8, 0, 60],
    [100, 0, 64],
    [0, 90, 64],
  ])('MCOPY to %i from %i of %i bytes', (to, from, size) => {
    const set = stage({ code: asm('MCOPY') }, [BigInt(to), BigInt(from), BigInt(size)])
    const model = new Uint8Array(64).map((_, i) => i + 1)
    set.frame.expand(0n, 64n)
    set.frame.writeMemory(0n, model, 0n, 64n)
    set.driver.step()
    const expected = new Uint8Array(set.frame.memorySize)
    expected.set(model)
    expected.set(expected.slice(from, from + size), to)
    expect(set.frame.readMemory(0n, BigInt(set.frame.memorySize))).toEqual(expected)
  })

  it('random writes, copies and reads agree with a plain array', () => {
    const offset = fc.nat(300)
    const calldata = fc.uint8Array({ maxLength: 64 })
    const action = fc.oneof(
      fc.record({ name: fc.constant('MSTORE'), operands: fc.tuple(offset, fc.nat()) }),
      fc.record({ name: fc.constant('MSTORE8'), operands: fc.tuple(offset, fc.nat()) }),
      fc.record({ name: fc.constant('MCOPY'), operands: fc.tuple(offset, offset, fc.nat(100)) }),
      fc.record({ name: fc.constant('CALLDATACOPY'), operands: fc.tuple(offset, fc.nat(70), fc.nat(100)) }),
      fc.record({ name: fc.constant('CODECOPY'), operands: fc.tuple(offset, fc.nat(70), fc.nat(100)) }),
    )
    fc.assert(
      fc.property(fc.array(action, { minLength: 1, maxLength: 12 }), calldata, (actions, input) => {
        const program = actions.map(({ name, operands }) => [
          ...[...operands].reverse().map((operand) => push(operand)),
          asm(name),
        ])
        const code = asm(...program)
        const model: number[] = []
        const put = (to: number, bytes: ArrayLike<number>) => {
          while (bytes.length > 0 && model.length < Math.ceil((to + bytes.length) / 32) * 32) model.push(0)
          for (let i = 0; i < bytes.length; i++) model[to + i] = bytes[i]
        }
        const cut = (from: ArrayLike<number>, at: number, size: number) =>
          Array.from({ length: size }, (_, i) => from[at + i] ?? 0)
        for (const {
          name,
          operands: [a, b, c = 0],
        } of actions) {
          if (name === 'MSTORE')
            put(a, [...Array(28).fill(0), b >>> 24, (b >> 16) & 255, (b >> 8) & 255, b & 255])
          else if (name === 'MSTORE8') put(a, [b & 0xff])
          else if (name === 'CALLDATACOPY') put(a, cut(input, b, c))
          else if (name === 'CODECOPY') put(a, cut(code, b, c))
          else {
            put(Math.max(a, b), cut(model, Math.max(a, b), c))
            put(a, cut(model, b, c))
          }
        }
        // Stopped before the end, where memory is given back.
        const { driver, frame } = stage({ code, input })
        driver.runFor(actions.reduce((steps, { operands }) => steps + operands.length + 1, 0))
        expect([...memoryOf({ frame })]).toEqual(model)
      }),
    )
  })

  it('is zero for every frame, whatever a frame before it left there', () => {
    const code = asm(push(MAX), push(4000), 'MSTORE')
    const { driver, frame } = play({ code })
    const again = stage({ code: asm(push(4000), 'MLOAD') })
    again.driver.run()
    expect(again.frame.stack[0]).toBe(0n)
    // The same driver and arena, a second message.
    driver.begin(frame.message, frame.env)
    const [second] = driver.frames
    second.expand(0n, 8000n)
    expect(second.readMemory(0n, 8000n).every((byte) => byte === 0)).toBe(true)
  })
})
