/** Each attempt of an untrusted plug-in to reach out is trapped and named, in the handler and when it is loaded. */
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { zvm } from '../../opcodes/zvm/table.ts'
import { native, put } from '../../scripts/lib/native-harness.ts'
import { play, SELF } from '../conform/harness.ts'
import { haltName } from '../core/halt.ts'
import { parseGrants } from '../runtime/grants.ts'
import type { Plugin } from '../runtime/plugin.ts'
import { createRuntime } from '../runtime/runtime.ts'
import { childCommand } from './sandbox.ts'
import { loadUntrustedPlugin, UNTRUSTED_CALL_GAS } from './untrusted-plugin.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-untrusted-'))
afterAll(() => rmSync(folder, { recursive: true }))
const secret = join(folder, 'secret.key')
writeFileSync(secret, 'PRIVATE')
process.env.ZVM_TEST_SECRET = 'PRIVATE'

let files = 0
function load(source: string, extension = 'ts'): Promise<Plugin> {
  const path = join(folder, `p${files++}.${extension}`)
  writeFileSync(path, source)
  return loadUntrustedPlugin(path)
}

const withHandler = (body: string, top = '') => `
import { definePlugin } from 'zvm-engine/capabilities'
${top}
export default definePlugin({ name: 'u', version: '1', syscalls: [
  { id: 0x100, name: 'u.call', capability: 'u', gas: { base: 10 }, handler(input, context) { ${body} } },
] })`

/** Calls the handler with four bytes of input. */
async function ask(source: string) {
  const plugin = await load(source)
  const runtime = createRuntime({
    declared: (address) => (address === SELF ? ['u'] : []),
    grants: parseGrants('u', 'allow', ['u']),
    plugins: [plugin],
  })
  const call = [put(0), put(0), put(4), put(0), 'SYSCALL', Uint8Array.of(1, 0)]
  const tail = [put(0), 'MSTORE', 'RETURNDATASIZE', put(0), put(32), 'RETURNDATACOPY']
  const code = native(call, tail, 'RETURNDATASIZE', put(32), 'ADD', put(0), 'RETURN')
  const { halt, driver, output, gasUsed } = play({ fork: zvm, code, runtime })
  const said = new TextDecoder().decode(output.subarray(32))
  return {
    end: haltName(halt),
    denied: driver.denied,
    failure: runtime.failure,
    said,
    status: output[31],
    gasUsed,
    runtime,
  }
}

const ATTEMPTS: [string, string, string][] = [
  ['a file', `require('fs').readFileSync(${JSON.stringify(secret)})`, 'fs'],
  ['a file by a promise', `require('node:fs/promises').readFile('/etc/passwd')`, 'fs'],
  ['a socket', `require('net').connect(80, '127.0.0.1')`, 'net'],
  ['a name server', `require('node:dns').lookup('example.com')`, 'net'],
  ['the web', `fetch('http://127.0.0.1/')`, 'net'],
  ['a web socket', `new WebSocket('ws://127.0.0.1/')`, 'net'],
  ['the clock', 'Date.now()', 'clock'],
  ['the clock by a new date', 'new Date()', 'clock'],
  ['a timer', 'setTimeout(() => {}, 1)', 'clock'],
  ['a stop watch', 'performance.now()', 'clock'],
  ['chance', 'Math.random()', 'random'],
  ['a key', `require('crypto').createPrivateKey(${JSON.stringify(secret)})`, 'random'],
  ['random keys', 'crypto.getRandomValues(new Uint8Array(1))', 'random'],
  ['an environment variable', 'process.env.ZVM_TEST_SECRET', 'env'],
  ['the process', 'process.exit(0)', 'process'],
  ['a child process', `require('child_process').execSync('id')`, 'child_process'],
  ['a worker', `new (require('worker_threads').Worker)('')`, 'worker'],
  ['shared memory', 'new SharedArrayBuffer(8)', 'worker'],
  ['a module', `require('left-pad')`, 'module left-pad'],
  ['WebAssembly', 'WebAssembly.Module', 'wasm'],
]

