import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancun, FORKS, forkByName, london } from '../../opcodes/forks.ts'
import { asmFor, push, ret } from './asm.ts'
import { assemble } from './assembler.ts'
import { disassemble, disassemblyLines } from './disassembler.ts'
import { ZvmError } from './errors.ts'
import { bytesToHex, hexToBytes } from './hex.ts'
import { extend } from './table.ts'

const hexOf = (text: string, table = cancun) => bytesToHex(assemble(text, table, 'test.zasm'))

describe('assemble', () => {
  it.each([
    ['several instructions a line, in any case', 'PUSH1 1 push1 0x02 ADD', '0x6001600201'],
    ['immediates filled up on the left', 'PUSH4 0x1 PUSH2 258', '0x6300000001610102'],
    ['comments', 'STOP ; PUSH1 1 //\nADD// x ; y\n; .data 0x00\n', '0x0001'],
    ['any line end', 'ADD\r\nMUL\rSUB\nDIV', '0x01020304'],
    ['a byte order mark', '\ufeffADD', '0x01'],
    ['data', '.data 0xdeAD 0x be', null],
    ['data of several words', '.data 0xdeAD 0x 0xbe ADD', '0xdeadbe01'],
    ['positions, which it ignores', '0x0000: ADD\n0xffff: MUL', '0x0102'],
    // 0: 5b · 1: 61 0006 · 4: 61 0000 · 7: 56; `a` before and `b` after the reference
    ['labels before and after', 'a: JUMPDEST @b @a\nb: JUMP', '0x5b61000761000056'],
    ['a label of one byte', 'PUSH1 @end STOP end:', '0x600300'],
    ['a label of four', 'x: PUSH4 @x', '0x6300000000'],
    ['labels that look like mnemonics', 'ADD: @ADD ADD', '0x61000001'],
  ])('reads %s', (_, text, expected) => {
    if (expected === null) expect(() => hexOf(text)).toThrow(ZvmError)
    else expect(hexOf(text)).toBe(expected)
  })

  it('takes the narrowest PUSH that the table has', () => {
    expect(hexOf('PUSH 0')).toBe('0x5f')
    expect(hexOf('PUSH 0', london)).toBe('0x6000')
    expect(hexOf('PUSH 255 PUSH 256')).toBe('0x60ff610100')
    expect(hexOf(push(2n ** 256n - 1n))).toBe('0x7f' + 'ff'.repeat(32))
    const wide = extend(cancun, 'wide', [{ eip: 0, title: 'wide', drop: ['PUSH1', 'PUSH2', 'PUSH3'] }])
    expect(hexOf('PUSH 7 @a a:', wide)).toBe('0x6300000007' + '630000000a')
  })

  it.each([
    ['ADD\n  FOO', '2:3: no instruction FOO in the table Cancun', '  FOO', '  ^'],
    ['\tADD\tPUSH1', '1:6: PUSH1 needs an operand of 1 byte', '\tADD\tPUSH1', '\t   \t^'],
    ['PUSH1 256', '1:7: 256 does not fit the 8 bits of PUSH1', 'PUSH1 256', '      ^'],
    ['PUSH1 0x', '1:7: 0x is no number', 'PUSH1 0x', '      ^'],
    ['PUSH1 -1', '1:7: -1 is no number', 'PUSH1 -1', '      ^'],
    ['ADD 1', '1:5: 1 follows nothing that takes an operand', 'ADD 1', '    ^'],
    ['@a', '1:1: no label a: is defined', '@a', '^'],
    ['PUSH1 @', '1:7: @ is no reference to a label', 'PUSH1 @', '      ^'],
    ['a:\na: ; again', '2:1: the label a: is defined twice', 'a: ; again', '^'],
    ['.date 0x00', '1:1: unknown directive .date', '.date 0x00', '^'],
    ['.data', '1:1: .data needs bytes as 0x hex', '.data', '^'],
    ['.data 0x00 0x0', '1:12: 0x0 is not whole bytes of hex', '.data 0x00 0x0', '           ^'],
    ['a:ADD', '1:1: a:ADD is no instruction, label, number or directive', 'a:ADD', '^'],
    ['\u001b[2J', '1:1: \ufffd[2J is no instruction, label, number or directive', '\ufffd[2J', '^'],
    [
      `PUSH ${2n ** 256n}`,
      '1:6: the table Cancun has no PUSH of 33 bytes or more',
      `PUSH ${2n ** 256n}`,
      '     ^',
    ],
    [
      `.data 0x${'5b'.repeat(256)}\na: PUSH1 @a`,
      '2:10: position 0x100 does not fit the 8 bits of PUSH1',
      'a: PUSH1 @a',
      '         ^',
    ],
  ])('refuses %j', (text, what, line, caret) => {
    expect(() => hexOf(text)).toThrow(
      expect.objectContaining({ code: 'VALUE', message: `test.zasm:${what}\n${line}\n${caret}` }),
    )
  })

  it('shows the part of a long line that matters', () => {
    const text = `${'ADD '.repeat(1000)}FOO${' ADD'.repeat(1000)}`
    const [first, shown, caret] = messageOf(text).split('\n')
    expect(first).toBe('test.zasm:1:4001: no instruction FOO in the table Cancun')
    expect(shown.length).toBe(100)
    expect(shown.slice(caret.indexOf('^')).startsWith('FOO ADD')).toBe(true)
  })

  it('assembles programs written in TypeScript', () => {
    const asm = asmFor(london)
    expect(bytesToHex(asm(push(7), push(13), 'ADD', ret))).toBe('0x6007600d0160005260206000f3')
    expect(bytesToHex(asm('@data', Uint8Array.of(1, 2), 'data:', new Uint8Array(0)))).toBe('0x6100050102')
    expect(() => asm('ADD', 'PUSH1')).toThrow('asm:2:1: PUSH1 needs an operand of 1 byte')
  })
})

