/** What the tests of bugs that other engines have had are made of: ranges of forks, and parts of programs. */
import { FORKS } from '../../opcodes/forks.ts'
import { bytesToBigint } from '../core/word.ts'
import {
  accountsOf,
  asm,
  driverOf,
  type Part,
  push,
  sourceOf,
  submit,
  type TransactionScene,
} from './harness.ts'

/** Every fork, oldest first. */
export const FORK_NAMES: readonly string[] = FORKS.map(({ name }) => name)

/** The forks older than this one. */
export const before = (fork: string): readonly string[] => FORK_NAMES.slice(0, FORK_NAMES.indexOf(fork))

/** This fork and those that came after it. */
export const since = (fork: string): readonly string[] => FORK_NAMES.slice(FORK_NAMES.indexOf(fork))

/** Keeps a word in memory. */
export const store = (word: bigint, at: number): Part => [push(word), push(at), 'MSTORE']

/** Puts initcode of 32 bytes at most at the start of memory. */
export const initOf = (code: Uint8Array): Part =>
  store(bytesToBigint(code) << BigInt(8 * (32 - code.length)), 0)

/** Keeps the top of the stack in a slot. */
export const note = (key: number): Part => [push(key), 'SSTORE']

/** Who is left what a contract had. */
export const HEIR = 0x4e14n

/** Destroys itself, and leaves all to HEIR. */
export const DIES = asm(push(HEIR), 'SELFDESTRUCT')

/** Submits to a fresh state, where it may be refused. */
export function offer(scene: TransactionScene) {
  const { driver, state } = driverOf(scene, sourceOf(accountsOf(scene)))
  return submit(driver, state, scene)
}
