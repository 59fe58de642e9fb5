/** What holds for every byte of the native set, in every tier: whether it is there, what it costs, how misuse of it ends. */
import { describe, expect, it } from 'vitest'
import { playRow, type Scene } from '../../src/conform/harness.ts'
import { native, playNative } from '../../src/conform/native-harness.ts'
import type { Runtime } from '../../src/core/capability.ts'
import { Halt } from '../../src/core/halt.ts'
import { STACK_LIMIT } from '../../src/core/table.ts'
import { cancun } from '../forks.ts'
import { zvmCore } from './core.ts'
import { zvm } from './table.ts'

/** A byte's name and reach, its base gas, and what it takes in all on operands of zero, where that is more. */
type Entry = readonly [code: number, name: string, pops: number, pushes: number, base: number, total?: number]

// Transcribed from the definition of the instruction set. Accounts and slots are absent and cold, memory is empty.
const SET: readonly Entry[] = [
  [0x00, 'HALT', 0, 0, 0],
  [0x01, 'NOP', 0, 0, 0],
  [0x10, 'POP', 1, 0, 2],
  [0x11, 'PUSH1', 0, 1, 3],
  [0x12, 'PUSH2', 0, 1, 3],
  [0x13, 'PUSH4', 0, 1, 3],
  [0x14, 'PUSH8', 0, 1, 3],
  [0x15, 'PUSH16', 0, 1, 3],
  [0x16, 'PUSH32', 0, 1, 3],
  [0x17, 'DUP1', 1, 2, 3],
  [0x18, 'DUP2', 2, 3, 3],
  [0x19, 'DUP3', 3, 4, 3],
  [0x1a, 'DUP4', 4, 5, 3],
  [0x1b, 'SWAP1', 2, 2, 3],
  [0x1c, 'SWAP2', 3, 3, 3],
  [0x1d, 'SWAP3', 4, 4, 3],
  [0x1e, 'SWAP4', 5, 5, 3],
  // With the immediate 7.
  [0x20, 'DUPN', 7, 8, 3],
  [0x21, 'SWAPN', 8, 8, 3],
  [0x22, 'PUSH20', 0, 1, 3],
  [0x23, 'REGGET', 0, 1, 2],
  [0x24, 'REGSET', 1, 0, 2],
  [0x30, 'ADD', 2, 1, 3],
  [0x31, 'SUB', 2, 1, 3],
  [0x32, 'MUL', 2, 1, 5],
  [0x33, 'DIV', 2, 1, 5],
  [0x34, 'SDIV', 2, 1, 5],
  [0x35, 'MOD', 2, 1, 5],
  [0x36, 'SMOD', 2, 1, 5],
  [0x37, 'ADDMOD', 3, 1, 8],
  [0x38, 'MULMOD', 3, 1, 8],
  [0x39, 'EXP', 2, 1, 10],
  [0x3a, 'SIGNEXTEND', 2, 1, 5],
  [0x50, 'LT', 2, 1, 3],
  [0x51, 'GT', 2, 1, 3],
  [0x52, 'SLT', 2, 1, 3],
  [0x53, 'SGT', 2, 1, 3],
  [0x54, 'EQ', 2, 1, 3],
  [0x55, 'ISZERO', 1, 1, 3],
  [0x56, 'AND', 2, 1, 3],
  [0x57, 'OR', 2, 1, 3],
  [0x58, 'XOR', 2, 1, 3],
  [0x59, 'NOT', 1, 1, 3],
  [0x5a, 'BYTE', 2, 1, 3],
  [0x5b, 'SHL', 2, 1, 8],
  [0x5c, 'SHR', 2, 1, 8],
  [0x5d, 'SAR', 2, 1, 8],
  [0x70, 'KECCAK256', 2, 1, 30],
  [0x71, 'SHA256', 2, 1, 60],
  [0x72, 'RIPEMD160', 2, 1, 600],
  [0x73, 'BLAKE2B', 2, 1, 30],
  [0x74, 'BLAKE3', 2, 1, 30],
  [0x75, 'ECRECOVER', 4, 1, 3000],
  [0x76, 'ED25519_VERIFY', 4, 1, 2000, 2006],
  [0x77, 'P256_VERIFY', 5, 1, 6900],
  [0x80, 'MLOAD', 1, 1, 3, 6],
  [0x81, 'MSTORE', 2, 0, 3, 6],
  [0x82, 'MSTORE8', 2, 0, 3, 6],
  [0x83, 'MSIZE', 0, 1, 3],
  [0x84, 'MCOPY', 3, 0, 3],
  [0x90, 'SLOAD', 1, 1, 100, 2100],
  [0x91, 'SSTORE', 2, 0, 100, 2200],
  [0x92, 'TLOAD', 1, 1, 100],
  [0x93, 'TSTORE', 2, 0, 100],
  [0xa0, 'JUMP', 1, 0, 8],
  [0xa1, 'JUMPI', 2, 0, 10],
  [0xa2, 'PC', 0, 1, 3],
  [0xa3, 'JUMPDEST', 0, 0, 1],
  [0xa4, 'CALL', 7, 1, 100, 2600],
  [0xa5, 'CALLCODE', 7, 1, 100, 2600],
  [0xa6, 'DELEGATECALL', 6, 1, 100, 2600],
  [0xa7, 'STATICCALL', 6, 1, 100, 2600],
  [0xa8, 'RETURN', 2, 0, 0],
  [0xa9, 'REVERT', 2, 0, 0],
  [0xaa, 'SELFDESTRUCT', 1, 0, 5000, 7600],
  [0xab, 'CREATE', 3, 1, 32000],
  [0xac, 'CREATE2', 4, 1, 32000],
  [0xad, 'GAS', 0, 1, 2],
  [0xae, 'STEPS', 0, 1, 2],
  [0xb0, 'ADDRESS', 0, 1, 2],
  [0xb1, 'BALANCE', 1, 1, 2, 2600],
  [0xb2, 'ORIGIN', 0, 1, 2],
  [0xb3, 'CALLER', 0, 1, 2],
  [0xb4, 'CALLVALUE', 0, 1, 2],
  [0xb5, 'CALLDATALOAD', 1, 1, 3],
  [0xb6, 'CALLDATASIZE', 0, 1, 2],
  [0xb7, 'CALLDATACOPY', 3, 0, 3],
  [0xb8, 'CODESIZE', 0, 1, 2],
  [0xb9, 'CODECOPY', 3, 0, 3],
  [0xba, 'GASPRICE', 0, 1, 2],
  [0xbb, 'EXTCODESIZE', 1, 1, 100, 2600],
  [0xbc, 'EXTCODECOPY', 4, 0, 3, 2600],
  [0xbd, 'RETURNDATASIZE', 0, 1, 2],
  [0xbe, 'RETURNDATACOPY', 3, 0, 3],
  [0xbf, 'EXTCODEHASH', 1, 1, 100, 2600],
  [0xc0, 'BLOCKHASH', 1, 1, 20],
  [0xc1, 'COINBASE', 0, 1, 2],
  [0xc2, 'TIMESTAMP', 0, 1, 2],
  [0xc3, 'NUMBER', 0, 1, 2],
  [0xc4, 'DIFFICULTY', 0, 1, 2],
  [0xc5, 'PREVRANDAO', 0, 1, 2],
  [0xc6, 'GASLIMIT', 0, 1, 2],
  [0xc7, 'CHAINID', 0, 1, 2],
  [0xc8, 'SELFBALANCE', 0, 1, 2],
  [0xc9, 'BASEFEE', 0, 1, 2],
  [0xd0, 'SYSCALL', 4, 1, 100, 107],
  [0xd2, 'TABLEHASH', 2, 1, 30],
  [0xe0, 'HTS_TRANSFER', 4, 1, 50, 10050],
  [0xe1, 'HTS_MINT', 2, 1, 100, 50100],
  [0xe2, 'HTS_BURN', 2, 1, 100, 50100],
  [0xe3, 'HTS_ASSOCIATE', 2, 1, 50, 20050],
  [0xe4, 'HTS_DISSOCIATE', 2, 1, 50, 20050],
  [0xe5, 'HTS_APPROVE', 3, 1, 50, 5050],
  [0xe6, 'HTS_CREATE', 0, 1, 500, 100500],
  [0xe7, 'HCS_SUBMIT', 3, 1, 50, 5050],
  [0xe8, 'HCS_CREATE_TOPIC', 0, 1, 200, 50200],
  [0xe9, 'HCS_UPDATE_TOPIC', 3, 1, 100, 25100],
  [0xea, 'HCS_DELETE_TOPIC', 1, 1, 100, 12600],
  [0xeb, 'HEDERA_ACCOUNT_ID', 0, 1, 2],
  [0xec, 'HEDERA_TIMESTAMP', 0, 1, 2],
  // The memory that keys and signatures lie in: 104, 29 and 534 words, and 61 for a key; Falcon's length says 0.
  [0xf0, 'PQ_VERIFY_DILITHIUM', 4, 1, 1000, 1000 + 104 * 3 + 21],
  [0xf1, 'PQ_VERIFY_FALCON', 4, 1, 800, 800 + 29 * 3 + 1],
  [0xf2, 'PQ_VERIFY_SPHINCS', 4, 1, 2000, 2000 + 534 * 3 + 556],
  [0xf3, 'PQ_KEYGEN', 2, 1, 5000, 5000 + 61 * 3 + 7],
  [0xf8, 'LOG0', 2, 0, 375],
  [0xf9, 'LOG1', 3, 0, 750],
  [0xfa, 'LOG2', 4, 0, 1125],
  [0xfb, 'LOG3', 5, 0, 1500],
  [0xfc, 'LOG4', 6, 0, 1875],
  [0xff, 'INVALID', 0, 0, 0],
]

