import { keccak256 } from 'ethereum-cryptography/keccak.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KECCAK_MODULE } from '../core/keccak-module.ts'
import { KECCAK_SCRATCH, KECCAK_SCRATCH_BYTES, keccakOver } from '../core/keccak-wasm.ts'
import { keccakModule } from './keccak.ts'

/** Bytes of a memory that has more than the page with the scratch at its end. */
const MEMORY_BYTES = 2 * 65_536

describe('the module that the core keeps', () => {
  it('is the one written here; else run `node scripts/run.mjs keccak-module`', () => {
    expect(KECCAK_MODULE).toBe(Buffer.from(keccakModule()).toString('base64'))
  })

  it('is small enough for a browser to compile at once', () => {
    expect(keccakModule().length).toBeLessThan(4096)
  })
})

describe('a hash of a range of memory', () => {
  const SCRATCH_END = KECCAK_SCRATCH + KECCAK_SCRATCH_BYTES
  const memory = new WebAssembly.Memory({ initial: 2 })
  const bytes = new Uint8Array(memory.buffer)
  const { hash } = keccakOver(memory)
  const start = fc.oneof(
    fc.nat({ max: KECCAK_SCRATCH - 1000 }),
    fc.integer({ min: SCRATCH_END, max: MEMORY_BYTES - 1000 }),
  )

  it('changes 32 bytes and the scratch, wherever they and the message lie', () => {
    fc.assert(
      fc.property(start, fc.nat({ max: 1000 }), start, fc.integer(), (address, size, out, seed) => {
        for (let i = 0; i < MEMORY_BYTES; i++)
          if (i < KECCAK_SCRATCH || i >= SCRATCH_END) bytes[i] = Math.imul(i ^ seed, 0x9e3779b1) >>> 24
        const expected = bytes.slice()
        expected.set(keccak256(bytes.slice(address, address + size)), out)
        hash(address, size, out)
        expected.set(bytes.subarray(KECCAK_SCRATCH, SCRATCH_END), KECCAK_SCRATCH)
        expect(Buffer.compare(bytes, expected)).toBe(0)
      }),
    )
  })

  it('takes the hash in place of the message', () => {
    for (const size of [32, 135, 136, 137, 500]) {
      const message = bytes.slice(1001, 1001 + size)
      hash(1001, size, 1001)
      expect(bytes.slice(1001, 1033)).toEqual(keccak256(message))
    }
  })

  it('reads to the last byte of memory and no further', () => {
    for (let size = 0; size < 300; size++) {
      const address = MEMORY_BYTES - size
      hash(address, size, 0)
      expect(bytes.slice(0, 32)).toEqual(keccak256(bytes.slice(address)))
      expect(() => hash(address + 1, size + 1, 0)).toThrow(/memory access out of bounds/)
    }
    expect(() => hash(0, 1, MEMORY_BYTES - 31)).toThrow(/memory access out of bounds/)
  })

  it('traps on a size or address of more than 2^31 bytes', () => {
    expect(() => hash(0, 0xffff_ffff, 0)).toThrow(/memory access out of bounds/)
    expect(() => hash(0xffff_fff0, 8, 0)).toThrow(/memory access out of bounds/)
  })

  it('hashes right after a trap', () => {
    expect(() => hash(MEMORY_BYTES - 200, 400, 0)).toThrow()
    hash(MEMORY_BYTES - 200, 200, 0)
    expect(bytes.slice(0, 32)).toEqual(keccak256(bytes.slice(MEMORY_BYTES - 200)))
  })
})
