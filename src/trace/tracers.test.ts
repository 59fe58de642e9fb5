/** geth's tracers on edge cases, in every tier: a tracer that looks at no steps must see the same in each. */
import { describe, expect, it } from 'vitest'
import { executeCall } from '../chain/call.ts'
import { privateKeyToAddress, signAuthorization } from '../chain/sign.ts'
import {
  accountsOf,
  asm,
  BLOCK,
  COINBASE,
  callOf,
  deployer,
  driverOf,
  type Part,
  push,
  RETURN_TOP,
  SELF,
  SENDER,
  sourceOf,
  submitAsync,
  type TransactionScene,
  transact,
} from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { createAddress } from '../core/address.ts'
import { delegationTo } from '../core/delegation.ts'
import { bytesToHex, hexToBytes, toFixedHex, toQuantity } from '../core/hex.ts'
import { bytesToBigint, MAX_UINT64 } from '../core/word.ts'
import type { StateSource } from '../state/source.ts'
import type { TierName } from '../wasm/tier-names.ts'
import { CallFrames } from './call-frames.ts'
import { GasProfile } from './gas-profile.ts'
import { revertReason } from './revert-reason.ts'
import { profileTable, toSpeedscope } from './speedscope.ts'
import { createTracer, TRACER_NAMES } from './tracers.ts'

const OTHER = 0x07e4n
const THIRD = 0x7418dn
const TIERS: readonly TierName[] = ['reference', 'interpreter', 'compiled']

// biome-ignore lint/suspicious/noExplicitAny: what a tracer tells is compared, not used
type Told = any

/** What the tracer tells of the scene's transaction; the same in every tier. */
function tell(name: string, scene: TransactionScene, config: object = {}): Told {
  const [told, ...others] = TIERS.map((tier) => {
    let text = ''
    const tracer = createTracer(name, (piece) => (text += piece), config)
    transact({ ...scene, tier, tracer })
    return text
  })
  for (const other of others) expect(other).toBe(told)
  return JSON.parse(told)
}

const address = (value: bigint) => toFixedHex(value, 20)
const word = (value: bigint) => toFixedHex(value, 32)

/** SELF runs this, rich in balance. */
const running = (part: Part, rest: TransactionScene['accounts'] = []): TransactionScene => ({
  fork: 'Prague',
  accounts: [[SELF, { code: asm(part), balance: 100n, nonce: 1n }], ...rest],
})
const other = (part: Part) => [OTHER, { code: asm(part), nonce: 1n }] as const
const callsOf = (scene: TransactionScene, config: object = {}): Told =>
  tell('callTracer', scene, config).calls
const toOther = (name: string, value?: bigint): Part =>
  callOf(name, 50_000n, OTHER, ...(value === undefined ? [] : [value]), 0, 0, 0, 0)
/** Sends initcode that is one instruction of no operand. */
const create = (name: string, value = 0n): Part => [
  [push(bytesToBigint(asm(name)) << 248n, 32), push(0), 'MSTORE'],
  callOf('CREATE', value, 0, 1),
]

