import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancun, FORKS, forkByName, london } from '../../opcodes/forks.ts'
import { nativeShape } from '../../scripts/fuzz/formats/native-shape.ts'
import { asmFor, push, ret } from './asm.ts'
import { assemble, assembleText } from './assembler.ts'
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
    // 0: 5b · 1: 60 04 · 3: 5f · 4: 56; `a` before and `b` after the reference
    ['labels before and after', 'a: JUMPDEST @b @a\nb: JUMP', '0x5b60045f56'],
    ['a label of one byte', 'PUSH1 @end STOP end:', '0x600300'],
    ['a label of four', 'x: PUSH4 @x', '0x6300000000'],
    ['labels that are mnemonics in small letters', 'add: @add ADD', '0x5f01'],
    ['a label without a blank after it', 'a:ADD', '0x01'],
    ['sums and products of numbers, from the left', 'PUSH1 2+3*4 - 1-1 PUSH 7 * ( 1+(2) )', '0x600c6015'],
    ['constants', '.const A 0x10 .const B A*2+1\nPUSH1 B PUSH A', '0x60216010'],
    ['differences of labels', 'PUSH @end-@start start: .data 0x112233 end:', '0x6003112233'],
    ['a push of an expression that begins with a label', 'ADD a: @a+1', '0x016002'],
    ['constants made of labels', '.const SIZE @b-@a PUSH SIZE a: .data 0x00 b:', '0x600100'],
    [
      'strings',
      '.data "a;b//\\"\\\\" "\\n\\r\\t\\0\\x00\\xfe" 0x5b "é"',
      '0x613b622f2f225c0a0d090000fe5bc3a9',
    ],
    ['macros', '.macro twice x\nPUSH x ADD\nPUSH x ADD\n.endm\ntwice 3', '0x600301600301'],
    [
      'arguments',
      '.macro m a b\nPUSH a*b\n.endm\n.const C 2\nm C (1+2) m @x 1 x:',
      '0x600660040x'.slice(0, -2),
    ],
    [
      'labels of each use of a macro',
      '.macro skip\n@out JUMP out: JUMPDEST\n.endm\nskip skip',
      '0x6003565b6007565b',
    ],
    ['labels outside from within a macro', '.macro go\n@out JUMP\n.endm\ngo\nout: JUMPDEST', '0x6003565b'],
    ['macros within macros', '.macro a x\nPUSH x\n.endm\n.macro b x\na (x+1) a x\n.endm\nb 1', '0x60026001'],
    ['a parameter before a constant', '.const x 9\n.macro m x\nPUSH x\n.endm\nm 1 PUSH x', '0x60016009'],
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
    expect(hexOf('PUSH 7 STOP @a a:', wide)).toBe('0x6300000007' + '00' + '630000000b')
  })

  it.each([
    ['ADD\n  FOO', '2:3: no instruction FOO in the table Cancun', '  FOO', '  ^'],
    ['\tADD\tPUSH1', '1:6: PUSH1 needs an operand of 1 byte', '\tADD\tPUSH1', '\t   \t^'],
    ['PUSH1 256', '1:7: 256 does not fit the 8 bits of PUSH1', 'PUSH1 256', '      ^'],
    ['PUSH1 0x', '1:7: 0x is no number', 'PUSH1 0x', '      ^'],
    ['PUSH1 -1', '1:7: - is no number', 'PUSH1 -1', '      ^'],
    ['PUSH1 0x1g', '1:7: 0x1g is no number', 'PUSH1 0x1g', '      ^'],
    ['PUSH1 A', '1:7: no constant A is defined before its use', 'PUSH1 A', '      ^'],
    ['PUSH1 1 +', '1:10: a number or a name is missing', 'PUSH1 1 +', '         ^'],
    ['PUSH1 (1', '1:9: a closing parenthesis is missing', 'PUSH1 (1', '        ^'],
    ['PUSH 1-2', '1:6: the value -1 is below zero', 'PUSH 1-2', '     ^'],
    ['a: ADD PUSH @a-1', '1:13: the value -1 is below zero', 'a: ADD PUSH @a-1', '            ^'],
    [
      '.const A 1 .const A 2',
      '1:19: the constant A is defined twice',
      '.const A 1 .const A 2',
      '                  ^',
    ],
    ['.const 5', '1:8: .const needs a name', '.const 5', '       ^'],
    ['.macro\n.endm', '1:1: .macro needs a name', '.macro', '^'],
    ['.macro add\n.endm', '1:8: add is an instruction', '.macro add', '       ^'],
    ['STOP ADD: STOP', '1:6: ADD is an instruction', 'STOP ADD: STOP', '     ^'],
    ['PUSH: STOP', '1:1: PUSH is an instruction', 'PUSH: STOP', '^'],
    ['.const ADD 1', '1:8: ADD is an instruction', '.const ADD 1', '       ^'],
    ['.macro m ADD\n.endm', '1:10: ADD is an instruction', '.macro m ADD', '         ^'],
    ['.macro m\nMUL:\n.endm\nm', '2:1: MUL is an instruction (in m, used in line 4)', 'MUL:', '^'],
    ['.macro m\nADD', '1:1: the macro has no .endm', '.macro m', '^'],
    ['.macro m a a\n.endm', '1:12: the parameter a is named twice', '.macro m a a', '           ^'],
    ['.macro m\n.macro n\n.endm', '2:1: a macro is defined within a macro', '.macro n', '^'],
    ['.macro m\nm\n.endm\nm', '2:1: the macro m uses itself (in m, used in line 4)', 'm', '^'],
    ['.macro m a\nPUSH1 a\n.endm\nm', '4:1: m needs its parameter a', 'm', '^'],
    [
      '.macro m a\nPUSH1 a\n.endm\nm 256',
      '2:7: the value 0x100 does not fit the 8 bits of PUSH1 (in m, used in line 4)',
      'PUSH1 a',
      '      ^',
    ],
    [
      '.target evm .target evm',
      '1:21: the target is named twice',
      '.target evm .target evm',
      '                    ^',
    ],
    [
      'STOP .target evm',
      '1:14: .target comes before all code, labels and macros',
      'STOP .target evm',
      '             ^',
    ],
    [
      '.capability Storage',
      '1:13: Storage is no name of a capability',
      '.capability Storage',
      '            ^',
    ],
    ['.abi\n{}', '1:1: .abi without .endabi', '.abi', '^'],
    ['.abi "x.json"', '1:6: no file can be read here', '.abi "x.json"', '     ^'],
    ['.data "a\\q"', '1:9: \\q is no escape', '.data "a\\q"', '        ^'],
    ['.data "a', '1:7: .data needs bytes as 0x hex, or a string', '.data "a', '      ^'],
    ['ADD 1', '1:5: 1 follows nothing that takes an operand', 'ADD 1', '    ^'],
    ['@a', '1:1: no label a: is defined', '@a', '^'],
    ['PUSH1 @', '1:7: @ is no number', 'PUSH1 @', '      ^'],
    ['a:\na: ; again', '2:1: the label a: is defined twice', 'a: ; again', '^'],
    ['.date 0x00', '1:1: unknown directive .date', '.date 0x00', '^'],
    ['.data', '1:1: .data needs bytes as 0x hex, or a string', '.data', '^'],
    ['.data 0x00 0x0', '1:12: 0x0 is not whole bytes of hex', '.data 0x00 0x0', '           ^'],
    [')', '1:1: ) is no instruction, label, number or directive', ')', '^'],
    ['\u001b[2J', '1:1: \ufffd[2J is no instruction, label, number or directive', '\ufffd[2J', '^'],
    [
      `PUSH ${2n ** 256n}`,
      '1:6: the table Cancun has no PUSH of 33 bytes or more',
      `PUSH ${2n ** 256n}`,
      '     ^',
    ],
    [
      `.data 0x${'5b'.repeat(256)}\na: PUSH1 @a`,
      '2:10: the value 0x100 does not fit the 8 bits of PUSH1',
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

  it('tells all that is wrong, a line each, up to twenty', () => {
    const text = ['FOO', 'ADD BAR', '.macro m', 'BAZ', '.endm', 'm', 'a: PUSH1 @gone'].join('\n')
    const wrong = errorOf(text)
    expect(wrong.message).toBe(
      [
        'test.zasm:1:1: no instruction FOO in the table Cancun\nFOO\n^',
        'test.zasm:2:5: no instruction BAR in the table Cancun\nADD BAR\n    ^',
        'test.zasm:4:1: no instruction BAZ in the table Cancun (in m, used in line 6)\nBAZ\n^',
      ].join('\n'),
    )
    expect(wrong.details).toMatchObject({ place: 'test.zasm', line: 1, column: 1 })
    expect(wrong.details.errors).toMatchObject([
      { line: 1, column: 1, message: 'test.zasm:1:1: no instruction FOO in the table Cancun' },
      { line: 2, column: 5 },
      { line: 4, column: 1 },
    ])
    expect(errorOf('FOO\n'.repeat(100)).details.errors).toHaveLength(20)
  })

  it.each([
    ['macros that double', `${doubling(40)}m40`, /macros give more than 1048576 characters/],
    ['macros within each other', `${doubling(99, 1)}m99`, /more than 64 macros within each other/],
    [
      'an argument that doubles',
      '.macro m0 x\nPUSH x\n.endm\n' +
        Array.from({ length: 60 }, (_, i) => `.macro m${i + 1} x\nm${i} (x+x)\n.endm\n`).join('') +
        'a: m60 @a',
      /an expression of more than 256 parts/,
    ],
    ['numbers that grow', `.const a0 2\n${squares(20)}`, /a number of more than 512 bits/],
    ['parentheses', `PUSH ${'('.repeat(100_000)}`, /parentheses nested deeper than 64/],
    ['parameters', `.macro m ${Array.from({ length: 99 }, (_, i) => `p${i}`).join(' ')}\n.endm`, /32 param/],
    ['a program', `.data 0x${'00'.repeat(2 ** 24)} STOP`, /the program is over 16777216 bytes/],
  ])('bounds %s', (_, text, what) => {
    expect(messageOf(text)).toMatch(what)
  })

  it('chooses the widths of references that together take the fewest bytes', () => {
    const piece = fc.oneof(
      fc.record({ size: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 120, max: 256 })) }),
      fc.record({ to: fc.nat(5) }),
    )
    fc.assert(
      fc.property(fc.array(piece, { minLength: 6, maxLength: 11 }), (pieces) => {
        const references = pieces.filter((each) => 'to' in each)
        fc.pre(references.length <= 5)
        const lines = pieces.map((each, i) => {
          const text = 'to' in each ? `@l${each.to}` : `.data 0x${'5b'.repeat(each.size)}`
          return i < 6 ? `l${i}: ${text}` : text
        })
        const code = assemble(lines.join('\n'), cancun, 'text')
        expect(code.length).toBe(fewestBytes(pieces))
      }),
      { numRuns: 300 },
    )
  })

  it.each([
    // The push of `lN` is one byte too narrow as soon as that of the label after it has grown.
    ['chooses well where each width that grows makes the next one grow', 60, 8, 3],
    ['gives up on the fewest bytes where that goes on for too long', 1500, 16, 5],
  ])('%s', (_, count, bits, sizeBytes) => {
    const references = Array.from({ length: count }, (_, i) => `PUSH @l${i}`).join('\n')
    const labels = Array.from({ length: count }, (_, i) => `l${count - 1 - i}: JUMPDEST`).join('\n')
    // With pushes of the width below, the first label that grows is right behind the last position they hold.
    const filler = 2 ** bits - count * (1 + bits / 8) - (count - 1)
    const text = `${references}\n.data 0x${'00'.repeat(Math.max(0, filler))}\n${labels}`
    const code = assemble(text, london, 'text')
    expect(code.length).toBe(sizeBytes * count + Math.max(0, filler) + count)
    for (let i = 0; i < count; i++) {
      const position = Number(bytesToHex(code.subarray(i * sizeBytes + 1, (i + 1) * sizeBytes)))
      expect(position).toBe(code.length - 1 - i)
    }
  })

  it('hands over what is not code', () => {
    const asked: (string | null)[] = []
    const tableOf = (target: string | null) => {
      asked.push(target)
      return london
    }
    const readAbi = (path: string) => `from ${path}`
    const read = (text: string) => assembleText(text, 'a.zasm', { tableOf, readAbi })
    expect(read('.capability log .capability ledger.transfer .capability log\n.target evm\nSTOP')).toEqual({
      code: Uint8Array.of(0),
      target: 'evm',
      table: london,
      abi: null,
      capabilities: ['log', 'ledger.transfer'],
    })
    expect(read('.abi "b c.json" STOP')).toMatchObject({
      abi: { json: 'from b c.json', place: 'b c.json' },
      target: null,
    })
    // As far from the beginning as in the file.
    expect(read('STOP\n.abi ; it follows\n{ ; "x"\n}\n .endabi \nSTOP')).toMatchObject({
      abi: { json: '\n\n{ ; "x"\n}', place: 'a.zasm' },
      code: Uint8Array.of(0, 0),
    })
    expect(asked).toEqual(['evm', null, null])
  })

  it('reads no further than a target that nobody knows', () => {
    const tableOf = (target: string | null) => {
      throw new ZvmError('USAGE', `no table for ${target}`)
    }
    expect(() => assembleText('.target x\nFOO', 'a.zasm', { tableOf, readAbi: () => '' })).toThrow(
      expect.objectContaining({ message: 'a.zasm:1:9: no table for x\n.target x\n        ^' }),
    )
  })

  it('assembles programs written in TypeScript', () => {
    const asm = asmFor(london)
    expect(bytesToHex(asm(push(7), push(13), 'ADD', ret))).toBe('0x6007600d0160005260206000f3')
    expect(bytesToHex(asm('@data', Uint8Array.of(1, 2), 'data:', new Uint8Array(0)))).toBe('0x60040102')
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

  it.each([
    ['a jump forth and back', '6004565b5b600356', london, ['0x0000: PUSH1 @L0004', '0x0002: JUMP', 'L0003:']],
    ['a wide push', '6300000006565b', london, ['0x0000: PUSH4 @L0006']],
    ['no jump to no JUMPDEST', '600356005b', london, ['0x0000: PUSH1 0x03']],
    ['no jump into an immediate', '600456605b', london, ['0x0000: PUSH1 0x04']],
    ['no push without an immediate', '5b5f56', cancun, ['0x0000: JUMPDEST', '0x0001: PUSH0']],
    ['no jump past the end', '60ff56', london, ['0x0000: PUSH1 0xff']],
    ['no push that no jump follows', '6003015b', london, ['0x0000: PUSH1 0x03']],
    ['other bytes for the same', '1104a0a3a3110320', nativeShape, ['0x0000: PUSH1 @L0004', '0x0002: JUMP']],
    ['no immediate that is not pushed', '2004a0a3a3', nativeShape, ['0x0000: DUPN 0x04']],
  ])('labels %s', (_, hex, table, start) => {
    const code = hexToBytes(hex, 'code')
    const lines = [...disassemblyLines(code, table)]
    expect(lines.slice(0, start.length)).toEqual(start)
    expect(assemble(lines.join('\n'), table, 'text')).toEqual(code)
  })

  it('gives text that assembles to the same bytes, for any bytes in every table', () => {
    // Jumps and pushes are frequent, and code often ends within an immediate.
    const tables = [...FORKS, nativeShape]
    const cases = fc.nat(tables.length - 1).chain((at) => {
      const code = (name: string) => [...tables[at].rows.values()].find((row) => row.name === name)!.code
      const jump = fc.nat(40).map((to) => [code('PUSH1'), to, code('JUMP'), code('JUMPDEST')])
      const byte = fc.oneof(
        fc.nat(255),
        fc.integer({ min: 0x5b, max: 0x7f }),
        fc.integer({ min: 0x10, max: 0x24 }),
      )
      const piece = fc.oneof(jump, fc.array(byte, { maxLength: 20 }))
      return fc.record({
        at: fc.constant(at),
        bytes: fc.array(piece, { maxLength: 12 }).map((all) => all.flat()),
      })
    })
    let labels = 0
    fc.assert(
      fc.property(cases, ({ at, bytes }) => {
        const [table, code] = [tables[at], Uint8Array.from(bytes)]
        const lines = [...disassemblyLines(code, table)]
        expect(assemble(lines.join('\n'), table, 'text')).toEqual(code)
        const pieces = disassemble(code, table).map(({ immediate }) => 1 + immediate.length)
        expect(pieces.reduce((sum, size) => sum + size, 0)).toBe(code.length)
        labels += lines.filter((line) => line.startsWith('L')).length
      }),
      { numRuns: 2000 },
    )
    expect(labels).toBeGreaterThan(20)
    expect(forkByName('Osaka').opcodes[0x1e].isDefined).toBe(true) // CLZ: the forks do differ
  })
})

