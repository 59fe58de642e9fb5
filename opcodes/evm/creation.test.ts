/** What creations cost and leave. Collisions are in src/conform/consensus-creation.test.ts. */
import { describe, expect, it } from 'vitest'
import { asm, callOf, deployer, play, playRow, push, SELF } from '../../src/conform/harness.ts'
import { create2Address, createAddress } from '../../src/core/address.ts'
import { Halt } from '../../src/core/halt.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { FORKS } from '../forks.ts'

const at = (fork: string) => FORKS.findIndex(({ name }) => name === fork)
const forkNames = FORKS.map(({ name }) => name)
const since = (fork: string) => forkNames.slice(at(fork))
const rich = [SELF, { balance: 10n ** 18n, nonce: 1n }] as const

describe('creation', () => {
  const RUNTIME = asm(push(7), push(0), 'SSTORE')
  const initcode = deployer(RUNTIME)
  const size = BigInt(initcode.length)
  /** Of the deployer: four pushes and DUP1, the copy of a word, the memory it takes. */
  const RUN_GAS = 5n * 3n + 6n + 3n
  const load = [push(0), 'CALLDATALOAD', push(0), 'MSTORE'] as const
  const input = Uint8Array.of(...initcode, ...new Uint8Array(32 - initcode.length))

  function create(name: string, fork: string, operands: readonly (bigint | number)[], more = {}) {
    return play({ fork, code: asm(...load, callOf(name, ...operands)), input, accounts: [rich], ...more })
  }

  it.each([
    ['CREATE', 'Frontier'],
    ['CREATE', 'Shanghai'],
    ['CREATE2', 'Constantinople'],
    ['CREATE2', 'Shanghai'],
  ])('%s costs, in %s, 32,000, words, what the initcode takes, and 200 a byte', (name, fork) => {
    const isSalted = name === 'CREATE2'
    const { gasUsed, stack, state } = create(name, fork, [9, 0, size, ...(isSalted ? [0xabcn] : [])])
    const pushes = isSalted ? 12n : 9n
    const wordGas = (at(fork) >= at('Shanghai') ? 2n : 0n) + (isSalted ? 6n : 0n)
    const before = 3n + 3n + 3n + 6n + pushes
    expect(gasUsed).toBe(before + 32000n + wordGas + RUN_GAS + 200n * BigInt(RUNTIME.length))
    const address = isSalted ? create2Address(SELF, 0xabcn, initcode) : createAddress(SELF, 1n)
    expect(stack).toEqual([address])
    expect([state.code(address), state.balance(address)]).toEqual([RUNTIME, 9n])
    expect([state.nonce(address), state.nonce(SELF)]).toEqual([fork === 'Frontier' ? 0n : 1n, 2n])
  })

  it('leaves everything as it was when value or nonce do not allow it', () => {
    for (const [balance, nonce, value] of [
      [4n, 1n, 5n],
      [4n, (1n << 64n) - 1n, 0n],
    ]) {
      const { stack, state, gasUsed } = create('CREATE', 'Osaka', [value, 0, size], {
        accounts: [[SELF, { balance, nonce }]],
      })
      expect([stack, state.nonce(SELF), gasUsed]).toEqual([[0n], nonce, 15n + 9n + 32000n + 2n])
    }
    const last = (1n << 64n) - 2n
    const { stack, state } = create('CREATE', 'Osaka', [0, 0, size], { accounts: [[SELF, { nonce: last }]] })
    expect([stack, state.nonce(SELF)]).toEqual([[createAddress(SELF, last)], last + 1n])
  })

  it('raises the nonce of the creator even if the initcode fails, and burns or keeps gas by how', () => {
    const run = (code: Uint8Array) =>
      play({
        code: asm(
          push(bytesToBigint(code), 32),
          push(0),
          'MSTORE',
          callOf('CREATE', 0, 32 - code.length, code.length),
        ),
        accounts: [rich],
        gas: 132_023n,
      })
    const burnt = run(asm('INVALID'))
    // 100,000 is left for the 63/64 rule: 98,438 are lent and lost.
    expect([burnt.stack, burnt.state.nonce(SELF), burnt.driver.result.gas]).toEqual([[0n], 2n, 1562n])
    const kept = run(asm(push(0), push(0), 'REVERT'))
    expect([kept.stack, kept.state.nonce(SELF), kept.driver.result.gas]).toEqual([[0n], 2n, 100_000n - 6n])
    const empty = run(asm('STOP'))
    expect([empty.stack, empty.state.code(createAddress(SELF, 1n))]).toEqual([
      [createAddress(SELF, 1n)],
      new Uint8Array(0),
    ])
  })

  it('initcode runs as the new account, without calldata, its code being the initcode', () => {
    const code = asm(
      'CALLDATASIZE',
      'CODESIZE',
      'CALLER',
      'CALLVALUE',
      'ADDRESS',
      'SELFBALANCE',
      ...[0, 1, 2, 3, 4, 5].map((key) => [push(key), 'SSTORE']),
    )
    const init = asm(push(bytesToBigint(code), code.length))
    const program = asm(init, push(0), 'MSTORE', callOf('CREATE', 9, 32 - code.length, code.length))
    const { stack, state } = play({ code: program, accounts: [rich] })
    const slots = [0n, 1n, 2n, 3n, 4n, 5n].map((key) => state.storage(stack[0], key))
    expect(slots).toEqual([9n, stack[0], 9n, SELF, BigInt(code.length), 0n])
  })

  /** Initcode that returns `size` bytes, the first of which is `first`. */
  const returning = (count: number, first: number) =>
    asm(push(first), push(0), 'MSTORE8', push(count, 3), push(0), 'RETURN')
  const created = (fork: string, code: Uint8Array, gas = 10_000_000n) =>
    play({
      fork,
      gas,
      code: asm(
        push(bytesToBigint(code), 32),
        push(0),
        'MSTORE',
        callOf('CREATE', 0, 32 - code.length, code.length),
      ),
    })

  it('refuses code over 24,576 bytes from EIP-170 on', () => {
    expect(created('EIP150', returning(24577, 0)).stack[0]).not.toBe(0n)
    for (const fork of since('EIP158')) {
      expect([fork, created(fork, returning(24576, 0)).stack[0]]).not.toEqual([fork, 0n])
      expect([fork, created(fork, returning(24577, 0)).stack[0]]).toEqual([fork, 0n])
    }
  })

  it('refuses code that begins with 0xEF from EIP-3541 on', () => {
    expect(created('Berlin', returning(1, 0xef)).stack[0]).not.toBe(0n)
    for (const fork of since('London')) {
      expect([fork, created(fork, returning(1, 0xef)).stack[0]]).toEqual([fork, 0n])
      expect([fork, created(fork, returning(1, 0xee)).stack[0]]).not.toEqual([fork, 0n])
      expect([fork, created(fork, returning(0, 0xef)).stack[0]]).not.toEqual([fork, 0n])
    }
  })

  it('refuses initcode over 49,152 bytes from EIP-3860 on', () => {
    for (const fork of forkNames) {
      const run = (count: bigint) => playRow('CREATE', [0n, 0n, count], { fork }).halt
      expect([fork, run(49_152n)]).toEqual([fork, Halt.None])
      expect([fork, run(49_153n)]).toEqual([
        fork,
        at(fork) < at('Shanghai') ? Halt.None : Halt.InitCodeSizeExceeded,
      ])
    }
  })

  it('makes the new address warm, even if the creation fails', () => {
    for (const code of [asm('STOP'), asm('INVALID')]) {
      const address = createAddress(SELF, 1n)
      const program = asm(
        push(bytesToBigint(code), 32),
        push(0),
        'MSTORE',
        callOf('CREATE', 0, 32 - code.length, code.length),
        'POP',
        'GAS',
        push(address),
        'BALANCE',
        'POP',
        'GAS',
        'SWAP1',
        'SUB',
      )
      // Between the two GAS: a push, the access, a POP and the second GAS.
      expect(play({ code: program }).stack).toEqual([3n + 100n + 2n + 2n])
    }
  })
})

it('the address of a creation is that of the known example', () => {
  // EIP-1014, example 2: deadbeef…, salt 0, initcode 00.
  const example = create2Address(0xdeadbeef00000000000000000000000000000000n, 0n, Uint8Array.of(0))
  expect(bigintToBytes(example, 20)).toEqual(bigintToBytes(0xb928f69bb1d91cd65274e3c79d8986362984fda3n, 20))
})