describe('callTracer', () => {
  it('tells the transaction: its gas limit, what was paid, members in the order of geth', () => {
    const told = tell('callTracer', {
      ...running([push(7), RETURN_TOP]),
      tx: { value: 3n, data: Uint8Array.of(1, 2) },
    })
    expect(JSON.stringify(told)).toBe(
      `{"from":"${address(SENDER)}","gas":"0xf4240","gasUsed":"${told.gasUsed}","to":"${address(SELF)}","input":"0x0102",` +
        `"output":"${word(7n)}","value":"0x3","type":"CALL"}`,
    )
    // The floor of two bytes of calldata (EIP-7623), which is more than was used.
    expect(BigInt(told.gasUsed)).toBe(21_080n)
  })

  it.each<[string, Part, object]>([
    ['CALL', toOther('CALL', 5n), { from: address(SELF), value: '0x5', gas: toQuantity(52_300n) }],
    ['CALLCODE', toOther('CALLCODE', 5n), { from: address(SELF), value: '0x5' }],
    // The value is that of the sender's own message.
    ['DELEGATECALL', toOther('DELEGATECALL'), { from: address(SELF), value: '0x2' }],
    ['STATICCALL', toOther('STATICCALL'), { from: address(SELF) }],
  ])('lists a %s', (type, part, expected) => {
    const [call] = callsOf({ ...running(part, [other('STOP')]), tx: { value: 2n } })
    expect(call).toMatchObject({ type, to: address(OTHER), input: '0x', gasUsed: '0x0', ...expected })
    expect('value' in call).toBe(type !== 'STATICCALL')
    expect('error' in call || 'output' in call || 'calls' in call).toBe(false)
  })

  it('a creation gives the code; one that failed has no address', () => {
    const made = tell('callTracer', { fork: 'Prague', tx: { to: null, data: deployer(asm('STOP')) } })
    expect(made).toMatchObject({ type: 'CREATE', to: address(createAddress(SENDER, 0n)), output: '0x00' })
    const failed = tell('callTracer', { fork: 'Prague', tx: { to: null, data: asm('INVALID') } })
    expect(failed).toMatchObject({ type: 'CREATE', gasUsed: failed.gas, error: 'invalid opcode: INVALID' })
    expect('to' in failed || 'output' in failed).toBe(false)
    const [inner] = callsOf(running(create('ADD')))
    expect(inner).toMatchObject({ type: 'CREATE', input: '0x01', error: 'stack underflow (0 <=> 2)' })
    expect('to' in inner).toBe(false)
  })

  it.each<[string, Part, string]>([
    ['a write in a static call', [push(1), push(1), 'SSTORE'], 'write protection'],
    ['a jump', [push(1), 'JUMP'], 'invalid jump destination'],
    ['an operand', [push(1), 'ADD'], 'stack underflow (1 <=> 2)'],
    ['room', Array.from({ length: 1025 }, () => push(0)), 'stack limit reached 1024 (1023)'],
    ['gas', [push(0xffffffn), 'MLOAD'], 'out of gas'],
    ['return data', [push(1), push(0), push(0), 'RETURNDATACOPY'], 'return data out of bounds'],
  ])('names what is missing: %s', (_, part, error) => {
    const [call] = callsOf(running(toOther('STATICCALL'), [other(part)]))
    expect(call).toMatchObject({ error, gasUsed: call.gas })
  })

  it('tells a deposit that cannot be paid from other want of gas', () => {
    const code = deployer(new Uint8Array(1000))
    const told = tell('callTracer', { fork: 'Cancun', tx: { to: null, data: code, gasLimit: 100_000n } })
    expect(told.error).toBe('contract creation code storage out of gas')
    // Before Homestead there is a contract without code instead.
    const frontier = tell('callTracer', {
      fork: 'Frontier',
      tx: { to: null, data: code, gasLimit: 100_000n },
    })
    expect('error' in frontier).toBe(false)
  })

  it('lists calls that are refused, their gas kept', () => {
    expect(callsOf(running(toOther('CALL', 101n)))).toEqual([
      {
        ...{ from: address(SELF), gas: toQuantity(52_300n), gasUsed: '0x0', to: address(OTHER), input: '0x' },
        ...{ error: 'insufficient balance for transfer', value: '0x65', type: 'CALL' },
      },
    ])
    expect(callsOf(running(toOther('CALLCODE', 101n)))[0].error).toBe('insufficient balance for transfer')
    // What a DELEGATECALL passes on is not sent.
    const passedOn = running(
      [toOther('CALL', 100n)],
      [other(callOf('DELEGATECALL', 9999, THIRD, 0, 0, 0, 0))],
    )
    expect(callsOf(passedOn)[0].calls[0]).not.toHaveProperty('error')
    const [creation] = callsOf(running(create('STOP', 101n)))
    expect(creation).toMatchObject({
      gasUsed: '0x0',
      error: 'insufficient balance for transfer',
      input: '0x00',
    })
    const old = [[SELF, { code: asm(create('STOP')), nonce: MAX_UINT64 }]] as const
    expect(callsOf({ fork: 'Prague', accounts: old })[0].error).toBe('nonce uint64 overflow')
  })

  it('lists the call that is one too deep', () => {
    const again = callOf('CALL', MAX_UINT64, SELF, 0, 0, 0, 0, 0)
    const scene = { ...running(again), block: { gasLimit: 1n << 60n }, tx: { gasLimit: 1n << 50n } }
    let call = tell('callTracer', scene)
    let depth = 0
    for (; call.calls; depth++) [call] = call.calls
    expect([depth, call.error, call.gasUsed]).toEqual([1025, 'max call depth exceeded', '0x0'])
  })

  it('lists precompiles, accounts without code, and what destroys itself', () => {
    const identity = callOf('CALL', 9999, 4, 0, 0, 32, 0, 32)
    const gone = [push(OTHER), 'SELFDESTRUCT']
    const calls = callsOf(running([identity, callOf('CALL', 9999, THIRD, 0, 0, 0, 0, 0), gone]))
    expect(calls).toEqual([
      {
        ...{ from: address(SELF), gas: '0x270f', gasUsed: '0x12', to: address(4n), input: word(0n) },
        ...{ output: word(0n), value: '0x0', type: 'CALL' },
      },
      {
        ...{ from: address(SELF), gas: '0x270f', gasUsed: '0x0', to: address(THIRD), input: '0x' },
        ...{ value: '0x0', type: 'CALL' },
      },
      {
        ...{ from: address(SELF), gas: '0x0', gasUsed: '0x0', to: address(OTHER), input: '0x' },
        ...{ value: '0x64', type: 'SELFDESTRUCT' },
      },
    ])
  })

  it('names who was called, not whose code that is by delegation', () => {
    const accounts = [
      [THIRD, { code: delegationTo(OTHER), nonce: 1n }],
      other([push(1), RETURN_TOP]),
    ] as const
    const [call] = callsOf(running(callOf('CALL', 9999, THIRD, 0, 0, 0, 0, 0), accounts))
    expect(call).toMatchObject({ to: address(THIRD), output: word(1n) })
  })

  it('names the same as the lines about frames do, for every kind of call', () => {
    const accounts = [
      [THIRD, { code: delegationTo(OTHER), nonce: 1n }],
      other([push(1), RETURN_TOP]),
    ] as const
    const kinds = ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL']
    const sends = (name: string, to: bigint): Part =>
      callOf(name, 9999, to, ...(name.length < 9 ? [0] : []), 0, 0, 0, 0)
    const scene = running(
      [...kinds.flatMap((name) => [sends(name, THIRD), sends(name, OTHER)]), create('STOP')],
      accounts,
    )
    const lines: Told[] = []
    transact({ ...scene, tracer: new CallFrames((line) => lines.push(JSON.parse(line))) })
    const [top, ...entered] = lines.filter(({ type }) => type !== undefined)
    expect(top).toMatchObject({ from: address(SENDER), to: address(SELF), type: 'CALL' })
    const named = ({ type, from, to }: Told) => [type, from, to]
    expect(entered.map(named)).toEqual([
      ...kinds.flatMap((name) => [THIRD, OTHER].map((to) => [name, address(SELF), address(to)])),
      ['CREATE', address(SELF), address(createAddress(SELF, 1n))],
    ])
    expect(entered.map(named)).toEqual(callsOf(scene).map(named))
  })

  const log = (topic: bigint): Part => callOf('LOG1', 0, 32, topic)

  it('places the log among the calls, and leaves out what was undone', () => {
    const failing: Part = [log(8n), toOther('CALL', 0n), push(0), push(0), 'REVERT']
    const scene = running(
      [log(1n), toOther('CALL', 0n), log(2n), callOf('CALL', 99_999, THIRD, 0, 0, 0, 0, 0), log(3n)],
      [other(log(7n)), [THIRD, { code: asm(failing), nonce: 1n }]],
    )
    const told = tell('callTracer', scene, { withLog: true })
    const placed = (call: Told) =>
      (call.logs ?? []).map(({ topics, index, position }: Told) => [BigInt(topics[0]), index, position])
    expect(placed(told)).toEqual([
      [1n, '0x0', '0x0'],
      [2n, '0x2', '0x1'],
      [3n, '0x3', '0x2'],
    ])
    expect(placed(told.calls[0])).toEqual([[7n, '0x1', '0x0']])
    expect([placed(told.calls[1]), placed(told.calls[1].calls[0])]).toEqual([[], []])
    expect(told.logs[0]).toEqual({
      ...{ address: address(SELF), topics: [word(1n)], data: word(0n) },
      ...{ index: '0x0', position: '0x0' },
    })
    const failed = running([log(1n), 'INVALID'])
    expect(tell('callTracer', failed, { withLog: true })).not.toHaveProperty('logs')
    expect(tell('callTracer', scene)).not.toHaveProperty('logs')
  })

  it('keeps to the top where that is asked for', () => {
    const scene = running([toOther('CALL', 0n), log(2n)], [other(log(7n))])
    const told = tell('callTracer', scene, { onlyTopCall: true, withLog: true })
    expect(told).not.toHaveProperty('calls')
    expect(told.logs.map(({ topics, index }: Told) => [BigInt(topics[0]), index])).toEqual([[2n, '0x1']])
  })
})

