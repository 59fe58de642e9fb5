/**
 * What runs in the child process of an untrusted plug-in, as text: it is given to `node -e`, so that the child need not
 * read a file. Two realms: OUTER starts the other, INNER is evaluated in a context that has nothing but the language.
 * Only texts pass between them, so no object of the outer realm is ever within reach of the plug-in.
 */

/** Defines traps for all that is not the language, loads the plug-in, answers one request; gives JSON. */
const INNER = `(function (source, requestText) {
  'use strict'
  const { parse, stringify } = JSON
  const { freeze, entries, fromEntries, hasOwn } = Object
  let touched = ''
  let refused = ''
  const refuse = (what) => {
    if (refused === '') refused = what
    throw new Error(what)
  }
  const trap = (what) => {
    if (touched === '') touched = what
    throw new Error(what + ': not within reach of an untrusted plug-in')
  }
  const trapped = (what) => {
    const grab = () => trap(what)
    const named = (_, key) => trap(what === 'process' ? (key === 'env' ? 'env' : 'process') : what)
    return new Proxy(function () {}, {
      apply: grab, construct: grab, get: named, set: named, has: named, ownKeys: grab,
      getPrototypeOf: grab, setPrototypeOf: grab, getOwnPropertyDescriptor: named, defineProperty: named,
    })
  }
  const TRAPS = {
    process: 'process', Buffer: 'process', global: 'process',
    fetch: 'net', WebSocket: 'net', XMLHttpRequest: 'net', EventSource: 'net',
    Date: 'clock', Intl: 'clock', performance: 'clock', setTimeout: 'clock', setInterval: 'clock', setImmediate: 'clock',
    crypto: 'random', WebAssembly: 'wasm', Worker: 'worker', SharedArrayBuffer: 'worker', Atomics: 'worker',
    WeakRef: 'memory', FinalizationRegistry: 'memory',
  }
  for (const [name, what] of entries(TRAPS))
    Object.defineProperty(globalThis, name, { value: trapped(what), writable: false, configurable: false })
  Object.defineProperty(Math, 'random', { value: () => trap('random') })
  const MODULES = {
    fs: 'fs', 'fs/promises': 'fs', net: 'net', dns: 'net', 'dns/promises': 'net', dgram: 'net', tls: 'net', http: 'net',
    https: 'net', http2: 'net', undici: 'net', child_process: 'child_process', cluster: 'child_process',
    worker_threads: 'worker', process: 'process', os: 'process', crypto: 'random', timers: 'clock', perf_hooks: 'clock',
  }
  const require = (name) => {
    const bare = String(name).replace(/^node:/, '')
    if (bare === 'zvm-engine/capabilities') return { definePlugin: (plugin) => plugin }
    return trap(hasOwn(MODULES, bare) ? MODULES[bare] : 'module ' + bare.slice(0, 40))
  }
  const hexOf = (bytes) => '0x' + Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
  const bytesOf = (hex) => Uint8Array.from({ length: hex.length / 2 - 1 }, (_, i) => parseInt(hex.slice(2 + 2 * i, 4 + 2 * i), 16))
  const request = parse(requestText)
  const describe = ({ name, version, syscalls }) => {
    if (!Array.isArray(syscalls)) refuse(name + ': syscalls is not an array')
    const calls = Array.from(syscalls, (call, i) => {
      const place = name + ': syscalls[' + i + ']'
      if (typeof call !== 'object' || call === null) refuse(place + ': not an object')
      if (typeof call.gas === 'function') refuse(place + ': gas is a function; an untrusted plug-in states { base, perByte }')
      if (typeof call.handler !== 'function') refuse(place + ': handler is not a function')
      const { id, capability, kind, gas } = call
      return { id, name: call.name, capability, kind, gas: { base: gas?.base, perByte: gas?.perByte } }
    })
    return { name, version, syscalls: calls }
  }
  const call = ({ syscalls }) => {
    const intents = []
    const words = fromEntries(entries(request.context).map(([key, text]) => [key, BigInt(text)]))
    const context = freeze({
      ...words,
      intent: (args) => { intents.push(fromEntries(entries(args).map(([key, text]) => [key, String(text)]))) },
      onRevert: () => { refuse('onRevert: an untrusted plug-in keeps nothing between calls') },
    })
    const answer = Array.from(syscalls).find(({ id }) => id === request.id).handler(bytesOf(request.input), context)
    if (answer === null) return { status: '0x0', output: '0x', intents }
    const { status, output } = answer instanceof Uint8Array ? { status: 1n, output: answer } : answer ?? {}
    if (typeof status !== 'bigint' || !(output instanceof Uint8Array))
      refuse('answered ' + (Array.isArray(answer) ? 'an array' : typeof answer) + ', which is neither bytes, null, nor { status, output }')
    return { status: '0x' + status.toString(16), output: hexOf(output), intents }
  }
  let said
  try {
    const module = { exports: {} }
    const evaluate = source(module.exports, require, module, (name) => require(name))
    const { exports } = module
    const plugin = exports.plugin ?? exports.default
    if (typeof plugin !== 'object' || plugin === null) refuse('exports no plug-in, neither as plugin nor as default')
    said = request.id === undefined ? describe(plugin) : call(plugin)
  } catch (error) {
    said = { failure: 'threw ' + (error instanceof Error ? error.name + ': ' + error.message : typeof error) }
  }
  // It may have caught what was thrown: it has tried all the same.
  if (touched !== '') return stringify({ denied: touched })
  return stringify(refused === '' ? said : { failure: refused })
})`

