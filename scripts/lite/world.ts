import { osaka } from '../../opcodes/index.ts'
import { type CallResult, executeCall } from '../../src/chain/call.ts'
import type { Runtime } from '../../src/core/capability.ts'
import { Driver, type Limits, NO_LIMITS } from '../../src/core/driver.ts'
import { haltName } from '../../src/core/halt.ts'
import { bytesToHex } from '../../src/core/hex.ts'
import type { Table } from '../../src/core/table.ts'
import type { Tier } from '../../src/core/tier.ts'
import type { Tracer } from '../../src/core/tracer.ts'
import { createFormats, type FormatOptions } from '../../src/lite/formats.ts'
import { prepareContract } from '../../src/lite/tier.ts'
import { nativePrimitives } from '../../src/runtime/native-primitives.ts'
import { MemorySource } from '../../src/state/memory-source.ts'
import { State } from '../../src/state/state.ts'
import { prepareCounting } from './counting-interpreter.ts'

/** Accounts with code, and how to send them messages. */
export interface World {
  readonly state: State
  send(to: bigint, data?: Uint8Array, gas?: bigint, value?: bigint): CallResult
}

export interface WorldOptions extends FormatOptions {
  readonly table?: Table
  readonly limits?: Limits
  /** What the driver is given for code of its table. */
  readonly fast?: Tier | null
  readonly tracer?: Tracer
  readonly runtime?: Runtime
  readonly isCounting?: boolean
}

export const SENDER = 0x5e4de4n

const BLOCK = {
  ...{ number: 7n, timestamp: 1000n, coinbase: 0xc0n, gasLimit: 30_000_000n },
  ...{ difficulty: 0n, prevRandao: 0n, baseFee: 0n, blobBaseFee: 1n },
}

export const ENVIRONMENT = { chainId: 1n, block: BLOCK, origin: SENDER, gasPrice: 0n, blobHashes: [] }

const prepareCounted = (code: Uint8Array) => prepareCounting(prepareContract(code).module)

/** A world in memory. `isCounting` runs modules in the counting interpreter, metering and host left out. */
export function worldOf(
  codes: Readonly<Record<string, Uint8Array>>,
  {
    table = osaka,
    limits = NO_LIMITS,
    fast = null,
    tracer,
    runtime,
    isCounting = false,
    ...formats
  }: WorldOptions = {},
): World {
  const source = new MemorySource()
  source.set(SENDER, 0n, 10n ** 18n, new Uint8Array(0), new Map())
  for (const [address, code] of Object.entries(codes)) source.set(BigInt(address), 1n, 1000n, code, new Map())
  const state = new State(source)
  const driver = new Driver(table, state, nativePrimitives, limits, fast)
  driver.tracer = tracer ?? null
  driver.runtime = runtime ?? null
  driver.formats = createFormats({ ...(isCounting ? { prepare: prepareCounted } : {}), ...formats })
  return {
    state,
    send(to, data = new Uint8Array(0), gas = 10_000_000n, value = 0n) {
      const request = { caller: SENDER, to, value, data, gas }
      return executeCall(driver, state, request, ENVIRONMENT, 'keep')
    },
  }
}

/** What two runs must agree on. */
export function outcomeOf({ halt, gasUsed, refund, steps, output, logs }: CallResult): string {
  const shown = logs.map(({ address, topics, data }) => [address, topics, bytesToHex(data)])
  return JSON.stringify(
    [haltName(halt), gasUsed, refund, steps, bytesToHex(output), shown],
    (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value),
  )
}
