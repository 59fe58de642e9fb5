import { bytesToBigint } from './word.ts'

/** Code that begins so names another account whose code runs in its place (EIP-7702). */
const PREFIX = [0xef, 0x01, 0x00]
const DESIGNATOR_BYTES = 23

/** The address a delegation designator names, or null if the code is not one. */
export function delegateOf(code: Uint8Array): bigint | null {
  if (code.length !== DESIGNATOR_BYTES || PREFIX.some((byte, i) => code[i] !== byte)) return null
  return bytesToBigint(code.subarray(PREFIX.length))
}

/** The designator of an address. */
export function delegationTo(address: bigint): Uint8Array {
  const code = new Uint8Array(DESIGNATOR_BYTES)
  code.set(PREFIX)
  for (let i = 0, rest = address; i < 20; i++, rest >>= 8n)
    code[DESIGNATOR_BYTES - 1 - i] = Number(rest & 0xffn)
  return code
}