/** Bytes after an opcode: of SYSCALL an id, of the stack's and the registers' own the number 7. */
const IMMEDIATES: Readonly<Record<string, Uint8Array>> = {
  ...Object.fromEntries([1, 2, 4, 8, 16, 20, 32].map((size) => [`PUSH${size}`, new Uint8Array(size)])),
  ...Object.fromEntries(['DUPN', 'SWAPN', 'REGGET', 'REGSET'].map((name) => [name, Uint8Array.of(7)])),
  SYSCALL: Uint8Array.of(1, 2),
}

const WRITERS = new Set(
  SET.map(([, name]) => name).filter(
    (name) =>
      /^(SSTORE|TSTORE|LOG.|CREATE2?|SELFDESTRUCT|H[TC]S_.*)$/.test(name),
  ),
)

const ENDS: Readonly<Record<string, Halt>> = {
  HALT: Halt.Stop,
  RETURN: Halt.Return,
  REVERT: Halt.Revert,
  SELFDESTRUCT: Halt.SelfDestruct,
  INVALID: Halt.InvalidOpcode,
}

/** Grants everything, answers 1 at a price of 7. */
const runtime: Runtime = {
  find: (id) => ({
    name: `call ${id}`,
    capability: 'all',
    kind: 'pure',
    gas: () => 7,
    run: () => ({ status: 1n, output: new Uint8Array(0) }),
  }),
  allows: () => true,
}

