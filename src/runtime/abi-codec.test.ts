import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bytesToBareHex, bytesToHex, hexToBytes } from '../core/hex.ts'
import { type AbiValue, decodeCall, decodeValues, encodeCall, encodeValues } from './abi-codec.ts'
import { readAbi } from './contract-abi.ts'

const parameters = (...types: string[]) => types.map((type) => ({ name: '', type }))
const word = (value: bigint) => BigInt.asUintN(256, value).toString(16).padStart(64, '0')
const target = (name: string, types: string[], outputs: string[] = []) =>
  readAbi({
    contract: 'C',
    functions: [{ name, inputs: parameters(...types), outputs: parameters(...outputs) }],
  }).functions[0]

describe('calldata', () => {
  // The examples of the Solidity ABI specification.
  it.each<[name: string, types: string[], values: AbiValue[], hex: string]>([
    ['baz', ['uint32', 'bool'], [69, true], `cdcd77c0${word(69n)}${word(1n)}`],
    [
      'bar',
      ['bytes3[2]'],
      [['0x616263', '0x646566']],
      `fce353f6${'616263'.padEnd(64, '0')}${'646566'.padEnd(64, '0')}`,
    ],
    [
      'sam',
      ['bytes', 'bool', 'uint256[]'],
      ['0x64617665', true, [1, '0x2', '3']],
      `a5643bf2${word(96n)}${word(1n)}${word(160n)}${word(4n)}${'64617665'.padEnd(64, '0')}${[3n, 1n, 2n, 3n].map(word).join('')}`,
    ],
    // A type of zvm's own is the word that Ethereum's is; the selector is its own.
    ['deposit', ['u64'], [2n ** 64n - 1n], `08ec3a6f${word(2n ** 64n - 1n)}`],
  ])('is %s%s', async (name, types, values, hex) => {
    const calldata = await encodeCall(target(name, types), values)
    expect(bytesToBareHex(calldata)).toBe(hex)
    const decoded = await decodeCall(target(name, types), calldata)
    expect(await encodeCall(target(name, types), decoded)).toEqual(calldata)
  })

  it('is refused under the selector of another function', async () => {
    const calldata = await encodeCall(target('f', ['u8']), [1])
    await expect(decodeCall(target('g', ['u8']), calldata)).rejects.toThrow(/^calldata: the selector is 0x/)
    await expect(decodeCall(target('g', []), new Uint8Array(2))).rejects.toThrow('the selector is 0x0000')
  })
})

