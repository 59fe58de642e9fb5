import { describe, expect, it } from 'vitest'
import { EMPTY_TABLE } from '../../opcodes/empty-table.ts'
import { ADD, MUL, SUB } from '../../opcodes/evm/arithmetic.ts'
import { STOP } from '../../opcodes/evm/flow.ts'
import { PUSHES } from '../../opcodes/evm/stack.ts'
import { FORKS, forkByName, osaka } from '../../opcodes/forks.ts'
import { asm, play, push } from '../conform/harness.ts'
import { ZvmError } from './errors.ts'
import { Halt } from './halt.ts'
import type { Precompile } from './precompile.ts'
import type { Row } from './row.ts'
import { at, type Delta, extend } from './table.ts'

const base = extend(EMPTY_TABLE, 'base', [{ eip: 0, title: 'base', add: [STOP, ADD, SUB, ...PUSHES] }])
const change = (delta: Partial<Delta>): Delta => ({ eip: 9999, title: 'a change', ...delta })
const row = (fields: Partial<Row>): Row => ({ ...MUL, ...fields })

describe('extend', () => {
  it.each<[string, Partial<Delta>, string]>([
    ['adds to a taken byte', { add: [row({ code: 1 })] }, 'adds MUL at 0x01, which ADD has'],
    ['adds the same twice', { add: [MUL, MUL] }, 'adds MUL at 0x02, which MUL has'],
    ['swaps on an empty byte', { swap: [MUL] }, 'swaps MUL at 0x02, where there is no row'],
    ['drops what is not there', { drop: ['MUL'] }, 'drops MUL, which is not in the table'],
    ['drops the same twice', { drop: ['ADD', 'ADD'] }, 'drops ADD, which is not in the table'],
    ['reprices what is not there', { reprice: { MUL: 1 } }, 'reprices MUL, which is not in the table'],
    ['reprices below zero', { reprice: { ADD: -1 } }, 'ADD: gas -1 is not a non-negative integer'],
    ['reprices by a fraction', { reprice: { ADD: 0.5 } }, 'ADD: gas 0.5 is not a non-negative integer'],
    ['has a name twice', { add: [row({ name: 'ADD' })] }, 'leaves ADD both at 0x01 and 0x02'],
    ['renames to a name in use', { swap: [{ ...SUB, name: 'ADD' }] }, 'leaves ADD both at 0x01 and 0x03'],
    ['has a code over a byte', { add: [row({ code: 256 })] }, 'MUL: code 256 is not a byte'],
    ['has a code below a byte', { add: [row({ code: -1 })] }, 'MUL: code -1 is not a byte'],
    ['has a code between bytes', { add: [row({ code: 2.5 })] }, 'MUL: code 2.5 is not a byte'],
    ['has no mnemonic', { add: [row({ name: 'mul' })] }, '"mul" is not a mnemonic'],
    ['has an empty name', { add: [row({ name: '' })] }, '"" is not a mnemonic'],
    ['has endless gas', { add: [row({ gas: Number.POSITIVE_INFINITY })] }, 'MUL: gas Infinity is not a non-'],
    ['has no gas', { add: [row({ gas: Number.NaN })] }, 'MUL: gas NaN is not a non-negative integer'],
    ['pops too many', { add: [row({ pops: 1025 })] }, 'MUL: pops and pushes must be 0 to 1024'],
    ['pushes less than none', { add: [row({ pushes: -1 })] }, 'MUL: pops and pushes must be 0 to 1024'],
    ['has too long an immediate', { add: [row({ immediate: 33 })] }, 'MUL: immediate over 32 bytes'],
    ['counts from zero', { add: [row({ nth: 0 })] }, 'MUL: nth below 1'],
    ['goes on past the end of the code', { swap: [at(0, MUL)] }, 'MUL: at 0x00 but does not end the frame'],
    [
      'has no meaning',
      { add: [{ ...MUL, execute: undefined } as unknown as Row] },
      'MUL: execute is not a function',
    ],
    [
      'has no code for its lower',
      { add: [{ ...row({}), lower: 5 } as unknown as Row] },
      'MUL: lower is not a function',
    ],
  ])('refuses a delta that %s', (_, delta, what) => {
    const attempt = () => extend(base, 'worse', [change(delta)])
    expect(attempt).toThrow(ZvmError)
    expect(attempt).toThrow(`EIP-9999: ${what}`)
    expect(attempt).toThrow(expect.objectContaining({ code: 'BAD_TABLE' }))
    // A delta without a number is named by its title.
    expect(() => extend(base, 'worse', [change({ ...delta, eip: 0 })])).toThrow(`a change: ${what}`)
  })

  it('leaves its base as it was', () => {
    const before = [...base.rows]
    const next = extend(base, 'next', [change({ add: [MUL], drop: ['SUB'], reprice: { ADD: 9 } })])
    expect([...base.rows]).toEqual(before)
    expect([...next.rows.values()].filter(({ code }) => code < 0x60)).toMatchObject([
      { name: 'STOP' },
      { name: 'ADD', gas: 9 },
      { name: 'MUL' },
    ])
    expect([base.rows.get(1)?.gas, ADD.gas]).toEqual([3, 3])
  })

  it('applies drops first, so that a byte can be taken over in one delta', () => {
    const next = extend(base, 'next', [change({ drop: ['ADD'], add: [at(1, MUL)] })])
    expect(play({ fork: next, code: asm(push(3), push(4), Uint8Array.of(1)) }).stack).toEqual([12n])
  })

  it('freezes what it hands out', () => {
    const next = extend(base, 'next', [
      change({ add: [row({})], rules: { blob: null, create: { codeLimit: 1 } } }),
    ])
    for (const part of [next, next.rules, next.rules.create, next.rows.get(2)])
      expect(Object.isFrozen(part)).toBe(true)
    // A row of a user's own stays theirs to change, and the table does not follow.
    const mine = { ...MUL, gas: 7 }
    const table = extend(base, 'mine', [change({ add: [mine] })])
    mine.gas = 8
    expect(table.rows.get(2)?.gas).toBe(7)
  })

  it('merges rules by mechanism and keeps the others', () => {
    const next = extend(osaka, 'next', [
      change({ rules: { blob: { max: 99 }, floor: null, transactionTypes: [0] } }),
    ])
    expect(next.rules).toEqual({
      ...osaka.rules,
      blob: { ...osaka.rules.blob, max: 99 },
      floor: null,
      transactionTypes: [0],
    })
  })

  it('puts a precompile in the place of the one before', () => {
    const echo = (address: bigint): Precompile => ({
      address,
      name: 'ECHO',
      spec: 'none',
      gas: () => 1,
      run: (input) => input.slice(),
    })
    const next = extend(osaka, 'next', [change({ precompiles: [echo(4n), echo(0xeccn)] })])
    expect([next.precompiles.get(4n)?.name, next.precompiles.get(0xeccn)?.name]).toEqual(['ECHO', 'ECHO'])
    expect(next.precompiles.size).toBe(osaka.precompiles.size + 1)
    expect(osaka.precompiles.get(4n)?.name).toBe('ID')
  })
})

