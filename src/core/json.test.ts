import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ERROR_CODES, ZvmError } from './errors.ts'
import { parseJson } from './json.ts'
import { Members } from './members.ts'

function errorOf(action: () => unknown): ZvmError {
  try {
    action()
  } catch (error) {
    if (error instanceof ZvmError) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('parseJson', () => {
  it('reads what JSON.parse reads', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 8 }), fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent)
        expect(parseJson(text, 'a.json')).toEqual(JSON.parse(text))
        expect(parseJson(new TextEncoder().encode(text), 'a.json')).toEqual(JSON.parse(text))
      }),
    )
  })

  // Text, and the position where it stops being JSON.
  const broken: [string, number][] = [
    ['', 0],
    ['  ', 2],
    ['{', 1],
    ['[1', 2],
    ['"abc', 4],
    ['"abc\\"', 6],
    ['tru', 0],
    ['truex', 0],
    ['01', 0],
    ['1 2', 2],
    ['-', 0],
    ['1.', 0],
    ['+1', 0],
    ['NaN', 0],
    ["'a'", 0],
    ['[1,]', 3],
    ['[,1]', 1],
    ['[1}', 2],
    ['{"a":1,}', 7],
    ['{"a" 1}', 5],
    ['{"a":}', 5],
    ['{a:1}', 1],
    ['{"a":1]', 6],
    ['{"a":1}}', 7],
    ['"a\nb"', 2],
    ['"\\x"', 1],
    ['"\\u12g4"', 1],
    ['{"\\x":1}', 2],
    ['// no', 0],
  ]
  it.each(broken)('refuses %j and points at %i', (text, position) => {
    const error = errorOf(() => parseJson(text, 'a.json'))
    expect(error.code).toBe(ERROR_CODES.json)
    expect(error.message).toMatch(/^a\.json: .+\(line \d+, column \d+\)$/)
    expect(error.details).toMatchObject({ place: 'a.json', position })
  })

  it('points into any text that a stray character breaks, never past it', () => {
    fc.assert(
      fc.property(
        fc.jsonValue(),
        fc.nat(),
        fc.constantFrom('}', ']', ',', ':', '@', '\\'),
        (value, seed, stray) => {
          const text = JSON.stringify(value)
          const at = seed % (text.length + 1)
          const bad = text.slice(0, at) + stray + text.slice(at)
          let valid = true
          try {
            JSON.parse(bad)
          } catch {
            valid = false
          }
          fc.pre(!valid)
          const { position } = errorOf(() => parseJson(bad, 'a')).details as { position: number }
          // Everything before the position is the beginning of some JSON text, so it lies at or after the stray one
          // unless that one changed what the text before it means (`-1` to `-` and the like).
          expect(position).toBeLessThanOrEqual(bad.length)
          expect(position).toBeGreaterThanOrEqual(Math.max(0, at - wordBefore(text, at)))
        },
      ),
    )
  })

  it('counts lines and columns from one', () => {
    const error = errorOf(() => parseJson('{\n  "a": 1\n  "b": 2\n}', 'a.json'))
    expect(error.message).toBe('a.json: not JSON: unexpected "\\"" (line 3, column 3)')
  })

  it('refuses nesting over the limit before parsing, and allows it up to the limit', () => {
    const nested = (depth: number) => '[{"a":'.repeat(depth / 2) + '1' + '}]'.repeat(depth / 2)
    expect(() => parseJson(nested(64), 'a.json')).not.toThrow()
    expect(errorOf(() => parseJson(nested(66), 'a.json')).message).toContain('nested deeper than 64 levels')
    const bomb = errorOf(() => parseJson('['.repeat(5_000_000), 'bomb.json'))
    expect(bomb.details).toMatchObject({ position: 64 })
  })

  it('does not count brackets inside strings', () => {
    const text = JSON.stringify(['[[[[', '\\"[[[[', '\\', '{{{{'])
    expect(parseJson(text, 'a.json', { maxDepth: 1 })).toEqual(JSON.parse(text))
  })

  it('keeps integers that no number holds, where they are asked for', () => {
    const text = String.raw`{"12345678901234567890":[58750000000000000000000,9007199254740991,9007199254740992],
      "s":"\\\" 12345678901234567890","f":1.12345678901234567890,"e":1e22,"n":[-9007199254740993]}`
    expect(parseJson(text, 'a.json', { exactIntegers: true })).toEqual({
      ...{ '12345678901234567890': ['58750000000000000000000', 9007199254740991, '9007199254740992'] },
      ...{ s: '\\" 12345678901234567890', f: 1.1234567890123457, e: 1e22 },
      n: ['-9007199254740993'],
    })
    expect(parseJson(text, 'a.json')).toEqual(JSON.parse(text))
    const key = '{12345678901234567890:1}'
    expect(errorOf(() => parseJson(key, 'a.json', { exactIntegers: true })).message).toMatch(/column 2/)
    const digits = '1'.repeat(100_000)
    expect(parseJson(digits, 'a.json', { exactIntegers: true })).toBe(digits)
  })

  it('refuses text over the size limit and bytes that are not UTF-8', () => {
    expect(errorOf(() => parseJson('[1,2]', 'a.json', { maxBytes: 4 })).message).toBe(
      'a.json: longer than 4 bytes',
    )
    const error = errorOf(() => parseJson(Uint8Array.of(0x22, 0xff, 0x22), 'a.json'))
    expect([error.code, error.message]).toEqual([ERROR_CODES.json, 'a.json: not UTF-8'])
  })

  it('refuses a key that is there before, where keys must differ', () => {
    const read = (text: string) => parseJson(text, 'a.json', { uniqueKeys: true })
    for (const [text, column] of [
      ['{"a":1,"a":2}', 8],
      ['[{"b":{"a":"a"}},{"a":[],"b":{},"\\u0061":2}]', 33],
      ['{"__proto__":1,"__proto__":2}', 16],
    ] as const)
      expect(errorOf(() => read(text)).message).toBe(
        `a.json: a key that is there before (line 1, column ${column})`,
      )
    const text = JSON.stringify({ a: { a: ['a', 'a', { a: 'a' }] }, b: 'a', c: '\\', d: '","a":"' })
    expect(read(text)).toEqual(JSON.parse(text))
    expect(parseJson('{"a":1,"a":2}', 'a.json')).toEqual({ a: 2 })
  })

  it('gives __proto__ no power', () => {
    const value = parseJson('{"__proto__": {"polluted": "yes"}}', 'a.json')
    expect(Object.keys(value as object)).toEqual(['__proto__'])
    expect((value as { polluted?: string }).polluted).toBeUndefined()
    expect(({} as { polluted?: string }).polluted).toBeUndefined()
  })
})

