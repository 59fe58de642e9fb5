import { KECCAK_MODULE } from './keccak-module.ts'
import { plainKeccak256, ROUND_CONSTANTS } from './keccak-plain.ts'

const PAGE_BYTES = 65_536

/**
 * What the functions need for themselves, the last bytes of the first page of whatever memory they work in: the
 * constants of the rounds, put there for them, and what src/wasm/keccak.ts tells.
 */
export const KECCAK_SCRATCH_BYTES = 528
export const KECCAK_SCRATCH = PAGE_BYTES - KECCAK_SCRATCH_BYTES

const HASH_BYTES = 32
/** What is copied in at once: whole blocks of 136 bytes. The hash is written over the message. */
const CHUNK_BYTES = 136 * Math.floor(KECCAK_SCRATCH / 136)

/** Functions over linear memory, written by src/wasm/keccak.ts. Ranges may overlap each other, but not the scratch. */
export interface KeccakFunctions {
  /** Puts the hash of a range to `out`. */
  hash(address: number, sizeBytes: number, out: number): void
  /** Takes the whole blocks of a part of a message; gives the count of the bytes left over. */
  absorb(address: number, sizeBytes: number, isFirst: 0 | 1): number
  /** Takes the last part of a message and writes the hash to `out`. */
  finish(address: number, sizeBytes: number, out: number, isFirst: 0 | 1): void
}

let module: WebAssembly.Module | null = null

/**
 * The functions over a memory, which has at least one page. Throws where the platform lacks or forbids WebAssembly. The
 * module is below 4 kB: browsers compile no more at once on their main thread.
 */
export function keccakOver(memory: WebAssembly.Memory): KeccakFunctions {
  module ??= new WebAssembly.Module(Uint8Array.from(atob(KECCAK_MODULE), (char) => char.charCodeAt(0)))
  new Int32Array(memory.buffer, KECCAK_SCRATCH, ROUND_CONSTANTS.length).set(ROUND_CONSTANTS)
  return new WebAssembly.Instance(module, { env: { memory } }).exports as unknown as KeccakFunctions
}

/**
 * Keccak-256 in WebAssembly, with one page of memory of its own, where each hash overwrites the last one; null where the
 * platform lacks or forbids that.
 */
export function instantiateKeccak(): ((data: Uint8Array) => Uint8Array) | null {
  let functions: KeccakFunctions
  let memory: Uint8Array
  try {
    const wasmMemory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
    functions = keccakOver(wasmMemory)
    memory = new Uint8Array(wasmMemory.buffer)
  } catch {
    return null
  }
  const { absorb, finish } = functions
  const hash = memory.subarray(0, HASH_BYTES)

  // Nothing in here runs code of others, so the one memory is never in use twice.
  return (data) => {
    let at = 0
    for (; data.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
      memory.set(data.subarray(at, at + CHUNK_BYTES))
      absorb(0, CHUNK_BYTES, at === 0 ? 1 : 0)
    }
    memory.set(at === 0 ? data : data.subarray(at))
    finish(0, data.length - at, 0, at === 0 ? 1 : 0)
    return hash
  }
}

/** Bytes that are hashed where they lie, from HASHING_BOTTOM on. */
export interface HashingMemory {
  /** All of it, until it grows. */
  readonly bytes: Uint8Array
  /** Gives all of it, with at least that many bytes more. Throws RangeError where there are no more. */
  grow(moreBytes: number): Uint8Array
  /** Puts the hash of a range to `out`. */
  hash(address: number, sizeBytes: number, out: number): void
}

/** Below, WebAssembly has its scratch, and there is room for a hash. */
export const HASHING_BOTTOM = PAGE_BYTES
/** Positions are to be 32-bit integers with a sign. */
const MOST_PAGES = 1 << 15

/**
 * A memory of whole pages of 65,536 bytes, at least two. Where the platform lacks or forbids WebAssembly, in plain
 * TypeScript.
 */
export function hashingMemory(sizeBytes: number): HashingMemory {
  try {
    const memory = new WebAssembly.Memory({ initial: sizeBytes / PAGE_BYTES, maximum: MOST_PAGES })
    const view = () => new Uint8Array(memory.buffer)
    const grow = (moreBytes: number) => {
      memory.grow(Math.ceil(moreBytes / PAGE_BYTES))
      return view()
    }
    return { bytes: view(), grow, hash: keccakOver(memory).hash }
  } catch {
    let bytes = new Uint8Array(sizeBytes)
    const grow = (moreBytes: number) => {
      const before = bytes
      bytes = new Uint8Array(before.length + moreBytes)
      bytes.set(before)
      return bytes
    }
    const hash = (address: number, length: number, out: number) =>
      bytes.set(plainKeccak256(bytes.subarray(address, address + length)), out)
    return { bytes, grow, hash }
  }
}
