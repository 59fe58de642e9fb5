import { ed25519 } from '@noble/curves/ed25519.js'
import { describe, expect, it } from 'vitest'
import { zvm } from '../../opcodes/zvm/table.ts'
import {
  type NativePart,
  native,
  operands,
  playNative,
  put,
  returnTop,
  wordsOf,
} from '../../scripts/lib/native-harness.ts'
import { createEngine, memoryState } from '../chain/engine.ts'
import { accountsOf, driverOf, SELF, sourceOf, submitAsync } from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { Halt, haltName } from '../core/halt.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { BUILTIN_CALLS } from './calls/table.ts'
import { CAPABILITIES, parseGrants } from './grants.ts'
import { definePlugin, type Plugin, type PluginCall } from './plugin.ts'
import { type CapabilityRuntime, createRuntime } from './runtime.ts'
import type { Services } from './services.ts'
import { INTENT_LIMIT } from './session.ts'

const OTHER = 0x07e4n
const text = (value: string) => new TextEncoder().encode(value)
const join = (...parts: readonly Uint8Array[]) => Uint8Array.from(parts.flatMap((part) => [...part]))
const address = (value: bigint) => bigintToBytes(value, 20)
const word = (value: bigint | number) => bigintToBytes(BigInt(value), 32)

/** SYSCALL with bytes as input, which lie in memory from 512 on; the status stays on the stack. */
function call(id: number, input: Uint8Array = new Uint8Array(0)): NativePart {
  const stores = Array.from({ length: Math.ceil(input.length / 32) }, (_, i) => [
    put(bytesToBigint(join(input.slice(32 * i, 32 * i + 32), new Uint8Array(31)).slice(0, 32))),
    [put(512 + 32 * i), 'MSTORE'],
  ])
  return [stores, operands(512, input.length, 0, 32), 'SYSCALL', bigintToBytes(BigInt(id), 2)]
}

/** Status and the first word of the answer. */
const answer: NativePart = [put(0), 'MLOAD', 'SWAP1', returnTop(2)]

const KEY = new Uint8Array(32).fill(7)
const services = (log: string[] = []): Services => ({
  clock: () => 1_700_000_000_123,
  random: (size) => new Uint8Array(size).fill(9),
  files: {
    fault: (folder) => (folder === 'gone' ? 'no such folder' : null),
    read: (folder, path) => (path === 'link' ? 'escape' : path === 'none' ? null : text(`${folder}/${path}`)),
    check: (_, path) => (path === 'link' ? 'escape' : path === 'none' ? null : true),
    write: (files) =>
      log.push(
        ...files.map(
          ({ folder, path, content }) => `${folder}/${path}: ${new TextDecoder().decode(content)}`,
        ),
      ),
  },
  http: (url) => (url.endsWith('none') ? null : { status: 200, body: text('ok') }),
  signer: { publicKey: ed25519.getPublicKey(KEY), sign: (message) => ed25519.sign(message, KEY) },
})

function runtimeOf(
  allow: string,
  more: Partial<Parameters<typeof createRuntime>[0]> = {},
): CapabilityRuntime {
  const others = (more.plugins ?? []).flatMap(({ syscalls }) => syscalls.map(({ capability }) => capability))
  const all = [...Object.keys(CAPABILITIES), ...others]
  return createRuntime({
    declared: (of) => (of === SELF ? all : []),
    grants: parseGrants(allow, 'allow', others),
    services: services(),
    ...more,
  })
}

function ended(runtime: CapabilityRuntime, code: NativePart, scene: object = {}) {
  const outcome = playNative({ code: native(code), runtime, gas: 10_000_000n, ...scene })
  const { halt, driver } = outcome
  return { ...outcome, end: haltName(halt), denied: driver.denied, words: wordsOf(outcome) }
}

const ALL =
  'storage,storage.read,log,hash,verify,sign,hedera.hts,hedera.hcs,fs.read=d,fs.write=d,clock,random,http=a.io'

