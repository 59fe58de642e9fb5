/** Modules made of bytecode: what they are, that they run as their code does, and that no other passes for one. */
import { describe, expect, it } from 'vitest'
import { cancun, frontier, osaka } from '../../../opcodes/forks.ts'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { readProgramFolder } from '../../../scripts/bench/program.ts'
import { outcomeOf, worldOf } from '../../../scripts/lite/world.ts'
import { recorder } from '../../conform/harness.ts'
import { asmFor, push } from '../../core/asm.ts'
import { concatBytes } from '../../core/bytes.ts'
import { Halt } from '../../core/halt.ts'
import { hexToBytes } from '../../core/hex.ts'
import { extend, type Table } from '../../core/table.ts'
import { bytesToBigint } from '../../core/word.ts'
import { checkContract } from '../contract.ts'
import { readModule } from '../decode.ts'
import { Refusal } from '../fault.ts'
import { misfit } from '../functions.ts'
import { MODULE_LIMIT_BYTES } from '../module.ts'
import { compileContract, SOURCE_LIMIT_BYTES } from './compile.ts'
import { CompiledContracts, checkCompiled } from './compiled-contracts.ts'

const bytes = (hex: string) => hexToBytes(hex, 'test')

const A = 0xa1n
const B = 0xb1n
const evm = asmFor(osaka)
const native = asmFor(zvm)
/** 300, and where the loop begins. */
const COUNT = bytes(`${'12c'.padStart(64, '0')}${'5'.padStart(64, '0')}`)
const TABLES: readonly Table[] = [frontier, cancun, osaka, zvm]
const byName = (name: string) => TABLES.find((table) => table.name === name) ?? null

const made = (table: Table, code: Uint8Array) => compileContract(table, code).bytes

/** Sends calldata on with all gas, and returns a word of what comes back. */
const forward = (asm: typeof evm, to: bigint) =>
  asm(
    ...['CALLDATASIZE', push(0), push(0), 'CALLDATACOPY'],
    ...[push(32), push(0), 'CALLDATASIZE', push(0), push(0), push(to), 'GAS', 'CALL'],
    ...['POP', push(32), push(0), 'RETURN'],
  )

const increment = (asm: typeof evm) =>
  asm(
    ...[push(1), push(0), 'SLOAD', 'ADD', 'DUP1', push(0), 'SSTORE', push(7), push(3), push(1), 'LOG1'],
    ...[push(0), 'MSTORE', push(32), push(0), 'RETURN'],
  )
/** Adds up the numbers from one in calldata down, by way of a jump that calldata names as well. */
const loop = bytes('60006000355b80156017578091019060019003602035565b5060005260206000f3')

/** Calls itself until its gas is short, with a word of memory and a full word of calldata more each time. */
const recursive = evm(
  ...[push(0), 'CALLDATALOAD', push(1), 'ADD', push(0), 'MSTORE', 'MSIZE', push(64), 'MSTORE'],
  ...[push(32), push(0), push(32), push(0), push(0), 'ADDRESS', 'GAS', 'CALL', 'POP'],
  ...[push(32), push(0), 'RETURN'],
)

const repeated = (pattern: string, sizeBytes: number) =>
  bytes(pattern.repeat(Math.ceil((2 * sizeBytes) / pattern.length))).subarray(0, sizeBytes)

/** What takes more room than there is. */
const CROWDED: [string, string][] = [
  ['landings', '5b'],
  ['landings at which the stack is popped', '6001345b50505b5050'],
  ['jumps that are taken where there is value', '5b34610600573461000057'],
  ['jumps that memory decides', '5b58590160070156'],
  ['one long block', '3450'.repeat(40) + '3435014201'.repeat(10) + '5059900a50'],
  ['messages', '60006000600060003061fffff250'],
]

