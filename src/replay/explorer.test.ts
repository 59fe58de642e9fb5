import { describe, expect, it } from 'vitest'
import { missName } from '../chain/settle.ts'
import {
  accountsOf,
  asm,
  COINBASE,
  callOf,
  driverOf,
  type Part,
  push,
  SELF,
  SENDER,
  sourceOf,
  submit,
  type TransactionScene,
} from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { Halt } from '../core/halt.ts'
import { Explorer } from './explorer.ts'
import { GuessingSource } from './guessing-source.ts'
import { LINK_SLOTS } from './rpc/guess.ts'

const OTHER = 0x07e4n
const LIMIT = 40

/** What exploring a call of this code asks for, where its code is all that is known, and what the call did. */
async function explored(code: readonly Part[], gasLimit = 1_000_000n) {
  const scene: TransactionScene = {
    fork: 'Prague',
    tx: { gasLimit },
    accounts: [[SELF, { code: asm(...code) }]],
    block: { gasLimit },
  }
  const late = new LateSource(sourceOf(accountsOf(scene)))
  await late.load([SENDER, COINBASE, SELF].map((address) => ({ kind: 'account', address })))
  const { codeHash } = late.account(SELF)!
  await late.load([{ kind: 'code', address: SELF, codeHash }])
  const source = new GuessingSource(late, LIMIT)
  const { driver, state } = driverOf(scene, source)
  driver.tracer = new Explorer(source)
  submit(driver, state, scene)
  return { guesses: [...source.guesses].map(missName), driver }
}

const slots = (...keys: readonly bigint[]): string[] =>
  keys.map((key) => missName({ kind: 'storage', address: SELF, key }))
const revert: Part = [push(0), push(0), 'REVERT']
/** Goes on where what these leave is not zero, and reverts where it is: to a JUMPDEST ten bytes after PC. */
const demand = (...parts: readonly Part[]): Part => [
  ...parts,
  'PC',
  push(10),
  'ADD',
  'JUMPI',
  revert,
  'JUMPDEST',
]
const load = (key: number): Part => [push(key), 'SLOAD']

describe('exploring', () => {
  it('goes past what guesses make a frame refuse', async () => {
    const { guesses } = await explored([demand(load(0)), demand(load(1)), load(2)])
    expect(guesses).toEqual(slots(0n, 1n, 2n))
  })

  it('takes each side of a branch once, and then lets the frame fail', async () => {
    const { guesses, driver } = await explored([demand(load(0)), load(1), revert])
    expect(guesses).toEqual(slots(0n, 1n))
    expect([driver.result.halt, driver.steps < 100]).toEqual([Halt.Revert, true])
  })

  it('has code that is not known answer zeros, and asks where it may lead', async () => {
    const call = callOf('CALL', 50_000, OTHER, 0, 0, 0, 0, 32)
    const { guesses } = await explored([
      [call, demand('RETURNDATASIZE', push(31), 'LT')],
      [push(0), 'MLOAD', push(5), 'ADD', 'SLOAD'],
    ])
    const links = LINK_SLOTS.map((key) => missName({ kind: 'storage', address: OTHER, key }))
    const account = missName({ kind: 'account', address: OTHER })
    expect(guesses).toEqual([account, ...links, ...slots(5n)])
  })

  it('leaves alone what was not guessed', async () => {
    const { guesses, driver } = await explored([demand(push(0)), load(1)])
    expect([guesses, driver.result.halt]).toEqual([[], Halt.Revert])
  })

  it('ends, and asks for no more than so much', async () => {
    const endless = [push(0), 'JUMPDEST', 'DUP1', 'SLOAD', 'POP', push(1), 'ADD', push(2), 'JUMP']
    const { guesses, driver } = await explored(endless, 100_000_000n)
    expect(guesses).toEqual(slots(...Array.from({ length: LIMIT }, (_, key) => BigInt(key))))
    expect(driver.steps).toBe((1 << 17) + 1)
  })
})
