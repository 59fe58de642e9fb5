import { Agent, request } from 'node:http'
import { bytesToHex, hexToBytes, toFixedHex, toQuantity } from '../../src/core/hex.ts'
import { startAnvil } from '../record-bundles/node.ts'
import type { Engine, Run } from './engine.ts'
import { type Contestant, timingOf } from './measure.ts'
import { PEER } from './peers.ts'
import { accountsOf, CONTRACT, type Program, SENDER, type Status } from './program.ts'

/** Shorter runs than this drown in what it takes to ask. */
const LEAST_MS = 0.3

/** No account is here: a call of it is all that a request costs but running code. */
const NOBODY = 0xdead_0000_0000_0000_0000n

/** Calls of any size are allowed, and no more than calls is wanted. */
const SETTINGS = [
  '--gas-limit',
  '9000000000000',
  '--disable-code-size-limit',
  '--no-request-size-limit',
  '--no-mining',
]

/** A running node, and the engine inside it. */
export interface Revm {
  readonly engine: Engine
  stop(): Promise<void>
}

/** Starts anvil. Throws where it is not installed or does not start. */
export async function startRevm(): Promise<Revm> {
  const node = await startAnvil('cancun', SETTINGS)
  const agent = new Agent({ keepAlive: true, maxSockets: 1, noDelay: true } as object)
  const engine: Engine = { name: PEER.revm, prepare: (program) => prepare(program, node.url, agent) }
  const stop = async () => {
    agent.destroy()
    await node.stop()
  }
  return { engine, stop }
}

/**
 * `eth_call` of the code, put in place by a state override. Before every call the same request is made to an account
 * without code. What the node needs to run the code is the best of the calls without the best of the empty ones.
 */
function prepare(program: Program, url: string, agent: Agent): Contestant<Run> {
  const [empty, full] = [NOBODY, CONTRACT].map((to) => Buffer.from(JSON.stringify(callOf(program, to))))
  const emptyMs: number[] = []
  const fullMs: number[] = []
  return {
    async run() {
      emptyMs.push((await post(url, agent, empty)).ms)
      const { ms, text } = await post(url, agent, full)
      fullMs.push(ms)
      return { ms, ...readAnswer(text), gasUsed: null }
    },
    settle() {
      const [idle, busy] = [timingOf(emptyMs), timingOf(fullMs)]
      const best = busy.best - idle.best
      return best < LEAST_MS ? null : { best, median: Math.max(best, busy.median - idle.median) }
    },
  }
}

function callOf(program: Program, to: bigint): object {
  const transaction = {
    from: toFixedHex(SENDER, 20),
    to: toFixedHex(to, 20),
    data: bytesToHex(program.input),
    gas: toQuantity(program.gasLimit + intrinsicGas(program.input)),
  }
  const overrides = Object.fromEntries(
    accountsOf(program).map(({ address, nonce, balance, code, storage }) => [
      toFixedHex(address, 20),
      {
        nonce: toQuantity(nonce),
        balance: toQuantity(balance),
        code: bytesToHex(code),
        state: Object.fromEntries(
          [...storage].map(([key, value]) => [toFixedHex(key, 32), toFixedHex(value, 32)]),
        ),
      },
    ]),
  )
  const block = { number: '0x0', time: '0x0', baseFeePerGas: '0x0' }
  return { jsonrpc: '2.0', id: 1, method: 'eth_call', params: [transaction, 'latest', overrides, block] }
}

/** Gas of a transaction before its code runs, under Cancun (Yellow Paper 6.2, EIP-2028). */
function intrinsicGas(input: Uint8Array): bigint {
  return input.reduce((gas, byte) => gas + (byte === 0 ? 4n : 16n), 21000n)
}

function readAnswer(text: string): { status: Status; output: Uint8Array } {
  const { result, error } = JSON.parse(text) as {
    result?: string
    error?: { code: number; message: string; data?: string }
  }
  if (result !== undefined) return { status: 'success', output: hexToBytes(result, 'eth_call') }
  const { code, message, data } = error!
  const status = code === 3 ? 'revert' : /out ?of ?gas/i.test(message) ? 'oog' : 'halt'
  if (status === 'halt' && !/EVM error/.test(message)) throw new Error(`anvil: eth_call: ${message}`)
  return { status, output: status === 'revert' && data ? hexToBytes(data, 'eth_call') : new Uint8Array(0) }
}

/** Sends a request; gives the answer, and the time from the first byte out to the last byte in. */
function post(url: string, agent: Agent, body: Buffer): Promise<{ ms: number; text: string }> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', 'content-length': body.length }
    const start = performance.now()
    const sent = request(url, { method: 'POST', agent, headers }, (answer) => {
      const parts: Buffer[] = []
      answer.on('data', (part: Buffer) => parts.push(part))
      answer.on('end', () =>
        resolve({ ms: performance.now() - start, text: Buffer.concat(parts).toString() }),
      )
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })
}