describe('disassemble', () => {
  it('names what it finds, and shows as data what has no row or is cut short', () => {
    expect([...disassemblyLines(hexToBytes('0x60ff015f0c6101', 'code'), london)]).toEqual([
      '0x0000: PUSH1 0xff',
      '0x0002: ADD',
      '0x0003: .data 0x5f ; no instruction',
      '0x0004: .data 0x0c ; no instruction',
      '0x0005: .data 0x6101 ; PUSH2, cut short',
    ])
  })

  it('finds the jump destinations that execution finds', () => {
    const bytes = fc.uint8Array({ maxLength: 100 })
    fc.assert(
      fc.property(bytes, (code) => {
        const found = disassemble(code, cancun).filter(({ name }) => name === 'JUMPDEST')
        const { jumpDestinations } = cancun.program(code)
        expect(found.map(({ pc }) => pc)).toEqual([...code.keys()].filter((pc) => jumpDestinations[pc] === 1))
      }),
    )
  })

  it('gives text that assembles to the same bytes, for any bytes in every fork', () => {
    // Half of all bytes are pushes, so that code often ends within one.
    const byte = fc.oneof(fc.integer({ min: 0x5b, max: 0x7f }), fc.integer({ min: 0, max: 255 }))
    const codes = fc.array(byte, { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes))
    fc.assert(
      fc.property(codes, fc.constantFrom(...FORKS), (code, table) => {
        const lines = [...disassemblyLines(code, table)]
        expect(assemble(lines.join('\n'), table, 'text')).toEqual(code)
        const pieces = disassemble(code, table).map(({ immediate }) => 1 + immediate.length)
        expect(pieces.reduce((sum, size) => sum + size, 0)).toBe(code.length)
      }),
      { numRuns: 1000 },
    )
    expect(forkByName('Osaka').opcodes[0x1e].isDefined).toBe(true) // CLZ: the forks do differ
  })
})

function messageOf(text: string): string {
  try {
    hexOf(text)
  } catch (error) {
    return (error as ZvmError).message
  }
  throw new Error('was accepted')
}
