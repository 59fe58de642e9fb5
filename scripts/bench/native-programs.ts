import { asmFor, push, ret } from '../../src/core/asm.ts'
import { keccak256 } from '../../src/core/keccak.ts'
import type { Table } from '../../src/core/table.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { NO_SLOTS, type Program, type ProgramAccount } from './program.ts'

const ANSWERER = 0xa0000n
const ANSWER = 42n
const PRIME = 2n ** 256n - 2n ** 32n - 977n
/** Of a linear congruential generator modulo 2^256, so that no operand stays short. */
const FACTOR = 0x5851f42d4c957f2d14057b7ef767814f5851f42d4c957f2d14057b7ef767814fn
const STEP = 0x14057b7ef767814fn

const generate = `${push(FACTOR)} MUL ${push(STEP)} ADD`
const generated = (x: bigint) => word(x * FACTOR + STEP)

/** A loop over one word, in the names that both instruction sets have. */
interface Loop {
  readonly name: string
  readonly times: number
  /** [x] → [x], and the same in TypeScript; `kept` is a memory of its own for each run. */
  readonly body: string
  next(x: bigint, kept: Map<bigint, bigint>): bigint
}

const LOOPS: readonly Loop[] = [
  {
    name: 'native/multiply',
    times: 20_000,
    body: `${generate} DUP1 PUSH 7 SHR XOR`,
    next: (x) => generated(x) ^ (generated(x) >> 7n),
  },
  {
    name: 'native/divide',
    times: 20_000,
    body: `${generate} DUP1 PUSH 77 SHR DUP2 DIV ADD`,
    next: (x) => word(generated(x) + generated(x) / (generated(x) >> 77n)),
  },
  {
    name: 'native/square-modulo',
    times: 20_000,
    body: `${push(PRIME)} SWAP1 DUP1 MULMOD ${push(STEP)} ADD`,
    next: (x) => word(((x * x) % PRIME) + STEP),
  },
  {
    name: 'native/rotate',
    times: 20_000,
    body: 'DUP1 PUSH 5 SHL SWAP1 PUSH 27 SHR OR PUSH 0x5a827999 ADD PUSH 0xffffffff AND',
    next: (x) => (((x << 5n) | (x >> 27n)) + 0x5a827999n) & 0xffffffffn,
  },
  {
    name: 'native/hash',
    times: 2000,
    body: 'PUSH 0 MSTORE PUSH 32 PUSH 0 KECCAK256',
    next: (x) => bytesToBigint(keccak256(bigintToBytes(x, 32))),
  },
  { name: 'native/memory', times: 10_000, ...accumulate('MLOAD', 'MSTORE', 0xfe0n) },
  { name: 'native/storage', times: 2000, ...accumulate('SLOAD', 'SSTORE', 0x7n) },
  {
    name: 'native/call',
    times: 2000,
    body: `PUSH 32 PUSH 0 PUSH 0 PUSH 0 ${push(ANSWERER)} GAS STATICCALL ADD PUSH 0 MLOAD ADD`,
    next: (x) => word(x + 1n + ANSWER),
  },
]

/** Adds x to one of the words that are kept, by the bits of the mask, and that to x. */
function accumulate(load: string, store: string, mask: bigint): Pick<Loop, 'body' | 'next'> {
  return {
    body: `DUP1 ${push(mask)} AND DUP1 ${load} DUP3 ADD DUP1 DUP3 ${store} SWAP1 POP ADD ${generate}`,
    next(x, kept) {
      const place = x & mask
      const sum = word(x + (kept.get(place) ?? 0n))
      kept.set(place, sum)
      return generated(word(x + sum))
    },
  }
}

/** The same programs in the bytes of an instruction set, with what they must give. */
export function nativePrograms(table: Table): Program[] {
  const asm = asmFor(table)
  const answerer: ProgramAccount = {
    address: ANSWERER,
    code: asm(push(ANSWER), ret),
    nonce: 1n,
    balance: 0n,
    storage: NO_SLOTS,
  }
  return LOOPS.map(({ name, times, body, next }) => ({
    name,
    code: asm(
      `PUSH 3 ${push(times)}`,
      `again: JUMPDEST SWAP1 ${body} SWAP1 PUSH 1 SWAP1 SUB DUP1 @again JUMPI`,
      `POP ${ret}`,
    ),
    input: new Uint8Array(0),
    gasLimit: 1_000_000_000n,
    balance: 0n,
    storage: NO_SLOTS,
    accounts: [answerer],
    expected: { status: 'success', gasUsed: null, output: bigintToBytes(resultOf(times, next), 32) },
  }))
}

function resultOf(times: number, next: Loop['next']): bigint {
  const kept = new Map<bigint, bigint>()
  let x = 3n
  for (let i = 0; i < times; i++) x = next(x, kept)
  return x
}

function word(value: bigint): bigint {
  return BigInt.asUintN(256, value)
}
