/** What calls cost, carry and give back. Lending and depth are in src/conform/consensus-messages.test.ts. */
import { describe, expect, it } from 'vitest'
import {
  asm,
  CALLER,
  callOf,
  GAS,
  type Part,
  play,
  playRow,
  push,
  SELF,
  stage,
} from '../../src/conform/harness.ts'
import { delegationTo } from '../../src/core/delegation.ts'
import { Halt } from '../../src/core/halt.ts'
import { bytesToBigint } from '../../src/core/word.ts'
import { FORKS } from '../forks.ts'

const ABSENT = 0xab5e47n
const EMPTY = 0xe4097n
const ALIVE = 0xa11fen
const CONTRACT = 0xc0den
const PRECOMPILE = 4n
const DIRTY = 0xbadn << 160n
const at = (fork: string) => FORKS.findIndex(({ name }) => name === fork)
const forkNames = FORKS.map(({ name }) => name)
const since = (fork: string) => forkNames.slice(at(fork))
const rich = [SELF, { balance: 10n ** 18n, nonce: 1n }] as const
const targets = [rich, [EMPTY, {}], [ALIVE, { balance: 1n }]] as const
const words = (bytes: Uint8Array) =>
  Array.from({ length: bytes.length / 32 }, (_, i) => bytesToBigint(bytes.subarray(32 * i, 32 * i + 32)))
/** Operands of a call that lends `gas` and asks for nothing else. */
const callOperands = (name: string, to: bigint, value = 0n, gas = 0n, out = 0n) =>
  name === 'CALL' || name === 'CALLCODE' ? [gas, to, value, 0n, 0n, 0n, out] : [gas, to, 0n, 0n, 0n, out]

