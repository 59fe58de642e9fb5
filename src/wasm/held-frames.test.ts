/** Frames that the tiers open by themselves: whatever they run and however they end, all is as if the driver had. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { executeCall } from '../chain/call.ts'
import { createAddress } from '../core/address.ts'
import { asmFor, push } from '../core/asm.ts'
import { Driver, NO_LIMITS } from '../core/driver.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Environment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import { bigintToBytes } from '../core/word.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import { type TierName, tiersOf } from './tier-names.ts'
import { sharedTier, takeLoweredSteps } from './tiers.ts'

const ENV: Environment = {
  chainId: 1n,
  block: {
    ...{ number: 1n, timestamp: 1n, coinbase: 1n, gasLimit: 1n << 40n },
    ...{ difficulty: 0n, prevRandao: 0n, baseFee: 0n, blobBaseFee: 1n },
  },
  origin: 1n,
  gasPrice: 0n,
  blobHashes: [],
}

const CALLER = 0xca11n
/** Contracts; the first is the one that is sent the message. */
const CONTRACTS = [0xc0den, 0xbeefn, (1n << 159n) + 7n, 0xfeedn]
const [FIRST, SECOND, THIRD] = CONTRACTS
/** What the second creates first. */
const CREATED = createAddress(CONTRACTS[1], 1n)
/** Whom they call: each other, precompiles, an account without code, nobody, and what they create. */
const CALLED = [...CONTRACTS, ...CONTRACTS, 1n, 2n, 4n, 0xe0an, 0xdeadn, CREATED, 'created'] as const

const fast = tiersOf('all').filter((name) => name !== 'reference')

function outcome(
  tier: TierName,
  table: Table,
  codes: readonly Uint8Array[],
  gas: bigint,
  steps = NO_LIMITS.steps,
  data: Uint8Array = new Uint8Array(0),
) {
  const source = new MemorySource()
  for (const [i, code] of codes.entries()) source.set(CONTRACTS[i], 1n, 5n, code, new Map([[1n, 2n]]))
  source.set(0xe0an, 0n, 1n, new Uint8Array(0), new Map())
  const state = new State(source)
  const driver = new Driver(table, state, defaultCrypto, { ...NO_LIMITS, steps }, sharedTier(tier, table))
  const ends = [gas, 500_000n].map((limit) => {
    const request = { caller: CALLER, to: CONTRACTS[0], value: 0n, data, gas: limit }
    const { halt, gasUsed, refund, steps, output, logs } = executeCall(driver, state, request, ENV, 'keep')
    return [haltName(halt), gasUsed, refund, steps, bytesToHex(output), logs]
  })
  source.apply(state.changes())
  return [ends, CONTRACTS.map((address) => source.account(address))]
}

function agree(
  ...[table, codes, gas, steps, data]: Parameters<typeof outcome> extends [TierName, ...infer R] ? R : never
) {
  const expected = outcome('reference', table, codes, gas, steps, data)
  for (const tier of fast)
    expect([tier, ...outcome(tier, table, codes, gas, steps, data)]).toEqual([tier, ...expected])
}

interface Act {
  readonly kind: string
  readonly to: (typeof CALLED)[number]
  readonly a: number
  readonly b: number
  readonly gas: number
  readonly value: bigint
}

/** What a frame can see of itself and of its last message, one word each. */
const SEEN = [
  ...[
    'ADDRESS',
    'CALLER',
    'CALLVALUE',
    'CALLDATASIZE',
    'CODESIZE',
    'RETURNDATASIZE',
    'MSIZE',
    'GAS',
    'ORIGIN',
  ],
  ...['PUSH 0 CALLDATALOAD', 'PUSH 1 SLOAD', 'PUSH 1 TLOAD', 'PUSH 3 CALLDATALOAD', 'SELFBALANCE'],
  ...[SECOND, CREATED, 0xe0an, 4n].map((address) => `${push(address)} EXTCODESIZE`),
]

const acts: fc.Arbitrary<readonly Act[]> = fc.array(
  fc.record({
    kind: fc.constantFrom(
      ...['CALL', 'CALL', 'CALL', 'STATICCALL', 'STATICCALL', 'DELEGATECALL', 'DELEGATECALL', 'CALLCODE'],
      ...[
        'see',
        'see',
        'see',
        'SSTORE',
        'TSTORE',
        'LOG1',
        'CREATE',
        'RETURNDATACOPY',
        'grow',
        'SELFDESTRUCT',
      ],
    ),
    to: fc.constantFrom(...CALLED),
    a: fc.constantFrom(0, 0, 1, 32, 33, 64, 100),
    b: fc.constantFrom(0, 0, 1, 32, 36, 70, 4000),
    gas: fc.constantFrom(0, 30, 700, 3000, 20_000, 60_000, 1 << 30),
    value: fc.constantFrom(0n, 0n, 0n, 0n, 1n, 100n),
  }),
  { maxLength: 9 },
)

