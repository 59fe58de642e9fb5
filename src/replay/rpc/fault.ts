import { ERROR_CODES, ZvmError } from '../../core/errors.ts'

/** What may go wrong with a request. The first four pass by themselves. */
export type FaultKind =
  | 'busy'
  | 'unreachable'
  | 'timeout'
  | 'nonsense'
  | 'no-method'
  | 'no-state'
  | 'refused'
  | 'too-long'

export interface Fault {
  readonly kind: FaultKind
  /** The node's words, without anything that could be part of its address. */
  readonly text: string
  /** Milliseconds the node asks to wait. */
  readonly waitMs: number | null
}

/** What is read of the errors of viem and of other clients. */
interface ForeignError {
  readonly name?: unknown
  readonly message?: unknown
  readonly details?: unknown
  readonly code?: unknown
  readonly status?: unknown
  readonly headers?: { get?(name: string): string | null }
  readonly cause?: unknown
}

/** Longest part of a node's words that is shown. */
const EXCERPT = 160

const BUSY = /rate.?limit|too many requests|exceeded .*(capacity|compute|quota|limit)|limit exceeded/i
const NO_STATE =
  /missing trie node|historical state|state .*(not|un)available|no state available|pruned|archive|distance to target block|proof window|BlockOutOfRange|header not found|block not found|unknown block/i
const NO_METHOD =
  /method (not found|not supported|unsupported)|does not exist|not (available|whitelisted|allowed)|unsupported method/i

/** What an error that a client threw means. Of its words nothing is kept that `secrets` has. */
export function faultOf(thrown: unknown, secrets: readonly string[] = []): Fault {
  const chain = causesOf(thrown)
  const text = wordsOf(chain, secrets)
  const fault = (kind: FaultKind): Fault => ({ kind, text, waitMs: retryAfter(chain) })
  const status = numberOf(chain, 'status')
  const code = numberOf(chain, 'code')
  if (chain.some(({ name }) => name === 'ResponseBodyTooLargeError')) return fault('too-long')
  if (status === 429 || code === -32005 || code === 429 || BUSY.test(text)) return fault('busy')
  if (chain.some(({ name }) => name === 'TimeoutError' || name === 'AbortError')) return fault('timeout')
  if (code === -32601 || code === -32004 || NO_METHOD.test(text)) return fault('no-method')
  if (NO_STATE.test(text)) return fault('no-state')
  if (status !== null && status >= 500) return fault('unreachable')
  if (status !== null || (code !== null && code < 0)) return fault('refused')
  if (chain.some(({ name }) => name === 'SyntaxError') || /responses to batch|not valid JSON/.test(text))
    return fault('nonsense')
  return fault('unreachable')
}

/** Whether the same request may succeed a little later. */
export function isPassing({ kind }: Fault): boolean {
  return kind === 'busy' || kind === 'unreachable' || kind === 'timeout' || kind === 'nonsense'
}

const WORDS: Readonly<Record<FaultKind, string>> = {
  busy: 'the node limits the rate of requests',
  unreachable: 'the node cannot be reached',
  timeout: 'the node does not answer in time',
  'no-method': 'the node does not offer this method',
  'no-state': 'the node does not have this state',
  refused: 'the node refuses the request',
  nonsense: 'the node answers what is no JSON-RPC',
  'too-long': 'the node answers more than is read at once',
}

/** The fault as an error that names the method. */
export function nodeError(method: string, { kind, text, waitMs }: Fault): ZvmError {
  const words = text === '' ? '' : ` (${text})`
  const wait = waitMs ? `, and asks to wait ${waitMs / 1000} s` : ''
  return new ZvmError(ERROR_CODES.node, `${method}: ${WORDS[kind]}${words}${wait}`, { method, kind })
}

/** Reads what a node answered. Throws NODE for what VALUE says of it: nothing that was given to us is wrong. */
export function fromNode<T>(read: () => T): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof ZvmError) || error.code !== ERROR_CODES.value) throw error
    throw new ZvmError(ERROR_CODES.node, error.message, error.details, error)
  }
}

function causesOf(thrown: unknown): ForeignError[] {
  const chain: ForeignError[] = []
  for (let error = thrown; typeof error === 'object' && error !== null && chain.length < 10; ) {
    chain.push(error as ForeignError)
    error = (error as ForeignError).cause
  }
  return chain
}

function numberOf(chain: readonly ForeignError[], member: 'status' | 'code'): number | null {
  for (const error of chain) if (typeof error[member] === 'number') return error[member]
  return null
}

/** The innermost message says most; viem repeats it as `details` and adds the address, which may hold a key. */
function wordsOf(chain: readonly ForeignError[], secrets: readonly string[]): string {
  const last = chain.at(-1)
  const code = typeof last?.code === 'string' ? last.code : ''
  const said = [last?.details, last?.message].find((text) => typeof text === 'string' && text !== '')
  const line = String(said ?? '').split('\n')[0]
  // The parser of JSON shows a part of what it read, which may be a part of a secret.
  const own = last?.name === 'SyntaxError' ? line.replace(/, (\.\.\.)?".*/, '') : line
  return withoutSecrets(code !== '' && !own.includes(code) ? `${code} ${own}`.trim() : own, secrets)
}

const HIDDEN = '<address>'

/** Takes out what looks like an address of the network, and the secrets: pages of errors repeat what was asked for. */
function withoutSecrets(text: string, secrets: readonly string[]): string {
  const plain = text.replace(/\b(https?|wss?):\/\/[^\s"']+/gi, HIDDEN)
  const clean = secrets.reduce((rest, secret) => rest.replaceAll(secret, HIDDEN), plain)
  return clean.length > EXCERPT ? `${clean.slice(0, EXCERPT)}…` : clean
}

/** Shorter parts of an address are no keys, and would be found in any text. */
const SHORTEST_SECRET = 4

/** The parts of an address that may be a key, as written and as meant, the longest first. */
export function secretsOf(address: string): string[] {
  const { username, password, hostname, pathname, searchParams } = new URL(address)
  const written = [username, password, hostname, ...pathname.split('/'), ...searchParams.values()]
  const meant = written.map((part) => {
    try {
      return decodeURIComponent(part)
    } catch {
      return part
    }
  })
  const parts = new Set([...written, ...meant].filter(({ length }) => length >= SHORTEST_SECRET))
  return [...parts].sort((a, b) => b.length - a.length)
}

function retryAfter(chain: readonly ForeignError[]): number | null {
  for (const { headers } of chain) {
    const seconds = Number(headers?.get?.('retry-after') ?? Number.NaN)
    if (seconds >= 0) return seconds * 1000
  }
  return null
}
