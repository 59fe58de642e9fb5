import { createHash } from 'node:crypto'
import { ed25519 } from '@noble/curves/ed25519.js'
import { secp256k1 } from '@noble/curves/secp256k1.js'
import { keccak_256 } from '@noble/hashes/sha3.js'
import { describe, expect, it } from 'vitest'
import { contract } from '../../scripts/lite/wat.ts'
import { SENDER, type WorldOptions, worldOf } from '../../scripts/lite/world.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import { parseGrants } from '../runtime/grants.ts'
import { definePlugin } from '../runtime/plugin.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { LITE_CAPABILITIES } from './functions.ts'

const A = 0xa1n
const EMPTY = new Uint8Array(0)
const word = (value: bigint | number) => bigintToBytes(BigInt(value), 32)
const address = (value: bigint) => bigintToBytes(value, 20)
const flag = (value: number) => Uint8Array.of(value, 0, 0, 0)
const little = (value: bigint) => bigintToBytes(value, 8).reverse()
const text = (value: string) => new TextEncoder().encode(value)
const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const data = (at: number, bytes: Uint8Array) =>
  `(data (i32.const ${at}) "${[...bytes].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}")`

const RETURN = 'return (param i32 i32)'
/** Ends with `size` bytes from 0, where each case leaves what it was answered. */
const giving = (size: number) => `(call $return (i32.const 0) (i32.const ${size}))`

/** A function of module `zvm` called once: its import, what is said before, its arguments, and what lies in memory. */
interface Case {
  readonly type: string
  readonly args: string
  readonly answer?: 'i32' | 'i64'
  readonly fields?: string
  readonly input?: Uint8Array
  readonly value?: bigint
  readonly expected: Uint8Array
}

const OUT = '(i32.const 0)'
const MESSAGE = text('a payload of no particular length')
const DIGEST = keccak_256(MESSAGE)
const KEY = new Uint8Array(32).fill(7)
const SIGNED = secp256k1.sign(DIGEST, KEY, { prehash: false, format: 'recovered' })
const SIGNER = keccak_256(secp256k1.getPublicKey(KEY, false).subarray(1)).subarray(12)
const ED_KEY = ed25519.getPublicKey(KEY)
const ED_SIGNATURE = ed25519.sign(MESSAGE, KEY)
const MESSAGE_RANGE = `(i32.const 512) (i32.const ${MESSAGE.length})`
const V = BigInt(27 + SIGNED[0])

const CASES: Readonly<Record<string, Case>> = {
  address: { type: '(param i32)', args: OUT, expected: address(A) },
  caller: { type: '(param i32)', args: OUT, expected: address(SENDER) },
  origin: { type: '(param i32)', args: OUT, expected: address(SENDER) },
  value: { type: '(param i32)', args: OUT, value: 77n, expected: word(77) },
  block_number: { type: '(result i64)', args: '', answer: 'i64', expected: little(7n) },
  block_timestamp: { type: '(result i64)', args: '', answer: 'i64', expected: little(1000n) },
  calldata_size: {
    type: '(result i32)',
    args: '',
    answer: 'i32',
    input: MESSAGE,
    expected: flag(MESSAGE.length),
  },
  calldata_copy: {
    ...{ type: '(param i32 i32 i32)', args: '(i32.const 0) (i32.const 2) (i32.const 40)', input: MESSAGE },
    expected: join(MESSAGE.subarray(2), new Uint8Array(42 - MESSAGE.length)),
  },
  returndata_size: { type: '(result i32)', args: '', answer: 'i32', expected: flag(0) },
  keccak256: {
    ...{ type: '(param i32 i32 i32)', args: `${MESSAGE_RANGE} ${OUT}`, fields: data(512, MESSAGE) },
    expected: DIGEST,
  },
  sha256: {
    ...{ type: '(param i32 i32 i32)', args: `${MESSAGE_RANGE} ${OUT}`, fields: data(512, MESSAGE) },
    expected: createHash('sha256').update(MESSAGE).digest(),
  },
  ed25519_verify: {
    type: '(param i32 i32 i32 i32) (result i32)',
    args: `(i32.const 300) (i32.const 400) ${MESSAGE_RANGE}`,
    answer: 'i32',
    fields: data(300, ED_KEY) + data(400, ED_SIGNATURE) + data(512, MESSAGE),
    expected: flag(1),
  },
  ecrecover: {
    type: '(param i32 i32 i32 i32 i32) (result i32)',
    args: `(i32.const 300) (i32.const ${V}) (i32.const 400) (i32.const 432) (i32.const 4)`,
    answer: 'i32',
    fields: data(300, DIGEST) + data(400, SIGNED.subarray(1)),
    expected: join(flag(1), SIGNER),
  },
}