/** Adds a word to the sum at the start of memory. */
const SUM = 'PUSH 0 MLOAD PUSH 33 MUL ADD PUSH 0 MSTORE'
/** Initcode, right-aligned in a word, of a contract that returns a word of its storage. */
const INITCODE = 0x600b600c600039600b6000f3_60015460005260206000f3n

function write(table: Table, all: readonly Act[], end: string): Uint8Array {
  const names = new Set([...table.rows.values()].map((row) => row.name))
  const knows = (text: string) =>
    text.split(' ').every((word) => !/^[A-Z]/.test(word) || word === 'PUSH' || names.has(word))
  const items = all.flatMap(({ kind, to, a, b, gas, value }) => {
    if (kind === 'see')
      return SEEN.filter(knows)
        .slice(a % 15, (a % 15) + 4)
        .flatMap((text) => [text, SUM])
    if (kind === 'grow') return [push(value), push(a * b), 'MSTORE']
    if (kind === 'CREATE')
      return [push(INITCODE), 'PUSH 32 MSTORE', 'PUSH 23 PUSH 41 PUSH 0 CREATE', 'DUP1 PUSH 512 MSTORE', SUM]
    if (kind === 'SELFDESTRUCT') return a === 100 ? [push(0xe0an), kind] : []
    if (!names.has(kind)) return []
    if (kind === 'SSTORE' || kind === 'TSTORE') return ['PUSH 0 MLOAD', push(a % 3), kind]
    if (kind === 'LOG1') return [push(value), push(a), push(b), kind]
    if (kind === 'RETURNDATACOPY') return [push(b % 40), push(a % 3), push(64), kind]
    const recipient = to === 'created' ? 'PUSH 512 MLOAD' : push(to)
    const paid = kind === 'CALL' || kind === 'CALLCODE' ? [push(value)] : []
    return [push(b), push(a), push(a), push(b), ...paid, recipient, push(gas), kind, SUM]
  })
  const size = end.endsWith('N') || end.endsWith('T') ? ['PUSH 40 PUSH 0'] : []
  return asmFor(table)(...items, ...(names.has(end) ? [...size, end] : ['.data 0xfe']))
}

const ENDS = ['RETURN', 'RETURN', 'RETURN', 'STOP', 'REVERT', 'INVALID']

