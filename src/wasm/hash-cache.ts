import {
  add32,
  eqz32,
  eqz64,
  i64,
  load64,
  mul64,
  ne32,
  or32,
  or64,
  shl32,
  shrU64,
  TYPE_I32,
  wrap64,
  xor64,
} from './expr.ts'
import type { FunctionBuilder } from './function.ts'
import { HASHES, HASHES_BITS } from './layout.ts'
import type { Callables } from './module.ts'

export const HASH = { params: [TYPE_I32, TYPE_I32, TYPE_I32], results: [] } as const

/** The bytes that are hashed to find a mapping's entry: its key and the mapping's slot. */
const MESSAGE_BYTES = 64
const ENTRY_BITS = 7

/** Spreads messages over the entries (Knuth's multiplicative hash). */
const FACTOR = i64(0x9e3779b97f4a7c15n)

/**
 * Writes a function (address, size, out), as `keccak`, which keeps the latest hashes of 64 bytes: programs come back to
 * the same few entries of mappings, and compilers hash again for every access. Each message has one entry, its bytes
 * followed by the hash, so messages chosen to share one only cost what they cost anyway.
 */
export function writeHash(f: FunctionBuilder<typeof HASH.params>, { keccak }: Callables<'keccak'>): void {
  const [address, size, out] = f.args
  f.if(ne32(size, MESSAGE_BYTES), () => {
    f.call(keccak, [address, size, out])
    f.return()
  })
  // Keys are small numbers, addresses, or hashes; so are slots.
  const ends = (at: number) => xor64(load64(address, at), load64(address, at + 24))
  const mixed = mul64(xor64(mul64(ends(0), FACTOR), ends(32)), FACTOR)
  const index = wrap64(shrU64(mixed, BigInt(64 - HASHES_BITS)))
  const entry = f.let(add32(HASHES, shl32(index, ENTRY_BITS)))
  const limbs = Array.from({ length: MESSAGE_BYTES / 8 }, (_, i) =>
    xor64(load64(address, 8 * i), load64(entry, 8 * i)),
  )
  // A hash that begins with 64 zero bits would only not be kept.
  const isEmpty = eqz64(load64(entry, MESSAGE_BYTES))
  f.if(or32(isEmpty, eqz32(eqz64(limbs.reduce(or64)))), () => {
    for (const at of [0, 32]) f.copyWord(entry, at, address, at)
    f.call(keccak, [address, size, add32(entry, MESSAGE_BYTES)])
  })
  f.copyWord(out, 0, entry, MESSAGE_BYTES)
}
