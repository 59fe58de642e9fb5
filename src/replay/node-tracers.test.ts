/** Our tracers against those of another node (anvil): every recorded transaction, field by field. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { forkByName } from '../../opcodes/forks.ts'
import { intrinsicGas } from '../chain/intrinsic-gas.ts'
import { decodeTransaction } from '../chain/transaction-codec.ts'
import { bytesToHex, hexToBytes, toFixedHex, toQuantity } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { both } from '../trace/both.ts'
import { createTracer } from '../trace/tracers.ts'
import { type Bundle, parseBundle } from './bundle.ts'
import { nodeCrypto } from './node-crypto.ts'
import { replayBundle } from './replay-bundle.ts'

const BUNDLES = 'fixtures/bundles'
const TRACES = 'fixtures/traces'
const NAMES = readdirSync(TRACES).map((file) => file.replace(/\.json\.gz$/, ''))

// biome-ignore lint/suspicious/noExplicitAny: JSON whose members are named below
type Json = any

/** The node's answers by hash, then by `NAME CONFIG`. */
function nodeTraces(name: string): Readonly<Record<string, Readonly<Record<string, Json>>>> {
  return JSON.parse(gunzipSync(readFileSync(join(TRACES, `${name}.json.gz`))).toString())
}

/** What our tracers tell of the same transactions, likewise. */
function ourTraces(bundle: Bundle, asked: readonly string[]): Readonly<Record<string, Record<string, Json>>> {
  const told: Record<string, Record<string, string>> = {}
  replayBundle(bundle, forkByName(bundle.chain.fork), nodeCrypto, {
    tracer: (_, hash) => {
      const texts: Record<string, string> = {}
      told[toFixedHex(hash, 32)] = texts
      const tracers = asked.map((key) => {
        const [tracer, config] = key.split(' ')
        texts[key] = ''
        return createTracer(tracer, (piece) => (texts[key] += piece), JSON.parse(config))
      })
      return tracers.reduce(both)
    },
  })
  return Object.fromEntries(
    Object.entries(told).map(([hash, texts]) => [
      hash,
      Object.fromEntries(Object.entries(texts).map(([key, text]) => [key, JSON.parse(text)])),
    ]),
  )
}

/** What is known of a transaction beside the traces. */
interface Facts {
  readonly gasLimit: bigint
  readonly intrinsicGas: bigint
  readonly gasUsed: bigint
  /** Of the block, this transaction included. */
  readonly cumulativeGasUsed: bigint
  /** Log entries of the transactions before it. */
  readonly logsBefore: number
  /** All that the node told of it. */
  readonly theirs: Readonly<Record<string, Json>>
}

function factsOf({ chain, transactions }: Bundle, at: number, theirs: Facts['theirs']): Facts {
  const { raw, expected } = transactions[at] as Extract<Bundle['transactions'][number], { raw: Uint8Array }>
  const tx = decodeTransaction(raw, 'raw')
  return {
    gasLimit: tx.gasLimit,
    intrinsicGas: intrinsicGas(tx, forkByName(chain.fork).rules),
    gasUsed: expected.gasUsed!,
    cumulativeGasUsed: expected.cumulativeGasUsed!,
    logsBefore: transactions.slice(0, at).reduce((sum, before) => sum + before.expected.logs!.length, 0),
    theirs,
  }
}

/** The node's words for errors, and geth's. For what a precompile refuses we have one word, geth one for each reason. */
const WORDS: Readonly<Record<string, string>> = {
  CreateCollision: 'contract address collision',
  CreateContractStartingWithEF: 'invalid code: must not begin with 0xef',
  StackUnderflow: 'stack underflow (0 <=> 2)',
  StateChangeDuringStaticCall: 'write protection',
  'out of gas: not enough gas for reentrancy sentry': 'out of gas',
  'Some(ReentrancySentryOOG)': 'out of gas',
  'Some(StackUnderflow)': 'stack underflow (0 <=> 2)',
  'precompiled failed': 'precompile failed',
}

/**
 * Where the node departs from geth's form, which is ours: each takes one departure back in the node's answer. Where it
 * does not find what it is for, the answer stays as it is, and the comparison tells.
 */
const DEPARTURES: Readonly<
  Record<string, readonly ((answer: Json, facts: Facts, config: Json, ours: Json) => void)[]>