/** Length of the number, word or escape that ends at `at`: a stray character can make its beginning the error. */
function wordBefore(text: string, at: number): number {
  return /[\w.+\\-]*$/.exec(text.slice(0, at))![0].length
}

describe('Members', () => {
  const text = (value: unknown, place: string) => {
    if (typeof value !== 'string') throw new ZvmError(ERROR_CODES.value, `${place}: not text`, { place })
    return value
  }

  it('takes members by name and refuses those nobody took', () => {
    const members = new Members(parseJson('{"a":"1","b":"2"}', 'x'), 'f.json: tx')
    expect([members.required('a', text), members.optional('c', text)]).toEqual(['1', undefined])
    expect(errorOf(() => members.done()).message).toBe('f.json: tx.b: unknown member')
    expect(members.optional('b', text)).toBe('2')
    members.done()
  })

  it.each([
    [null, 'tx: not an object (null)'],
    [[], 'tx: not an object (array)'],
    ['a', 'tx: not an object (string)'],
    [{}, 'tx.a: missing'],
    [{ a: 1 }, 'tx.a: not text'],
  ])('refuses %j: %s', (value, message) => {
    expect(errorOf(() => new Members(value, 'tx').required('a', text)).message).toBe(message)
  })

  it('sees no inherited member', () => {
    const members = new Members(parseJson('{"__proto__":{"a":"1"}}', 'x'), 'tx')
    expect(members.optional('a', text)).toBeUndefined()
    expect(members.optional('toString', text)).toBeUndefined()
    expect(errorOf(() => members.done()).message).toBe('tx.__proto__: unknown member')
  })
})
