/** Rows that ask a runtime: what reaches it, what comes back, and that nothing passes without a grant. */
import { describe, expect, it } from 'vitest'
import { native, operands, playNative, put, returnTop, wordsOf } from '../../scripts/lib/native-harness.ts'
import { type AccountSpec, SELF } from '../../src/conform/harness.ts'
import type { Answer, Runtime, SystemCall } from '../../src/core/capability.ts'
import { Halt } from '../../src/core/halt.ts'
import { bytesToHex } from '../../src/core/hex.ts'

interface Asked {
  readonly id: number
  readonly input: string
}

/** Answers `output` with a status; notes what was asked. Grants what is listed. */
function runtimeWith(allowed: readonly string[], answer: Answer | Halt, kind: SystemCall['kind'] = 'writes') {
  const asked: Asked[] = []
  const capabilityOf = (id: number) => (id > 0xff ? 'mine' : id > 0x60 ? 'hedera.hcs' : 'hedera.hts')
  const runtime: Runtime = {
    find: (id) => ({
      name: `call ${id}`,
      capability: capabilityOf(id),
      kind,
      gas: (input) => 10 + input.length,
      run(input, frame) {
        const one = { id, input: bytesToHex(input) }
        asked.push(one)
        frame.host.onRevert(() => asked.splice(asked.indexOf(one), 1))
        return answer
      },
    }),
    allows: (capability) => allowed.includes(capability),
  }
  return { asked, runtime }
}

const answered = (status: bigint, ...output: readonly number[]): Answer => ({ status, output: Uint8Array.from(output) })

/** The bytes of an address of 20 times one byte, and of a word. */
const account = (byte: number) => BigInt(`0x${byte.toString(16).padStart(2, '0').repeat(20)}`)
const twenty = (byte: number) => byte.toString(16).padStart(2, '0').repeat(20)
const word = (value: number) => value.toString(16).padStart(64, '0')
/** Bits above an address, which rows ignore. */
const HIGH = 0xffn << 200n

const ROWS: readonly (readonly [name: string, operands: readonly bigint[], id: number, input: string, gas: bigint])[] = [
  ['HTS_TRANSFER', [account(1), account(2), account(3) + HIGH, 5n], 0x41, twenty(1) + twenty(2) + twenty(3) + word(5), 10050n],
  ['HTS_MINT', [account(1), 5n], 0x42, twenty(1) + word(5), 50100n],
  ['HTS_BURN', [account(1) + HIGH, 5n], 0x43, twenty(1) + word(5), 50100n],
  ['HTS_ASSOCIATE', [account(1), account(2)], 0x44, twenty(1) + twenty(2), 20050n],
  ['HTS_DISSOCIATE', [account(1), account(2)], 0x45, twenty(1) + twenty(2), 20050n],
  ['HTS_APPROVE', [account(1), account(2), 5n], 0x46, twenty(1) + twenty(2) + word(5), 5050n],
  ['HCS_SUBMIT', [account(1), 0n, 3n], 0x61, twenty(1) + 'abcdef', 5050n + 300n],
  ['HCS_UPDATE_TOPIC', [account(1), 0n, 3n], 0x63, twenty(1) + 'abcdef', 25100n],
  ['HCS_DELETE_TOPIC', [account(1)], 0x64, twenty(1), 12600n],
  ['HTS_CREATE', [], 0x49, '', 100500n],
  ['HCS_CREATE_TOPIC', [], 0x62, '', 50200n],
]

const MESSAGE = native(put(0xabcdefn << 232n), put(0), 'MSTORE')
const ALL = ['hedera.hts', 'hedera.hcs', 'mine']

describe.each(ROWS)('%s', (name, given, id, input, gas) => {
  const code = native(MESSAGE, operands(...given), 'GAS', 'POP', name, 'GAS', returnTop(2))
  const ofAddress = name.includes('CREATE')
  const output = ofAddress ? [0xff, ...Array<number>(20).fill(7)] : []
  const setup = native(MESSAGE, operands(...given))

  it('asks by its number, with its operands as payload, at its price', () => {
    const { asked, runtime } = runtimeWith(ALL, answered(1n, ...output))
    const outcome = playNative({ code, runtime })
    expect(wordsOf(outcome)[1]).toBe(ofAddress ? account(7) : 1n)
    // Once a tier.
    expect(asked).toEqual(Array(3).fill({ id, input: `0x${input}` }))
    const before = playNative({ code: setup, runtime }).gasUsed
    expect(playNative({ code: native(setup, name), runtime }).gasUsed - before).toBe(gas)
  })

  it('pushes 0 where the handler refuses', () => {
    expect(wordsOf(playNative({ code, runtime: runtimeWith(ALL, answered(0n, ...output)).runtime }))[1]).toBe(0n)
  })

  it('is denied without its grant, and without a runtime', () => {
    const capability = name.startsWith('HTS') ? 'hedera.hts' : 'hedera.hcs'
    const others = ALL.filter((one) => one !== capability)
    const { asked, runtime } = runtimeWith(others, answered(1n))
    const denied = playNative({ code, runtime })
    expect([denied.halt, denied.driver.denied, denied.gasUsed]).toEqual([Halt.CapabilityDenied, capability, 1_000_000n])
    expect(asked).toEqual([])
    expect(playNative({ code }).halt).toBe(Halt.CapabilityDenied)
  })
})