const JUMPDEST = 0xa3
const codeOf = (name: string) => native(name, IMMEDIATES[name] ?? [], JUMPDEST)
/** Zeros, but for a jump a destination. */
const stackOf = (name: string, count: number) => Array<bigint>(count).fill(name === 'JUMP' ? 1n : 0n)
const play = (name: string, count: number, scene: Scene = {}) =>
  playRow('', stackOf(name, count), { fork: zvm, code: codeOf(name), runtime, ...scene })

describe('the native table', () => {
  it('has these rows and no others', () => {
    const rows = [...zvm.rows.values()].map(({ code, name, gas }) => [code, name, gas])
    expect(rows.sort(([a], [b]) => Number(a) - Number(b))).toEqual(SET.map(([code, name, , , gas]) => [code, name, gas]))
    expect(SET.length).toBe(130)
  })

  it('has the rules and precompiles of Cancun', () => {
    expect(zvm.rules).toEqual(cancun.rules)
    expect(new Set(zvm.precompiles.values())).toEqual(new Set(cancun.precompiles.values()))
    expect(zvmCore.rules).toEqual(cancun.rules)
  })

  it('leaves digests, signatures and precompiles out of its core', () => {
    const left = [...zvm.rows.keys()].filter((code) => !zvmCore.rows.has(code)).sort((a, b) => a - b)
    expect(left).toEqual([0x71, 0x72, 0x73, 0x74, 0x75, 0x76, 0x77, 0xf0, 0xf1, 0xf2, 0xf3])
    expect(zvmCore.precompiles.size).toBe(0)
  })

  it('halts on every other byte, and burns all gas', () => {
    const codes = new Set(SET.map(([code]) => code))
    const others = Array.from({ length: 256 }, (_, code) => code).filter((code) => !codes.has(code))
    expect(others.length).toBe(126)
    for (const code of others) {
      const { halt, gasUsed, steps } = playNative({ code: Uint8Array.of(code, JUMPDEST) })
      expect([code, halt, gasUsed, steps]).toEqual([code, Halt.InvalidOpcode, 1_000_000n, 1])
    }
  })
})