describe('the table of calls', () => {
  it('has each id and name once, below those of plug-ins, of a capability that can be granted', () => {
    expect(new Set(BUILTIN_CALLS.map(({ id }) => id)).size).toBe(BUILTIN_CALLS.length)
    expect(new Set(BUILTIN_CALLS.map(({ name }) => name)).size).toBe(BUILTIN_CALLS.length)
    for (const { id, capability } of BUILTIN_CALLS) {
      expect(id).toBeLessThan(0x100)
      expect(Object.keys(CAPABILITIES)).toContain(capability)
    }
  })

  // A call that is granted nothing, or only declared, or only granted.
  it.each(BUILTIN_CALLS.map((builtin) => [builtin.name, builtin] as const))(
    'denies %s by default',
    (_, { id, capability }) => {
      expect(ended(runtimeOf(''), call(id))).toMatchObject({ end: 'CapabilityDenied', denied: capability })
      const undeclared = runtimeOf(ALL, { declared: () => [] })
      expect(ended(undeclared, call(id))).toMatchObject({ end: 'CapabilityDenied', denied: capability })
      expect(undeclared.answers).toEqual([])
    },
  )

  it.each(
    BUILTIN_CALLS.filter(({ kind }) => kind === 'writes').map(
      ({ id, name, capability }) => [name, id, capability] as const,
    ),
  )('refuses %s in a static call', (_, id, capability) => {
    if (capability.startsWith('ledger')) return
    expect(ended(runtimeOf(ALL), call(id), { isStatic: true }).end).toBe('StaticViolation')
  })
})

const HELLO = text('hello')
const MESSAGE_KEY = join(ed25519.getPublicKey(KEY), ed25519.sign(HELLO, KEY), HELLO)

/** Call, input, status, first word of the answer. */
const GRANTED: [string, number, Uint8Array, bigint, bigint | Uint8Array][] = [
  ['storage.get', 0x00, word(5), 1n, 55n],
  ['storage.set', 0x01, join(word(5), word(6)), 1n, 0n],
  ['storage.read', 0x02, join(address(OTHER), word(1)), 1n, 77n],
  ['log.emit', 0x08, join(Uint8Array.of(1), word(3), HELLO), 1n, 0n],
  ['hash.keccak256', 0x10, HELLO, 1n, nodeCrypto.keccak256(HELLO)],
  ['hash.sha256', 0x11, HELLO, 1n, nodeCrypto.sha256(HELLO)],
  ['hash.ripemd160', 0x12, HELLO, 1n, join(nodeCrypto.ripemd160(HELLO), new Uint8Array(12))],
  ['hash.blake2b', 0x13, HELLO, 1n, nodeCrypto.blake2b(HELLO)],
  ['hash.blake3', 0x14, HELLO, 1n, nodeCrypto.blake3(HELLO)],
  ['verify.ed25519', 0x19, MESSAGE_KEY, 1n, 0n],
  ['verify.ed25519 of another message', 0x19, join(MESSAGE_KEY, HELLO), 0n, 0n],
  ['verify.p256 of nonsense', 0x1a, new Uint8Array(160), 0n, 0n],
  ['clock.now', 0x20, new Uint8Array(0), 1n, 1_700_000_000_123n << 192n],
  ['random.bytes', 0x21, Uint8Array.of(0, 2), 1n, 0x0909n << 240n],
  ['random.bytes, too many', 0x21, Uint8Array.of(255, 255), 0n, 0n],
  ['sign.key', 0x28, new Uint8Array(0), 1n, ed25519.getPublicKey(KEY)],
  ['fs.read', 0x30, text('a'), 1n, join(text('d/a'), new Uint8Array(29))],
  ['fs.read of nothing', 0x30, text('none'), 0n, 0n],
  ['http.get', 0x38, text('https://a.io/x'), 1n, join(Uint8Array.of(0, 200), text('ok'), new Uint8Array(28))],
  ['http.get of nobody', 0x38, text('https://a.io/none'), 0n, 0n],
  ['http.get of no URL', 0x38, text('a.io'), 0n, 0n],
  ['hts.mint', 0x42, join(address(1n), word(5)), 1n, 0n],
  ['hts.mint of a short payload', 0x42, word(5), 0n, 0n],
  ['hts.balance_of without a ledger', 0x47, join(address(1n), address(2n)), 0n, 0n],
]

