import { keccak256 } from 'ethereum-cryptography/keccak.js'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KECCAK_MODULE } from '../core/keccak-module.ts'
import { KECCAK_SCRATCH_BYTES, keccakModule, writeKeccak } from './keccak.ts'
import { ModuleBuilder } from './module.ts'

const PAGE_BYTES = 65_536

/** A function (address, size, out) in a module whose memory holds more than it. */
function instantiate(scratch: number) {
  const module = new ModuleBuilder()
  module.export('hash', writeKeccak(module, scratch))
  const memory = new WebAssembly.Memory({ initial: 1 })
  const { exports } = new WebAssembly.Instance(
    new WebAssembly.Module(module.build(1) as Uint8Array<ArrayBuffer>),
    {
      env: { memory },
    },
  )
  return {
    bytes: new Uint8Array(memory.buffer),
    hash: exports.hash as (address: number, size: number, out: number) => void,
  }
}

describe('the module that the core keeps', () => {
  it('is the one written here; else run `node scripts/run.mjs keccak-module`', () => {
    expect(KECCAK_MODULE).toBe(Buffer.from(keccakModule()).toString('base64'))
  })

  it('is small enough for a browser to compile at once', () => {
    expect(keccakModule().length).toBeLessThan(4096)
  })
})

describe('a hash of a range of memory', () => {
  const SCRATCH = 30_000
  const SCRATCH_END = SCRATCH + KECCAK_SCRATCH_BYTES
  const { bytes, hash } = instantiate(SCRATCH)
  const start = fc.oneof(
    fc.nat({ max: SCRATCH - 1000 }),
    fc.integer({ min: SCRATCH_END, max: PAGE_BYTES - 1000 }),
  )

  it('changes 32 bytes and the scratch, wherever they and the message lie', () => {
    fc.assert(
      fc.property(start, fc.nat({ max: 1000 }), start, fc.integer(), (address, size, out, seed) => {
        for (let i = 0; i < PAGE_BYTES; i++)
          if (i < SCRATCH || i >= SCRATCH_END) bytes[i] = Math.imul(i ^ seed, 0x9e3779b1) >>> 24
        const expected = bytes.slice()
        expected.set(keccak256(bytes.slice(address, address + size)), out)
        hash(address, size, out)
        expected.set(bytes.subarray(SCRATCH, SCRATCH_END), SCRATCH)
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
      const address = PAGE_BYTES - size
      hash(address, size, 0)
      expect(bytes.slice(0, 32)).toEqual(keccak256(bytes.slice(address)))
      expect(() => hash(address + 1, size + 1, 0)).toThrow(/memory access out of bounds/)
    }
    expect(() => hash(0, 1, PAGE_BYTES - 31)).toThrow(/memory access out of bounds/)
  })

  it('traps on a size or address of more than 2^31 bytes', () => {
    expect(() => hash(0, 0xffff_ffff, 0)).toThrow(/memory access out of bounds/)
    expect(() => hash(0xffff_fff0, 8, 0)).toThrow(/memory access out of bounds/)
  })

  it('hashes right after a trap', () => {
    expect(() => hash(PAGE_BYTES - 200, 400, 0)).toThrow()
    hash(PAGE_BYTES - 200, 200, 0)
    expect(bytes.slice(0, 32)).toEqual(keccak256(bytes.slice(PAGE_BYTES - 200)))
  })
})
