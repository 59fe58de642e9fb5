import { executeCall } from '../../../src/chain/call.ts'
import { Driver } from '../../../src/core/driver.ts'
import { haltName } from '../../../src/core/halt.ts'
import { bytesToHex, toQuantity } from '../../../src/core/hex.ts'
import type { Environment, Log } from '../../../src/core/host.ts'
import type { MessageResult } from '../../../src/core/message.ts'
import type { Table } from '../../../src/core/table.ts'
import type { Formats, Tier } from '../../../src/core/tier.ts'
import type { Tracer } from '../../../src/core/tracer.ts'
import { EveryCodeCompiled } from '../../../src/lite/compile/every-code.ts'
import { nodeCrypto } from '../../../src/replay/node-crypto.ts'
import { grantsOf } from '../../../src/runtime/grants.ts'
import { type CapabilityRuntime, createRuntime } from '../../../src/runtime/runtime.ts'
import { MemorySource } from '../../../src/state/memory-source.ts'
import type { AccountChange } from '../../../src/state/source.ts'
import { State } from '../../../src/state/state.ts'
import { type Translated, TranslationCache } from '../../../src/wasm/compiler/cache.ts'
import { COLD, FORCED, type Heat } from '../../../src/wasm/compiler/translation.ts'
import { StepTally } from '../../../src/wasm/step-tally.ts'
import { GeneratedTier } from '../../../src/wasm/tier.ts'
import { blockHash, CHAIN_ID } from '../case.ts'
import { MEMORY_LIMIT_BYTES, type TierCase, type TierRun } from './case.ts'
import { isNative } from './tables.ts'

const CALLER = 0xe0a0n << 144n
const BALANCE = 10n ** 20n

const ENV: Environment = {
  chainId: CHAIN_ID,
  block: {
    number: 300n,
    timestamp: 1n << 40n,
    coinbase: 0xc01bn << 144n,
    gasLimit: 30_000_000n,
    difficulty: 7n,
    prevRandao: (1n << 255n) + 3n,
    baseFee: 9n,
    blobBaseFee: 11n,
  },
  origin: CALLER,
  gasPrice: 12n,
  blobHashes: [(1n << 248n) + 1n],
}

/** Everything that a run may be told by. */
export interface TierOutcome {
  readonly halt: string
  readonly gasUsed: bigint
  readonly refund: number
  readonly steps: number
  readonly output: string
  readonly logs: string
  /** All accounts that were met, as they are then. */
  readonly post: string
  /** What contracts asked of the host: the capability that was denied last, and intents. */
  readonly outside: string
}

/** What native programs are granted: all that answers without a host. */
const GRANTS = ['storage', 'storage.read', 'log', 'hash', 'hedera.hts', 'hedera.hcs']

/** What a tier says otherwise than the reference tier, field by field. */
export interface TierDifference {
  readonly tier: string
  readonly field: string
  readonly judged: string
  readonly given: string
}

/** Some accounts declare everything, others not all. */
function declared(address: bigint): readonly string[] {
  return (address >> 136n) % 2n === 1n ? GRANTS : GRANTS.slice(2)
}

/** What runs the frames: a tier, or formats beside the reference tier. */
interface Runner {
  readonly name: string
  readonly tier: Tier | null
  readonly formats: Formats | null
}

const REFERENCE: Runner = { name: 'reference', tier: null, formats: null }

/** Tiers of one table, and `module`: each code as the module of wasm-lite that is made of it. What `auto` waits for can be set anew for each case. */
export class TierSet {
  readonly table: Table
  /** What answers native programs; null for those of the EVM, which never ask. */
  readonly runtime: CapabilityRuntime | null
  readonly runners: readonly Runner[]
  #heat = 0
  #compiled = new TranslationCache()
  #auto = new TranslationCache()

