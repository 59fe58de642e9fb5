import { isDeepStrictEqual } from 'node:util'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { type AnswerRecord, createRuntime, parseGrants } from '../../../src/capabilities.ts'
import { executeCall } from '../../../src/chain/call.ts'
import { keep, sourceFor } from '../../../src/cli/contract-store.ts'
import { declaredAt, tagOf } from '../../../src/cli/contract-tag.ts'
import { addressOfNext, executeCreation } from '../../../src/cli/creation.ts'
import { bundleToJson, type RunFacts, readBundle, rerun, watchFacts } from '../../../src/cli/run-bundle.ts'
import { formatsOver } from '../../../src/cli/store-formats.ts'
import { assemble } from '../../../src/core/assembler.ts'
import { Driver } from '../../../src/core/driver.ts'
import { bytesToBareHex } from '../../../src/core/hex.ts'
import { parseJson } from '../../../src/core/json.ts'
import { nativePrimitives } from '../../../src/runtime/native-primitives.ts'
import { MemoryPairs } from '../../../src/state/disk/memory-pairs.ts'
import { ChangingState } from '../../../src/state/disk/store.ts'
import { WitnessPairs } from '../../../src/state/disk/witness.ts'
import { State } from '../../../src/state/state.ts'
import { testBlockHash } from '../../../src/state/test-block-hash.ts'
import { contract } from '../../lite/wat.ts'
import type { Random } from '../random.ts'
import type { Subject } from './subjects.ts'

const PROGRAM_AT = 0x5e1fn
const MODULE_AT = 0x30d1n
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
/** Sends what it was sent to the program, keeps what comes back in slot 0, and returns it. */
const MODULE = contract(
  [
    'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
    ...['calldata_size (result i32)', 'calldata_copy (param i32 i32 i32)'],
    ...['storage_store (param i32 i32)', 'return (param i32 i32)'],
  ],
  `(i32.store16 (i32.const 18) (i32.const 0x1f5e))
   (call $calldata_copy (i32.const 128) (i32.const 0) (call $calldata_size))
   (if (i32.eqz (call $call (i64.const -1) (i32.const 0) (i32.const 32)
     (i32.const 128) (call $calldata_size) (i32.const 64) (i32.const 32))) (then unreachable))
   (call $storage_store (i32.const 96) (i32.const 64))
   (call $return (i32.const 64) (i32.const 32))`,
)

/** Keeps a word, and leaves the program as code; the constructor is the program too. */
const INITCODE = assemble(
  `PUSH 5 PUSH 1 SSTORE PUSH ${PROGRAM.length} DUP1 PUSH @code PUSH 0 CODECOPY PUSH 0 RETURN
   code: .data 0x${bytesToBareHex(PROGRAM)}`,
  zvm,
  'initcode',
)

/** What runs: the program, the module that calls it, or what makes the program a contract. */
const RUNS = [
  { target: 'zvm', to: PROGRAM_AT },
  { target: 'wasm-lite', to: MODULE_AT },
  { target: 'zvm', to: null },
] as const

/** What was made last, and what its receipt says. */
let last: { readonly value: unknown; readonly facts: RunFacts } | null = null

/** The bundle of a run over a store of its own. */
function makeBundle(random: Random): Uint8Array {
  const { target, to } = random.pick(RUNS)
  const isModule = target === 'wasm-lite'
  const pairs = new MemoryPairs()
  const opening = { folder: 'memory', blockHash: testBlockHash }
  const placed = new ChangingState(pairs, opening)
  const tags = new Map([[PROGRAM_AT, tagOf('zvm', ABI)]])
  const before = isModule ? formatsOver(placed) : null
  keep(
    placed,
    beginning(random, placed, isModule),
    { target, table: zvm, chainId: 1n, formats: before },
    tags,
  )
  const witness = new WitnessPairs(pairs)
  const stored = new ChangingState(witness, opening)
  const formats = isModule ? formatsOver(stored) : null
  const state = new State(sourceFor(stored, target, formats))
  const limits = { steps: MOST.steps, memoryBytes: MOST.memoryBytes }
  const driver = new Driver(zvm, state, nativePrimitives, limits)
  const time = random.below(2 ** 40)
  const grants = parseGrants('clock', 'allow', [])
  const given = random.bytes(random.below(40))
  const creates = to === null ? { capabilities: ['clock'], constructorCall: given } : null
  const created = creates && addressOfNext(stored, 1n)
  const declared = (address: bigint) => (address === created ? ['clock'] : declaredAt(stored, address))
  const runtime = createRuntime({ declared, grants, services: { clock: () => time } })
  driver.runtime = runtime
  driver.formats = formats
  const request = { caller: 1n, to, value: 0n, data: creates ? INITCODE : given, gas: 200_000n }
  const block = { number: 1n, timestamp: 2n, coinbase: 3n, gasLimit: 10_000_000n }
  const rest = { difficulty: 0n, prevRandao: 0n, baseFee: 0n, blobBaseFee: 1n }
  const env = { chainId: 1n, block: { ...block, ...rest }, origin: 1n, gasPrice: 0n, blobHashes: [] }
  const factsOf = watchFacts(stored, { request, creates })
  const result = creates
    ? executeCreation(driver, state, request, creates.constructorCall, env)
    : executeCall(driver, state, request, env, 'keep')
  if (result.status !== 'success') throw new Error('a run of our own fails')
  keep(stored, state, { target, table: zvm, chainId: 1n, formats }, new Map())
  const facts = factsOf(result, runtime.intents)
  const { calls, answers } = runtime
  const record: AnswerRecord = {
    ...{ table: 'zvm', codeHash: `0x${facts.code_hash}`, inputHash: `0x${facts.input_hash}` },
    ...{ resultHash: `0x${facts.result_hash}`, allow: grants.texts, calls, answers },
  }
  const json = bundleToJson({ target, request, creates, env, limits, record, pairs: witness.read })
  last = { value: JSON.parse(json), facts }
  return new TextEncoder().encode(json)
}

function beginning(random: Random, placed: ChangingState, hasModule: boolean): State {
  const state = new State(placed)
  state.beginTransaction()
  state.setCode(PROGRAM_AT, PROGRAM)
  if (hasModule) state.setCode(MODULE_AT, MODULE)
  state.setBalance(1n, BigInt(random.uint32()))
  for (let i = random.below(4); i > 0; i--)
    state.setStorage(PROGRAM_AT, BigInt(random.below(3)), BigInt(random.uint32()))
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