describe('what a call costs', () => {
  /** By the Yellow Paper and EIPs 150, 161 and 2929, for a recipient that is cold and has no code. */
  function priceOf(fork: string, name: string, to: bigint, value: bigint): bigint {
    const access = at(fork) < at('EIP150') ? 40n : at(fork) < at('Berlin') ? 700n : 2600n
    if (name !== 'CALL') return access + (value > 0n ? 9000n : 0n)
    const isNew = at(fork) < at('EIP158') ? to === ABSENT : value > 0n && to !== ALIVE
    return access + (value > 0n ? 9000n : 0n) + (isNew ? 25000n : 0n)
  }

  it.each(forkNames)('%s', (fork) => {
    for (const name of ['CALL', 'CALLCODE'])
      for (const to of [ABSENT, EMPTY, ALIVE, ABSENT | DIRTY])
        for (const value of [0n, 1n]) {
          const run = playRow(name, callOperands(name, to, value), { fork, accounts: targets })
          // A recipient without code gives back all it was lent, the stipend included.
          const expected = priceOf(fork, name, BigInt.asUintN(160, to), value) - (value > 0n ? 2300n : 0n)
          expect([fork, name, to, value, run.gasUsed, run.stack]).toEqual([
            fork,
            name,
            to,
            value,
            expected,
            [1n],
          ])
        }
  })

  it('is 100 at a warm account, whatever it is', () => {
    for (const name of ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'])
      for (const to of [ABSENT, ALIVE]) {
        const set = stage({ code: asm(name), accounts: targets }, callOperands(name, to))
        set.state.warmAddress(to)
        set.driver.step()
        expect([name, set.gas - set.frame.gas]).toEqual([name, 100n])
      }
  })

  it.each(since('Prague'))('%s: a delegation is an access of its own', (fork) => {
    const accounts = [
      ...targets,
      [CONTRACT, { code: delegationTo(ALIVE) }],
      [ALIVE, { code: asm('STOP') }],
    ] as const
    for (const name of ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']) {
      const cold = playRow(name, callOperands(name, CONTRACT), { fork, accounts })
      expect([name, cold.gasUsed, cold.stack]).toEqual([name, 5200n, [1n]])
      const set = stage({ fork, accounts, code: asm(name) }, callOperands(name, CONTRACT))
      set.state.warmAddress(ALIVE)
      set.driver.step()
      expect([name, set.gas - set.frame.gas]).toEqual([name, 2700n])
      expect(playRow(name, callOperands(name, CONTRACT), { fork, accounts, gas: 5199n }).halt).toBe(
        Halt.OutOfGas,
      )
    }
    // Not followed before Prague: there it is code that begins with an undefined byte.
    const before = playRow('CALL', callOperands('CALL', CONTRACT), { fork: 'Cancun', accounts })
    expect([before.gasUsed, before.stack]).toEqual([2600n, [0n]])
  })

  it('a precompile that is absent counts as a new account when it is sent value', () => {
    const used = (fork: string, value: bigint) =>
      playRow('CALL', callOperands('CALL', PRECOMPILE, value, 15n), { fork, accounts: targets }).gasUsed
    expect(used('Frontier', 0n)).toBe(40n + 25000n + 15n)
    expect(used('EIP150', 0n)).toBe(700n + 25000n + 15n)
    expect(used('Byzantium', 0n)).toBe(700n + 15n)
    expect(used('Byzantium', 1n)).toBe(700n + 9000n + 25000n - 2300n + 15n)
  })
})

describe('what a message carries', () => {
  /** Returns ADDRESS, CALLER, CALLVALUE and the first word of calldata. */
  const reporter = asm(
    ['ADDRESS', push(0), 'MSTORE', 'CALLER', push(32), 'MSTORE', 'CALLVALUE', push(64), 'MSTORE'],
    [push(0), 'CALLDATALOAD', push(96), 'MSTORE', push(128), push(0), 'RETURN'],
  )
  const accounts = [rich, [CONTRACT, { code: reporter }]] as const
  const WORD = 0xfeedn

  it.each<[string, (from: { value: bigint }) => bigint[]]>([
    ['CALL', () => [CONTRACT, SELF, 3n]],
    ['CALLCODE', () => [SELF, SELF, 3n]],
    ['DELEGATECALL', ({ value }) => [SELF, CALLER, value]],
    ['STATICCALL', () => [CONTRACT, SELF, 0n]],
  ])('%s', (name, expected) => {
    const amount = name === 'CALL' || name === 'CALLCODE' ? [3n] : []
    const code = asm(
      push(WORD),
      push(0),
      'MSTORE',
      callOf(name, GAS, CONTRACT, ...amount, 0, 32, 32, 128),
      push(128),
      push(32),
      'RETURN',
    )
    const { output, state } = play({ code, accounts, value: 42n })
    expect(words(output)).toEqual([...expected({ value: 42n }), WORD])
    expect(state.balance(CONTRACT)).toBe(name === 'CALL' ? 3n : 0n)
  })

  it('an address has 20 bytes, the rest of the word is ignored', () => {
    const code = asm(callOf('CALL', GAS, CONTRACT | DIRTY, 0, 0, 0, 0, 128), push(128), push(0), 'RETURN')
    expect(words(play({ code, accounts }).output)[0]).toBe(CONTRACT)
  })

  it('a frame under a static one is static, by every kind of call', () => {
    const writer = asm(push(1), push(0), 'SSTORE')
    for (const name of ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']) {
      const amount = name === 'CALL' || name === 'CALLCODE' ? [0n] : []
      const middle = asm(
        callOf(name, 50_000, ABSENT, ...amount, 0, 0, 0, 0),
        push(0),
        'MSTORE',
        push(32),
        push(0),
        'RETURN',
      )
      const code = asm(callOf('STATICCALL', GAS, CONTRACT, 0, 0, 0, 32), push(32), push(0), 'RETURN')
      const all = [rich, [CONTRACT, { code: middle }], [ABSENT, { code: writer }]] as const
      expect([name, words(play({ code, accounts: all }).output)]).toEqual([name, [0n]])
    }
  })

  it('a static frame may send no value by CALL, but by CALLCODE, which moves none', () => {
    const run = (name: string, value: bigint) =>
      playRow(name, callOperands(name, ALIVE, value), { isStatic: true, accounts: targets }).halt
    expect(run('CALL', 1n)).toBe(Halt.StaticViolation)
    expect(run('CALL', 0n)).toBe(Halt.None)
    expect(run('CALLCODE', 1n)).toBe(Halt.None)
  })
})

describe('what a message gives back', () => {
  const answer = (end: string) => asm(push(0xaabbn << 240n, 32), push(0), 'MSTORE', push(2), push(0), end)
  const scene = (code: Uint8Array) => ({ accounts: [rich, [CONTRACT, { code }]] as const })
  const operands = (name: string, out: bigint) => callOperands(name, CONTRACT, 0n, 30_000n, out)

  it.each(['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'])(
    '%s: output as far as there is room',
    (name) => {
      for (const end of ['RETURN', 'REVERT'])
        for (const room of [0n, 1n, 2n, 3n, 64n]) {
          const set = stage({ code: asm(name), ...scene(answer(end)) }, operands(name, room))
          set.frame.expand(0n, 64n)
          set.frame.writeMemory(0n, new Uint8Array(64).fill(0xee), 0n, 64n)
          do set.driver.step()
          while (set.driver.open > 1)
          const written = [0xaa, 0xbb].slice(0, Number(room))
          expect([...set.frame.readMemory(0n, 64n)]).toEqual([
            ...written,
            ...Array(64 - written.length).fill(0xee),
          ])
          expect([set.frame.stack[0], set.frame.returnData]).toEqual([
            end === 'RETURN' ? 1n : 0n,
            Uint8Array.of(0xaa, 0xbb),
          ])
        }
    },
  )

  it('an exceptional halt burns what was lent, and gives no data', () => {
    const { gasUsed, stack, frame } = playRow('CALL', operands('CALL', 0n), scene(asm('INVALID')))
    expect([gasUsed, stack, frame.returnData]).toEqual([2600n + 30_000n, [0n], new Uint8Array(0)])
  })

  it('a revert keeps the gas and undoes the rest', () => {
    const code = asm(push(1), push(0), 'SSTORE', push(0), push(0), 'LOG0', push(0), push(0), 'REVERT')
    const { gasUsed, stack, state } = playRow('CALL', operands('CALL', 0n), scene(code))
    expect([gasUsed, stack]).toEqual([2600n + 18n + 22100n + 375n, [0n]])
    expect([state.storage(CONTRACT, 0n), state.logs]).toEqual([0n, []])
  })

  it('a message that cannot be paid for is not sent: its gas and stipend come back', () => {
    const poor = [
      [SELF, { balance: 4n }],
      [CONTRACT, { code: asm('INVALID') }],
    ] as const
    for (const name of ['CALL', 'CALLCODE']) {
      const run = playRow(name, callOperands(name, CONTRACT, 5n, 10_000n), { accounts: poor })
      expect([name, run.stack, run.gasUsed]).toEqual([name, [0n], 2600n + 9000n - 2300n])
      expect(run.frame.returnData).toHaveLength(0)
    }
  })

  it('return data lasts until the next message, and a row that fails to send clears it', () => {
    const after = (...rest: readonly Part[]) =>
      play({
        ...scene(answer('RETURN')),
        code: asm(callOf('STATICCALL', 30_000, CONTRACT, 0, 0, 0, 0), ...rest, 'RETURNDATASIZE'),
      }).stack[0]
    expect(after()).toBe(2n)
    expect(after(push(1), push(2), 'ADD')).toBe(2n)
    expect(after(callOf('CALL', 0, ABSENT, 0, 0, 0, 0, 0))).toBe(0n)
    expect(after(callOf('CALL', 0, ABSENT, 10n ** 19n, 0, 0, 0, 0))).toBe(0n)
    expect(after(callOf('CREATE', 0, 0, 0))).toBe(0n)
    expect(after(callOf('CREATE', 10n ** 19n, 0, 0))).toBe(0n)
  })
})
