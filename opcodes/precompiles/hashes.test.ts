import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { bytesToBareHex } from '../../src/core/hex.ts'
import type { Precompile } from '../../src/core/precompile.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { IDENTITY } from './identity.ts'
import { RIPEMD160 } from './ripemd160.ts'
import { SHA256 } from './sha256.ts'

const run = (precompile: Precompile, input: Uint8Array) =>
  bytesToBareHex(precompile.run(input, defaultCrypto)!)

test('SHA256 and RIPEMD160 agree with OpenSSL', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (data) => {
      expect(run(SHA256, data)).toBe(createHash('sha256').update(data).digest('hex'))
      expect(run(RIPEMD160, data)).toBe(createHash('ripemd160').update(data).digest('hex').padStart(64, '0'))
    }),
    { numRuns: 200 },
  )
})

test.each([
  [SHA256, [60, 72, 72, 84]],
  [RIPEMD160, [600, 720, 720, 840]],
  [IDENTITY, [15, 18, 18, 21]],
])('$name charges for every word begun', (precompile, gas) => {
  expect([0, 1, 32, 33].map((size) => precompile.gas(new Uint8Array(size)))).toEqual(gas)
})

test('IDENTITY copies: writing the input afterwards leaves the output (CVE-2020-26241)', () => {
  const memory = Uint8Array.of(9, 1, 2, 3, 9)
  const output = IDENTITY.run(memory.subarray(1, 4), defaultCrypto)!
  memory.fill(0)
  expect(output).toEqual(Uint8Array.of(1, 2, 3))
  expect(output.buffer).not.toBe(memory.buffer)
  // A caller that keeps the output must not keep all of memory with it.
  expect(output.buffer.byteLength).toBe(3)
  expect(IDENTITY.run(new Uint8Array(0), defaultCrypto)).toEqual(new Uint8Array(0))
})