/** Code at the borders of what is code. */
const ODD: [string, Uint8Array][] = [
  ['0xEF', bytes('ef')],
  ['an EOF container', bytes('ef000101000402000100010400000000800000fe')],
  ['a delegation', bytes(`ef0100${'b1'.padStart(40, '0')}`)],
  ['no more than 24,576 landings', repeated('5b', 24_576)],
  ['49,152 landings', repeated('5b', 49_152)],
  ['49,152 zeros', new Uint8Array(49_152)],
  ['PUSH32 at the end', bytes('5b7f')],
  ['PUSH32 cut short, and jumped into', bytes('6004567f5b5b')],
  ['an immediate cut short of the native set', bytes('2016')],
  ['a landing in an immediate', bytes('600356605b00')],
  ['a jump past the end', bytes('61ffff56')],
  ['a jump to far past 2^64', bytes(`7f${'ff'.repeat(32)}56`)],
  ['every byte', Uint8Array.from({ length: 256 }, (_, i) => i)],
]

describe('a compiled module', () => {
  const programs = readProgramFolder('fixtures/programs')

  it('is a contract of wasm-lite but for its import, and the same each time', () => {
    const tables: readonly Table[] = [cancun, zvm]
    const codes = [loop, recursive, increment(native), ...programs.slice(0, 3).map(({ code }) => code)]
    for (const code of codes)
      for (const table of tables) {
        const bytes = made(table, code)
        const module = readModule(bytes)
        checkContract(module, (name, type) => (name === 'row' ? null : misfit(name, type)))
        expect(module.imports.map(({ name }) => name)).toEqual(['row'])
        expect(module.exports.map(({ name }) => name).sort()).toEqual(['main', 'memory'])
        expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true)
        expect(bytes.length).toBeLessThanOrEqual(MODULE_LIMIT_BYTES)
        expect(made(extend(table, table.name, []), code)).toEqual(bytes)
      }
  })

  it.each(CROWDED)('of %s is as long as it may be, and has units all the same', (_, pattern) => {
    const { bytes, units } = compileContract(cancun, repeated(pattern, SOURCE_LIMIT_BYTES))
    expect(WebAssembly.validate(bytes as Uint8Array<ArrayBuffer>)).toBe(true)
    expect(bytes.length).toBeLessThanOrEqual(MODULE_LIMIT_BYTES)
    expect(bytes.length).toBeGreaterThan(0.95 * MODULE_LIMIT_BYTES)
    expect(units).toBeGreaterThan(8)
  })

  it('is made of no longer code', () => {
    expect(() => compileContract(cancun, new Uint8Array(SOURCE_LIMIT_BYTES + 1))).toThrow(/at most 65536/)
  })

  it.each(CROWDED)('of %s goes on where it has no units', (_, pattern) => {
    const code = repeated(pattern, 24_576)
    const [byCode, byModule] = [code, made(cancun, code)].map((each) =>
      worldOf({ [`${A}`]: each }, { table: cancun, compiled: new CompiledContracts(byName) }),
    )
    for (const world of [byCode, byModule]) world.state.warmAddress(A)
    for (const gas of [1_000_000n, 100_001n, 30_000n])
      for (const value of [0n, 1n]) {
        const [expected, found] = [byCode, byModule].map((world) =>
          outcomeOf(world.send(A, Uint8Array.of(1), gas, value)),
        )
        expect(found).toBe(expected)
      }
  })

  it.each([
    [
      'the programs of the bench',
      programs.map(({ name, code, input, gasLimit }) => ({ name, code, input, gas: gasLimit })),
    ],
    [
      'a loop, with all gas and less',
      [100_000, 5000, 1234, 60, 3].map((gas) => ({
        name: `${gas}`,
        code: loop,
        input: COUNT,
        gas: BigInt(gas),
      })),
    ],
    [
      '1,024 frames of its own',
      [{ name: 'deep', code: recursive, input: new Uint8Array(0), gas: 10n ** 15n }],
    ],
  ])('runs as its code does: %s', (_, cases) => {
    for (const { name, code, input, gas } of cases) {
      const byCode = worldOf({ [`${A}`]: code }, { table: cancun })
      const byModule = worldOf(
        { [`${A}`]: made(cancun, code) },
        { table: cancun, compiled: new CompiledContracts() },
      )
      for (const world of [byCode, byModule]) world.state.warmAddress(A)
      // The code that others see is the module; none of these looks.
      const [expected, found] = [byCode, byModule].map((world) => outcomeOf(world.send(A, input, gas)))
      expect(`${name} ${found}`).toBe(`${name} ${expected}`)
    }
  })

  it.each(ODD)('runs as its code does: %s', (_, code) => {
    for (const table of [cancun, zvm]) {
      const worlds = [code, made(table, code)].map((each) =>
        worldOf({ [`${A}`]: each }, { table, compiled: new CompiledContracts(byName) }),
      )
      for (const gas of [100_000n, 20_001n, 4n, 0n]) {
        const [expected, found] = worlds.map((world) => outcomeOf(world.send(A, COUNT, gas)))
        expect(found).toBe(expected)
      }
    }
  })

  it('stops where its code is empty', () => {
    const world = worldOf(
      { [`${A}`]: made(cancun, new Uint8Array(0)) },
      { compiled: new CompiledContracts(byName) },
    )
    const { halt, gasUsed } = world.send(A)
    expect([halt, gasUsed]).toEqual([Halt.Stop, 0n])
  })

  it.each([
    ['calls a module of another table', forward(evm, B), increment(native), zvm],
    ['calls one of its own', forward(evm, B), increment(evm), osaka],
  ])('%s, each with the gas of its table', (_, caller, callee, table) => {
    const tableOf = (address: bigint) => (address === B && table === zvm ? zvm : null)
    const byCode = worldOf({ [`${A}`]: caller, [`${B}`]: callee }, { tableOf })
    const byModule = worldOf(
      { [`${A}`]: made(osaka, caller), [`${B}`]: made(table, callee) },
      { compiled: new CompiledContracts(byName) },
    )
    for (const expected of [1n, 2n, 3n]) {
      const [a, b] = [byCode, byModule].map((world) => world.send(A, Uint8Array.of(1, 2, 3)))
      expect(outcomeOf(b)).toBe(outcomeOf(a))
      expect(bytesToBigint(b.output)).toBe(expected)
    }
  })

  it('is shown to who looks at each step as its code is', () => {
    const [expected, found] = [loop, made(osaka, loop)].map((code) => {
      const tracer = recorder()
      worldOf({ [`${A}`]: code }, { tracer, compiled: new CompiledContracts() }).send(A, COUNT)
      return tracer.lines
    })
    expect(found).toEqual(expected)
    expect(found.length).toBeGreaterThan(9000)
  })

  it('creates code of its own table', () => {
    const child = native(push(5), push(0), 'MSTORE', push(32), push(0), 'RETURN')
    // Each copies what follows it to memory, and makes something of that.
    const copying = (size: number, ...then: readonly string[]) => {
      const copy = (from: number) => native(...[push(size), push(from), push(0), 'CODECOPY', ...then])
      return copy(copy(1).length)
    }
    const initcode = concatBytes(copying(child.length, push(child.length), push(0), 'RETURN'), child)
    const { length } = initcode
    const create = [
      push(length),
      push(0),
      push(0),
      'CREATE',
      push(0),
      'MSTORE',
      push(32),
      push(0),
      'RETURN',
    ] as const
    const creator = concatBytes(copying(length, ...create), initcode)
    const world = worldOf({ [`${A}`]: made(zvm, creator) }, { compiled: new CompiledContracts(byName) })
    const address = bytesToBigint(world.send(A).output)
    expect(world.state.code(address)).toEqual(child)
    expect(bytesToBigint(world.send(address).output)).toBe(5n)
  })
})

