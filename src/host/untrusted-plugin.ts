import { spawnSync } from 'node:child_process'
import {
  ANSWER_LIMIT_BYTES,
  type CallContext,
  definePlugin,
  type Plugin,
  type PluginCall,
} from '../capabilities.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes, toQuantity } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { SystemCallError } from '../runtime/session.ts'
import { readBytes } from './read-file.ts'
import { childCommand } from './sandbox.ts'

/** Limit of the child's wall time; the sandbox sets the others. */
const TIME_LIMIT_MS = 5000
const SOURCE_LIMIT_BYTES = 1 << 20
/** A child is a process: what it costs is charged beside the plug-in's own price. */
export const UNTRUSTED_CALL_GAS = 20_000

/**
 * A plug-in that is not trusted: each call runs in a process of its own that ends with it, under Node's permission model
 * (no files, processes, workers, add-ons), without environment, in a realm that has the language alone. Throws IO,
 * VALUE where it cannot be read, BAD_PLUGIN naming the file.
 */
export async function loadUntrustedPlugin(path: string): Promise<Plugin> {
  const source = await readSource(path)
  const said = ask(source, {})
  if ('denied' in said) refuse(path, `reaches for ${String(said.denied)} when it is loaded`)
  if ('failure' in said) refuse(path, String(said.failure))
  const { name, version, syscalls } = said as unknown as Plugin
  if (!Array.isArray(syscalls)) return refuse(path, 'answered what is no plug-in')
  try {
    return definePlugin({ name, version, syscalls: syscalls.map((call) => sandboxed(call, source)) })
  } catch (error) {
    if (!(error instanceof ZvmError) || error.details.path === path) throw error
    throw new ZvmError(error.code, `${path}: ${error.message}`, { path }, error)
  }
}

/** The file as a script: TypeScript and modules are rewritten here, which reads the text and runs nothing. */
async function readSource(path: string): Promise<string> {
  const bytes = readBytes(path, SOURCE_LIMIT_BYTES)
  if (bytes.length > SOURCE_LIMIT_BYTES) refuse(path, `longer than ${SOURCE_LIMIT_BYTES} bytes`)
  const { createJiti } = await import('jiti')
  const source = new TextDecoder().decode(bytes)
  const script = createJiti(import.meta.url, { fsCache: false }).transform({
    source,
    ts: true,
    filename: path,
  })
  const [, fault] = /^exports\.__JITI_ERROR__ = (.*)/.exec(script) ?? []
  if (fault !== undefined) refuse(path, `cannot be loaded: ${faultText(fault)}`)
  // Rewritten it would never come, since a handler cannot wait; hidden from that it would ask the outer realm.
  if (/\bjitiImport\b|\bimport\s*(?:\(|\.|\/[*/])/.test(script))
    refuse(path, 'has an import(), which is not within reach of an untrusted plug-in')
  return script
}

function faultText(json: string): string {
  const [, line = '?'] = /"line":(\d+)/.exec(json) ?? []
  const [, message = 'no script'] = /"message":"((?:[^"\\]|\\.)*)"/.exec(json) ?? []
  return `${message.trim()} (line ${line})`
}

interface Description extends Omit<PluginCall, 'gas' | 'handler'> {
  readonly gas: { readonly base: number; readonly perByte?: number }
}

function sandboxed(description: unknown, source: string): PluginCall {
  const { id, name, capability, kind, gas } = description as Description
  const base = typeof gas?.base === 'number' ? UNTRUSTED_CALL_GAS + gas.base : gas?.base
  return {
    ...{ id, name, capability, ...(kind === undefined ? {} : { kind }) },
    gas: { base, ...(gas?.perByte === undefined ? {} : { perByte: gas.perByte }) },
    handler: (input, context) => answerOf(ask(source, requestOf(id, input, context)), context),
  }
}

function requestOf(id: number, input: Uint8Array, context: CallContext): object {
  const { intent: _, onRevert: __, ...words } = context
  const texts = Object.entries(words).map(([key, word]) => [key, toQuantity(word as bigint)])
  return { id, input: bytesToHex(input), context: Object.fromEntries(texts) }
}

/** What the child says is checked as any input from outside. */
function answerOf(said: Readonly<Record<string, unknown>>, context: CallContext) {
  if (typeof said.denied === 'string') throw new SystemCallError('denied', said.denied.slice(0, 64))
  if (typeof said.failure === 'string') throw new SystemCallError('failure', said.failure)
  const { status, output, intents } = said
  const isAnswer = typeof status === 'string' && /^0x[0-9a-f]{1,64}$/.test(status) && Array.isArray(intents)
  if (!isAnswer) throw new SystemCallError('failure', 'answered what is no answer')
  for (const args of intents) if (typeof args === 'object' && args !== null) context.intent(args)
  return { status: BigInt(status), output: hexToBytes(output, 'output') }
}

/** One request to a child of its own. Never throws. */
function ask(source: string, request: object): Readonly<Record<string, unknown>> {
  const input = JSON.stringify({ source, request: JSON.stringify(request) })
  const [program, ...args] = childCommand()
  const { stdout, signal, status, error } = spawnSync(program, args, {
    ...{ input, env: {}, cwd: '/', timeout: TIME_LIMIT_MS, killSignal: 'SIGKILL' },
    ...{ maxBuffer: 4 * ANSWER_LIMIT_BYTES, stdio: ['pipe', 'pipe', 'ignore'] },
  })
  if (error && 'code' in error && error.code === 'ETIMEDOUT')
    return { failure: `took longer than ${TIME_LIMIT_MS} ms` }
  if (error && !signal) return { failure: `its process could not be run: ${error.message}` }
  if (signal || status !== 0) return { failure: 'its process was ended: too much time or memory' }
  try {
    const said = parseJson(new Uint8Array(stdout), 'answer', { maxDepth: 8 })
    return typeof said === 'object' && said !== null
      ? (said as Record<string, unknown>)
      : { failure: 'answered nothing' }
  } catch {
    return { failure: 'answered what is not JSON' }
  }
}

function refuse(path: string, what: string): never {
  throw new ZvmError(ERROR_CODES.badPlugin, `${path}: ${what}`, { path })
}
