/**
 * See `Crypto.modPow`: by windows of four bits from the high end.
 *
 * Plain remainders: Montgomery and Barrett reduction made of bigint products measured slower or level at every size
 * from 64 to 8,192 bits, and the first excludes even moduli.
 */
export function modPow(base: bigint, exponent: Uint8Array, modulus: bigint): bigint {
  if (modulus <= 1n) return 0n
  return power(base % modulus, exponent, (product) => product % modulus)
}

/** base^exponent mod 2^bits: as `modPow`, but no remainder needs a division. */
export function modPowOfTwo(base: bigint, exponent: Uint8Array, bits: number): bigint {
  const reduce = (product: bigint) => BigInt.asUintN(bits, product)
  return reduce(power(reduce(base), exponent, reduce))
}

function power(base: bigint, exponent: Uint8Array, reduce: (product: bigint) => bigint): bigint {
  const table: bigint[] = [1n, base]
  let result = 1n
  for (const byte of exponent) {
    result = shiftIn(result, byte >> 4, table, reduce)
    result = shiftIn(result, byte & 15, table, reduce)
  }
  return result
}

/** The power after four more bits of the exponent: power^16 · base^digit. */
function shiftIn(power: bigint, digit: number, table: bigint[], reduce: (product: bigint) => bigint): bigint {
  let next = power
  // Passes over leading zeros of the exponent.
  if (next > 1n) for (let bit = 0; bit < 4; bit++) next = reduce(next * next)
  return digit === 0 ? next : reduce(next * tablePower(digit, table, reduce))
}

/** base^digit, computed when first needed: most exponents in use are short or sparse. */
function tablePower(digit: number, table: bigint[], reduce: (product: bigint) => bigint): bigint {
  const known = table[digit]
  if (known !== undefined) return known
  const half = tablePower(digit >> 1, table, reduce)
  const square = reduce(half * half)
  table[digit] = digit % 2 === 0 ? square : reduce(square * table[1])
  return table[digit]
}