  constructor(table: Table) {
    this.table = table
    this.runtime = isNative(table) ? createRuntime({ declared, grants: grantsOf(GRANTS, 'grants') }) : null
    const caches = { compiled: () => this.#compiled, auto: () => this.#auto }
    const heats: Record<string, Heat> = {
      interpreter: COLD,
      compiled: heatWith(FORCED, caches.compiled),
      auto: heatWith({ stepsBefore: () => this.#heat, takesAll: false }, caches.auto),
    }
    const modules = new EveryCodeCompiled(new StepTally())
    this.runners = [
      ...Object.entries(heats).map(([name, heat]) => ({
        ...{ name, tier: new GeneratedTier(table, MEMORY_LIMIT_BYTES, heat), formats: null },
      })),
      { name: 'module', tier: null, formats: modules },
    ]
  }

  /** Forgets what was translated, and takes a case's heat. */
  begin({ heat, sharesTranslations }: Omit<TierCase, 'runs'>): void {
    this.#heat = heat
    this.#compiled = new TranslationCache()
    this.#auto = sharesTranslations ? this.#compiled : new OwnTranslations(this.#compiled)
  }
}

/** Translations of a tier that makes its own. One of all of a program would be the same again, and is not made twice. */
class OwnTranslations extends TranslationCache {
  readonly #others: TranslationCache

  constructor(others: TranslationCache) {
    super()
    this.#others = others
  }

  override whole(codeHash: bigint): Translated | undefined {
    return super.whole(codeHash) ?? this.#others.whole(codeHash)
  }
}

function heatWith(heat: Heat, cache: () => TranslationCache): Heat {
  return {
    ...heat,
    get cache() {
      return cache()
    },
  }
}

/** A case that is being run: its programs are new to the tiers. */
export class Trial {
  readonly #set: TierSet
  readonly #source = new MemorySource(blockHash)
  readonly #to: bigint

  constructor(set: TierSet, tierCase: Omit<TierCase, 'runs'>) {
    const { accounts } = tierCase
    this.#set = set
    set.begin(tierCase)
    this.#to = accounts.keys().next().value ?? 0n
    this.#source.set(CALLER, 1n, BALANCE, new Uint8Array(0), new Map())
    // Tiers know programs by the array that the code is in.
    for (const [address, { nonce, balance, code, storage }] of accounts)
      this.#source.set(address, nonce, balance, code.slice(), new Map(storage))
  }

  /** As the reference tier says. */
  judge(run: TierRun, tracer: Tracer | null = null): TierOutcome {
    return this.#run(run, REFERENCE, tracer)
  }

  /** What the other tiers say otherwise; empty when all agree. */
  differences(run: TierRun, judged: TierOutcome): TierDifference[] {
    const found: TierDifference[] = []
    for (const runner of this.#set.runners) {
      const given = this.#run(run, runner, null)
      for (const field of FIELDS)
        if (given[field] !== judged[field])
          found.push({ tier: runner.name, field, judged: `${judged[field]}`, given: `${given[field]}` })
    }
    return found
  }

  #run({ gas, steps, slice, data }: TierRun, runner: Runner, tracer: Tracer | null): TierOutcome {
    const { table } = this.#set
    const state = new State(this.#source)
    const limits = { steps, memoryBytes: MEMORY_LIMIT_BYTES }
    const driver = new SlicedDriver(table, state, nodeCrypto, limits, runner.tier)
    driver.formats = runner.formats
    driver.slice = slice
    driver.tracer = tracer
    const { runtime } = this.#set
    driver.runtime = runtime
    const request = { caller: CALLER, to: this.#to, value: 0n, data, gas }
    const result = executeCall(driver, state, request, ENV, 'keep')
    return {
      halt: haltName(result.halt),
      gasUsed: result.gasUsed,
      refund: result.refund,
      steps: result.steps,
      output: bytesToHex(result.output),
      logs: result.logs.map(showLog).join(' '),
      post: [...state.changes()].map(showAccount).join(' '),
      outside: runtime ? `${driver.denied} ${JSON.stringify(runtime.intents)}` : '',
    }
  }
}

const FIELDS = ['halt', 'gasUsed', 'refund', 'steps', 'output', 'logs', 'post', 'outside'] as const

/** Runs all of a case on programs that are new to the tiers: what differs in the first run that does. */
export function compareTiers(set: TierSet, tierCase: TierCase): TierDifference[] {
  const trial = new Trial(set, tierCase)
  for (const run of tierCase.runs) {
    const found = trial.differences(run, trial.judge(run))
    if (found.length > 0) return found
  }
  return []
}

class SlicedDriver extends Driver {
  slice = 0

  override run(): MessageResult {
    if (this.slice === 0) return super.run()
    while (this.open > 0) this.runFor(this.slice)
    return this.result
  }
}

function showLog({ address, topics, data }: Log): string {
  return `${toQuantity(address)}[${topics.map(toQuantity).join(',')}]${bytesToHex(data)}`
}

function showAccount({ address, account, isStorageCleared, slots, code }: AccountChange): string {
  const fields = account ? `${account.nonce} ${account.balance} ${account.codeHash.toString(16)}` : 'absent'
  const storage = [...slots].map(([key, word]) => `${key.toString(16)}=${word.toString(16)}`).sort()
  const cleared = isStorageCleared ? ' cleared' : ''
  return `${toQuantity(address)}{${fields}${cleared} ${storage.join(',')}${code ? bytesToHex(code) : ''}}`
}