describe('a granted call', () => {
  const accounts = [
    [SELF, { storage: [[5n, 55n]] }],
    [OTHER, { storage: [[1n, 77n]] }],
  ] as const

  it.each(GRANTED)('%s answers', (_, id, input, status, first) => {
    const { end, words } = ended(runtimeOf(ALL), [call(id, input), answer], { accounts })
    expect([end, words]).toEqual([
      'Return',
      [status, typeof first === 'bigint' ? first : bytesToBigint(first)],
    ])
  })

  it('signs what no other signs', () => {
    const { output } = ended(runtimeOf(ALL), [
      [call(0x29, HELLO), 'POP', put(64), put(0), put(0), 'RETURNDATACOPY'],
      [put(64), put(0), 'RETURN'],
    ])
    const context = text(`ZSIG_V0.5.0:zvm-0x${SELF.toString(16).padStart(40, '0')}:hello`)
    expect(ed25519.verify(output, nodeCrypto.blake3(context), ed25519.getPublicKey(KEY))).toBe(true)
  })

  it('costs its price, and what the answer takes', () => {
    const gas = (id: number, input: Uint8Array) => ended(runtimeOf(ALL), call(id, input)).gasUsed
    expect(gas(0x30, text('abcd')) - gas(0x30, text('none'))).toBe(3n)
    // Two words stored, memory of eighteen, four operands, the row, the call.
    expect(gas(0x10, new Uint8Array(64))).toBe(2n * 9n + 54n + 4n * 3n + 100n + (30n + 2n * 6n))
  })
})

/** Attempts to get beyond a grant: the capability that is named. */
const BEYOND: [string, number, Uint8Array, string][] = [
  ['another folder', 0x30, text('../etc/passwd'), 'fs.read=../etc/passwd'],
  ['an absolute path', 0x30, text('/etc/passwd'), 'fs.read=/etc/passwd'],
  ['a path of another system', 0x30, text('a\\..\\b'), 'fs.read=a\\..\\b'],
  ['a path with a drive', 0x30, text('c:x'), 'fs.read=c:x'],
  ['a hidden step', 0x30, text('a/./b'), 'fs.read=a/./b'],
  ['a link', 0x30, text('link'), 'fs.read=link'],
  ['a link to write to', 0x31, join(Uint8Array.of(0, 4), text('link')), 'fs.write=link'],
  ['a path to write to', 0x31, join(Uint8Array.of(0, 4), text('../x')), 'fs.write=../x'],
  ['another host', 0x38, text('https://b.io/'), 'http=b.io'],
  ['another port', 0x38, text('https://a.io:8443/'), 'http=a.io:8443'],
  ['a host in disguise', 0x38, text('https://a.io.b.io/'), 'http=a.io.b.io'],
  ["another contract's storage", 0x02, join(address(9n), word(1)), `storage.read=0x${'0'.repeat(39)}9`],
]

it.each(BEYOND)('a grant is no more than it says: %s', (_, id, input, denied) => {
  const narrow = ALL.replace('storage.read', `storage.read=0x${OTHER.toString(16).padStart(40, '0')}`)
  expect(ended(runtimeOf(narrow), call(id, input))).toMatchObject({ end: 'CapabilityDenied', denied })
})

describe('grants', () => {
  it.each([
    ['clok', 'allow: clok: no such capability; known: storage,'],
    ['storage=x', 'allow: "storage=x": cannot be narrowed'],
    ['fs.read', 'allow: fs.read: needs a folder, as in fs.read=./data'],
    ['fs.read=', 'allow: "fs.read=": not a folder'],
    ['fs.read=a,fs.read=b', 'allow: "fs.read=b": a second folder'],
    ['http', 'allow: http: needs a host'],
    ['http=https://a.io', 'allow: "http=https://a.io": not a host'],
    ['http=*', 'allow: "http=*": not a host'],
    ['http=a.io:0', 'allow: "http=a.io:0": not a host'],
    ['http=a.io:65536', 'allow: "http=a.io:65536": not a host'],
    ['log,log', 'allow: log: granted twice'],
    ['storage.read=0x1', 'allow: "storage.read=0x1": not an address'],
    ['ledger.transfer=a b', 'allow: "ledger.transfer=a b": not the name of an account'],
    ['log,', 'allow: "": no such capability'],
  ])('refuse %s by name', (allow, message) => {
    expect(() => parseGrants(allow, 'allow')).toThrow(message)
  })

  it('are refused where the host has nothing for them', () => {
    expect(() => runtimeOf('sign', { services: {} })).toThrow('sign: granted, but this host has no signer')
    expect(() => runtimeOf('ledger.transfer')).toThrow('this host has no ledger')
    expect(() => runtimeOf('fs.write=gone')).toThrow('fs.write=gone: no such folder')
    const record = { table: '', codeHash: '', inputHash: '', resultHash: '', calls: [], answers: [] }
    expect(() => runtimeOf('', { replay: { ...record, allow: ['fs.read=gone'] } })).not.toThrow()
  })

  it.each([
    ['a.io', 'http://a.io/', true],
    ['a.io', 'https://a.io:443/', true],
    ['a.io', 'http://a.io:8080/', false],
    ['a.io:80', 'http://a.io/', true],
    ['a.io:80', 'http://a.io:80/', true],
    ['a.io:80', 'https://a.io/', false],
    ['a.io:443', 'https://a.io/', true],
    ['a.io:8080', 'http://a.io:8080/', true],
    ['a.io:8080', 'http://a.io/', false],
  ])('of http=%s and a request to %s: %s', (host, url, isGranted) => {
    const { end } = ended(runtimeOf(`http=${host}`), [call(0x38, text(url)), answer])
    expect(end).toBe(isGranted ? 'Return' : 'CapabilityDenied')
  })

  it('must hold for borrowed code too', () => {
    const code = native(call(0x20), 'POP')
    const accounts = [[OTHER, { code }]] as const
    const delegate = [operands(5_000_000, OTHER, 0, 0, 0, 0), 'DELEGATECALL', returnTop(1)]
    const declared = (more: readonly bigint[]) => (of: bigint) =>
      [SELF, ...more].includes(of) ? ['clock'] : []
    expect(ended(runtimeOf(ALL, { declared: declared([]) }), delegate, { accounts })).toMatchObject({
      ...{ words: [0n], denied: 'clock' },
    })
    expect(ended(runtimeOf(ALL, { declared: declared([OTHER]) }), delegate, { accounts }).words).toEqual([1n])
  })
})