/** Macros of which each uses the one before it so many times. */
function doubling(count: number, uses = 2): string {
  const macros = Array.from({ length: count }, (_, i) => {
    return `.macro m${i + 1}\n${`m${i}\n`.repeat(uses)}.endm\n`
  })
  return `.macro m0\nADD\n.endm\n${macros.join('')}`
}

function squares(count: number): string {
  return Array.from({ length: count }, (_, i) => `.const a${i + 1} a${i}*a${i}\n`).join('')
}

/** By trying every width: the size of the smallest program in which each push holds its label's position. */
function fewestBytes(pieces: readonly ({ size: number } | { to: number })[]): number {
  const references = pieces.filter((each) => 'to' in each).length
  let fewest = Number.POSITIVE_INFINITY
  for (let choice = 0; choice < 3 ** references; choice++) {
    let rest = choice
    let at = 0
    const positions: number[] = []
    const held: [width: number, to: number][] = []
    for (const piece of pieces) {
      positions.push(at)
      if ('to' in piece) {
        held.push([rest % 3, piece.to])
        at += 1 + (rest % 3)
        rest = Math.floor(rest / 3)
      } else at += piece.size
    }
    if (held.every(([width, to]) => positions[to] < 256 ** width)) fewest = Math.min(fewest, at)
  }
  return fewest
}

function errorOf(text: string): ZvmError {
  try {
    hexOf(text)
  } catch (error) {
    if (error instanceof ZvmError) return error
    throw error
  }
  throw new Error('was accepted')
}

function messageOf(text: string): string {
  return errorOf(text).message
}
