import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToHex } from '../core/hex.ts'
import { blake2f } from './blake2f.ts'

/** First state of BLAKE2b with 64 bytes of output and no key (RFC 7693, 3.3): the IV, its first word changed. */
const FIRST_STATE = Buffer.from(
  '48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5' +
    'd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b',
  'hex',
)

/** BLAKE2b-512 of a message, built from F alone. */
function blake2b(message: Uint8Array): string {
  const blocks = Math.max(1, Math.ceil(message.length / 128))
  let state: Uint8Array = FIRST_STATE
  for (let i = 0; i < blocks; i++) {
    const block = new Uint8Array(128)
    block.set(message.subarray(128 * i, 128 * (i + 1)))
    const offset = new Uint8Array(16)
    new DataView(offset.buffer).setUint32(0, Math.min(message.length, 128 * (i + 1)), true)
    state = blake2f(12, state, block, offset, i === blocks - 1)
  }
  return bytesToHex(state)
}

test('twelve rounds make the BLAKE2b of OpenSSL, over one block and several', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 400 }), (message) => {
      expect(blake2b(message)).toBe(`0x${createHash('blake2b512').update(message).digest('hex')}`)
    }),
    { numRuns: 200 },
  )
})

test('reads both halves of the offset and leaves its arguments alone', () => {
  const block = Uint8Array.from({ length: 128 }, (_, i) => i)
  const offsets = [0, 7, 8, 15].map((at) => new Uint8Array(16).fill(1, at, at + 1))
  const outputs = offsets.map((offset) => bytesToHex(blake2f(12, FIRST_STATE, block, offset, false)))
  expect(new Set(outputs).size).toBe(4)
  expect(block[127]).toBe(127)
  expect(FIRST_STATE[0]).toBe(0x48)
})
