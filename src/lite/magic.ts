/** How a module of WebAssembly 1.0 begins: "\\0asm" and the version. */
export const HEADER = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]

/** Whether bytes begin as a module of WebAssembly 1.0 does. */
export function isModule(bytes: Uint8Array): boolean {
  return bytes.length >= HEADER.length && HEADER.every((byte, i) => bytes[i] === byte)
}
