import { isDeepStrictEqual } from 'node:util'
import { zvm } from '../../../opcodes/zvm/table.ts'
import {
  type CapabilityRuntime,
  createRuntime,
  definePlugin,
  type Plugin,
  parseGrants,
  readRecord,
  recordToJson,
  type Services,
} from '../../../src/capabilities.ts'
import { executeCall } from '../../../src/chain/call.ts'
import { assemble } from '../../../src/core/assembler.ts'
import { Driver } from '../../../src/core/driver.ts'
import { ZvmError } from '../../../src/core/errors.ts'
import { haltName } from '../../../src/core/halt.ts'
import { bytesToHex } from '../../../src/core/hex.ts'
import { parseJson } from '../../../src/core/json.ts'
import { keccak256 } from '../../../src/core/keccak.ts'
import { nativePrimitives } from '../../../src/runtime/native-primitives.ts'
import { MemorySource } from '../../../src/state/memory-source.ts'
import { State } from '../../../src/state/state.ts'
import type { Random } from '../random.ts'
import type { Subject } from './subjects.ts'

const SELF = 0x5e1fn
const ALLOW = 'clock,random,hedera.hts,fs.read=./data,price'
const DECLARED = ['clock', 'random', 'hedera.hts', 'fs.read', 'price']

/** Clock, chance, a file, a token, a call that is priced, the same once more; each status and answer counts. */
const PROGRAM = assemble(
  `${['0x20 0', '0x21 2', '0x30 1', '0x49 0', '0x0100 3', '0x0101 4', '0x20 0']
    .map((call) => {
      const [id, size] = call.split(' ')
      return `PUSH 32 PUSH 64 PUSH ${size} PUSH 32 SYSCALL ${id} PUSH 0 MLOAD ADD PUSH 64 MLOAD ADD PUSH 0 MSTORE`
    })
    .join('\n')}
   PUSH 96 PUSH 0 KECCAK256 PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN`,
  zvm,
  'program',
)

function run(runtime: CapabilityRuntime): string {
  const source = new MemorySource()
  source.set(SELF, 0n, 0n, PROGRAM, new Map())
  const state = new State(source)
  const driver = new Driver(zvm, state, nativePrimitives)
  driver.runtime = runtime
  const request = { caller: 1n, to: SELF, value: 0n, data: new Uint8Array(0), gas: 10_000_000n }
  const block = { number: 1n, timestamp: 2n, coinbase: 3n, gasLimit: 10_000_000n }
  const rest = { difficulty: 0n, prevRandao: 0n, baseFee: 0n, blobBaseFee: 1n }
  const env = { chainId: 1n, block: { ...block, ...rest }, origin: 1n, gasPrice: 0n, blobHashes: [] }
  const { halt, gasUsed, steps, output } = executeCall(driver, state, request, env, 'keep')
  const { intents, failure } = runtime
  return JSON.stringify([
    haltName(halt),
    `${gasUsed}`,
    steps,
    bytesToHex(output),
    intents,
    failure,
    driver.denied,
  ])
}

const hashOf = (text: string) => bytesToHex(keccak256(new TextEncoder().encode(text)))

const declared = (address: bigint) => (address === SELF ? DECLARED : [])

/** The record of a live run in a world of chance, in which some of what is asked refuses, breaks or is dear. */
function makeRecord(random: Random): Uint8Array {
  const bytes = () => random.bytes(random.below(40))
  const services: Services = {
    clock: () => random.below(2 ** 40),
    random: (size) => random.bytes(size),
    files: {
      fault: () => null,
      read: () => (random.oneIn(3) ? null : random.oneIn(4) ? 'escape' : bytes()),
      check: () => null,
      write: () => {},
    },
  }
  const plugins: readonly Plugin[] = [
    definePlugin({
      ...{ name: 'prices', version: '1' },
      syscalls: [0x100, 0x101].map((id) => ({
        ...{ id, name: `price.call${id}`, capability: 'price' },
        gas: () => (random.oneIn(8) ? Number.POSITIVE_INFINITY : random.below(1000)),
        handler(_, context) {
          if (random.oneIn(6)) throw new Error(random.pick(['no', 'ünïcode "quoted"\n']))
          if (random.oneIn(3)) context.intent({ amount: '0x5', to: '"\\' })
          return random.oneIn(5) ? null : { status: BigInt(random.uint32()), output: bytes() }
        },
      })),
    }),
  ]
  const grants = parseGrants(ALLOW, 'allow', ['price'])
  const runtime = createRuntime({ declared, grants, plugins, services })
  const result = run(runtime)
  const { calls, answers } = runtime
  const empty = bytesToHex(keccak256(new Uint8Array(0)))
  const hashes = { codeHash: bytesToHex(keccak256(PROGRAM)), inputHash: empty, resultHash: hashOf(result) }
  return new TextEncoder().encode(
    recordToJson({ table: zvm.name, ...hashes, allow: grants.texts, calls, answers }),
  )
}

/** Accepted: nothing in it was passed over, it is written as it was read, and the run it gives is the recorded one. */
function acceptRecord(input: Uint8Array): string | null {
  const value = parseJson(input, 'input')
  const record = readRecord(value, 'input')
  const json = recordToJson(record)
  if (!isDeepStrictEqual(JSON.parse(json), value)) return 'what is written is not what was read'
  if (recordToJson(readRecord(JSON.parse(json), 'again')) !== json) return 'written again it differs'
  const runtime = createRuntime({ declared, replay: record })
  const result = run(runtime)
  runtime.finish()
  if (hashOf(result) !== record.resultHash) throw new ZvmError('MISMATCH', 'another result')
  return null
}

export const RECORD: Subject = { make: makeRecord, accept: acceptRecord }