describe('values', () => {
  it.each<[type: string, value: AbiValue, hex: string]>([
    ['i64', -1, word(-1n)],
    ['i256', `-${2n ** 255n}`, word(2n ** 255n)],
    ['int8', -128n, word(-128n)],
    ['Address', `0x${'Ab'.repeat(20)}`, 'ab'.repeat(20).padStart(64, '0')],
    ['bytes32', `0x${'01'.repeat(32)}`, '01'.repeat(32)],
    ['String', 'é', `${word(32n)}${word(2n)}${'c3a9'.padEnd(64, '0')}`],
    [
      '(u8,bool)[2]',
      [
        [1, true],
        [2, false],
      ],
      `${word(1n)}${word(1n)}${word(2n)}${word(0n)}`,
    ],
    ['u8[][]', [[1], []], [32n, 2n, 64n, 128n, 1n, 1n, 0n].map(word).join('')],
  ])('of %s: %s', async (type, value, hex) => {
    expect(bytesToBareHex(await encodeValues(parameters(type), [value]))).toBe(hex)
  })

  it.each<[type: string, value: unknown, what: string | RegExp]>([
    ['u64', 2n ** 64n, /^arguments\[0\]: not an unsigned integer of 64 bits/],
    ['u8', -1, /^arguments\[0\]: not an unsigned integer/],
    ['u8', '1.5', /^arguments\[0\]: not an unsigned integer/],
    ['u8', '0x', /^arguments\[0\]: not an unsigned integer/],
    ['i8', '-0x', /^arguments\[0\]: not an unsigned integer/],
    ['i8', 128, 'arguments[0]: beyond int8'],
    ['i8', '--1', /^arguments\[0\]: not an unsigned integer/],
    ['bool', 'true', 'arguments[0]: not true or false'],
    ['string', 5, 'arguments[0]: not a text'],
    ['address', '0x12', /^arguments\[0\]: not an address of 20 bytes/],
    ['bytes4', '0x12', 'arguments[0]: 1 bytes, for bytes4'],
    ['bytes', 'zz', /^arguments\[0\]: not hex/],
    ['u8[]', 5, 'arguments[0]: not a list, for uint8[]'],
    ['u8[2]', [1], 'arguments[0]: 1 elements, 2 wanted'],
    ['u8[][]', [[1], [256]], /^arguments\[0\]\[1\]\[0\]: not an unsigned integer of 8 bits/],
    ['(u8,u8)', [1], 'arguments[0]: not a list of 2 members'],
    ['Foo', 1, 'parameter 0: the type Foo has no encoding'],
    ['u7', 1, 'parameter 0: the type u7 has no encoding'],
    ['u264', 1, 'parameter 0: the type u264 has no encoding'],
    ['bytes33', 1, 'parameter 0: the type bytes33 has no encoding'],
    ['Option<u8>[]', 1, 'parameter 0: the type Option<u8>[] has no encoding'],
    ['u8[65535][65535]', [], 'parameter 0: the type u8[65535][65535] is too large to encode'],
  ])('of %s refuse %s', async (type, value, what) => {
    await expect(encodeValues(parameters(type), [value])).rejects.toThrow(
      expect.objectContaining({
        code: 'VALUE',
        message: typeof what === 'string' ? what : expect.stringMatching(what),
      }),
    )
  })

  it('are as many as the parameters', async () => {
    await expect(encodeValues(parameters('u8'), [])).rejects.toThrow('arguments: 0 given, 1 wanted')
  })

  it('are read back as they were written', async () => {
    const uint = (bits: number) => fc.bigInt({ min: 0n, max: 2n ** BigInt(bits) - 1n })
    const sized = (size: number) => fc.uint8Array({ minLength: size, maxLength: size }).map(bytesToHex)
    const leaf: [string, fc.Arbitrary<AbiValue>][] = [
      ...[8, 64, 128, 256].map((bits): [string, fc.Arbitrary<AbiValue>] => [`u${bits}`, uint(bits)]),
      ['i64', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
      ['bool', fc.boolean()],
      ['Address', sized(20)],
      ['bytes7', sized(7)],
      ['bytes', fc.uint8Array({ maxLength: 70 }).map(bytesToHex)],
      ['string', fc.string({ unit: 'grapheme', maxLength: 40 })],
    ]
    const typed = fc
      .constantFrom(...leaf)
      .chain(([type, values]) =>
        fc.oneof(
          fc.record({ type: fc.constant(type), value: values }),
          fc.record({ type: fc.constant(`${type}[]`), value: fc.array(values, { maxLength: 3 }) }),
          fc.record({ type: fc.constant(`(${type},u8)[1]`), value: values.map((each) => [[each, 7n]]) }),
        ),
      )
    await fc.assert(
      fc.asyncProperty(fc.array(typed, { maxLength: 4 }), async (all) => {
        const [types, values] = [parameters(...all.map(({ type }) => type)), all.map(({ value }) => value)]
        const bytes = await encodeValues(types, values)
        expect(await decodeValues(types, bytes)).toEqual(values)
      }),
    )
  })

  it.each([
    ['u64', '', 'ABI data: '],
    ['u64', word(2n ** 64n), 'values[0]: not an unsigned integer of 64 bits'],
    ['i8', word(128n), 'values[0]: beyond int8'],
    ['bool', word(2n), 'ABI data: '],
    ['bytes', word(2n ** 255n), 'ABI data: '],
    ['u8[]', word(32n) + word(2n ** 40n), 'ABI data: '],
  ])('of %s are refused in %j', async (type, hex, what) => {
    const decoding = decodeValues(parameters(type), hexToBytes(hex, 'test'))
    await expect(decoding).rejects.toThrow(
      expect.objectContaining({ code: 'VALUE', message: expect.stringContaining(what) }),
    )
  })
})