describe('the reason of a revert', () => {
  const encoded = (text: Uint8Array, size = text.length, at = 32) =>
    hexToBytes(
      `0x08c379a0${word(BigInt(at)).slice(2)}${word(BigInt(size)).slice(2)}${bytesToHex(text).slice(2)}`,
      'test',
    )
  const panic = (code: bigint) => hexToBytes(`0x4e487b71${word(code).slice(2)}`, 'test')
  const text = (of: string) => new TextEncoder().encode(of)
  it.each([
    ['a text', encoded(text('no: ä')), 'no: ä'],
    ['an empty text', encoded(text('')), ''],
    ['a text that is cut off', encoded(text('no'), 3), null],
    ['a size past all bounds', encoded(text('no'), Number.MAX_SAFE_INTEGER), null],
    ['a place past the end', encoded(text('no'), 2, 64), null],
    ['a panic', panic(0x11n), 'arithmetic underflow or overflow'],
    ['a panic of its own', panic(0x99n), 'unknown panic code: 0x99'],
    ['a panic cut off', panic(0x11n).subarray(0, 35), null],
    ['an error of its own', hexToBytes(`0x12345678${word(1n).slice(2)}`, 'test'), null],
    ['nothing', new Uint8Array(0), null],
  ])('%s', (_, output, reason) => {
    expect(revertReason(output)).toBe(reason)
  })
})

