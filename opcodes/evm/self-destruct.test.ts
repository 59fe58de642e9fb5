/** What SELFDESTRUCT costs, refunds and moves. */
import { describe, expect, it } from 'vitest'
import { asm, callOf, play, playRow, push, SELF, stage } from '../../src/conform/harness.ts'
import { Halt } from '../../src/core/halt.ts'
import { FORKS } from '../forks.ts'

const ABSENT = 0xab5e47n
const EMPTY = 0xe4097n
const ALIVE = 0xa11fen
const CONTRACT = 0xc0den
const DIRTY = 0xbadn << 160n
const at = (fork: string) => FORKS.findIndex(({ name }) => name === fork)
const forkNames = FORKS.map(({ name }) => name)
const rich = [SELF, { balance: 10n ** 18n, nonce: 1n }] as const
const targets = [rich, [EMPTY, {}], [ALIVE, { balance: 1n }]] as const

describe('SELFDESTRUCT', () => {
  /** By EIPs 150, 161, 2929, 3529; the beneficiary being cold. */
  function priceOf(fork: string, to: bigint, balance: bigint): bigint {
    if (at(fork) < at('EIP150')) return 0n
    const isNew = at(fork) < at('EIP158') ? to === ABSENT : balance > 0n && to !== ALIVE
    return 5000n + (at(fork) < at('Berlin') ? 0n : 2600n) + (isNew ? 25000n : 0n)
  }

  it.each(forkNames)('%s: cost, refund, balance', (fork) => {
    for (const balance of [0n, 8n])
      for (const to of [ABSENT, EMPTY, ALIVE]) {
        const accounts = [
          [SELF, { balance, nonce: 1n }],
          [EMPTY, {}],
          [ALIVE, { balance: 1n }],
        ] as const
        const run = playRow('SELFDESTRUCT', [to | DIRTY], { fork, accounts })
        expect([run.halt, run.gasUsed]).toEqual([Halt.SelfDestruct, priceOf(fork, to, balance)])
        expect(run.state.refund).toBe(at(fork) < at('London') ? 24000 : 0)
        expect([run.state.balance(SELF), run.state.balance(to)]).toEqual([
          0n,
          balance + (to === ALIVE ? 1n : 0n),
        ])
      }
  })

  it('to oneself burns the balance, but from EIP-6780 on only in the creating transaction', () => {
    const left = (fork: string) => {
      const { state } = playRow('SELFDESTRUCT', [SELF], {
        fork,
        accounts: [[SELF, { balance: 8n, nonce: 1n }]],
      })
      state.endTransaction(true)
      return [state.exists(SELF), state.balance(SELF)]
    }
    expect(left('Shanghai')).toEqual([false, 0n])
    expect(left('Cancun')).toEqual([true, 8n])
  })

  it('a warm beneficiary costs nothing more', () => {
    const set = stage({ code: asm('SELFDESTRUCT'), accounts: targets }, [ALIVE])
    set.state.warmAddress(ALIVE)
    set.driver.run()
    expect(set.gas - set.driver.result.gas).toBe(5000n)
  })

  it('refunds once, however often it runs in a transaction', () => {
    const doomed = asm(push(ALIVE), 'SELFDESTRUCT')
    const call = callOf('CALL', 100_000, CONTRACT, 0, 0, 0, 0, 0)
    const { state } = play({
      fork: 'Berlin',
      code: asm(call, call, call),
      accounts: [[CONTRACT, { code: doomed }]],
    })
    expect(state.refund).toBe(24000)
  })
})
