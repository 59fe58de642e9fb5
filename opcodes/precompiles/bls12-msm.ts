import { SCALAR_BYTES } from './bls12-points.ts'
import { readUint } from './input.ts'

/** What G1MSM and G2MSM share: terms of a point and a scalar, and a price that falls with their number (EIP-2537). */

/** Thousandths of the price of one multiplication, for 1 to 128 terms; the last holds for more. */
export type Discounts = readonly number[]

/** Gas of as many whole terms as the input holds; none for none, which fails. */
export function msmGas(
  input: Uint8Array,
  termBytes: number,
  multiplyGas: number,
  discounts: Discounts,
): number {
  const terms = Math.floor(input.length / termBytes)
  if (terms === 0) return 0
  const discount = discounts[Math.min(terms, discounts.length) - 1]
  return Math.floor((terms * multiplyGas * discount) / 1000)
}

/** The terms; null when there is none or the last is incomplete. A scalar is any word. */
export function readTerms<T>(
  input: Uint8Array,
  pointBytes: number,
  readPoint: (input: Uint8Array, at: number) => T,
): [T, bigint][] | null {
  const termBytes = pointBytes + SCALAR_BYTES
  if (input.length === 0 || input.length % termBytes !== 0) return null
  const terms: [T, bigint][] = []
  for (let at = 0; at < input.length; at += termBytes)
    terms.push([readPoint(input, at), readUint(input, at + pointBytes, SCALAR_BYTES)])
  return terms
}
