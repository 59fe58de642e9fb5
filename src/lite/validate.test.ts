import { describe, expect, it } from 'vitest'
import { ZvmError } from '../core/errors.ts'
import { readModule } from './decode.ts'
import { Refusal, refusalError } from './fault.ts'

const HEADER = [0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]
const leb = (value: number): number[] =>
  value < 0x80 ? [value] : [0x80 | (value & 0x7f), ...leb(value >>> 7)]
const sized = (id: number, content: readonly number[]) => [id, ...leb(content.length), ...content]
const section = (id: number, ...content: number[]) => sized(id, content)
const repeated = (count: number, item: readonly number[]) => new Array(count).fill(item).flat() as number[]
const listed = (id: number, count: number, item: readonly number[]) =>
  sized(id, [...leb(count), ...repeated(count, item)])
const moduleOf = (...sections: number[][]) => Uint8Array.from([...HEADER, ...sections.flat()])

/** One function without parameters and results, in a module with a page of memory and a table. */
const functionOf = (...code: number[]) =>
  moduleOf(
    section(1, 1, 0x60, 0, 0),
    section(3, 1, 0),
    section(4, 1, 0x70, 0, 1),
    section(5, 1, 0, 1),
    section(10, 1, code.length + 2, 0, ...code, 0x0b),
  )

/** The same of any length, with neither memory nor table. */
const one = (code: readonly number[]) =>
  moduleOf(
    section(1, 1, 0x60, 0, 0),
    section(3, 1, 0),
    sized(10, [1, ...leb(code.length + 2), 0, ...code, 0x0b]),
  )

/** Where the first instruction of `functionOf` lies. */
const CODE_AT = 8 + 6 + 4 + 6 + 5 + 5

function refusalOf(bytes: Uint8Array): string | null {
  try {
    readModule(bytes)
    return null
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    return `${error.section} ${error.offset} ${error.rule}`
  }
}

