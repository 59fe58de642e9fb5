import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'

/** Takes a piece of a text; what comes of all of them is one JSON value. */
export type WriteText = (text: string) => void

/** Most digits of bytes that are one piece. */
const PIECE_BYTES = 1 << 15

export const quantity = (value: bigint): string => `"${toQuantity(value)}"`
export const address = (value: bigint): string => `"${toFixedHex(value, 20)}"`
export const word = (value: bigint): string => `"${toFixedHex(value, 32)}"`

/** Bytes as a JSON string of hex, in pieces. */
export function writeBytes(write: WriteText, bytes: Uint8Array): void {
  write('"0x')
  for (let at = 0; at < bytes.length; at += PIECE_BYTES)
    write(bytesToHex(bytes.subarray(at, at + PIECE_BYTES)).slice(2))
  write('"')
}