const importOf = (name: string, type: string) => `${name} ${type}`

function codeOf(name: string, { type, args, answer, fields = '', expected }: Case): Uint8Array {
  const called = `(call $${name} ${args})`
  const body = answer ? `(${answer}.store (i32.const 0) ${called})` : called
  return contract([importOf(name, type), RETURN], body + giving(expected.length), fields)
}

const send = (code: Uint8Array, options: WorldOptions = {}, input: Uint8Array = EMPTY, value = 0n) => {
  const world = worldOf({ [`${A}`]: code }, options)
  return { ...world.send(A, input, 10_000_000n, value), world }
}

describe('the functions of zvm', () => {
  it.each(Object.entries(CASES))('%s', (name, each) => {
    for (const isCounting of [false, true]) {
      const { output } = send(codeOf(name, each), { isCounting }, each.input, each.value)
      expect(bytesToHex(output)).toBe(bytesToHex(each.expected))
    }
  })

  it('say no to a signature that is none', () => {
    const forged = ED_SIGNATURE.slice()
    forged[5] ^= 1
    const { fields, ...ed } = CASES.ed25519_verify
    const wrong = { ...ed, fields: fields!.replace(data(400, ED_SIGNATURE), data(400, forged)) }
    expect([...send(codeOf('ed25519_verify', wrong)).output]).toEqual([0, 0, 0, 0])
    const { args, ...recovery } = CASES.ecrecover
    const none = { ...recovery, args: args.replace(`${V}`, '29') }
    expect([...send(codeOf('ecrecover', none)).output]).toEqual(new Array(24).fill(0))
  })

  /** Arguments of which the one that is named points past the only page; the others do not. */
  const OUTSIDE = '(i32.const 65520)'
  it.each([
    ['address', '(param i32)', OUTSIDE.replace('65520', '65517')],
    ['value', '(param i32)', OUTSIDE],
    ['calldata_copy', '(param i32 i32 i32)', `${OUTSIDE} (i32.const 0) (i32.const 17)`],
    ['calldata_copy', '(param i32 i32 i32)', '(i32.const 0) (i32.const 0) (i32.const -1)'],
    ['return', '(param i32 i32)', `${OUTSIDE} (i32.const 17)`],
    ['revert', '(param i32 i32)', '(i32.const -1) (i32.const 2)'],
    ['storage_load', '(param i32 i32)', `${OUTSIDE} (i32.const 0)`],
    ['storage_load', '(param i32 i32)', `(i32.const 0) ${OUTSIDE}`],
    ['storage_store', '(param i32 i32)', `(i32.const 0) ${OUTSIDE}`],
    ['storage_delete', '(param i32)', OUTSIDE],
    ['keccak256', '(param i32 i32 i32)', `(i32.const 0) (i32.const 65537) ${OUT}`],
    ['keccak256', '(param i32 i32 i32)', `(i32.const 0) (i32.const 1) ${OUTSIDE}`],
    ['log', '(param i32 i32 i32 i32)', `${OUTSIDE} (i32.const 17) ${OUT} (i32.const 0)`],
    ['log', '(param i32 i32 i32 i32)', `${OUT} (i32.const 0) ${OUTSIDE} (i32.const 1)`],
    ['log', '(param i32 i32 i32 i32)', `${OUT} (i32.const 0) ${OUT} (i32.const 5)`],
  ])('end with MemoryFault past the memory: %s %s %s', (name, type, args) => {
    const code = contract([importOf(name, type)], `(call $${name} ${args})`)
    const { halt, gasUsed } = send(code)
    expect([haltName(halt), gasUsed]).toEqual(['MemoryFault', 10_000_000n])
  })

  it('let what is empty lie anywhere', () => {
    const code = contract([RETURN], '(call $return (i32.const -1) (i32.const 0))')
    expect(haltName(send(code).halt)).toBe('Return')
  })

  it('store, find and delete words', () => {
    const imports = [
      ...['storage_load (param i32 i32)', 'storage_store (param i32 i32)', 'storage_delete (param i32)'],
      ...['storage_has (param i32) (result i32)', RETURN],
    ]
    // The key of 3 at 100, a word at 200: had, stored, had, loaded, deleted, had.
    const body = `(i32.store8 (i32.const 10) (call $storage_has (i32.const 100)))
      (call $storage_store (i32.const 100) (i32.const 200))
      (i32.store8 (i32.const 11) (call $storage_has (i32.const 100)))
      (call $storage_load (i32.const 100) (i32.const 12))
      (call $storage_delete (i32.const 100))
      (i32.store8 (i32.const 44) (call $storage_has (i32.const 100)))
      (call $return (i32.const 10) (i32.const 35))`
    const value = DIGEST
    const { output, world } = send(contract(imports, body, data(100, word(3)) + data(200, value)))
    expect(bytesToHex(output)).toBe(bytesToHex(join(Uint8Array.of(0, 1), value, Uint8Array.of(0))))
    expect(world.state.storage(A, 3n)).toBe(0n)
  })

  it('log what they are given', () => {
    const topics = [1n, 2n, 3n, 4n]
    const code = contract(
      ['log (param i32 i32 i32 i32)'],
      `(call $log ${MESSAGE_RANGE} (i32.const 100) (i32.const 4)) (call $log (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0))`,
      data(100, join(...topics.map(word))) + data(512, MESSAGE),
    )
    expect(send(code).logs).toEqual([
      { address: A, topics, data: MESSAGE },
      { address: A, topics: [], data: EMPTY },
    ])
  })
})