describe('prestateTracer', () => {
  const KEY = new Uint8Array(32).fill(7)
  const AUTHORITY = privateKeyToAddress(KEY)
  const pre = (scene: TransactionScene, config: object = {}) => tell('prestateTracer', scene, config)
  const diff = (scene: TransactionScene, config: object = {}) => pre(scene, { diffMode: true, ...config })
  const store = (key: bigint, value: bigint): Part => [push(value), push(key), 'SSTORE']
  const withSlots = (code: Part, ...storage: [bigint, bigint][]): TransactionScene => ({
    fork: 'Prague',
    accounts: [[SELF, { code: asm(code), nonce: 1n, storage }]],
  })

  it('tells what was met as it was before: sender, recipient, coinbase if it was not empty, slots read and written', () => {
    const scene = withSlots([push(1), 'SLOAD', push(2), 'SLOAD', store(3n, 9n)], [1n, 5n], [3n, 4n], [7n, 7n])
    const told = pre({ ...scene, tx: { value: 3n } })
    expect(Object.keys(told)).toEqual([address(SENDER), address(SELF)].sort())
    expect(told[address(SENDER)]).toEqual({ balance: toQuantity(10n ** 24n) })
    const { code, codeHash, ...rest } = told[address(SELF)]
    expect(rest).toEqual({
      ...{ balance: '0x0', nonce: 1 },
      storage: { [word(1n)]: word(5n), [word(2n)]: word(0n), [word(3n)]: word(4n) },
    })
    expect([code.length > 2, codeHash.length]).toEqual([true, 66])
    expect(
      pre({ ...scene, accounts: [...scene.accounts!, [COINBASE, { balance: 1n }]] })[address(COINBASE)],
    ).toEqual({
      balance: '0x1',
    })
  })

  it('in the order of geth, code and storage left out where that is asked for', () => {
    const scene = withSlots(store(3n, 9n), [3n, 4n])
    expect(Object.keys(pre(scene)[address(SELF)])).toEqual([
      'balance',
      'code',
      'codeHash',
      'nonce',
      'storage',
    ])
    const bare = pre(scene, { disableCode: true, disableStorage: true })
    expect(Object.keys(bare[address(SELF)])).toEqual(['balance', 'codeHash', 'nonce'])
    const { post } = diff(scene, { disableStorage: true })
    expect(post).not.toHaveProperty(address(SELF))
  })

  it('an access list alone meets nothing, and does not keep from it', () => {
    const scene = withSlots([push(1), 'SLOAD'], [1n, 5n], [2n, 6n])
    const accessList = [
      { address: SELF, keys: [1n, 2n] },
      { address: OTHER, keys: [1n] },
    ]
    const accounts = [...scene.accounts!, [OTHER, { balance: 1n }]] as const
    const told = pre({ ...scene, accounts, tx: { type: 1, accessList } })
    expect(told[address(SELF)].storage).toEqual({ [word(1n)]: word(5n) })
    expect(told).not.toHaveProperty(address(OTHER))
  })

  it.each<[string, Part]>([
    ['BALANCE', [push(OTHER), 'BALANCE']],
    ['EXTCODESIZE', [push(OTHER), 'EXTCODESIZE']],
    ['EXTCODEHASH', [push(OTHER), 'EXTCODEHASH']],
    ['EXTCODECOPY', callOf('EXTCODECOPY', OTHER, 0, 0, 1)],
    ['SELFDESTRUCT', [push(OTHER), 'SELFDESTRUCT']],
    ...['CALL', 'CALLCODE'].map((name) => [name, toOther(name, 0n)] as [string, Part]),
    ...['DELEGATECALL', 'STATICCALL'].map((name) => [name, toOther(name)] as [string, Part]),
  ])('%s meets an account', (_, part) => {
    for (const fork of ['Byzantium', 'Prague']) {
      const isThere = !asm(part).includes(0x3f) || fork !== 'Byzantium'
      if (!isThere) continue
      const told = pre({ ...running(part, [other('STOP')]), fork })
      expect(told[address(OTHER)]).toMatchObject({ code: '0x00', nonce: 1 })
    }
  })

  it('empty accounts only where they are asked for', () => {
    const scene = running([push(OTHER), 'BALANCE'])
    expect(pre(scene)).not.toHaveProperty(address(OTHER))
    expect(pre(scene, { includeEmpty: true })[address(OTHER)]).toEqual({ balance: '0x0' })
  })

  it('the difference has what changed alone, zeros left out', () => {
    const scene = withSlots(
      [store(1n, 0n), store(2n, 9n), store(3n, 8n), store(4n, 4n)],
      [1n, 5n],
      [3n, 7n],
      [4n, 4n],
    )
    const told = diff(scene, { disableCode: true })
    expect(Object.keys(told)).toEqual(['post', 'pre'])
    expect(told.post[address(SELF)]).toEqual({ storage: { [word(2n)]: word(9n), [word(3n)]: word(8n) } })
    expect(told.pre[address(SELF)].storage).toEqual({ [word(1n)]: word(5n), [word(3n)]: word(7n) })
    expect(told.post[address(SENDER)].nonce).toBe(1)
    expect(told.pre[address(SENDER)]).not.toHaveProperty('nonce')
    expect(told.post).toHaveProperty(address(COINBASE))
    expect(told.pre).not.toHaveProperty(address(COINBASE))
  })

  it('what was undone has not changed, but was met', () => {
    const failing: Part = [store(1n, 2n), push(0), push(0), 'REVERT']
    const scene = running(toOther('CALL', 5n), [
      [OTHER, { code: asm(failing), balance: 1n, storage: [[1n, 5n]] }],
    ])
    expect(diff(scene).post).not.toHaveProperty(address(OTHER))
    expect(pre(scene)[address(OTHER)]).toMatchObject({ balance: '0x1', storage: { [word(1n)]: word(5n) } })
  })

  it('a created account stands in post alone', () => {
    const created = createAddress(SENDER, 0n)
    const told = diff({
      fork: 'Prague',
      tx: { to: null, data: deployer(asm('STOP'), store(1n, 2n)), value: 1n },
    })
    expect(told.post[address(created)]).toMatchObject({
      ...{ balance: '0x1', code: '0x00', nonce: 1, storage: { [word(1n)]: word(2n) } },
    })
    expect(told.pre).not.toHaveProperty(address(created))
  })

  it('a deleted account stands in pre alone, whole', () => {
    const gone: Part = [push(1), 'SLOAD', push(OTHER), 'SELFDESTRUCT']
    const before = { code: asm(gone), balance: 5n, nonce: 1n, storage: [[1n, 5n]] } as const
    const told = diff({ fork: 'Shanghai', accounts: [[SELF, before]] })
    expect(told.post).not.toHaveProperty(address(SELF))
    expect(told.pre[address(SELF)]).toMatchObject({ balance: '0x5', storage: { [word(1n)]: word(5n) } })
    // From Cancun on it is not deleted (EIP-6780).
    const kept = diff({ fork: 'Prague', accounts: [[SELF, before]] })
    expect(kept.post[address(SELF)]).toEqual({ balance: '0x0' })
  })

  it('has those who signed authorizations, be they valid or not, and the delegate (EIP-7702)', () => {
    const auth = signAuthorization({ chainId: 2n, address: OTHER, nonce: 9n }, KEY)
    const accounts = [
      [SELF, { code: delegationTo(OTHER), nonce: 1n }],
      other('STOP'),
      [AUTHORITY, { balance: 1n }],
    ] as const
    const told = pre({ fork: 'Prague', accounts, tx: { type: 4, authorizations: [auth] } })
    expect(told[address(AUTHORITY)]).toEqual({ balance: '0x1' })
    expect(told[address(OTHER)]).toMatchObject({ code: '0x00' })
  })

  it('a delegation taken back leaves the hash zero', () => {
    const auth = signAuthorization({ chainId: 1n, address: 0n, nonce: 1n }, KEY)
    const accounts = [[AUTHORITY, { code: delegationTo(OTHER), nonce: 1n }]] as const
    const { post, pre: before } = diff({ fork: 'Prague', accounts, tx: { type: 4, authorizations: [auth] } })
    expect(post[address(AUTHORITY)]).toEqual({ codeHash: word(0n), nonce: 2 })
    expect(before[address(AUTHORITY)].code).toBe(bytesToHex(delegationTo(OTHER)))
  })
})