describe('the validator', () => {
  it.each([
    ['nothing', moduleOf(), null],
    ['a custom section', moduleOf(section(0, 1, 0x61, 1, 2, 3)), null],
    ['other magic', Uint8Array.of(0, 0x61, 0x73, 0x6e, 1, 0, 0, 0), 'header 0 malformed'],
    ['another version', Uint8Array.of(0, 0x61, 0x73, 0x6d, 2, 0, 0, 0), 'header 0 malformed'],
    [
      'too many bytes',
      moduleOf([0, ...[0x80, 0x80, 0x10], 0], new Array(262144).fill(0)),
      'header 262144 module-size',
    ],
    ['an f32 among parameters', moduleOf(section(1, 1, 0x60, 1, 0x7d, 0)), 'type 13 float'],
    ['two results', moduleOf(section(1, 1, 0x60, 0, 2, 0x7f, 0x7f)), 'type 13 multi-value'],
    [
      'an import of another module',
      moduleOf(section(1, 1, 0x60, 0, 0), section(2, 1, 1, 0x61, 1, 0x62, 0, 0)),
      'import 17 import',
    ],
    [
      'a memory from outside',
      moduleOf(section(2, 1, 3, 0x7a, 0x76, 0x6d, 1, 0x62, 2, 0, 1)),
      'import 11 import',
    ],
    [
      'a start function',
      moduleOf(section(1, 1, 0x60, 0, 0), section(3, 1, 0), section(8, 0)),
      'start 20 start',
    ],
    ['two memories', moduleOf(section(5, 2, 0, 1, 0, 1)), 'memory 13 multi-memory'],
    ['a shared memory', moduleOf(section(5, 1, 3, 1, 1)), 'memory 11 threads'],
    ['a memory of 64 bits', moduleOf(section(5, 1, 4, 1)), 'memory 11 multi-memory'],
    ['1,025 pages', moduleOf(section(5, 1, 0, 0x81, 0x08)), 'memory 11 memory-size'],
    ['1,024 pages', moduleOf(section(5, 1, 0, 0x80, 0x08)), null],
    ['a most below the least', moduleOf(section(5, 1, 1, 2, 1)), 'memory 11 limits'],
    ['two tables', moduleOf(section(4, 2, 0x70, 0, 1, 0x70, 0, 1)), 'table 14 reference-types'],
    ['a table of externref', moduleOf(section(4, 1, 0x6f, 0, 1)), 'table 11 reference-types'],
    [
      'a global of f64',
      moduleOf(section(6, 1, 0x7c, 0, 0x44, 0, 0, 0, 0, 0, 0, 0, 0, 0x0b)),
      'global 11 float',
    ],
    [
      'a sum as constant',
      moduleOf(section(6, 1, 0x7f, 0, 0x41, 1, 0x41, 1, 0x6a, 0x0b)),
      'global 15 extended-constant',
    ],
    ['an i64 for an i32', moduleOf(section(6, 1, 0x7f, 0, 0x42, 1, 0x0b)), 'global 13 type'],
    ['sections out of order', moduleOf(section(5, 0), section(4, 0)), 'table 11 malformed'],
    [
      'a name of metering',
      moduleOf(section(5, 1, 0, 1), section(7, 1, 5, ...new TextEncoder().encode('zvm.x'), 2, 0)),
      'export 16 reserved-export',
    ],
    [
      'one name for two exports',
      moduleOf(section(5, 1, 0, 1), section(7, 2, 1, 0x61, 2, 0, 1, 0x61, 2, 0)),
      'export 20 export-name',
    ],
    ['a function without body', moduleOf(section(1, 1, 0x60, 0, 0), section(3, 1, 0)), 'module 18 malformed'],
  ] as const)('of %s', (_, bytes, expected) => {
    expect(refusalOf(bytes)).toBe(expected)
  })

  it.each([
    ['f32.const', [0x43, 0, 0, 0, 0, 0x1a], 'float'],
    ['f64.add', [0x01, 0xa0], 'float', 1],
    ['i32.trunc_sat_f32_s', [0xfc, 0x00], 'float'],
    ['v128.load', [0xfd, 0x00], 'simd'],
    ['atomic.fence', [0xfe, 0x03], 'threads'],
    ['ref.null', [0xd0, 0x70], 'reference-types'],
    ['table.grow', [0xfc, 0x0f, 0], 'reference-types'],
    ['return_call', [0x12, 0], 'instruction'],
    ['try', [0x06, 0x40], 'instruction'],
    ['a block of its own type', [0x02, 0x00, 0x0b], 'multi-value', 1],
    ['a block of f32', [0x02, 0x7d, 0x0b], 'float', 1],
    ['else without if', [0x05], 'control'],
    ['i32.add of nothing', [0x6a], 'type'],
    ['an operand too many', [0x41, 0], 'type', 2],
    ['a label that is not there', [0x0c, 1], 'index', 1],
    ['a local that is not there', [0x20, 0, 0x1a], 'index', 1],
    ['a function that is not there', [0x10, 1], 'index', 1],
    ['an alignment of 8 bytes for 4', [0x41, 0, 0x28, 3, 0, 0x1a], 'alignment', 2],
    ['another memory', [0x41, 0, 0x40, 1, 0x1a], 'multi-memory', 3],
    ['memory.init without a count', [0x41, 0, 0x41, 0, 0x41, 0, 0xfc, 0x08, 0, 0], 'data-count', 6],
    ['a constant of 33 bits', [0x41, 0xff, 0xff, 0xff, 0xff, 0x1f, 0x1a], 'malformed', 1],
    ['9,000 locals', null, 'frame-size'],
  ] as readonly [string, number[] | null, string, number?][])(
    '%s is refused where it stands',
    (_, code, rule, behind = 0) => {
      const bytes =
        code === null
          ? moduleOf(
              section(1, 1, 0x60, 0, 0),
              section(3, 1, 0),
              section(10, 1, 6, 1, ...[0xa8, 0x46], 0x7f, 0x0b, 0x0b),
            )
          : functionOf(...code)
      const at = code === null ? 23 : CODE_AT + behind
      expect(refusalOf(bytes)).toBe(`code ${at} ${rule}`)
    },
  )

  it.each([
    [
      'parameters',
      1000,
      'type 13',
      (n: number) => moduleOf(sized(1, [1, 0x60, ...leb(n), ...repeated(n, [0x7f]), 0])),
    ],
    ['labels', 65_520, 'code 30', (n: number) => one([0x41, 0, 0x0e, ...leb(n), ...repeated(n + 1, [0])])],
    ['data segments', 100_000, 'data 12', (n: number) => moduleOf(listed(11, n, [1, 0]))],
    [
      'bytes of a name',
      100_000,
      'export 18',
      (n: number) => moduleOf(section(5, 1, 0, 1), sized(7, [1, ...leb(n), ...repeated(n, [0x61]), 2, 0])),
    ],
  ] as const)('takes so many %s as every host: %i', (_, most, place, make) => {
    const widest = make(most)
    expect([refusalOf(widest), WebAssembly.validate(widest)]).toEqual([null, true])
    expect(refusalOf(make(most + 1))).toBe(`${place} host-limit`)
  })

  it('takes no more room for locals than the bytes that declare them', () => {
    const count = 30_000
    const bytes = moduleOf(
      section(1, 1, 0x60, 0, 0),
      listed(3, count, [0]),
      listed(10, count, [5, 1, ...leb(8176), 0x7f, 0x0b]),
    )
    const { bodies } = readModule(bytes)
    expect(bodies[0]).toMatchObject({ localCount: 8176, locals: [{ count: 8176, type: 'i32' }] })
    expect(bodies.flatMap(({ locals }) => locals)).toHaveLength(count)
  })

  it('agrees with the host where it is the standard that forbids', () => {
    for (const code of [[0x6a], [0x41, 0], [0x05], [0x0c, 1], [0x41, 0, 0x28, 3, 0, 0x1a]])
      expect([refusalOf(functionOf(...code)) === null, WebAssembly.validate(functionOf(...code))]).toEqual([
        false,
        false,
      ])
    const sound = functionOf(0x41, 0, 0x41, 1, 0x36, 2, 0)
    expect([refusalOf(sound), WebAssembly.validate(sound)]).toEqual([null, true])
  })

  it('tells rule, section and offset to people and programs', () => {
    const refusal = new Refusal('float', 'code', 93, 'the instruction 0x92')
    const error = refusalError(refusal, 'a.wasm')
    expect(error).toBeInstanceOf(ZvmError)
    expect(error.message).toBe('a.wasm: code section, byte 93: float: the instruction 0x92')
    expect(error.details).toMatchObject({ rule: 'float', section: 'code', offset: 93 })
  })
})
