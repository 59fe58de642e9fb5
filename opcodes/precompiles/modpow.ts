/**
 * base^exponent mod modulus, by windows of four bits from the high end. The exponent is big-endian bytes followed by
 * `zeroTail` bytes of zeros that are not there; the modulus is any unsigned integer, even ones included, and modulo
 * zero everything is zero (EIP-198).
 *
 * Plain remainders: Montgomery and Barrett reduction made of bigint products measured slower or level at every size
 * from 64 to 8,192 bits, and the first excludes even moduli.
 */
export function modPow(base: bigint, exponent: Uint8Array, zeroTail: number, modulus: bigint): bigint {
  if (modulus <= 1n) return 0n
  const table: bigint[] = [1n, base % modulus]
  let power = 1n
  for (const byte of exponent) {
    power = shiftIn(power, byte >> 4, table, modulus)
    power = shiftIn(power, byte & 15, table, modulus)
  }
  // 0 and 1 square to themselves, whatever the length of the tail.
  for (let bits = 8 * zeroTail; bits > 0 && power > 1n; bits--) power = (power * power) % modulus
  return power
}

/** The power after four more bits of the exponent: power^16 · base^digit. */
function shiftIn(power: bigint, digit: number, table: bigint[], modulus: bigint): bigint {
  let next = power
  // Passes over leading zeros of the exponent.
  if (next > 1n) for (let bit = 0; bit < 4; bit++) next = (next * next) % modulus
  return digit === 0 ? next : (next * tablePower(digit, table, modulus)) % modulus
}

/** base^digit, computed when first needed: most exponents in use are short or sparse. */
function tablePower(digit: number, table: bigint[], modulus: bigint): bigint {
  const known = table[digit]
  if (known !== undefined) return known
  const half = tablePower(digit >> 1, table, modulus)
  const square = (half * half) % modulus
  table[digit] = digit % 2 === 0 ? square : (square * table[1]) % modulus
  return table[digit]
}