describe('frames that the tiers hold', () => {
  it.each([
    'Frontier',
    'Homestead',
    'TangerineWhistle',
    'Byzantium',
    'Istanbul',
    'Berlin',
    'Cancun',
    'Prague',
  ])('agree with the reference tier, under %s', (name) => {
    const table = forkByName(name)
    const contract = fc.tuple(acts, fc.constantFrom(...ENDS))
    const gas = fc.oneof(fc.bigInt(0n, 20_000n), fc.bigInt(0n, 400_000n))
    const steps = fc.oneof(fc.constant(NO_LIMITS.steps), fc.integer({ min: 1, max: 400 }))
    fc.assert(
      fc.property(fc.tuple(contract, contract, contract, contract), gas, steps, (contracts, limit, most) =>
        agree(
          table,
          contracts.map(([all, end]) => write(table, all, end)),
          limit,
          most,
        ),
      ),
      { numRuns: 250, seed: 20_261_126 },
    )
  })

  const cancun = forkByName('Cancun')
  const asm = asmFor(cancun)
  const call = (to: bigint, kind = 'CALL', [inBytes, outBytes] = [0, 0], gas = 'GAS') =>
    [
      push(outBytes),
      push(0),
      push(inBytes),
      push(0),
      ...(kind === 'CALL' ? ['PUSH 0'] : []),
      push(to),
      gas,
      kind,
    ].join(' ')

  it('to the depth of 1,024, and with output, calldata and memory of every size', () => {
    const deep = asm(call(FIRST), 'PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN')
    agree(cancun, [deep], 1n << 40n)
    // What comes back of one call is sent with the next.
    for (const size of [0, 1, 31, 32, 33, 0x8000, 0x3ffff, 0x40000, 0x40001]) {
      const sender = asm(
        call(SECOND, 'CALL', [size, size]),
        call(SECOND, 'STATICCALL', [size, size]),
        `${push(size)} PUSH 0 RETURN`,
      )
      const echo = asm(
        'CALLER PUSH 0 MSTORE CALLDATASIZE PUSH 0 PUSH 7 CALLDATACOPY',
        `${push(size)} PUSH 0 RETURN`,
      )
      agree(cancun, [sender, echo], 1n << 40n)
    }
  })

  it('with zeros after the calldata, whatever lies behind it in memory', () => {
    const ones = [0, 32, 64, 96].map((at) => `${push((1n << 256n) - 1n)} ${push(at)} MSTORE`)
    for (const size of [0, 1, 31, 32, 33, 63, 64]) {
      // The end of the sender's memory, after which the recipient's begins.
      const input = `PUSH 160 PUSH 128 ${push(size)} ${push(128 - size)}`
      const send = `${input} PUSH 0 ${push(SECOND)} PUSH 100000 CALL POP`
      const sender = asm(...ones, send, send, 'PUSH 160 PUSH 128 RETURN')
      const loads = [0, 1, 31, 32, size].map(
        (from, i) => `${push(from)} CALLDATALOAD ${push(32 * (4 + i))} MSTORE`,
      )
      // The host is asked for a balance, which gives the frame to the driver.
      const teller = asm(...ones, ...loads, 'CALLER BALANCE POP', ...loads, 'PUSH 160 PUSH 128 RETURN')
      agree(cancun, [sender, teller], 1_000_000n)
    }
  })

  it('with gas beyond 2^32, 2^53 and 2^63', () => {
    const sender = asm(
      call(SECOND),
      call(SECOND),
      call(SECOND, 'DELEGATECALL', [0, 32]),
      'PUSH 32 PUSH 0 RETURN',
    )
    const teller = asm('GAS PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN')
    for (const gas of [(1n << 64n) - 1n, 1n << 63n, (1n << 53n) + 1n, 1n << 32n, (1n << 30n) - 1n])
      agree(cancun, [sender, teller], gas)
  })

  it('forget what a failed frame had learned', () => {
    // The second meets the third and fails, so it is cold for the first.
    const first = asm(
      call(SECOND),
      call(THIRD),
      'GAS PUSH 0 MSTORE',
      call(THIRD),
      'GAS PUSH 32 MSTORE PUSH 64 PUSH 0 RETURN',
    )
    const third = asm('PUSH 1 PUSH 0 SSTORE STOP')
    for (const end of ['PUSH 0 PUSH 0 REVERT', 'INVALID', 'STOP'])
      agree(cancun, [first, asm(call(THIRD), call(THIRD), end), third], 1_000_000n)
  })

  it('forget that an account ran nothing when it is given code', () => {
    const idle = [push(1), push(CREATED), 'BALANCE POP'].join(' ')
    const first = asm(
      idle,
      call(CREATED),
      call(CREATED),
      call(SECOND),
      call(CREATED, 'CALL', [0, 32]),
      'PUSH 32 PUSH 0 RETURN',
    )
    const second = asm(push(INITCODE), 'PUSH 0 MSTORE PUSH 23 PUSH 9 PUSH 0 CREATE', call(CREATED), 'STOP')
    agree(cancun, [first, second], 1_000_000n)
  })

  it('as whom they run is seen through every kind of call', () => {
    const kinds = ['CALL', 'STATICCALL', 'DELEGATECALL']
    const teller = asm(
      'CALLER ADDRESS ADD CALLVALUE ADD PUSH 1 SLOAD ADD PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN',
    )
    for (const outer of kinds)
      for (const inner of kinds) {
        const second = asm(
          call(THIRD, inner, [0, 32]),
          call(THIRD, inner, [0, 32]),
          'CALLER ADDRESS MUL PUSH 0 MLOAD ADD PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN',
        )
        const first = asm(call(SECOND, outer, [0, 32]), call(SECOND, outer, [0, 32]), 'PUSH 32 PUSH 0 RETURN')
        agree(cancun, [first, second, teller], 1_000_000n, NO_LIMITS.steps, bigintToBytes(7n, 32))
      }
  })

  it.each(fast)('are not left for the driver (%s)', (tier) => {
    const first = asm(
      'PUSH 200 .data 0x5b',
      call(SECOND, 'CALL', [4, 32]),
      'POP PUSH 1 SWAP1 SUB DUP1 PUSH 2 JUMPI STOP',
    )
    const second = asm(
      'CALLDATASIZE CALLER ADD PUSH 1 SLOAD ADD PUSH 0 MSTORE',
      call(THIRD),
      'PUSH 32 PUSH 0 RETURN',
    )
    takeLoweredSteps()
    outcome(tier, cancun, [first, second, asm('PUSH 0 PUSH 0 REVERT')], 10_000_000n)
    const { calledOut } = takeLoweredSteps()
    // In each of the two messages: the first call of either, and the first access of the slot.
    expect(calledOut.reduce((sum, count) => sum + count, 0)).toBeLessThanOrEqual(6)
  })
})