> = {
  callTracer: [
    // The gas of the outermost call lacks what is taken before it runs.
    (call, { gasLimit, intrinsicGas }) => {
      if (BigInt(call.gas) === gasLimit - intrinsicGas) call.gas = toQuantity(gasLimit)
    },
    // What it used is what the block has used.
    (call, { gasUsed, cumulativeGasUsed }) => {
      if (BigInt(call.gasUsed) === cumulativeGasUsed) call.gasUsed = toQuantity(gasUsed)
    },
    // Log entries are numbered within the transaction.
    (call, { logsBefore }) =>
      eachCall(call, ({ logs = [] }) => {
        for (const log of logs) log.index = toQuantity(Number(log.index) + logsBefore)
      }),
    // What a call logged that failed is told nevertheless.
    (call) =>
      eachCall(call, (failed) => {
        if ('error' in failed) eachCall(failed, (undone) => delete undone.logs)
      }),
    (call) =>
      eachCall(call, (failed) => {
        if ('error' in failed) failed.error = WORDS[failed.error] ?? failed.error
      }),
    // What destroys itself at the top is told even where only the top is wanted.
    (call, _, { onlyTopCall }) => {
      if (onlyTopCall && call.calls?.every(({ type }: Json) => type === 'SELFDESTRUCT')) delete call.calls
    },
  ],
  prestateTracer: [
    // No code has a hash, though geth tells it.
    (answer, { theirs }, { disableCode }) =>
      eachAccount(answer, (account, address) => {
        const code = disableCode ? theirs['prestateTracer {}'][address]?.code : account.code
        if (code !== undefined) account.codeHash = bytesToHex(keccak256(hexToBytes(code, 'code')))
      }),
    // That a delegation was taken back is not told; geth gives the hash zero.
    ({ pre, post }, _, __, ours) => {
      for (const [address, account] of Object.entries<Json>(post ?? {}))
        if (pre[address]?.code?.startsWith('0xef0100') && !account.code)
          account.codeHash = ours.post[address].codeHash && toFixedHex(0n, 32)
    },
    // Empty accounts are told though nobody asked.
    (answer) => {
      const before = answer.pre ?? answer
      for (const [address, { balance, nonce, codeHash }] of Object.entries<Json>(before))
        if (balance === '0x0' && !nonce && !codeHash) delete before[address]
    },
  ],
  '4byteTracer': [
    // Precompiles count as functions.
    (counts, { theirs }) =>
      eachCall(theirs['callTracer {"withLog":true}'], ({ to, input }) => {
        if (to === undefined || BigInt(to) > 0x100n || input.length < 10) return
        const id = `${input.slice(0, 10)}-${input.length / 2 - 5}`
        if (--counts[id] === 0) delete counts[id]
      }),
  ],
  structLog: [
    // What was used is what the block has used.
    (answer, { gasUsed, cumulativeGasUsed }) => {
      if (BigInt(answer.gas) === cumulativeGasUsed) answer.gas = Number(gasUsed)
    },
    // Refunds are counted from zero in each call, and without those for authorizations.
    ({ structLogs }, _, __, ours) => {
      const before: number[] = [0, ours.structLogs[0]?.refund ?? 0]
      for (const [at, step] of structLogs.entries()) {
        const { depth } = ours.structLogs[at]
        if (depth > (ours.structLogs[at - 1]?.depth ?? 1)) before[depth] = structLogs[at - 1].refund
        step.refund += before[depth]
      }
    },
    // What is empty or zero is told.
    ({ structLogs }) => {
      for (const step of structLogs) {
        if (step.returnData === '0x') delete step.returnData
        if (step.memory?.length === 0) delete step.memory
        if (step.refund === 0) delete step.refund
      }
    },
    ({ structLogs }) => {
      for (const step of structLogs) if ('error' in step) step.error = WORDS[step.error] ?? step.error
    },
    // What an instruction does wrong that has passed its checks is no error in geth's.
    ({ structLogs }) => {
      const passed = ['Some(InvalidFEOpcode)', 'Some(InvalidJump)', 'Some(StateChangeDuringStaticCall)']
      for (const step of structLogs) if (passed.includes(step.error)) delete step.error
    },
    // A slot that an access list names is not told where it is read, nor what a failed write would have written.
    ({ structLogs }, _, __, ours) => {
      for (const [at, step] of structLogs.entries())
        if ('storage' in step)
          step.storage = { ...ours.structLogs[at].storage, ...('error' in step ? {} : step.storage) }
    },
  ],
}

function eachCall(call: Json, visit: (call: Json) => void): void {
  visit(call)
  for (const inner of call.calls ?? []) eachCall(inner, visit)
}

function eachAccount(answer: Json, visit: (account: Json, address: string) => void): void {
  const parts = 'post' in answer ? [answer.post, answer.pre] : [answer]
  for (const part of parts) for (const [address, account] of Object.entries(part)) visit(account, address)
}

/** The struct log without what is recorded, and compared, with the steps. */
function withoutSteps(answer: Json): Json {
  const slim = ({ pc, gas, gasCost, depth, ...rest }: Json) => rest
  return { ...answer, structLogs: answer.structLogs.map(slim) }
}

describe('the tracers agree with another node in every member', () => {
  it.each(NAMES)('%s', (name) => {
    const theirs = nodeTraces(name)
    const bundle = parseBundle(JSON.parse(readFileSync(join(BUNDLES, `${name}.json`), 'utf8')), name)
    const ours = ourTraces(bundle, Object.keys(Object.values(theirs)[0]))
    expect(Object.keys(ours)).toEqual(Object.keys(theirs))
    for (const [at, [hash, answers]] of Object.entries(theirs).entries()) {
      const facts = factsOf(bundle, at, structuredClone(answers))
      for (const [key, answer] of Object.entries(answers)) {
        const [tracer, config] = key.split(' ')
        const whole = ours[hash][key]
        for (const mend of DEPARTURES[tracer]) mend(answer, facts, JSON.parse(config), whole)
        const told = tracer === 'structLog' ? withoutSteps(whole) : whole
        expect([name, hash, key, told]).toEqual([name, hash, key, answer])
      }
    }
  })
})
