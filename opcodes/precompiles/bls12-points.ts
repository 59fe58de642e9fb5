import type { Fp2, Point, Point2 } from '../../src/core/crypto.ts'
import { readUint } from './input.ts'
import { encodeUints } from './output.ts'

/**
 * Encoding of EIP-2537: a field element is 64 bytes, the first 16 of them zero, and below the modulus. Whatever breaks
 * that reads as an integer past the modulus, which `Crypto` refuses; so no check stands here.
 */

export const FP_BYTES = 64
export const FP2_BYTES = 128
export const G1_BYTES = 128
export const G2_BYTES = 256
export const SCALAR_BYTES = 32

export function readFp(input: Uint8Array, at: number): bigint {
  return readUint(input, at, FP_BYTES)
}

export function readFp2(input: Uint8Array, at: number): Fp2 {
  return { c0: readFp(input, at), c1: readFp(input, at + FP_BYTES) }
}

export function readG1(input: Uint8Array, at: number): Point {
  return { x: readFp(input, at), y: readFp(input, at + FP_BYTES) }
}

export function readG2(input: Uint8Array, at: number): Point2 {
  return { x: readFp2(input, at), y: readFp2(input, at + FP2_BYTES) }
}

export function encodeG1(point: Point | null): Uint8Array | null {
  return point && encodeUints([point.x, point.y], FP_BYTES)
}

export function encodeG2(point: Point2 | null): Uint8Array | null {
  return point && encodeUints([point.x.c0, point.x.c1, point.y.c0, point.y.c1], FP_BYTES)
}