describe('what is no compiled module', () => {
  const sound = made(cancun, loop)
  const text = (word: string) => [...word].map((char) => char.charCodeAt(0))
  const place = (word: string) => Buffer.from(sound).indexOf(word)
  const changed = (at: number, ...to: readonly number[]) => {
    const other = sound.slice()
    other.set(to, at)
    return other
  }
  // Of each part: a byte of the interpreter, the code, the plan that says where units begin, and the memory it asks for.
  it.each([
    [
      'another table',
      changed(place(cancun.name), ...text('Osaka\0')),
      'no table is called "Osaka\\u0000" here',
    ],
    [
      'an older table',
      made(extend(frontier, cancun.name, []), loop),
      'not what is made of its code by table Cancun',
    ],
    ['another version', changed(place('zvm.code') + 8, 2), 'version 2, not 1'],
    ['another byte of its code', changed(Buffer.from(sound).indexOf(loop.subarray(0, 8)) + 1, 1), 'not what'],
    ['another first byte of a function', changed(30_000, 0x1a), 'not what'],
    ['another plan', changed(sound.length - 1, 1), 'not what'],
    ['a byte more', concatBytes(sound, Uint8Array.of(0)), 'not what'],
    ['no end', sound.subarray(0, 20_000), 'bytes go past the end'],
    ['nothing but the claim', sound.subarray(0, place(cancun.name) + 6), 'unexpected end'],
    ['a long module', concatBytes(sound, new Uint8Array(MODULE_LIMIT_BYTES)), 'at most 262144'],
  ])('has %s', (_, module, message) => {
    expect(() => checkCompiled(module, byName)).toThrow(Refusal)
    expect(() => checkCompiled(module, byName)).toThrow(message)
    const world = worldOf({ [`${A}`]: module }, { compiled: new CompiledContracts(byName) })
    expect(world.send(A, COUNT).halt).toBe(Halt.InvalidCode)
  })

  it('is one for who has the table', () => {
    const compiled = new CompiledContracts()
    for (const [table, halt] of [
      [zvm, Halt.InvalidCode],
      [cancun, Halt.Return],
      [zvm, Halt.InvalidCode],
    ] as const)
      expect(worldOf({ [`${A}`]: sound }, { table, compiled }).send(A, COUNT).halt).toBe(halt)
  })

  it('is not compiled again where that is not paid for', () => {
    const asked: string[] = []
    const compiled = new (class extends CompiledContracts {
      override isCompiled(module: Uint8Array): boolean {
        asked.push('deposit')
        return super.isCompiled(module)
      }

      override formatOf(module: Uint8Array) {
        asked.push('run')
        return super.formatOf(module)
      }
    })(byName)
    // Creates from what it is sent: code that leaves what follows it, or a module.
    const creator = evm(
      ...['CALLDATASIZE', push(0), push(0), 'CALLDATACOPY', 'CALLDATASIZE', push(0), push(0), 'CREATE'],
      ...[push(0), 'MSTORE', push(32), push(0), 'RETURN'],
    )
    const leaving = evm(
      ...[push(11), 'DUP1', 'CODESIZE', 'SUB', 'DUP1', 'SWAP2', push(0), 'CODECOPY', push(0), 'RETURN'],
    )
    const created = (initcode: Uint8Array, gas: bigint) => {
      asked.length = 0
      const world = worldOf({ [`${A}`]: creator }, { compiled })
      const address = bytesToBigint(world.send(A, initcode, gas).output)
      return [address !== 0n, ...asked]
    }
    expect(leaving).toHaveLength(11)
    const placing = concatBytes(leaving, sound)
    expect(created(placing, 12_000_000n)).toEqual([true, 'deposit'])
    expect(created(placing, 8_000_000n)).toEqual([false])
    expect(created(sound, 12_000_000n)).toEqual([false])
  })

  it.each([
    ['too long', 1, 'made of 65537 bytes'],
    ['all that it holds', 0, /^module section, byte 65575: .* by table Cancun, which has 1\d{5} bytes/],
  ])('is of code that is %s', (_, more, message) => {
    const code = new Uint8Array(SOURCE_LIMIT_BYTES + more)
    const head = sound.subarray(0, place(cancun.name) + 6)
    const data = [0, 0x41, 0, 0x0b, 0x80 + more, 0x80, 4]
    const module = concatBytes(head, Uint8Array.of(11, 0x88 + more, 0x80, 4, 1, ...data), code)
    expect(() => checkCompiled(module, byName)).toThrow(message)
  })

  it('is any that imports row, where no compiled ones are taken', () => {
    expect(worldOf({ [`${A}`]: sound }).send(A, COUNT).halt).toBe(Halt.InvalidCode)
    const taken = { compiled: new CompiledContracts(byName) }
    expect(worldOf({ [`${A}`]: sound }, taken).send(A, COUNT).halt).toBe(Halt.Return)
  })
})
