import type { Point, Point2 } from '../../src/core/crypto.ts'
import { readUint } from './input.ts'
import { encodeUints } from './output.ts'

/** Encoding of EIP-196 and EIP-197: words, infinity being all zeros; the second coefficient of a pair stands first. */

export const G1_BYTES = 64
export const G2_BYTES = 128

export function readG1(input: Uint8Array, at: number): Point {
  return { x: readUint(input, at, 32), y: readUint(input, at + 32, 32) }
}

export function readG2(input: Uint8Array, at: number): Point2 {
  const [x1, x0, y1, y0] = [0, 32, 64, 96].map((offset) => readUint(input, at + offset, 32))
  return { x: { c0: x0, c1: x1 }, y: { c0: y0, c1: y1 } }
}

export function encodeG1(point: Point | null): Uint8Array | null {
  return point && encodeUints([point.x, point.y], 32)
}
