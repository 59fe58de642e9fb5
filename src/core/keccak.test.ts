import { runInNewContext } from 'node:vm'
import { keccak256 as libraryKeccak } from 'ethereum-cryptography/keccak.js'
import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { bytesToHex } from './hex.ts'
import { EMPTY_CODE_HASH, EMPTY_TRIE_ROOT, keccak256 } from './keccak.ts'
import { plainKeccak256 } from './keccak-plain.ts'
import { HASHING_BOTTOM, hashingMemory } from './keccak-wasm.ts'

const hash = (data: Uint8Array) => bytesToHex(keccak256(data))
const ascii = (text: string) => new TextEncoder().encode(text)
const libraryHash = (data: Uint8Array) => bytesToHex(libraryKeccak(data))

/** Bytes without a period that could hide a lane or block taken twice. */
const noise = (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, (_, i) => (i * i * 31 + i) >> 3)

/** What is copied into WebAssembly at once. */
const CHUNK = 136 * 474
const LENGTHS = [
  ...Array.from({ length: 601 }, (_, n) => n),
  ...[10, 100, 473].flatMap((blocks) => [136 * blocks - 1, 136 * blocks, 136 * blocks + 1]),
  ...[65_535, 65_536, 65_537, 200_000],
  ...[1, 2, 3].flatMap((chunks) =>
    [-136, -1, 0, 1, 7, 8, 135, 136, 137].map((more) => chunks * CHUNK + more),
  ),
]

/** A module of its own, which has hashed nothing yet. */
async function freshKeccak(): Promise<(data: Uint8Array) => Uint8Array> {
  vi.resetModules()
  return (await import('./keccak.ts')).keccak256
}

afterEach(() => {
  vi.unstubAllGlobals()
})

test('hashes as Keccak does, not as its standardised successor SHA-3', () => {
  expect(hash(ascii('abc'))).toBe('0x4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45')
  expect(hash(ascii('transfer(address,uint256)')).slice(0, 10)).toBe('0xa9059cbb')
})

test('names the hash of no code and the root of no entries', () => {
  expect(BigInt(hash(new Uint8Array(0)))).toBe(EMPTY_CODE_HASH)
  expect(BigInt(hash(Uint8Array.of(0x80)))).toBe(EMPTY_TRIE_ROOT)
})

test('agrees with the library at every length around blocks and chunks', () => {
  const bytes = noise(Math.max(...LENGTHS))
  const wrong = LENGTHS.filter((n) => hash(bytes.subarray(0, n)) !== libraryHash(bytes.subarray(0, n)))
  expect(wrong).toEqual([])
})

test('agrees with the library on any bytes at any place of a buffer', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), fc.nat({ max: 64 }), (bytes, offset) => {
      const view = bytes.subarray(Math.min(offset, bytes.length))
      expect(hash(view)).toBe(libraryHash(view))
    }),
  )
})

test('the same in plain TypeScript', () => {
  const lengths = LENGTHS.filter((n) => n <= 1000)
  const wrong = lengths.filter((n) => {
    const bytes = noise(n)
    return bytesToHex(plainKeccak256(bytes)) !== libraryHash(bytes)
  })
  expect(wrong).toEqual([])
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      expect(bytesToHex(plainKeccak256(bytes))).toBe(libraryHash(bytes))
    }),
  )
})

describe('reads', () => {
  const bytes = noise(1000)
  const expected = libraryHash(bytes)
  const buffers: Record<string, ArrayBufferLike> = {
    'an ArrayBuffer': new ArrayBuffer(2000),
    'a SharedArrayBuffer': new SharedArrayBuffer(2000),
    'the memory of another module': new WebAssembly.Memory({ initial: 1 }).buffer,
  }
  for (const [name, buffer] of Object.entries(buffers))
    test(`a view over ${name}`, () => {
      const view = new Uint8Array(buffer, 13, bytes.length)
      view.set(bytes)
      expect(hash(view)).toBe(expected)
    })

  test('an array of another realm', () => {
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes: [...bytes] }) as Uint8Array
    expect(foreign instanceof Uint8Array).toBe(false)
    expect(hash(foreign)).toBe(expected)
  })

  test('a Buffer', () => {
    expect(hash(Buffer.from(bytes))).toBe(expected)
  })

  test('its own results, which later hashes leave as they are', () => {
    const first = keccak256(bytes)
    const kept = first.slice()
    const second = keccak256(first)
    expect(first).toEqual(kept)
    expect(bytesToHex(second)).toBe(libraryHash(kept))
    expect(first.buffer.byteLength).toBe(32)
  })
})

test('refuses what is no Uint8Array', () => {
  for (const value of ['abc', [1, 2], new ArrayBuffer(3), new Uint16Array(3), undefined])
    expect(() => keccak256(value as unknown as Uint8Array)).toThrow(/Uint8Array expected/)
})

test('compiles once, and not before it is asked for a hash', async () => {
  const { Module } = WebAssembly
  const compile = vi.fn()
  class CountedModule extends Module {
    constructor(bytes: Uint8Array) {
      super(bytes)
      compile()
    }
  }
  vi.stubGlobal('WebAssembly', { ...platform(), Module: CountedModule })
  const keccak = await freshKeccak()
  expect(compile).toHaveBeenCalledTimes(0)
  for (let i = 0; i < 3; i++) keccak(noise(i))
  expect(compile).toHaveBeenCalledTimes(1)
})

describe('without WebAssembly gives the same', () => {
  const forbid = (): never => {
    throw new Error('forbidden by the content policy')
  }
  const platforms: Record<string, unknown> = {
    'where it is missing': undefined,
    'where compiling is forbidden': { ...platform(), Module: forbid },
    'where there is no room for a memory': { ...platform(), Memory: forbid },
  }
  for (const [name, value] of Object.entries(platforms))
    test(name, async () => {
      vi.stubGlobal('WebAssembly', value)
      const keccak = await freshKeccak()
      for (const n of [0, 32, 136, 1000]) expect(bytesToHex(keccak(noise(n)))).toBe(libraryHash(noise(n)))
      hashInPlace()
    })
})

test('a memory hashes where bytes lie, also once it has grown', hashInPlace)

function hashInPlace(): void {
  const memory = hashingMemory(2 * 65_536)
  expect(memory.bytes.length).toBe(2 * 65_536)
  memory.bytes.set(noise(1000), HASHING_BOTTOM)
  const bytes = memory.grow(65_537)
  expect(bytes.length).toBeGreaterThan(3 * 65_536)
  for (const n of [0, 135, 1000]) {
    memory.hash(HASHING_BOTTOM, n, HASHING_BOTTOM + 1001)
    expect(bytesToHex(bytes.subarray(HASHING_BOTTOM + 1001).slice(0, 32))).toBe(libraryHash(noise(n)))
  }
  const end = bytes.length - 300
  bytes.set(noise(300), end)
  memory.hash(end, 300, 0)
  expect(bytesToHex(bytes.slice(0, 32))).toBe(libraryHash(noise(300)))
}

/** The classes of WebAssembly, which are not enumerable. */
function platform(): Record<string, unknown> {
  const { Module, Memory, Instance } = WebAssembly
  return { Module, Memory, Instance }
}
