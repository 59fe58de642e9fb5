/** Grants, records, signatures and calls on the command line, as a user types them. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { type NativePart, native, operands, put } from '../../scripts/lib/native-harness.ts'
import { bigintToBytes, bytesToBigint } from '../core/word.ts'
import { abiToJson, encodeContainer, readAbi } from '../runtime/index.ts'
import { readPrivateKey, signerOf } from '../wallet/keys.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-runtime-'))
// No keys are trusted but those of the tests.
process.env.XDG_CONFIG_HOME = folder
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

function zvm(...args: readonly string[]): Promise<{ code: number | null; stdout: string; stderr: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    const said = { stdout: '', stderr: '' }
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text
      })
    child.on('error', reject).on('close', (code) => resolve({ code, ...said }))
  })
}

function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, content)
  return path
}

/** SYSCALL with a text as input; the status stays on the stack. */
function call(id: number, input = ''): NativePart {
  const bytes = new TextEncoder().encode(input)
  const stores = Array.from({ length: Math.ceil(bytes.length / 32) }, (_, i) => {
    const word = new Uint8Array(32)
    word.set(bytes.subarray(32 * i, 32 * i + 32))
    return [put(bytesToBigint(word)), put(512 + 32 * i), 'MSTORE']
  })
  return [stores, operands(512, bytes.length, 0, 0), 'SYSCALL', bigintToBytes(BigInt(id), 2)]
}

/** Returns what the last call answered. */
const answer: NativePart = [
  ['RETURNDATASIZE', put(0), put(0), 'RETURNDATACOPY', 'RETURNDATASIZE', put(0), 'RETURN'],
]

let files = 0
function contract(code: NativePart, capabilities: readonly string[]): string {
  const abi = abiToJson(readAbi({ contract: 'C', capabilities }))
  return file(`c${files++}.zvm`, encodeContainer('zvm', native(code), abi))
}

const ALL = [
  'fs.read',
  'fs.write',
  'http',
  'clock',
  'random',
  'sign',
  'storage.read',
  'storage',
  'u',
  'hedera.hts',
]

/** What a contract tries, and what its denial is called: of a file, a socket, the clock, a key, another's storage. */
const ATTEMPTS: [string, NativePart, string][] = [
  ['a file', call(0x30, 'secret'), 'fs.read'],
  ['a file to write', call(0x31, '\0\u0001x'), 'fs.write'],
  ['a socket', call(0x38, 'http://127.0.0.1/'), 'http'],
  ['the clock', call(0x20), 'clock'],
  ['chance', call(0x21, '\0\u0001'), 'random'],
  ['a key', call(0x29, 'message'), 'sign'],
  ["another contract's storage", call(0x02, 'x'.repeat(52)), 'storage.read'],
  ['an environment variable, for which there is no call', call(0x3f), 'syscall 0x003f'],
  ['tokens', 'HTS_CREATE', 'hedera.hts'],
]