describe('what a frame did that reverts', () => {
  const write = join(Uint8Array.of(0, 1), text('fhi'))
  const deeds = [
    call(0x42, join(address(1n), word(5))),
    call(0x49),
    call(0x61, address(3n)),
    call(0x31, write),
  ]
  const end: NativePart = [put(0), put(0), 'REVERT']

  it('is undone: intents, files, addresses; the record stays', () => {
    for (const last of [end, 'INVALID']) {
      const log: string[] = []
      const runtime = runtimeOf(ALL, { services: services(log) })
      const { state } = ended(runtime, [deeds, last])
      runtime.commit()
      expect([runtime.intents, log, state.nonce(SELF)]).toEqual([[], [], 1n])
      expect(runtime.answers.length).toBe(4)
    }
  })

  it('is kept where it does not', () => {
    const log: string[] = []
    const runtime = runtimeOf(ALL, { services: services(log) })
    const { state } = ended(runtime, deeds)
    expect(log).toEqual([])
    runtime.commit()
    expect(log).toEqual(['d/f: hi'])
    expect(runtime.intents.map((intent) => intent.call)).toEqual([
      'hts.mint',
      'hts.create_token',
      'hcs.submit',
    ])
    expect(runtime.intents[0].args).toEqual({ token: `0x${'0'.repeat(39)}1`, amount: '0x5' })
    expect(state.nonce(SELF)).toBe(2n)
  })

  it('is undone of an inner frame alone', () => {
    const code = native(call(0x42, join(address(2n), word(2))), end)
    const runtime = runtimeOf(ALL, { declared: () => ['hedera.hts'] })
    const inner = [operands(5_000_000, OTHER, 0, 0, 0, 0, 0), 'CALL']
    ended(
      runtime,
      [call(0x42, join(address(1n), word(1))), inner, call(0x44, join(address(3n), address(4n)))],
      {
        accounts: [[OTHER, { code }]],
      },
    )
    expect(runtime.intents.map((intent) => intent.call)).toEqual(['hts.mint', 'hts.associate'])
  })
})

function plugin(call: Partial<PluginCall>, more: Partial<Plugin> = {}): Plugin {
  const given = {
    id: 0x100,
    name: 'my.call',
    capability: 'my',
    gas: { base: 7 },
    handler: () => text('x'),
    ...call,
  }
  return definePlugin({ name: 'mine', version: '1', syscalls: [given], ...more })
}