describe('what an untrusted plug-in reaches for', () => {
  it.each(ATTEMPTS)('is trapped and named: %s', async (_, attempt, denied) => {
    // Caught by the plug-in it is denied all the same.
    const body = `try { ${attempt} } catch {} return new Uint8Array(1)`
    expect(await ask(withHandler(body))).toMatchObject({ end: 'CapabilityDenied', denied, said: '' })
  })

  it('is trapped when it is loaded, and by an import', async () => {
    await expect(
      load(withHandler('return null', `import { readFileSync } from 'node:fs'; readFileSync('x')`)),
    ).rejects.toThrow('reaches for fs when it is loaded')
    await expect(load(withHandler('return null', 'const now = Date.now()'))).rejects.toThrow(
      'reaches for clock',
    )
    await expect(load(withHandler(`import('node:net'); return null`))).rejects.toThrow(
      'has an import(), which',
    )
    const dressed = 'import/**/("node:net"); return null'
    await expect(load(withHandler(dressed))).rejects.toThrow('has an import(), which')
  })

  // Ways out of a realm that are known: none of them gives more than an error.
  it.each([
    ['code from a text', `Function('return process')()`],
    ['code from a constructor', `context.constructor.constructor('return process')()`],
    ['code from an async function', `(async () => {}).constructor('return 1')()`],
    ['eval', `eval('1')`],
    ['the realm of the global', `globalThis.constructor.constructor('return process')()`],
  ])('is not there: %s', async (_, attempt) => {
    expect(await ask(withHandler(`${attempt}; return null`))).toMatchObject({
      end: 'SystemCallFailure',
      denied: '',
    })
  })

  it('is no object of the outer realm: errors, arguments, what calls it', async () => {
    const body = `
      const realms = []
      const outer = (value) => { try { return value.constructor.constructor !== Function } catch { return false } }
      try { null.x } catch (error) { realms.push(outer(error)) }
      try { (function f() { f() })() } catch (error) { realms.push(outer(error)) }
      realms.push(outer(input), outer(context.intent), outer(arguments))
      return Uint8Array.from(realms, Number)`
    expect(await ask(withHandler(body))).toMatchObject({
      end: 'Return',
      said: '\0\0\0\0\0',
    })
  })
})

it('the stack shows an untrusted plug-in nothing of the outer realm', async () => {
  const body = `
    Error.prepareStackTrace = (_, sites) => sites
    const sites = new Error().stack
    const foreign = (value) => (typeof value === 'function' || typeof value === 'object') && value !== null && !(value instanceof Object)
    const found = sites.flatMap((site) => [site, site.getThis(), site.getFunction(), site.getFunction()?.caller])
    return Uint8Array.from([sites.length > 2, found.some(foreign)], Number)`
  expect(await ask(withHandler(body))).toMatchObject({ end: 'Return', said: '\u0001\0' })
})

describe('the process of an untrusted plug-in', () => {
  it('has nothing outside by itself, should a plug-in get out of its realm', () => {
    const program = `
      const tried = {}
      const attempt = (name, run) => { try { run(); tried[name] = 'open' } catch (error) { tried[name] = error.code ?? error.message } }
      attempt('read', () => require('fs').readFileSync(${JSON.stringify(secret)}))
      attempt('write', () => require('fs').writeFileSync(${JSON.stringify(join(folder, 'written'))}, ''))
      attempt('list', () => require('fs').readdirSync('/'))
      attempt('child', () => require('child_process').spawnSync('id'))
      attempt('worker', () => new (require('worker_threads').Worker)('', { eval: true }))
      attempt('addon', () => process.dlopen({ exports: {} }, '/x.node'))
      attempt('code', () => new Function('return 1')())
      tried.env = Object.keys(process.env).filter((name) => name !== 'PATH' && name !== 'PWD' && name !== 'SHLVL' && name !== '_')
      console.log(JSON.stringify(tried))`
    const [command, ...args] = childCommand(program)
    const { stdout } = spawnSync(command, args, { env: {}, cwd: '/' })
    const denied = 'ERR_ACCESS_DENIED'
    expect(JSON.parse(stdout.toString())).toEqual({
      ...{ read: denied, write: denied, list: denied, child: denied, worker: denied },
      addon: expect.stringMatching(/^ERR_(DLOPEN_DISABLED|ACCESS_DENIED)$/),
      code: 'Code generation from strings disallowed for this context',
      env: [],
    })
  })

  const hasNamespaces = spawnSync('unshare', ['-rn', 'true']).status === 0
  // Elsewhere the realm alone keeps the network away, and on Node 25 the permission model.
  it.runIf(hasNamespaces)('has no network, where Linux lets us make a namespace', async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const program = `
      const socket = require('net').connect(${port}, '127.0.0.1')
      socket.on('connect', () => { console.log('open'); process.exit() }).on('error', ({ code }) => console.log(code))`
    const [command, ...args] = childCommand(program)
    const { stdout } = spawnSync(command, args, { env: {} })
    expect(stdout.toString().trim()).toMatch(/^(ENETUNREACH|ERR_ACCESS_DENIED)$/)
    server.close()
  })
})

