import { expect, test } from 'vitest'
import { bytesToBareHex, hexToBytes } from '../../src/core/hex.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { BLAKE2F } from './blake2f.ts'

const STATE =
  '48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5' +
  'd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b'
const BLOCK_ABC = '616263'.padEnd(256, '0')
const OFFSET_3 = '03'.padEnd(32, '0')

const input = (rounds: string, final: string) =>
  hexToBytes(rounds + STATE + BLOCK_ABC + OFFSET_3 + final, 'input')

function run(bytes: Uint8Array): string | null {
  const output = BLAKE2F.run(bytes, defaultCrypto)
  return output && bytesToBareHex(output)
}

test.each([
  // The vectors of EIP-152.
  [
    'no rounds',
    '00000000',
    '01',
    '08c9bcf367e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5d282e6ad7f520e511f6c3e2b8c68059b9442be0454267ce079217e1319cde05b',
  ],
  [
    'BLAKE2b of abc',
    '0000000c',
    '01',
    'ba80a53f981c4d0d6a2797b69f12f6e94c212f14685ac4b74b12bb6fdbffa2d17d87c5392aab792dc252d5de4533cc9518d38aa8dbf1925ab92386edd4009923',
  ],
  [
    'not the final block',
    '0000000c',
    '00',
    '75ab69d3190a562c51aef8d88f1c2775876944407270c42c9844252c26d2875298743e7f6d5ea2f2d3e8d226039cd31b4e426ac4f2d3d666a610c2116fde4735',
  ],
  [
    'one round',
    '00000001',
    '01',
    'b63a380cb2897d521994a85234ee2c181b5f844d2c624c002677e9703449d2fba551b3a8333bcdf5f2f7e08993d53923de3d64fcc68c034e717b9293fed7a421',
  ],
])('%s', (_, rounds, final, output) => {
  expect(run(input(rounds, final))).toBe(output)
})

test('a gas a round, read as big-endian', () => {
  expect(BLAKE2F.gas(input('00000000', '01'))).toBe(0)
  expect(BLAKE2F.gas(input('0000010c', '01'))).toBe(268)
  expect(BLAKE2F.gas(input('ffffffff', '01'))).toBe(2 ** 32 - 1)
})

test('fails on any other length and any other flag', () => {
  const valid = input('0000000c', '01')
  for (const bytes of [
    new Uint8Array(0),
    valid.subarray(1),
    valid.subarray(0, 212),
    Uint8Array.of(...valid, 0),
    input('0000000c', '02'),
    input('0000000c', 'ff'),
  ])
    expect(run(bytes)).toBeNull()
  expect(BLAKE2F.gas(new Uint8Array(0))).toBe(0)
})

test('reads an input that is a view into a larger buffer', () => {
  const valid = input('0000000c', '01')
  const buffer = new Uint8Array(500).fill(0xee)
  buffer.set(valid, 77)
  const view = buffer.subarray(77, 77 + 213)
  expect(BLAKE2F.gas(view)).toBe(12)
  expect(run(view)).toBe(run(valid))
})

test('state carries nothing over from an earlier, longer compression', () => {
  const first = run(input('0000000c', '01'))
  run(input('00000fff', '00'))
  expect(run(input('0000000c', '01'))).toBe(first)
})