describe('rows of a table of one’s own', () => {
  it('moves a row by at, with another name and price', () => {
    const table = extend(EMPTY_TABLE, 'mine', [
      change({ add: [at(0xb0, ADD, { name: 'PLUS', gas: 1 }), at(0xb1, PUSHES[1]), at(0xb2, STOP)] }),
    ])
    const run = play({ fork: table, code: Uint8Array.of(0xb1, 1, 2, 0xb1, 3, 4, 0xb0, 0xb2) })
    expect(run).toMatchObject({ halt: Halt.Stop, stack: [0x0406n], gasUsed: 7n })
    expect(ADD).toMatchObject({ code: 1, name: 'ADD', gas: 3 })
  })

  it('reaches as far as the immediate says', () => {
    // DUPN: the operand n + 1 from the top, n being the byte that follows.
    const dupn: Row = {
      code: 0xe6,
      name: 'DUPN',
      immediate: 1,
      pops: 0,
      pushes: 0,
      stack: (n) => ({ pops: n + 1, pushes: n + 2 }),
      gas: 3,
      spec: 'a test',
      execute(frame) {
        frame.push(frame.stack[frame.sp - 1 - Number(frame.immediate(1))])
        return Halt.None
      },
    }
    const table = extend(osaka, 'mine', [change({ add: [dupn] })])
    const run = (height: number, n: number) =>
      play({
        fork: table,
        code: asm(
          Array.from({ length: height }, (_, i) => push(i)),
          Uint8Array.of(0xe6, n),
        ),
      })
    expect(run(3, 0).stack[0]).toBe(2n)
    expect(run(3, 2).stack[0]).toBe(0n)
    expect(run(3, 3).halt).toBe(Halt.StackUnderflow)
    expect(run(300, 255).stack[0]).toBe(44n)
    expect(run(255, 255).halt).toBe(Halt.StackUnderflow)
    expect(run(1023, 0).halt).toBe(Halt.Stop)
    expect(run(1024, 0).halt).toBe(Halt.StackOverflow)
    // Its immediate hides a JUMPDEST.
    const jump = asm(push(4), 'JUMP', Uint8Array.of(0xe6, 0x5b))
    expect(play({ fork: table, code: jump }).halt).toBe(Halt.InvalidJump)
    expect(play({ fork: osaka, code: jump }).halt).toBe(Halt.Stop)
  })

  it('prepares a code once for each table', () => {
    const code = new Uint8Array(300).fill(0x5b)
    expect(osaka.program(code)).toBe(osaka.program(code))
    expect(osaka.program(code)).not.toBe(osaka.program(code.slice()))
    expect(osaka.program(code)).not.toBe(base.program(code))
  })

  it('prepares short code that is equal to the last of its length once', () => {
    const codes = [push(1), push(2), push(1)].map((part) => asm(part))
    const [one, two, other] = codes.map((code) => osaka.program(code))
    expect([one, two, other].map(({ code }) => code)).toEqual(codes)
    expect(other).not.toBe(one)
    expect(osaka.program(asm(push(1)))).toBe(other)
    expect(osaka.program(codes[0])).toBe(one)
    expect(base.program(asm(push(1)))).not.toBe(other)
    // What was prepared is what the array held then.
    const array = asm(push(1))
    array[1] = 2
    expect(osaka.program(array).code).toEqual(asm(push(2)))
    expect(osaka.program(new Uint8Array(0)).sizeBytes).toBe(0)
  })
})

