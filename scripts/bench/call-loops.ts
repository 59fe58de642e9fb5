import { cancun } from '../../opcodes/forks.ts'
import { asmFor, push, ret } from '../../src/core/asm.ts'
import { NO_SLOTS, type Program, type ProgramAccount } from './program.ts'

const TIMES = 4000

/** An account without code, one whose code returns a word, and one that calls the next account down to the last. */
const FRIEND = 0xf0000n
const ANSWERER = 0xa0000n
const FORWARDER = 0xb0000n
const DEPTH = 60

const asm = asmFor(cancun)

/** Loops over one call each: a transfer of value, precompiles, contracts that do next to nothing. */
export function callLoops(): Program[] {
  const answerer = account(ANSWERER, asm(push(42), ret))
  const forwarders = Array.from({ length: DEPTH }, (_, i) => account(FORWARDER + BigInt(i), forwarderCode(i)))
  return [
    program('calls/value-transfer', call(FRIEND, { value: 1 }), [account(FRIEND, new Uint8Array(0), 1n)]),
    program('calls/identity-128', call(4n, { inputBytes: 128, outputBytes: 128 })),
    program('calls/sha256-64', call(2n, { inputBytes: 64, outputBytes: 32 })),
    program('calls/small-contract', call(ANSWERER, { outputBytes: 32 }), [answerer]),
    program('calls/delegate', call(ANSWERER, { outputBytes: 32, kind: 'DELEGATECALL' }), [answerer]),
    program('calls/deep', call(FORWARDER, { outputBytes: 32 }), forwarders, TIMES / DEPTH),
  ]
}

/** What a call moves; nothing, unless it says. */
interface Call {
  readonly value?: number
  readonly inputBytes?: number
  readonly outputBytes?: number
  readonly kind?: 'CALL' | 'DELEGATECALL' | 'STATICCALL'
}

/** One call with all gas that may be passed on: [] → [success]. */
function call(to: bigint, { value = 0, inputBytes = 0, outputBytes = 0, kind = 'CALL' }: Call): string {
  const operands = [push(outputBytes), push(0), push(inputBytes), push(0)]
  return [...operands, ...(kind === 'CALL' ? [push(value)] : []), push(to), 'GAS', kind].join(' ')
}

/** Passes on what the next one gives; the last gives a word. */
function forwarderCode(index: number): Uint8Array {
  if (index === DEPTH - 1) return asm(push(42), ret)
  const next = call(FORWARDER + BigInt(index + 1), { outputBytes: 32, kind: 'STATICCALL' })
  return asm(next, 'POP', 'PUSH 32 PUSH 0 RETURN')
}

/** Repeats the call and returns how many of them succeeded. */
function program(
  name: string,
  body: string,
  accounts: readonly ProgramAccount[] = [],
  times = TIMES,
): Program {
  const count = Math.floor(times)
  const code = asm(
    `PUSH 0 ${push(count)}`,
    'again: JUMPDEST',
    // [count, left]: adds what the call gives to the count, takes one off the rest.
    `${body} SWAP1 SWAP2 ADD SWAP1`,
    'PUSH 1 SWAP1 SUB DUP1 @again JUMPI',
    `POP ${ret}`,
  )
  return {
    name,
    code,
    input: new Uint8Array(0),
    gasLimit: 1_000_000_000n,
    balance: 10n ** 18n,
    storage: NO_SLOTS,
    accounts,
    expected: { status: 'success', gasUsed: null, output: wordOf(count) },
  }
}

function account(address: bigint, code: Uint8Array, balance = 0n): ProgramAccount {
  return { address, code, nonce: 1n, balance, storage: NO_SLOTS }
}

function wordOf(value: number): Uint8Array {
  const word = Buffer.alloc(32)
  word.writeUInt32BE(value, 28)
  return word
}