describe('SYSCALL', () => {
  const call = (outSize: number) => [operands(0, 3, 64, outSize), 'SYSCALL', Uint8Array.of(0x12, 0x34)]
  const result = [put(64), 'MLOAD', put(96), 'MLOAD', 'RETURNDATASIZE', returnTop(4)]

  it.each([0, 1, 2, 5, 40])('writes as much of the answer as fits into %i bytes', (outSize) => {
    const { asked, runtime } = runtimeWith(ALL, answered(9n, 0xa1, 0xa2, 0xa3))
    const outcome = playNative({ code: native(MESSAGE, call(outSize), result), runtime })
    const written = [0xa1, 0xa2, 0xa3].map((byte, i) => (i < outSize ? byte : 0))
    const expected = BigInt(`0x${written.map((byte) => byte.toString(16).padStart(2, '0')).join('')}`) << 232n
    expect(wordsOf(outcome)).toEqual([3n, 0n, expected, 9n])
    expect(asked[0]).toEqual({ id: 0x1234, input: '0xabcdef' })
  })

  it('is charged its base, memory, and the price of the call', () => {
    const { runtime } = runtimeWith(ALL, answered(1n))
    const without = playNative({ code: native(MESSAGE, operands(0, 3, 64, 33)), runtime }).gasUsed
    const outcome = playNative({ code: native(MESSAGE, call(33)), runtime })
    expect(outcome.gasUsed - without).toBe(100n + 3n * 3n + 13n)
  })

  it('gives its answer as return data, in the place of the last', () => {
    const { runtime } = runtimeWith(ALL, answered(1n, 1, 2, 3))
    const identity = [operands(50_000, 4, 0, 0, 9, 0, 0), 'CALL', 'POP']
    const sizes = [identity, 'RETURNDATASIZE', call(0), 'POP', 'RETURNDATASIZE', identity, 'RETURNDATASIZE']
    const outcome = playNative({ code: native(MESSAGE, sizes, returnTop(3)), runtime })
    expect(wordsOf(outcome)).toEqual([9n, 3n, 9n])
  })

  it('ends the frame where the call says so, and takes back what it had done', () => {
    const { asked, runtime } = runtimeWith(ALL, Halt.OutOfGas)
    expect(playNative({ code: native(MESSAGE, call(0)), runtime }).halt).toBe(Halt.OutOfGas)
    expect(asked).toEqual([])
  })

  it('that writes is refused in a static frame, and one that reads is not', () => {
    const code = native(MESSAGE, call(0))
    const play = (kind: SystemCall['kind']) =>
      playNative({ code, isStatic: true, runtime: runtimeWith(ALL, answered(1n), kind).runtime }).halt
    expect([play('writes'), play('reads'), play('pure')]).toEqual([Halt.StaticViolation, Halt.Stop, Halt.Stop])
  })

  it('is undone with the frame that made it, and with the one that called that', () => {
    const { asked, runtime } = runtimeWith(ALL, answered(1n))
    const child: AccountSpec = { code: native(call(0), operands(0, 0), 'REVERT') }
    const good: AccountSpec = { code: native(call(0)) }
    const calls = (to: bigint) => [operands(100_000, to, 0, 0, 0, 0, 0), 'CALL', 'POP']
    const accounts = [[0xaan, child], [0xbbn, good]] as const
    const run = (...then: readonly string[]) =>
      playNative({ code: native(calls(0xaan), calls(0xbbn), operands(0, 0), then), accounts, runtime })
    run('RETURN')
    expect(asked.length).toBe(3)
    asked.length = 0
    expect(run('REVERT').halt).toBe(Halt.Revert)
    expect(asked).toEqual([])
  })

  it('says whose code asks, and as whom', () => {
    const seen: string[] = []
    const { runtime } = runtimeWith(ALL, answered(1n))
    const watching: Runtime = {
      ...runtime,
      allows(capability, frame) {
        seen.push(`${capability} ${frame.self === SELF} ${frame.message.codeAddress}`)
        return true
      },
    }
    const accounts = [[0xaan, { code: native(call(0)) }]] as const
    playNative({ code: native(operands(100_000, 0xaa, 0, 0, 0, 0), 'DELEGATECALL'), accounts, runtime: watching })
    expect(seen).toEqual(Array(3).fill('mine true 170'))
  })
})