describe.each(SET.map(([code, name, pops, pushes, base, total = base]) => ({ code, name, pops, pushes, total })))(
  '$name',
  ({ name, pops, pushes, total }) => {
    const end = ENDS[name] ?? Halt.None
    const gas = BigInt(total)

    it('takes the gas it is worth, and pops and pushes what it says', () => {
      const { halt, gasUsed, frame, steps } = play(name, pops)
      expect([halt, gasUsed, steps]).toEqual([end, end === Halt.InvalidOpcode ? 1_000_000n : gas, 1])
      if (end === Halt.None) expect(frame.sp).toBe(pushes)
    })

    // A program that pushes the operands has a jump's destination behind it, which costs 1.
    const isJump = name === 'JUMP'
    const pushed = isJump ? [3n] : stackOf(name, pops)
    const code = native(name, IMMEDIATES[name] ?? [], isJump ? 'JUMPDEST' : [], 'HALT')

    it('runs with exactly that gas, and not with one less, in every tier', () => {
      // The sentry of SSTORE asks for more than it takes (EIP-2200).
      const enough = name === 'SSTORE' ? 2301n : gas + (isJump ? 1n : 0n)
      const run = (left: bigint) => playNative({ code, gas: 3n * BigInt(pops) + left, runtime }, pushed)
      expect(run(enough).halt).toBe(end === Halt.None ? Halt.Stop : end)
      if (gas > 0n) expect(run(enough - 1n).halt).toBe(Halt.OutOfGas)
    })

    it('halts on an operand too few, and on one too many, in every tier', () => {
      if (pops > 0) expect(playNative({ code, runtime }, stackOf(name, pops - 1)).halt).toBe(Halt.StackUnderflow)
      const full = play(name, STACK_LIMIT)
      expect(full.halt).toBe(pushes > pops ? Halt.StackOverflow : end)
      if (pushes > pops) {
        expect(playNative({ code, runtime }, stackOf(name, STACK_LIMIT)).halt).toBe(Halt.StackOverflow)
        expect(play(name, STACK_LIMIT - (pushes - pops)).frame.sp).toBe(STACK_LIMIT)
      }
    })

    it('writes nothing in a static frame, in any tier', () => {
      const { halt } = playNative({ code, runtime, isStatic: true }, pushed)
      expect(halt).toBe(WRITERS.has(name) ? Halt.StaticViolation : end === Halt.None ? Halt.Stop : end)
    })
  },
)
