import { forkByName } from '../../opcodes/forks.ts'
import { namedTable } from '../../opcodes/named.ts'
import { privateKeyToAddress } from '../chain/sign.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseAddress, parseFixedBytes, parseQuantity } from '../core/hex.ts'
import type { BlockEnvironment } from '../core/host.ts'
import type { Table } from '../core/table.ts'

/** A JSON object as read: keys are the file's own. */
export type Json = Readonly<Record<string, unknown>>

/** The value as an object; VALUE naming `place` if it is not one. */
export function asObject(value: unknown, place: string): Json {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ZvmError(ERROR_CODES.value, `${place}: not an object`, { place })
  return value as Json
}

export function asArray(value: unknown, place: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new ZvmError(ERROR_CODES.value, `${place}: not a list`, { place })
  return value
}

/** The fork or other table of that name as suites write it, or null where there is none. */
export function findFork(name: string): Table | null {
  const named = namedTable(name)
  if (named) return named
  try {
    return forkByName(name)
  } catch (error) {
    if (error instanceof ZvmError && error.code === ERROR_CODES.unknownFork) return null
    throw error
  }
}

/** The value as text; VALUE naming `place` if it is none. */
export function readText(value: unknown, place: string): string {
  if (typeof value === 'string') return value
  throw new ZvmError(ERROR_CODES.value, `${place}: not text`, { place })
}

/** The address of the account that a private key of 32 bytes in hex controls. Throws VALUE. */
export function addressOfKey(value: unknown, place: string): bigint {
  const key = parseFixedBytes(value, place, 32)
  try {
    return privateKeyToAddress(key)
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.value, `${place}: not a private key`, { place }, cause)
  }
}

/** A quantity that may be absent, and is then `otherwise`. */
export function optionalQuantity(value: unknown, place: string, otherwise = 0n): bigint {
  return value === undefined ? otherwise : parseQuantity(value, place)
}

/** The block environment of a state test; what a fork does not have is zero. `blobBaseFee` is left at zero. */
export function readEnvironment(value: unknown, place: string): BlockEnvironment & { excessBlobGas: bigint } {
  const env = asObject(value, place)
  const quantity = (name: string) => optionalQuantity(env[name], `${place}.${name}`)
  return {
    number: quantity('currentNumber'),
    timestamp: quantity('currentTimestamp'),
    coinbase: parseAddress(env.currentCoinbase, `${place}.currentCoinbase`),
    gasLimit: quantity('currentGasLimit'),
    difficulty: quantity('currentDifficulty'),
    prevRandao: quantity('currentRandom'),
    baseFee: quantity('currentBaseFee'),
    blobBaseFee: 0n,
    excessBlobGas: quantity('currentExcessBlobGas'),
  }
}