describe('a tracer over state that is loaded on demand', () => {
  it('has what it shows beside what was read loaded first', async () => {
    const scene = running([push(OTHER), 'BALANCE', push(1), 'SLOAD'], [other('STOP')])
    const told = async (source: StateSource) => {
      let text = ''
      const { driver, state } = driverOf(scene, source)
      driver.tracer = createTracer('prestateTracer', (piece) => (text += piece))
      const result = await submitAsync(driver, state, scene)
      expect(result).toHaveProperty('status', 'success')
      return text
    }
    const source = () => sourceOf(accountsOf(scene))
    const whole = await told(source())
    expect(JSON.parse(whole)[address(OTHER)].code).toBe('0x00')
    expect(await told(new LateSource(source(), 7))).toBe(whole)
  })
})

describe('a call outside of a transaction', () => {
  it.each(['keep', 'forget'] as const)('is told as a transaction is, its effects %s', (effects) => {
    const [text, refused] = [0n, 6n].map((value) => {
      let told = ''
      const { driver, state } = driverOf(running('STOP'), sourceOf(running('STOP').accounts!))
      driver.tracer = createTracer('callTracer', (piece) => (told += piece))
      const env = { chainId: 1n, block: BLOCK, origin: SENDER, gasPrice: 0n, blobHashes: [] }
      const data = new Uint8Array(0)
      executeCall(driver, state, { caller: SENDER, to: SELF, value, data, gas: 9n }, env, effects)
      return JSON.parse(told)
    })
    expect(text).toMatchObject({ from: address(SENDER), to: address(SELF), gas: '0x9', gasUsed: '0x0' })
    expect(refused).toMatchObject({
      value: '0x6',
      gasUsed: '0x0',
      error: 'insufficient balance for transfer',
    })
  })
})