describe('an attempt without a grant', () => {
  it.each(ATTEMPTS)('is trapped and named in text and JSON: %s', async (_, code, denied) => {
    const path = contract(code, ALL)
    const text = await zvm('run', path)
    expect([text.code, text.stderr]).toEqual([1, ''])
    expect(text.stdout).toContain(`\n error: capability denied: ${denied}: `)
    const json = await zvm('run', path, '--json', '--allow', 'log')
    expect(JSON.parse(json.stdout)).toMatchObject({ status: 'halt', halt: 'CapabilityDenied', denied })
  })

  it('is told of a folder that is not there before anything runs', async () => {
    const gone = join(folder, 'gone')
    const { code, stdout, stderr } = await zvm(
      'run',
      contract(call(0x30, 'a'), ALL),
      '--allow',
      `fs.read=${gone}`,
    )
    expect([code, stdout, stderr]).toEqual([3, '', `zvm: fs.read=${gone}: no such file or directory\n`])
  })

  it('says which of the two lists lacks it', async () => {
    const undeclared = await zvm('run', contract(call(0x20), []), '--allow', 'clock')
    expect(undeclared.stdout).toContain('capability denied: clock: the contract does not declare it')
    const path = contract(call(0x30, '../x'), ALL)
    const narrower = await zvm('run', path, '--allow', `fs.read=${folder}`)
    expect(narrower.stdout).toContain('capability denied: fs.read=../x: the grant is narrower')
    expect((await zvm('run', '--table', 'zvm', 'd00020')).stdout).toContain('stack underflow')
  })

  it('is trapped of an untrusted plug-in, by the name of what it reached for', async () => {
    process.env.ZVM_SECRET = 'secret'
    for (const [body, denied] of [
      [`require('fs').readFileSync('/etc/passwd')`, 'fs'],
      [`require('net').connect(1)`, 'net'],
      ['Date.now()', 'clock'],
      ['process.env.ZVM_SECRET', 'env'],
      [`require('child_process').execSync('id')`, 'child_process'],
    ]) {
      const plugin = file(
        'u.js',
        `module.exports = { plugin: { name: 'u', version: '1', syscalls: [{ id: 256, name: 'u.call', capability: 'u', gas: { base: 1 }, handler() { ${body} } }] } }`,
      )
      const args = ['run', contract(call(0x100), ALL), '--untrusted-plugin', plugin, '--allow', 'u', '--json']
      const { code, stdout } = await zvm(...args)
      expect([code, JSON.parse(stdout)]).toMatchObject([1, { halt: 'CapabilityDenied', denied }])
    }
  })
})

