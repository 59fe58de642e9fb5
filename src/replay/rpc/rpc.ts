import { setTimeout as sleep } from 'node:timers/promises'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { type Fault, faultOf, isPassing, nodeError, secretsOf } from './fault.ts'

/**
 * What sends one request: a client of viem, or any provider of EIP-1193. The parameter is `never` since clients know
 * by type which methods they send; each is given a `Call`.
 */
export interface RpcClient {
  request(call: never): Promise<unknown>
}

/** A transport of viem: it makes a client when it is called. */
export type RpcTransport = (options: never) => RpcClient

/** One request of a round. */
export interface Call {
  readonly method: string
  readonly params: readonly unknown[]
}

/** The answer to one request of a round, or why there is none. */
export type Answer =
  | { readonly result: unknown; readonly fault?: undefined }
  | { readonly fault: Fault; readonly result?: undefined }

/** Patience with a node. */
export interface RpcSettings {
  /** Milliseconds after which a request has failed, and that a node may ask to wait before the next. */
  readonly timeoutMs?: number
  /** How often a request is sent at the most. */
  readonly attempts?: number
  /** First wait before a request is sent again, in milliseconds; each further one is twice as long, up to 32 times. */
  readonly firstWaitMs?: number
}

const TIMEOUT_MS = 60_000
const ATTEMPTS = 7
const FIRST_WAIT_MS = 200
const LONGEST_WAIT = 32
/** A host that does not answer at all is no better for being asked often. */
const ATTEMPTS_UNREACHABLE = 4

/**
 * Sends requests in rounds: all of a round at once, as JSON-RPC batches where the client was made here. What fails and
 * may pass (a limit of rate, a reset, a timeout) is sent again, after a wait with jitter.
 */
export class Rpc {
  /** Rounds so far; sending again what failed is not one. */
  rounds = 0
  /** Requests so far, those sent again included. */
  requests = 0
  /** Whether there is no node to ask. */
  readonly isOffline: boolean
  readonly #settings: Required<RpcSettings>
  readonly #client: () => Promise<RpcClient>
  /** What of the endpoint must not be told. */
  readonly #secrets: readonly string[]
  #made: Promise<RpcClient> | null = null

  /** Without an endpoint every request throws NODE: what is not in the cache is not there. Throws USAGE. */
  constructor(endpoint: string | RpcClient | RpcTransport | null, settings: RpcSettings = {}) {
    this.#settings = {
      timeoutMs: settings.timeoutMs ?? TIMEOUT_MS,
      attempts: settings.attempts ?? ATTEMPTS,
      firstWaitMs: settings.firstWaitMs ?? FIRST_WAIT_MS,
    }
    this.isOffline = endpoint === null
    this.#secrets = typeof endpoint === 'string' ? secretsOf(httpAddress(endpoint)) : []
    this.#client = async () => {
      if (endpoint === null) return OFFLINE
      if (typeof endpoint === 'string') return connect(endpoint, this.#settings.timeoutMs)
      return typeof endpoint === 'function' ? endpoint({ retryCount: 0 } as never) : endpoint
    }
  }

  /** One round: the answers in the order of the calls. */
  async round(calls: readonly Call[]): Promise<Answer[]> {
    if (calls.length === 0) return []
    this.rounds++
    const answers: Answer[] = []
    let open = calls.map((_, i) => i)
    for (let attempt = 1; ; attempt++) {
      const fresh = await Promise.all(open.map((i) => this.#send(calls[i])))
      for (const [at, i] of open.entries()) answers[i] = fresh[at]
      open = open.filter((i) => this.#mayRetry(answers[i], attempt))
      if (open.length === 0) return answers
      await sleep(
        this.#waitMs(
          attempt,
          open.map((i) => answers[i].fault!.waitMs ?? 0),
        ),
      )
    }
  }

  /** One round of which every request must succeed: the results. Throws NODE naming the method of the first that did not. */
  async results(calls: readonly Call[]): Promise<unknown[]> {
    return resultsOf(calls, await this.round(calls))
  }

  async #send({ method, params }: Call): Promise<Answer> {
    this.requests++
    this.#made ??= this.#client()
    const client = await this.#made
    try {
      return { result: await client.request({ method, params } as never) }
    } catch (thrown) {
      if (thrown instanceof ZvmError) throw thrown
      return { fault: faultOf(thrown, this.#secrets) }
    }
  }

  #mayRetry({ fault }: Answer, attempt: number): boolean {
    if (!fault || !isPassing(fault) || (fault.waitMs ?? 0) > this.#settings.timeoutMs) return false
    const most = fault.kind === 'busy' ? this.#settings.attempts : ATTEMPTS_UNREACHABLE
    return attempt < Math.min(most, this.#settings.attempts)
  }

  /** Doubles from one attempt to the next; the jitter keeps many clients from coming back at once. */
  #waitMs(attempt: number, asked: readonly number[]): number {
    const longest = this.#settings.firstWaitMs * Math.min(2 ** (attempt - 1), LONGEST_WAIT)
    return Math.max(longest * (0.5 + Math.random() / 2), ...asked)
  }
}

/** What the answers to calls give. Throws NODE naming the method of the first that failed. */
export function resultsOf(calls: readonly Call[], answers: readonly Answer[]): unknown[] {
  return answers.map(({ result, fault }, i) => {
    if (fault) throw nodeError(calls[i].method, fault)
    return result
  })
}

/** Stands for the node where none is to be asked. */
const OFFLINE: RpcClient = {
  async request({ method, params }: Call) {
    const words = params.filter((part) => typeof part === 'string').join(', ')
    throw new ZvmError(ERROR_CODES.node, `not in the cache, and no node is asked: ${method}(${words})`)
  },
}

/** Throws USAGE for what is no address, without showing it. */
function httpAddress(url: string): string {
  if (/^https?:\/\/\S+$/.test(url) && URL.canParse(url)) return url
  throw new ZvmError(ERROR_CODES.usage, '--rpc: not an http address')
}

/** viem is loaded here, where a node is asked: what runs from the cache starts without it. */
async function connect(url: string, timeoutMs: number): Promise<RpcClient> {
  const { httpClient } = await loadClient()
  return httpClient(url, timeoutMs)
}

async function loadClient() {
  try {
    return await import('./http-client.ts')
  } catch (cause) {
    const message = 'the package viem, which speaks to nodes, is not installed'
    throw new ZvmError(ERROR_CODES.usage, message, {}, cause)
  }
}
