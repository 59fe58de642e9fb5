import { isDeepStrictEqual } from 'node:util'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { type AnswerRecord, createRuntime, parseGrants } from '../../../src/capabilities.ts'
import { executeCall } from '../../../src/chain/call.ts'
import { keep, OneTarget, tagOf } from '../../../src/cli/contract-store.ts'
import { bundleToJson, factsOf, type RunFacts, readBundle, rerun } from '../../../src/cli/run-bundle.ts'
import { assemble } from '../../../src/core/assembler.ts'
import { Driver } from '../../../src/core/driver.ts'
import { bytesToHex } from '../../../src/core/hex.ts'
import { parseJson } from '../../../src/core/json.ts'
import { keccak256 } from '../../../src/core/keccak.ts'
import { nativePrimitives } from '../../../src/runtime/native-primitives.ts'
import { MemoryPairs } from '../../../src/state/disk/memory-pairs.ts'
import { ChangingState } from '../../../src/state/disk/store.ts'
import { WitnessPairs } from '../../../src/state/disk/witness.ts'
import { State } from '../../../src/state/state.ts'
import { testBlockHash } from '../../../src/state/test-block-hash.ts'
import type { Random } from '../random.ts'
import type { Subject } from './subjects.ts'

const SELF = 0x5e1fn
const ABI = new TextEncoder().encode(
  JSON.stringify({ contract: 'c', capabilities: ['clock'], functions: [] }),
)
/** What a changed bundle may spend. */
const MOST = { gas: 1_000_000n, steps: 20_000, memoryBytes: 1 << 20 }

/** Reads and writes a slot, asks for the time, leaves a log, returns what it was given. */
const PROGRAM = assemble(
  `PUSH 1 SLOAD PUSH 32 PUSH 0 PUSH 0 PUSH 0 SYSCALL 0x20 POP PUSH 0 MLOAD ADD PUSH 1 SSTORE
   PUSH 7 PUSH 32 PUSH 0 LOG1 PUSH 0 CALLDATALOAD PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN`,
  zvm,
  'program',
)

const hashOf = (bytes: Uint8Array) => bytesToHex(keccak256(bytes))

/** What was made last, and what its receipt says. */
let last: { readonly value: unknown; readonly facts: RunFacts } | null = null

/** The bundle of a run over a store of its own. */
function makeBundle(random: Random): Uint8Array {
  const pairs = new MemoryPairs()
  const opening = { folder: 'memory', blockHash: testBlockHash }
  const identity = { target: 'zvm', table: zvm, chainId: 1n, formats: null } as const
  const placed = new ChangingState(pairs, opening)
  keep(placed, beginning(random, placed), identity, new Map([[SELF, tagOf('zvm', ABI)]]))
  const witness = new WitnessPairs(pairs)
  const stored = new ChangingState(witness, opening)
  const rootBefore = stored.root
  const state = new State(new OneTarget(stored, 'zvm'))
  const driver = new Driver(zvm, state, nativePrimitives)
  const time = random.below(2 ** 40)
  const grants = parseGrants('clock', 'allow', [])
  const runtime = createRuntime({ declared: () => ['clock'], grants, services: { clock: () => time } })
  driver.runtime = runtime
  const data = random.bytes(random.below(40))
  const request = { caller: 1n, to: SELF, value: 0n, data, gas: 100_000n }
  const block = { number: 1n, timestamp: 2n, coinbase: 3n, gasLimit: 10_000_000n }
  const rest = { difficulty: 0n, prevRandao: 0n, baseFee: 0n, blobBaseFee: 1n }
  const env = { chainId: 1n, block: { ...block, ...rest }, origin: 1n, gasPrice: 0n, blobHashes: [] }
  const result = executeCall(driver, state, request, env, 'keep')
  keep(stored, state, identity, new Map())
  const hashes = { codeHash: hashOf(PROGRAM), inputHash: hashOf(data) }
  const facts = factsOf(hashes, result, runtime.intents, rootBefore, stored.root)
  const { calls, answers } = runtime
  const resultHash = `0x${facts.result_hash}`
  const record: AnswerRecord = { table: 'zvm', ...hashes, resultHash, allow: grants.texts, calls, answers }
  const limits = { steps: MOST.steps, memoryBytes: MOST.memoryBytes }
  const json = bundleToJson({ target: 'zvm', request, env, limits, record, pairs: witness.read })
  last = { value: JSON.parse(json), facts }
  return new TextEncoder().encode(json)
}

function beginning(random: Random, placed: ChangingState): State {
  const state = new State(new OneTarget(placed, 'zvm'))
  state.beginTransaction()
  state.setCode(SELF, PROGRAM)
  state.setBalance(1n, BigInt(random.uint32()))
  for (let i = random.below(4); i > 0; i--)
    state.setStorage(SELF, BigInt(random.below(3)), BigInt(random.uint32()))
  state.endTransaction(false)
  return state
}

/** Accepted: written again it reads the same; and what says what the last one said gives what its receipt says. */
function acceptBundle(input: Uint8Array): string | null {
  const value = parseJson(input, 'input')
  const bundle = readBundle(value, 'input')
  const json = bundleToJson(bundle)
  if (bundleToJson(readBundle(JSON.parse(json), 'again')) !== json) return 'written again it differs'
  const { request, limits } = bundle
  const gas = request.gas < MOST.gas ? request.gas : MOST.gas
  const steps = Math.min(limits.steps, MOST.steps)
  const memoryBytes = Math.min(limits.memoryBytes, MOST.memoryBytes)
  const capped = { ...bundle, request: { ...request, gas }, limits: { steps, memoryBytes } }
  const facts = rerun(capped, zvm, 'input', nativePrimitives)
  if (last === null || !isDeepStrictEqual(value, last.value)) return null
  return isDeepStrictEqual(facts, last.facts) ? null : 'the run again is not what its receipt says'
}

export const RUN_BUNDLE: Subject = { make: makeBundle, accept: acceptBundle }