describe('a granted run', () => {
  it('may be that of initcode, which is the container itself', async () => {
    const path = contract([call(0x20), put(0), 'MSTORE', put(32), put(0), 'RETURN'], ['clock'])
    const { code, stdout } = await zvm('run', path, '--create', '--allow', 'clock')
    expect([code, BigInt(stdout.trim())]).toEqual([0, 1n])
    expect((await zvm('run', path, '--create')).stdout).toContain('capability denied: clock')
  })

  it('is not timed, since the world would be asked again and again', async () => {
    const { code, stderr } = await zvm('run', contract(call(0x20), ALL), '--allow', 'clock', '--bench')
    expect([code, stderr]).toEqual([3, expect.stringContaining('--bench: not with --allow')])
  })

  it('reads and writes files of its folder, the latter once it has succeeded', async () => {
    file('data/in.txt', 'hello')
    const data = join(folder, 'data')
    const write = call(0x31, '\0\u0007out.txtworld')
    const path = contract([write, call(0x30, 'in.txt'), answer], ALL)
    const { stdout } = await zvm('run', path, '--allow', `fs.read=${data}`, '--allow', `fs.write=${data}`)
    expect(stdout).toBe(`0x${Buffer.from('hello').toString('hex')}\n`)
    expect(readFileSync(join(data, 'out.txt'), 'utf8')).toBe('world')
    rmSync(join(data, 'out.txt'))
    const failing = contract([write, put(0), put(0), 'REVERT'], ALL)
    expect((await zvm('run', failing, '--allow', `fs.write=${data}`)).code).toBe(1)
    expect(readdirSync(data)).toEqual(['in.txt'])
  })

  it('fetches from the host that is named, and follows it nowhere', async () => {
    const server = createServer((request, response) => {
      if (request.url === '/away') response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()
      else response.end('fetched')
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
    const get = (path: string) => contract([call(0x38, `http://${host}${path}`), answer], ALL)
    const record = join(folder, 'http.json')
    const live = await zvm('run', get('/'), '--allow', `http=${host}`, '--record', record)
    expect(live.stdout).toBe(`0x00c8${Buffer.from('fetched').toString('hex')}\n`)
    expect((await zvm('run', get('/away'), '--allow', `http=${host}`)).stdout).toBe('0x012e\n')
    server.close()
    expect((await zvm('run', get('/'), '--replay', record)).stdout).toBe(live.stdout)
    expect((await zvm('run', get('/'), '--allow', 'http=localhost')).stdout).toContain(`denied: http=${host}`)
  })

  it('signs with a key that it never sees', async () => {
    const key = file('host.key', KEY_PAIR)
    chmodSync(key, 0o600)
    const { stdout } = await zvm(
      'run',
      contract([call(0x28), answer], ALL),
      '--allow',
      'sign',
      '--sign-key',
      key,
    )
    expect(stdout).toBe(`0x${PUBLIC}\n`)
    const without = await zvm('run', contract(call(0x28), ALL), '--allow', 'sign')
    expect([without.code, without.stderr]).toEqual([3, 'zvm: sign: granted, but this host has no signer\n'])
  })
})

describe('a record', () => {
  const agent = () =>
    contract([call(0x20), call(0x21, '\0\u0020'), 'HTS_CREATE', call(0x100, 'ab'), answer], ALL)
  const plugin = file(
    'my.ts',
    `import { definePlugin } from 'zvm-engine/capabilities'
    export default definePlugin({ name: 'my', version: '1', syscalls: [{ id: 256, name: 'my.call', capability: 'u',
      gas: (input: Uint8Array) => 100 * input.length,
      handler(input, context) { context.intent({ seen: 'yes' }); return Uint8Array.from([...input, Math.random() * 256]) } }] })`,
  )
  const record = join(folder, 'run.json')

  it('gives the same result again, byte for byte, in every tier, with nobody there to ask', async () => {
    const path = agent()
    const live = await zvm(
      'run',
      path,
      '--allow',
      'clock,random,hedera.hts,u',
      '--plugin',
      plugin,
      '--record',
      record,
      '--json',
    )
    expect(live.code).toBe(0)
    expect(JSON.parse(live.stdout).intents.map((intent: { call: string }) => intent.call)).toEqual([
      'hts.create_token',
      'my.call',
    ])
    for (const tier of ['auto', 'reference', 'interpreter', 'compiled'])
      expect((await zvm('run', path, '--replay', record, '--tier', tier, '--json')).stdout).toBe(live.stdout)
    const again = await zvm('run', path, '--allow', 'clock,random,hedera.hts,u', '--plugin', plugin, '--json')
    expect(again.stdout).not.toBe(live.stdout)
  })

  /** The record, changed. */
  function changed(
    change: (record: { [member: string]: unknown; answers: Record<string, unknown>[] }) => void,
  ): string {
    const value = JSON.parse(readFileSync(record, 'utf8'))
    change(value)
    return file('changed.json', JSON.stringify(value))
  }

  it.each<[string, Parameters<typeof changed>[0], string]>([
    [
      'another call',
      ({ answers }) => {
        answers[1].id = 0x20
      },
      'changed.json: call 2: the run calls 0x0021, the record 0x0020',
    ],
    [
      'another input',
      ({ answers }) => {
        answers[1].input = '0x0021'
      },
      'call 2: other input: the run gives 0x0020, the record 0x0021',
    ],
    [
      'too few answers',
      ({ answers }) => {
        answers.pop()
      },
      'call 4: the run calls 0x0100, but the record has ended',
    ],
    [
      'too many',
      ({ answers }) => {
        answers.push(answers[0])
      },
      'call 5: the run makes no such call; 1 of the record is left',
    ],
    [
      'two answers changed about',
      ({ answers }) => {
        answers.reverse()
      },
      'call 1: the run calls 0x0020, the record 0x0100',
    ],
    [
      'no price',
      ({ answers }) => {
        delete answers[3].gas
      },
      'call 4: has no price',
    ],
    [
      'no answer',
      ({ answers }) => {
        delete answers[3].status
        delete answers[3].output
        delete answers[3].intents
      },
      'call 4: has no answer',
    ],
    [
      'another answer',
      ({ answers }) => {
        answers[3].output = '0x00'
      },
      'resultHash: the run ends in another result',
    ],
    [
      'another code',
      (all) => {
        all.codeHash = `0x${'1'.repeat(64)}`
      },
      'codeHash: the record is of 0x1111',
    ],
    [
      'another calldata',
      (all) => {
        all.inputHash = `0x${'1'.repeat(64)}`
      },
      'inputHash: the record is of 0x1111',
    ],
    [
      'another table',
      (all) => {
        all.table = 'Osaka'
      },
      'table: the record is of Osaka, the run of zvm',
    ],
  ])('with %s is refused, naming the call', async (_, change, message) => {
    const path = agent()
    const { code, stdout, stderr } = await zvm('run', path, '--replay', changed(change))
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toContain(message)
  })

  it.each<[Parameters<typeof changed>[0], string]>([
    [
      (all) => {
        all.format = 'zvm-record/2'
      },
      'changed.json: format: not zvm-record/1',
    ],
    [
      (all) => {
        all.more = 1
      },
      'changed.json: more: unknown member',
    ],
    [
      ({ answers }) => {
        answers[0].id = -1
      },
      'answers[0].id: not a whole number',
    ],
    [
      ({ answers }) => {
        answers[0].status = '0x01'
      },
      'answers[0].status: not a word',
    ],
    [
      ({ answers }) => {
        answers[0].denied = 'clock'
      },
      'answers[0].status: unknown member',
    ],
    [
      (all) => {
        all.allow = ['clok']
      },
      'allow: clok: no such capability',
    ],
  ])('that is malformed is refused', async (change, message) => {
    const { code, stderr } = await zvm('run', agent(), '--replay', changed(change))
    expect([code, stderr]).toEqual([10, expect.stringContaining(message)])
  })

  it('is exclusive with what it replaces, and is not lost on a failing run', async () => {
    const both = await zvm('run', agent(), '--replay', record, '--allow', 'clock')
    expect([both.code, both.stderr]).toEqual([3, expect.stringContaining('--allow: not with --replay')])
    const failing = contract([call(0x20), 'INVALID'], ALL)
    const path = join(folder, 'failing.json')
    const live = await zvm('run', failing, '--allow', 'clock', '--record', path, '--json')
    expect(live.code).toBe(1)
    expect((await zvm('run', failing, '--replay', path, '--json')).stdout).toBe(live.stdout)
  })
})

const SEED = 'vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY='
const PUBLIC = '5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78'
const KEY_PAIR = `-----BEGIN ZSIG KEYPAIR-----\nPrivate: ${SEED}\nPublic: ${PUBLIC}\n-----END ZSIG KEYPAIR-----\n`

describe('a script that must be signed', () => {
  const script = contract([put(5), put(0), 'MSTORE', put(32), put(0), 'RETURN'], [])
  const signature = signerOf(readPrivateKey(Buffer.from(KEY_PAIR), 'key')).sign(readFileSync(script))
  const key = file('a.pub', `${PUBLIC}\n`)

  it('runs when it is, in whatever form the signature comes', async () => {
    for (const form of [
      signature,
      Buffer.from(signature).toString('hex'),
      `${Buffer.from(signature).toString('base64')}\n`,
    ]) {
      const path = file('a.zsig', form)
      const { code, stdout } = await zvm('run', script, '--require-signature', path, '--pubkey', key)
      expect([code, BigInt(stdout.trim())]).toEqual([0, 5n])
    }
  })

  it('runs nothing when it is not', async () => {
    const touched = join(folder, 'touched')
    const plugin = file(
      'touch.ts',
      `import { writeFileSync } from 'node:fs'; writeFileSync(${JSON.stringify(touched)}, '')`,
    )
    const path = file('a.zsig', signature)
    const other = file('other.zvm', readFileSync(script).fill(0x00, 20, 21))
    const { code, stdout, stderr } = await zvm(
      'run',
      other,
      '--require-signature',
      path,
      '--pubkey',
      key,
      '--plugin',
      plugin,
    )
    expect([code, stdout, existsSync(touched)]).toEqual([1, '', false])
    expect(stderr).toContain('✗ Signature invalid')
  })

  it('gives no verdict without a key, nor of code that is no file', async () => {
    const path = file('a.zsig', signature)
    for (const [args, message] of [
      [['run', script, '--require-signature', path], 'no key, no verdict: name one with --pubkey'],
      [['run', script, '--pubkey', key], '--pubkey: needs --require-signature'],
      [['run', '00', '--require-signature', path, '--pubkey', key], 'the code must come from a file'],
    ] as const) {
      const { code, stderr } = await zvm(...args)
      expect([code, stderr]).toEqual([3, expect.stringContaining(message)])
    }
  })
})

describe('a call by name', () => {
  const counter = 'fixtures/assembly/counter.zvm'
  it.each([
    [['--call', 'add(u64)', '--args', '5'], 0, 5n],
    [['--call', 'add', '--args', '["0x7"]'], 0, 7n],
    [['--call', 'get', '--args', `0x${'11'.repeat(20)}`], 0, 0n],
  ])('%j is encoded by the ABI', async (args, exit, word) => {
    const { code, stdout } = await zvm('run', counter, ...args)
    expect([code, BigInt(stdout.trim())]).toEqual([exit, word])
  })

  it.each([
    [['--call', 'sub'], 'abi.functions: "sub" is no function'],
    [['--call', 'add', '--args', '1,2'], 'arguments: 2 given, 1 wanted'],
    [['--call', 'add', '--args', 'x'], 'arguments[0]'],
    [['--call', 'add', '--args', '[5'], '--args: JSON ends too early (line 1, column 3)'],
    [['--call', '01020304', '--args', '5'], '--args: no types are known; give --call a signature'],
    [['--args', '1'], '--args: needs --call'],
    [['--call', 'add', '--input', '00'], '--call: not with --input'],
  ])('%j is refused', async (args, message) => {
    const { code, stderr } = await zvm('run', counter, ...args)
    expect([code, stderr]).toEqual([3, expect.stringContaining(message)])
  })

  it('need not be in the ABI where it is a signature or a selector, as in a call to a store', async () => {
    const db = join(folder, 'calls')
    const deployed = await zvm('deploy', '--db', db, '--file', counter)
    for (const wanted of ['other(u64)', '01020304']) {
      const args = wanted.includes('(') ? ['--args', '5'] : []
      const run = await zvm('run', counter, '--call', wanted, ...args)
      expect(run).toEqual({ code: 1, stdout: '0x\n error: execution reverted\n', stderr: '' })
      const contract = ['--contract', deployed.stdout.trim()]
      expect(await zvm('call', '--db', db, ...contract, '--function', wanted, ...args)).toEqual(run)
    }
  })

  it('needs no ABI where it is a signature', async () => {
    // It returns its calldata.
    const code = '365f5f37365ff3'
    expect((await zvm('run', code, '--call', '01020304')).stdout).toBe('0x01020304\n')
    const { stdout } = await zvm('run', code, '--call', 'deposit(u64)', '--args', '5')
    expect(stdout).toBe(`0x08ec3a6f${'0'.repeat(63)}5\n`)
  })
})

describe('plug-ins on the command line', () => {
  it.each([
    ['export const x = 1', 3, 'exports no plug-in'],
    [`export default { name: 'a', version: '1', syscalls: [{ id: 1 }] }`, 3, 'a: syscalls[0]: id 1 is not'],
    ['export default {', 3, 'cannot be loaded'],
    [`throw new Error('no')`, 3, 'cannot be loaded: no'],
    ['process.exit(0)', 3, 'cannot be loaded: process.exit(0) was called, which would end the command'],
  ])('are refused by name where they are none', async (source, exit, message) => {
    const path = file('bad.ts', source)
    const { code, stderr } = await zvm('run', '00', '--plugin', path)
    expect([code, stderr]).toEqual([exit, expect.stringContaining(message)])
    expect(stderr).toContain('bad.ts')
  })

  it.each(['--plugin', '--untrusted-plugin'])('are no empty paths: %s', async (option) => {
    expect(await zvm('run', '00', option, '')).toEqual({
      ...{ code: 3, stdout: '', stderr: `zvm: ${option}: an empty path\n` },
    })
  })

  it('do not end the command', async () => {
    const call_ = `{ id: 256, name: 'u.call', capability: 'u', gas: { base: 1 }, handler() { process.exit(0) } }`
    const path = file('exit.ts', `export default { name: 'u', version: '1', syscalls: [${call_}] }`)
    const { code, stdout } = await zvm('run', contract(call(0x100), ALL), '--plugin', path, '--allow', 'u')
    expect([code, stdout]).toEqual([
      1,
      expect.stringContaining('system call failed: u.call: threw Error: process.exit(0) was called'),
    ])
  })
})