describe('4byteTracer', () => {
  it('counts selectors with the size of what follows; no creation, no precompile, no shorter input', () => {
    const code: Part = [
      callOf('CALL', 9999, OTHER, 0, 0, 36, 0, 0),
      callOf('STATICCALL', 9999, OTHER, 0, 36, 0, 0),
      [callOf('CALL', 9999, OTHER, 0, 0, 3, 0, 0), callOf('CALL', 9999, 4, 0, 0, 36, 0, 0)],
      callOf('CREATE', 0, 0, 36),
    ]
    const tx = { data: hexToBytes('0x27dc297e00', 'test') }
    expect(tell('4byteTracer', { ...running(code), tx })).toEqual({ '0x00000000-32': 2, '0x27dc297e-1': 1 })
  })
})

describe('structLog', () => {
  it('tells each instruction, then the whole', () => {
    const code: Part = [push(42), push(1), 'SSTORE', push(7), RETURN_TOP]
    const told = tell('structLog', running(code), { enableMemory: true })
    const [first] = told.structLogs
    expect(first).toEqual({ pc: 0, op: 'PUSH1', gas: 979_000, gasCost: 3, depth: 1, stack: [] })
    expect(told.structLogs[2]).toMatchObject({
      ...{ op: 'SSTORE', gasCost: 22_100, stack: ['0x2a', '0x1'], storage: { [word(1n)]: word(42n) } },
    })
    expect(told.structLogs.at(-1)).toMatchObject({ op: 'RETURN', memory: [word(7n)] })
    expect([told.failed, told.returnValue]).toEqual([false, word(7n)])
    expect(told.gas).toBe(21_000 + 22_106 + 3 + 15)
  })

  it('leaves out what is not wanted; gives return data, refunds and errors where there are any', () => {
    const code: Part = [[push(0), push(1), 'SSTORE'], toOther('CALL', 0n), [push(1), 'ADD', 'ADD']]
    const accounts = [
      [SELF, { code: asm(code), nonce: 1n, storage: [[1n, 1n]] }],
      other([push(7), RETURN_TOP]),
    ] as const
    const config = { enableReturnData: true, disableStack: true, disableStorage: true }
    const { structLogs, failed, returnValue } = tell('structLog', { fork: 'Prague', accounts }, config)
    expect(structLogs.at(-1)).toMatchObject({
      ...{ op: 'ADD', refund: 4800, returnData: word(7n), error: 'stack underflow (1 <=> 2)' },
    })
    expect(structLogs.some((step: Told) => 'stack' in step || 'storage' in step)).toBe(false)
    expect([failed, returnValue]).toEqual([true, '0x'])
  })
})