describe('creation by a module', () => {
  const CREATE = 'create (param i32 i32 i32 i32) (result i32)'
  /** Creates from what it was sent, with a value of 5; returns whether it did, and where. */
  const creator = contract(
    [CREATE, 'calldata_size (result i32)', 'calldata_copy (param i32 i32 i32)', RETURN],
    `(call $calldata_copy (i32.const 512) (i32.const 0) (call $calldata_size))
     (i32.store (i32.const 0) (call $create (i32.const 100) (i32.const 512) (call $calldata_size) (i32.const 4)))
     (call $return (i32.const 0) (i32.const 24))`,
    data(100, word(5)),
  )
  const created = (init: Uint8Array) => {
    const { output, world } = send(creator, {}, init)
    const made = bytesToBigint(output.subarray(4))
    return { isMade: output[0] === 1, made, state: world.state }
  }

  it('places EVM code', () => {
    // MSTORE8(0, 0xaa) RETURN(0, 1)
    const { isMade, made, state } = created(Uint8Array.of(0x60, 0xaa, 0x5f, 0x53, 0x60, 0x01, 0x5f, 0xf3))
    expect([isMade, bytesToHex(state.code(made)), state.balance(made)]).toEqual([true, '0xaa', 5n])
    // The creator's nonce was 1.
    const list = join(Uint8Array.of(0xd6, 0x94), address(A), Uint8Array.of(1))
    expect(made).toBe(bytesToBigint(keccak_256(list).subarray(12)))
  })

  it('places a module, made by a module', () => {
    const small = contract([], 'nop')
    const init = contract(
      [RETURN],
      `(call $return (i32.const 0) (i32.const ${small.length}))`,
      data(0, small),
    )
    const { isMade, made, state } = created(init)
    expect([isMade, bytesToHex(state.code(made))]).toEqual([true, bytesToHex(small)])
  })

  it.each([
    ['reverts', Uint8Array.of(0x5f, 0x5f, 0xfd)],
    [
      'leaves a module that is none',
      Uint8Array.of(0x67, 0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 0x5f, 0x52, 0x60, 8, 0x60, 24, 0xf3),
    ],
  ])('gives 0 where the code %s', (_, init) => {
    const { isMade, made, state } = created(init)
    expect([isMade, made, state.balance(A)]).toEqual([false, 0n, 1000n])
  })
})

