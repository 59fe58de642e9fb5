import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request inside a body, and the answer that is about to be given to it. */
export interface Exchange {
  readonly method: string
  readonly params: readonly unknown[]
  result?: unknown
  error?: { code: number; message: string }
}

/** What a proxy does instead of what the node would. */
export interface Meddling {
  /** Answers a whole body; true where it did. `count` is how many bodies there were before. */
  body?(count: number, response: ServerResponse): boolean
  /** Changes one answer. */
  answer?(exchange: Exchange): void
}

/** A node's door that meddles: it passes on what it is asked and spoils what comes back. */
export interface MeddlingProxy {
  readonly url: string
  meddling: Meddling
  /** Bodies that came. */
  count: number
  stop(): Promise<void>
}

/** Its address holds what could be a key, so that it can be looked for in what is printed. */
export const KEY = 'SECRETKEY0123456789'

export async function startProxy(node: string): Promise<MeddlingProxy> {
  const server = createServer((request, response) => {
    void pass(request, response).catch(() => response.destroy())
  })
  const pass = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    if (proxy.meddling.body?.(proxy.count++, response)) return
    const text = Buffer.concat(chunks).toString()
    const headers = { 'content-type': 'application/json' }
    const answered = await fetch(node, { method: 'POST', headers, body: text })
    const answers = spoil(JSON.parse(text) as Call, (await answered.json()) as Answer, proxy.meddling)
    response.writeHead(200, headers).end(JSON.stringify(answers))
  }
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const proxy: MeddlingProxy = {
    url: `http://127.0.0.1:${port}/v2/${KEY}`,
    meddling: {},
    count: 0,
    async stop() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
  return proxy
}

type Call = { id: number; method: string; params: unknown[] }
type Answer = { id: number; result?: unknown; error?: { code: number; message: string } }

function spoil(calls: Call | Call[], answers: Answer | Answer[], { answer }: Meddling): unknown {
  const byId = new Map((Array.isArray(calls) ? calls : [calls]).map((call) => [call.id, call]))
  for (const each of Array.isArray(answers) ? answers : [answers]) {
    const { method, params } = byId.get(each.id)!
    const exchange: Exchange = { method, params, ...each }
    answer?.(exchange)
    each.result = exchange.result
    if (exchange.error) {
      each.error = exchange.error
      delete each.result
    }
  }
  return answers
}
