import { KECCAK_MODULE } from './keccak-module.ts'

const PAGE_BYTES = 65_536
/** Where messages are put; below lies what the module needs for itself. The hash is written over the message. */
const MESSAGE = 1024
const HASH_BYTES = 32
/** What is copied in at once: whole blocks of 136 bytes. */
const CHUNK_BYTES = 136 * Math.floor((PAGE_BYTES - MESSAGE) / 136)

interface KeccakExports {
  /** Takes the whole blocks of a part of a message; gives the count of the bytes left over. */
  absorb(address: number, sizeBytes: number, isFirst: 0 | 1): number
  /** Takes the last part of a message and writes the hash to `out`. */
  finish(address: number, sizeBytes: number, out: number, isFirst: 0 | 1): void
}

/**
 * Keccak-256 in WebAssembly (written by src/wasm/keccak.ts), with one page of memory of its own; null where the
 * platform lacks or forbids WebAssembly. The module is below 4 kB: browsers compile no more at once on their main thread.
 */
export function instantiateKeccak(): ((data: Uint8Array) => Uint8Array) | null {
  let exports: KeccakExports
  let memory: Uint8Array
  try {
    const wasmMemory = new WebAssembly.Memory({ initial: 1, maximum: 1 })
    const module = new WebAssembly.Module(Uint8Array.from(atob(KECCAK_MODULE), (char) => char.charCodeAt(0)))
    exports = new WebAssembly.Instance(module, { env: { memory: wasmMemory } })
      .exports as unknown as KeccakExports
    memory = new Uint8Array(wasmMemory.buffer)
  } catch {
    return null
  }
  const { absorb, finish } = exports
  const hash = memory.subarray(MESSAGE, MESSAGE + HASH_BYTES)

  const hashLong = (data: Uint8Array): void => {
    let at = 0
    for (; data.length - at > CHUNK_BYTES; at += CHUNK_BYTES) {
      memory.set(data.subarray(at, at + CHUNK_BYTES), MESSAGE)
      absorb(MESSAGE, CHUNK_BYTES, at === 0 ? 1 : 0)
    }
    memory.set(data.subarray(at), MESSAGE)
    finish(MESSAGE, data.length - at, MESSAGE, 0)
  }

  // Nothing in here runs code of others, so the one memory is never in use twice.
  return (data) => {
    if (data.length > CHUNK_BYTES) {
      hashLong(data)
    } else {
      memory.set(data, MESSAGE)
      finish(MESSAGE, data.length, MESSAGE, 1)
    }
    return new Uint8Array(hash)
  }
}