describe('an untrusted plug-in', () => {
  it('answers, and pays for its process', async () => {
    const body = `context.intent({ self: String(context.self) }); return Uint8Array.from(input, (byte) => byte + 104)`
    const { end, said, status, runtime, gasUsed } = await ask(withHandler(body))
    expect([end, said, status]).toEqual(['Return', 'hhhh', 1])
    expect(runtime.intents).toEqual([
      { call: 'u.call', contract: `0x${SELF.toString(16).padStart(40, '0')}`, args: { self: String(SELF) } },
    ])
    expect(gasUsed).toBeGreaterThan(UNTRUSTED_CALL_GAS)
  })

  it('keeps nothing between calls', async () => {
    const source = withHandler('return Uint8Array.of(65 + calls++)', 'let calls = 0')
    const plugin = await load(source)
    const [call] = plugin.syscalls
    const context = { self: 1n, intent() {}, onRevert() {} } as never
    const answers = [call.handler(new Uint8Array(0), context), call.handler(new Uint8Array(0), context)]
    expect(answers.map((answer) => (answer as { output: Uint8Array }).output[0])).toEqual([65, 65])
  })

  it.each([
    ['runs for ever', 'for (;;);', 'too much time or memory|took longer than'],
    ['takes all memory', 'const all = []; for (;;) all.push(new Uint8Array(1e7).fill(1))', ''],
    ['fills the heap', `let all = ['x']; for (;;) all = [...all, ...all]`, ''],
    ['throws', `throw new Error('no')`, 'u.call: threw Error: no'],
    ['throws nothing', 'throw null', 'threw object'],
    [
      'answers with a promise',
      'return Promise.resolve(null)',
      'u.call: answered object, which is neither bytes',
    ],
    ['answers with nothing', '', 'u.call: answered undefined, which is neither bytes'],
    [
      'wants to be told of a revert',
      'try { context.onRevert(() => {}) } catch {} return null',
      'u.call: onRevert: an untrusted plug-in keeps',
    ],
    [
      'leaves too many intents',
      'for (let i = 0; i < 70000; i++) context.intent({}); return null',
      'u.call: ',
    ],
    ['answers with far too much', 'return new Uint8Array(2 ** 23)', 'u.call: '],
    [
      'breaks what is built in',
      `JSON.stringify = () => '{}'; Array.from = 5; Object.entries = null; throw new Error('x')`,
      'threw Error: x',
    ],
  ])('that %s ends the frame', async (_, body, failure) => {
    const { end, failure: said } = await ask(withHandler(body))
    expect(end).toBe('SystemCallFailure')
    expect(said).toMatch(new RegExp(failure))
  })

  it.each([
    ['const x =', 'cannot be loaded'],
    ['export const nothing = 1', '.ts: exports no plug-in'],
    [
      withHandler('return null').replace('{ base: 10 }', '() => 5'),
      '.ts: u: syscalls[0]: gas is a function; an untrusted plug-in states { base, perByte }',
    ],
    [`module.exports = { plugin: { name: 'u' } }`, '.ts: u: syscalls is not an array'],
    [withHandler('return null').replace('{ base: 10 }', 'null'), '.ts: u: syscalls[0]: gas is neither'],
    [withHandler('return null').replace('0x100', '5'), 'id 5 is not'],
    [`}); throw new Error('out'); (function () {`, 'cannot be loaded'],
  ])('is refused where it is none', async (source, message) => {
    await expect(load(source)).rejects.toThrow(message)
  })

  it('is plain JavaScript too', async () => {
    const source = `module.exports = { plugin: { name: 'j', version: '1', syscalls: [] } }`
    expect((await load(source, 'cjs')).name).toBe('j')
  })
})