describe('a plug-in', () => {
  const asked = (call_: Partial<PluginCall>, code: NativePart = [call(0x100, text('ab')), answer]) => {
    const runtime = runtimeOf(`${ALL},my`, { plugins: [plugin(call_)] })
    return { ...ended(runtime, code), runtime }
  }

  it('answers, refuses, and says more', () => {
    const x = BigInt(text('x')[0]) << 248n
    expect(asked({}).words).toEqual([1n, x])
    expect(asked({ handler: () => null }).words).toEqual([0n, 0n])
    expect(asked({ handler: () => ({ status: 5n, output: text('x') }) }).words).toEqual([5n, x])
  })

  it('is told who asks', () => {
    let seen: object = {}
    asked({
      handler(input, { intent: _, onRevert: __, ...context }) {
        seen = { input: [...input], ...context }
        return null
      },
    })
    expect(seen).toMatchObject({
      input: [...text('ab')],
      self: SELF,
      codeAddress: SELF,
      valueWei: 0n,
      blockNumber: 1000n,
    })
  })

  // biome-ignore lint/suspicious/noExplicitAny: what a handler must not give
  it.each<[string, any, string]>([
    [
      'throws',
      {
        handler: () => {
          throw new Error('no')
        },
      },
      'my.call: threw Error: no',
    ],
    [
      'throws what is no error',
      {
        handler: () => {
          throw 5
        },
      },
      'my.call: threw 5',
    ],
    ['gives a number', { handler: () => 5 }, 'answered number'],
    ['gives nothing', { handler: () => undefined }, 'answered undefined'],
    ['gives a promise', { handler: async () => text('x') }, 'answered a promise'],
    ['gives an array', { handler: () => [1] }, 'answered an array'],
    [
      'gives a status that is no word',
      { handler: () => ({ status: -1n, output: text('') }) },
      'answered object',
    ],
    [
      'gives an output that is text',
      { handler: () => ({ status: 1n, output: 'x' }) },
      'its output is string',
    ],
    ['gives far too much', { handler: () => new Uint8Array(2 ** 21) }, 'answered 2097152 bytes'],
    ['has no price', { gas: () => Number.NaN }, 'its gas is number'],
    ['has a price below nothing', { gas: () => -5 }, 'its gas is number'],
    [
      'has a price that throws',
      {
        gas: () => {
          throw new Error('dear')
        },
      },
      'its gas threw Error: dear',
    ],
  ])('that %s ends the frame and nothing else', (_, call_, failure) => {
    const code: NativePart = [call(0x42, join(address(1n), word(1))), call(0x100)]
    const { end, runtime, state } = asked(call_, code)
    expect(end).toBe('SystemCallFailure')
    expect(runtime.failure).toContain(failure)
    expect(runtime.intents).toEqual([])
    expect(state.nonce(SELF)).toBe(1n)
    expect(haltName(Halt.SystemCallFailure)).toBe(end)
  })

  it('leaves no more intents than a run may have, in one call or in all', () => {
    const leaving = (count: number) =>
      plugin({
        handler(_, context) {
          for (let i = 0; i < count; i++) context.intent({})
          return null
        },
      })
    const one = runtimeOf('my', { plugins: [leaving(INTENT_LIMIT + 1)] })
    expect(ended(one, call(0x100)).end).toBe('SystemCallFailure')
    expect(one.failure).toBe(`my.call: left more than ${INTENT_LIMIT} intents`)
    const all = runtimeOf('my', { plugins: [leaving(INTENT_LIMIT)] })
    expect(ended(all, [call(0x100), answer]).end).toBe('Return')
    expect(ended(all, [call(0x100), call(0x100), answer]).end).toBe('SystemCallFailure')
    expect(all.failure).toBe(`my.call: the run has left ${INTENT_LIMIT} intents, and wants more`)
  })

  it('cannot reach the memory of the frame, nor change what it has answered', () => {
    const output = text('xy')
    const spoil = (input: Uint8Array) => {
      input.fill(0xff)
      output[1] = 0x79
      return output
    }
    const { words } = asked({ gas: (input) => input.fill(0xee).length, handler: spoil }, [
      [call(0x100, text('ab')), 'POP', put(512), 'MLOAD', returnTop(1)],
    ])
    expect(words).toEqual([bytesToBigint(join(text('ab'), new Uint8Array(30)))])
  })

  it('takes back what it did', () => {
    const done: string[] = []
    const handler: PluginCall['handler'] = (_, context) => {
      done.push('done')
      context.onRevert(() => done.pop())
      context.onRevert(() => {
        throw new Error('cannot')
      })
      context.intent({ a: 'b' })
      return null
    }
    const { runtime } = asked({ handler }, [call(0x100), put(0), put(0), 'REVERT'])
    expect([done, runtime.intents]).toEqual([[], []])
    expect(runtime.failure).toContain('my.call: could not be undone: Error: cannot')
  })

  it.each([
    ['an id of the engine', { id: 0xff }, 'id 255 is not a whole number from 0x0100'],
    ['an id beyond', { id: 0x10000 }, 'id 65536 is not'],
    ['a name in capitals', { name: 'My' }, 'name is not words'],
    ['a capability of the engine', { capability: 'clock' }, "capability clock is the engine's own"],
    ['a kind of its own', { kind: 'magic' as 'pure' }, 'kind is none of'],
    ['no price', { gas: undefined as never }, 'gas is neither'],
    ['half a price', { gas: { base: -1 } }, 'gas is neither'],
    ['no handler', { handler: undefined as never }, 'handler is not a function'],
  ])('is refused with %s', (_, call_, message) => {
    expect(() => plugin(call_)).toThrow(message)
  })

  it('is refused where an id or a name is taken', () => {
    const twice = (a: Partial<PluginCall>) => () =>
      runtimeOf('', { plugins: [plugin({}), plugin(a, { name: 'other' })] })
    expect(twice({ name: 'other.call' })).toThrow('other: id 0x0100 is that of a call of mine too')
    expect(twice({ id: 0x101 })).toThrow('other: name my.call is that of a call of mine too')
  })
})

