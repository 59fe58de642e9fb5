import { keccak256 } from 'ethereum-cryptography/keccak.js'
import { describe, expect, it } from 'vitest'
import { keccakOver } from '../core/keccak-wasm.ts'
import { HASH, writeHash } from './hash-cache.ts'
import { FIRST_PAGES, HASHES_BITS, PROGRAMS } from './layout.ts'
import { ModuleBuilder } from './module.ts'

/** Each several times, in an order in which many have lost their place meanwhile. */
const COUNT = 12 << HASHES_BITS

const module = new ModuleBuilder()
const imported = { keccak: module.importFunction('keccak', HASH) }
const body = module.function(HASH)
writeHash(body, imported)
module.export('hash', body)
const memory = new WebAssembly.Memory({ initial: FIRST_PAGES })
const code = new WebAssembly.Module(module.build(FIRST_PAGES) as Uint8Array<ArrayBuffer>)
let taken = 0
const functions = keccakOver(memory)
const keccak = (address: number, sizeBytes: number, out: number) => {
  taken++
  functions.hash(address, sizeBytes, out)
}
const { exports } = new WebAssembly.Instance(code, { env: { memory, keccak } })
const hash = exports.hash as (address: number, sizeBytes: number, out: number) => void

/** Hashes a message that lies in memory. */
function hashOf(message: Uint8Array): Buffer {
  const bytes = new Uint8Array(memory.buffer, PROGRAMS, 256)
  bytes.set(message)
  hash(PROGRAMS, message.length, PROGRAMS + 160)
  return Buffer.from(bytes.subarray(160, 192))
}

/** Zeros but for one byte or two: messages that differ in a single bit, in every limb. */
function message(n: number, sizeBytes = 64): Uint8Array {
  const bytes = new Uint8Array(sizeBytes)
  if (n > 0) bytes[(n >> 3) % sizeBytes] ^= 1 << (n & 7)
  if (n > 512) bytes[(n * 7) % sizeBytes] ^= n >> 9
  return bytes
}

describe('a hash', () => {
  it('of 64 bytes is right whether it was kept or not, the zeros first', () => {
    for (let i = 0; i < COUNT; i++) {
      const bytes = message(((i % 5) * i) % 3000)
      if (!hashOf(bytes).equals(keccak256(bytes))) expect.unreachable(`message ${i}`)
    }
    expect(taken).toBeGreaterThan(COUNT / 10)
    expect(taken).toBeLessThan((COUNT * 9) / 10)
  })

  it('of the message before is kept', () => {
    const before = taken
    const bytes = message(77)
    for (let i = 0; i < 10; i++) expect(hashOf(bytes).equals(keccak256(bytes))).toBe(true)
    expect(taken - before).toBeLessThanOrEqual(1)
  })

  it('of any other size is right, a message of 64 bytes having begun alike', () => {
    hashOf(message(5))
    for (const size of [0, 1, 32, 63, 65, 96, 128, 136])
      expect(hashOf(message(size > 0 ? 5 : 0, size)).equals(keccak256(message(size > 0 ? 5 : 0, size)))).toBe(
        true,
      )
  })
})