describe('the gas profile', () => {
  const profiled = (scene: TransactionScene) => {
    const profile = new GasProfile()
    const result = transact({ ...scene, tracer: profile })
    return { profile, taken: result.gasUsed + result.gasRefunded }
  }
  const sum = (lines: Iterable<{ gas: bigint }>) => [...lines].reduce((total, { gas }) => total + gas, 0n)

  it.each<[string, TransactionScene]>([
    [
      'calls with and without value',
      running([toOther('CALL', 5n), toOther('DELEGATECALL')], [other(push(1))]),
    ],
    ['calls that fail', running([toOther('CALL', 0n), toOther('CALL', 101n)], [other('INVALID')])],
    ['a creation', running(create('STOP'))],
    ['the whole failing', running([push(1), 'ADD'])],
    ['precompiles', running(callOf('CALL', 9999, 4, 0, 0, 32, 0, 32))],
    [
      'refunds',
      { fork: 'London', accounts: [[SELF, { code: asm(push(0), push(1), 'SSTORE'), storage: [[1n, 1n]] }]] },
    ],
    ['a deployment', { fork: 'London', tx: { to: null, data: deployer(asm('STOP')) } }],
  ])('tells all that was taken: %s', (_, scene) => {
    const { profile, taken } = profiled({ ...scene, fork: scene.fork === 'Prague' ? 'Cancun' : scene.fork! })
    expect(sum(profile.stacks())).toBe(taken)
    expect(sum(profile.opcodes())).toBe(taken)
    const { shared, profiles } = JSON.parse(toSpeedscope(profile, 'gas'))
    expect(profiles[0].weights.reduce((total: number, gas: number) => total + gas, 0)).toBe(Number(taken))
    expect(profiles[0].endValue).toBe(Number(taken))
    for (const stack of profiles[0].samples)
      for (const frame of stack) expect(shared.frames[frame].name).toBeTypeOf('string')
  })

  it('tells calls by their way, opcodes and contracts the hottest first', () => {
    const { profile } = profiled(running(toOther('STATICCALL'), [other([push(1), 'SLOAD'])]))
    const stacks = [...profile.stacks()].map(({ stack, gas }) => `${stack.join(';')} ${gas}`)
    expect(stacks).toContain(`${address(SELF)};${address(OTHER)};SLOAD 2100`)
    expect(profile.opcodes()[0]).toEqual({ name: '(intrinsic)', gas: 21_000n, count: 1 })
    expect(profile.contracts().map(({ name, count }) => [name, count])).toEqual([
      [address(SELF), 1],
      [address(OTHER), 1],
    ])
    expect(profileTable(profile).at(-1)).toMatch(/^[0-9]+ gas taken, 0 refunded$/)
  })
})

describe('createTracer', () => {
  it.each([
    ['noTracer', {}, `tracer "noTracer": unknown; known: ${TRACER_NAMES.join(', ')}`],
    ['callTracer', { withLogs: true }, 'callTracer config.withLogs: unknown member'],
    ['callTracer', { withLog: 1 }, 'callTracer config.withLog: neither true nor false'],
    ['4byteTracer', [], '4byteTracer config: not an object (array)'],
    [
      'prestateTracer',
      { diffMode: true, includeEmpty: true },
      'prestateTracer config: diffMode and includeEmpty exclude each other',
    ],
  ])('refuses %s with %j', (name, config, message) => {
    expect(() => createTracer(name, () => {}, config)).toThrow(message)
  })
})