/**
 * Reads {source, request} from standard input, and writes what INNER says. Before that it takes away what a plug-in that
 * got out of its realm would look for; code from strings is forbidden by a flag, in both realms, and
 * strict mode hides its functions from whoever looks at the stack.
 */
const OUTER = String.raw`
const vm = require('node:vm')
const { readFileSync, writeSync } = require('node:fs')
const { source, request } = JSON.parse(readFileSync(0, 'utf8'))
const exit = process.reallyExit.bind(process)
for (const name of ['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'kill', 'mainModule', 'chdir'])
  try { Object.defineProperty(process, name, { value: undefined }) } catch {}
for (const name of ['fetch', 'WebSocket', 'EventSource', 'require', 'module', 'process', 'Buffer', 'navigator'])
  try { delete globalThis[name] } catch {}
const context = vm.createContext(Object.create(null), { codeGeneration: { strings: false, wasm: false }, microtaskMode: 'afterEvaluate' })
const inner = vm.runInContext(INNER, context, { filename: 'sandbox' })
let said
try {
  const plugin = vm.runInContext('(function (exports, require, module, jitiImport) {' + source + '\n})', context, { filename: 'plug-in' })
  said = inner(plugin, request)
} catch (error) {
  said = JSON.stringify({ failure: 'cannot be loaded: ' + String(error && error.message) })
}
const bytes = new TextEncoder().encode(typeof said === 'string' ? said : '{}')
for (let at = 0; at < bytes.length;) at += writeSync(1, bytes, at)
exit(0)
`

/** The program of the child. */
const SANDBOX = `'use strict'\nconst INNER = ${JSON.stringify(INNER)}\n${OUTER}`

/** Limits of the child: CPU time of a call, its heap, and on Linux all memory it may write. */
const CPU_LIMIT_SECONDS = 2
const HEAP_LIMIT_MIB = 64
const DATA_LIMIT_KIB = 1 << 19

/**
 * The child with what the system can still take from it: memory and CPU by limits of the shell, the network by a
 * namespace where Linux lets us make one.
 */
export function childCommand(program = SANDBOX): string[] {
  const [major, minor] = process.versions.node.split('.').map(Number)
  const isStable = major > 23 || (major === 23 && minor >= 5)
  const node = [
    process.execPath,
    isStable ? '--permission' : '--experimental-permission',
    ...['--disallow-code-generation-from-strings', `--max-old-space-size=${HEAP_LIMIT_MIB}`, '--no-warnings'],
    ...['-e', program],
  ]
  if (process.platform === 'win32') return node
  const limits = `ulimit -t ${CPU_LIMIT_SECONDS}; ulimit -d ${DATA_LIMIT_KIB}`
  const network = 'unshare -rn true && exec unshare -rn "$0" "$@"'
  const script = `exec 2>/dev/null; PATH=/usr/bin:/bin; ${limits}; ${network}; exec "$0" "$@"`
  return ['/bin/sh', '-c', script, ...node]
}
