import { describe, expect, it } from 'vitest'
import { ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes } from '../core/hex.ts'
import { encodeContainer, isContainer, readContainer, TARGETS } from './container.ts'
import { abiToJson, readAbi } from './contract-abi.ts'

const bytes = (hex: string) => hexToBytes(hex.replace(/ /g, ''), 'test')
const json = (text: string) => new TextEncoder().encode(text)

/** Code 0102 and no ABI, written out by hand. */
const PLAIN = '5a564d43 01 01 00 00 02000000 00000000 0102'

/** A container with this text as ABI and two bytes of code. */
const withAbi = (text: string) => encodeContainer('zvm', Uint8Array.of(1, 2), json(text))

describe('containers', () => {
  it('are read and written', () => {
    const { target, code, abi, abiJson } = readContainer(bytes(PLAIN), 'c.zvm')
    expect([target, bytesToHex(code), abi, abiJson.length]).toEqual(['evm', '0x0102', null, 0])
    expect(encodeContainer('evm', code, abiJson)).toEqual(bytes(PLAIN))
    const abiText = abiToJson(readAbi({ contract: 'C', capabilities: ['log'] }))
    for (const each of TARGETS) {
      const encoded = encodeContainer(each, new Uint8Array(0), abiText)
      const read = readContainer(encoded, 'c.zvm')
      expect([read.target, read.code.length, read.abi?.contract]).toEqual([each, 0, 'C'])
      expect(encodeContainer(read.target, read.code, read.abiJson)).toEqual(encoded)
    }
  })

  it('keep an ABI as it was written', () => {
    const encoded = withAbi(' {"contract":"C"}\n')
    const { abiJson, abi, code, target } = readContainer(encoded, 'c.zvm')
    expect(encodeContainer(target, code, abiJson)).toEqual(encoded)
    expect(new TextDecoder().decode(abiToJson(abi!))).toBe(
      '{"contract":"C","functions":[],"events":[],"state_variables":[],"tables":[],"capabilities":[]}',
    )
  })

  it('are read from the midst of a buffer', () => {
    const buffer = new Uint8Array([9, 9, ...bytes(PLAIN), 9])
    expect(readContainer(buffer.subarray(2, buffer.length - 1), 'c.zvm').code).toEqual(Uint8Array.of(1, 2))
  })

  it('are told by their first four bytes', () => {
    expect(['', '5a564d', '5a564d44', '005a564d43'].map((hex) => isContainer(bytes(hex)))).toEqual(
      new Array(4).fill(false),
    )
    expect(isContainer(bytes('5a564d43'))).toBe(true)
  })

  it.each([
    ['nothing', '', 0, 'too short: the header has 16 bytes'],
    ['a part of a header', '5a564d43 01 00 00 00 000000', 11, 'too short: the header has 16 bytes'],
    [
      'another magic',
      PLAIN.replace('4d43', '4d44'),
      3,
      'bad magic: a container begins with 5a564d43, "ZVMC"',
    ],
    ['version 0', '5a564d43 00 01 00 00 02000000 00000000 0102', 4, 'bad version 0; known: 1'],
    ['version 2', '5a564d43 02 01 00 00 02000000 00000000 0102', 4, 'bad version 2; known: 1'],
    [
      'target 3',
      '5a564d43 01 03 00 00 02000000 00000000 0102',
      5,
      'unknown target 3; known: 0 zvm, 1 evm, 2 wasm-lite',
    ],
    ['flags', '5a564d43 01 01 80 00 02000000 00000000 0102', 6, 'flags 128; must be 0'],
    ['the reserved byte', '5a564d43 01 01 00 01 02000000 00000000 0102', 7, 'reserved 1; must be 0'],
    [
      'code cut short',
      '5a564d43 01 01 00 00 03000000 00000000 0102',
      18,
      'truncated: 3 bytes of code and 0 of ABI end at byte 19',
    ],
    [
      'an ABI cut short',
      '5a564d43 01 01 00 00 02000000 01000000 0102',
      18,
      'truncated: 2 bytes of code and 1 of ABI end at byte 19',
    ],
    [
      'sizes in the other order of bytes',
      '5a564d43 01 01 00 00 00000002 00000000 0102',
      8,
      'code of 33554432 bytes; at most 16777216',
    ],
    [
      'the largest sizes',
      '5a564d43 01 01 00 00 00000000 ffffffff 0102',
      12,
      'ABI of 4294967295 bytes; at most 1048576',
    ],
    ['trailing bytes', '5a564d43 01 01 00 00 01000000 00000000 0102', 17, '1 trailing bytes'],
  ])('are refused for %s', (_, hex, offset, what) => {
    expect(() => readContainer(bytes(hex), 'c.zvm')).toThrow(
      expect.objectContaining({
        code: 'VALUE',
        message: `c.zvm: byte ${offset}: ${what}`,
        details: { place: 'c.zvm', offset },
      }),
    )
  })

  it.each([
    ['{', 'JSON', 'abi: JSON ends too early (line 1, column 2)'],
    ['{"contract":"C","contract":"D"}', 'JSON', 'abi: a key that is there before (line 1, column 17)'],
    ['{}}', 'JSON', 'abi: not JSON: unexpected "}" (line 1, column 3)'],
    ['\u00a0', 'JSON', 'abi: not JSON: unexpected "\u00a0" (line 1, column 1)'],
    ['['.repeat(9), 'JSON', 'abi: nested deeper than 8 levels (line 1, column 9)'],
    ['[]', 'VALUE', 'abi: not an object (array)'],
    ['{}', 'VALUE', 'abi.contract: missing'],
    [
      '{"contract":"C","functions":[{"name":"f"},{"name":"g","selector":"0x12"}]}',
      'VALUE',
      'abi.functions[1].selector: not 4 bytes of hex ("0x12")',
    ],
  ])('are refused for the ABI %j', (text, code, what) => {
    expect(() => readContainer(withAbi(text), 'c.zvm')).toThrow(
      expect.objectContaining({
        code,
        message: `c.zvm: byte 18: ${what}`,
        details: expect.objectContaining({ place: 'c.zvm', offset: 18 }),
      }),
    )
  })

  it('are refused for an ABI that is not UTF-8', () => {
    const encoded = encodeContainer('zvm', new Uint8Array(0), Uint8Array.of(0x22, 0xff, 0x22))
    expect(() => readContainer(encoded, 'c.zvm')).toThrow('c.zvm: byte 16: abi: not UTF-8')
  })

  it('are not written larger than they are read', () => {
    const large = new Uint8Array(2 ** 24 + 1)
    expect(() => encodeContainer('zvm', large, new Uint8Array(0))).toThrow(ZvmError)
    expect(() => encodeContainer('zvm', new Uint8Array(0), large)).toThrow(ZvmError)
  })
})