describe('a ledger', () => {
  const LEDGER = 'hedera.hts,ledger.balance,ledger.transfer=alice'
  const transfer = (from: string) =>
    join(Uint8Array.of(from.length), text(from), Uint8Array.of(3), text('bob'), word(5), text('rent'))

  function ledger() {
    const log: string[] = []
    const runtime = runtimeOf(LEDGER, {
      services: {
        ledger: {
          begin: () => {},
          apply({ call: name, args }) {
            if (args.to === 'nobody') return null
            log.push(`${name} ${Object.values(args).join(' ')}`)
            return { undo: () => log.pop(), output: new Uint8Array(0) }
          },
          ask: ({ args }) => (args.account === 'alice' ? word(12) : null),
          commit: () => log.push('commit'),
        },
      },
    })
    return { log, runtime }
  }

  it('settles, answers, and commits', () => {
    const { log, runtime } = ledger()
    expect(ended(runtime, [call(0x80, text('alice')), answer]).words).toEqual([1n, 12n])
    log.length = 0
    expect(ended(runtime, [call(0x80, text('eve')), answer]).words).toEqual([0n, 0n])
    ended(runtime, call(0x81, transfer('alice')))
    expect(new Set(log)).toEqual(new Set(['ledger.transfer alice bob 0x5 rent']))
    runtime.commit()
    expect(log.at(-1)).toBe('commit')
  })

  it('takes back what is reverted, and is asked only for what is granted', () => {
    const { log, runtime } = ledger()
    ended(runtime, [call(0x81, transfer('alice')), put(0), put(0), 'REVERT'])
    expect(log).toEqual([])
    expect(ended(runtime, call(0x81, transfer('eve'))).denied).toBe('ledger.transfer=eve')
  })
})

describe('a run that is void', () => {
  it('leaves nothing of its rounds, in the record, the intents or the world', async () => {
    const code = native(
      call(0x42, join(address(1n), word(1))),
      call(0x20),
      [put(7), 'SLOAD', 'POP'],
      call(0x49),
    )
    const accounts = [[SELF, { code, storage: [[7n, 1n]] }]] as const
    let asked = 0
    const runtime = runtimeOf(ALL, { services: { ...services(), clock: () => ++asked } })
    const scene = { fork: zvm, accounts }
    const source = new LateSource(sourceOf(accountsOf(scene)))
    const { driver, state } = driverOf(scene, source)
    driver.runtime = runtime
    const result = await submitAsync(driver, state, scene)
    expect('status' in result && result.status).toBe('success')
    expect(source.rounds).toBeGreaterThan(1)
    expect(runtime.answers.map(({ id }) => id)).toEqual([0x42, 0x20, 0x49])
    expect(runtime.intents.map((intent) => intent.call)).toEqual(['hts.mint', 'hts.create_token'])
  })
})

describe('an engine with a runtime', () => {
  it('names what was denied, and keeps the intents of transactions', () => {
    const code = `0x${Buffer.from(native(call(0x20))).toString('hex')}` as const
    const self = `0x${SELF.toString(16).padStart(40, '0')}` as const
    const engine = (allow: string) =>
      createEngine({
        table: zvm,
        crypto: nodeCrypto,
        state: memoryState({ [self]: { code } }),
        runtime: runtimeOf(allow),
      })
    expect(engine('').call({ to: self })).toMatchObject({ halt: 'CapabilityDenied', denied: 'clock' })
    expect(engine('clock').call({ to: self })).toMatchObject({ status: 'success' })
    expect(engine('clock').call({ to: self })).not.toHaveProperty('denied')
  })
})
