import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** Amounts are whole numbers of units of 1e-8. */
export const DECIMALS = 8
/** Units in one. */
export const ONE = 10n ** BigInt(DECIMALS)

/** The most that an amount or a balance may be, in units: 64 bits with a sign, as the format has them. */
export const MAX_AMOUNT = 2n ** 63n - 1n

/** Units of a decimal number as people write it, `12.5`. Throws VALUE naming `place`. */
export function parseAmount(text: string, place: string): bigint {
  const [, whole, fraction = ''] = /^([0-9]{1,12})(?:\.([0-9]{1,8}))?$/.exec(text) ?? []
  const units = whole === undefined ? -1n : BigInt(whole) * ONE + BigInt(fraction.padEnd(DECIMALS, '0'))
  if (units >= 0n && units <= MAX_AMOUNT) return units
  const what = 'not an amount: digits, and up to eight after a point, below 92,233,720,369'
  throw new ZvmError(ERROR_CODES.value, `${place}: ${what} (${JSON.stringify(text.slice(0, 40))})`, { place })
}

/** The decimal number of units, without zeros at its end. */
export function formatAmount(units: bigint): string {
  const fraction = String(units % ONE)
    .padStart(DECIMALS, '0')
    .replace(/0+$/, '')
  return `${units / ONE}${fraction === '' ? '' : `.${fraction}`}`
}