describe('forks', () => {
  it('have distinct names and grow from one another', () => {
    expect(new Set(FORKS.map(({ name }) => name)).size).toBe(FORKS.length)
    FORKS.slice(1).forEach((fork, i) => {
      expect(fork.deltas.slice(0, FORKS[i].deltas.length)).toEqual(FORKS[i].deltas)
    })
  })

  it.each([
    ['osaka', 'Osaka'],
    ['Merge', 'Paris'],
    ['SpuriousDragon', 'EIP158'],
    ['tangerinewhistle', 'EIP150'],
    ['PETERSBURG', 'ConstantinopleFix'],
    ['muirglacier', 'MuirGlacier'],
    ['GrayGlacier', 'GrayGlacier'],
  ])('%s is %s', (name, known) => expect(forkByName(name).name).toBe(known))

  it('an unknown one is refused with those there are', () => {
    const long = 'x'.repeat(1000)
    for (const name of ['', '__proto__', 'constructor', long]) {
      expect(() => forkByName(name)).toThrow(expect.objectContaining({ code: 'UNKNOWN_FORK' }))
      expect(() => forkByName(name)).toThrow(/known: Frontier, Homestead/)
    }
    expect(() => forkByName(long)).toThrow(/^unknown fork "x{40}";/)
  })
})
