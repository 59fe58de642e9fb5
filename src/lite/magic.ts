import { HEADER } from '../wasm/module.ts'

/** Whether bytes begin as a module of WebAssembly 1.0 does. */
export function isModule(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER.length && HEADER.every((byte, i) => bytes[i] === byte)
}