describe('a system call of a module', () => {
  const shout = definePlugin({
    ...{ name: 'mine', version: '1' },
    syscalls: [
      {
        ...{ id: 0x100, name: 'my.shout', capability: 'my', gas: { base: 50 } },
        handler: (input) => text(new TextDecoder().decode(input).toUpperCase()),
      },
    ],
  })
  const asking = (id: number) =>
    contract(
      ['syscall (param i32 i32 i32 i32 i32) (result i32)', RETURN],
      `(i32.store (i32.const 0) (call $syscall (i32.const ${id}) (i32.const 512) (i32.const 9) (i32.const 4) (i32.const 6)))
       (call $return (i32.const 0) (i32.const 12))`,
      data(512, text('a payload')),
    )
  const runtimeOf = (isDeclared: boolean, allow: string) =>
    createRuntime({
      declared: (of) => (isDeclared && of === A ? ['my'] : []),
      grants: parseGrants(allow, 'allow', ['my']),
      plugins: [shout],
    })

  it('is answered, as much as there is room for', () => {
    for (const isCounting of [false, true]) {
      const { output } = send(asking(0x100), { runtime: runtimeOf(true, 'my'), isCounting })
      expect(bytesToHex(output)).toBe(bytesToHex(join(flag(1), text('A PAYL'), Uint8Array.of(0, 0))))
    }
  })

  it.each([
    ['not granted', true, '', 0x100, 'CapabilityDenied'],
    ['not declared', false, 'my', 0x100, 'CapabilityDenied'],
    ['of no such id', true, 'my', 0x101, 'CapabilityDenied'],
  ])('ends where it is %s', (_, isDeclared, allow, id, expected) => {
    expect(haltName(send(asking(id), { runtime: runtimeOf(isDeclared, allow) }).halt)).toBe(expected)
  })
})

describe('capabilities that a host withholds', () => {
  it.each([...LITE_CAPABILITIES.filter((name) => name !== 'context')])('%s', (withheld) => {
    const imports: Readonly<Record<string, string>> = {
      storage: 'storage_load (param i32 i32)',
      call: 'staticcall (param i64 i32 i32 i32 i32 i32) (result i32)',
      create: 'create (param i32 i32 i32 i32) (result i32)',
      hash: 'sha256 (param i32 i32 i32)',
      verify: 'ed25519_verify (param i32 i32 i32 i32) (result i32)',
      log: 'log (param i32 i32 i32 i32)',
      syscall: 'syscall (param i32 i32 i32 i32 i32) (result i32)',
    }
    const code = contract([imports[withheld]], '')
    const capabilities = LITE_CAPABILITIES.filter((name) => name !== withheld)
    expect(haltName(send(code).halt)).toBe('Stop')
    expect(haltName(send(code, { capabilities }).halt)).toBe('CapabilityDenied')
  })
})

it('tells the gas that is left, and hands on what was returned', () => {
  const code = contract(
    [
      ...['gas_left (result i64)', 'staticcall (param i64 i32 i32 i32 i32 i32) (result i32)', RETURN],
      ...['returndata_size (result i32)', 'returndata_copy (param i32 i32 i32)'],
    ],
    // The precompile at 4 gives back its input; the last copy reaches one byte past it.
    `(i32.store8 (i32.const 219) (i32.const 4))
     (i32.store (i32.const 0) (call $staticcall (call $gas_left) (i32.const 200) ${MESSAGE_RANGE} (i32.const 4) (i32.const 3)))
     (call $returndata_copy (i32.const 8) (i32.const 2) (i32.const 4))
     (i32.store (i32.const 12) (call $returndata_size))
     (call $return (i32.const 0) (i32.const 16))`,
    data(512, MESSAGE),
  )
  const expected = join(
    flag(1),
    MESSAGE.subarray(0, 3),
    Uint8Array.of(0),
    MESSAGE.subarray(2, 6),
    flag(MESSAGE.length),
  )
  expect(bytesToHex(send(code).output)).toBe(bytesToHex(expected))
})
