import { cancun } from '../../opcodes/forks.ts'
import { Driver, NO_LIMITS } from '../../src/core/driver.ts'
import { Halt, isSuccess } from '../../src/core/halt.ts'
import type { Environment } from '../../src/core/host.ts'
import { Message } from '../../src/core/message.ts'
import { nodeCrypto } from '../../src/replay/node-crypto.ts'
import { MemorySource } from '../../src/state/memory-source.ts'
import { State } from '../../src/state/state.ts'
import { sharedTier, type TierName } from '../../src/wasm/tiers.ts'
import type { Contestant, Engine } from './engine.ts'
import { CONTRACT, type Program, SENDER, type Status } from './program.ts'

/** Our tiers by name, the default first. */
export const TIERS: ReadonlyMap<string, Engine> = new Map(
  (['reference', 'interpreter'] as const).map((name) => [
    name,
    { name, prepare: (program) => prepare(program, name) },
  ]),
)

const ENVIRONMENT: Environment = {
  chainId: 1n,
  block: {
    number: 0n,
    timestamp: 0n,
    coinbase: 0n,
    gasLimit: 0n,
    difficulty: 0n,
    prevRandao: 0n,
    baseFee: 0n,
    blobBaseFee: 1n,
  },
  origin: SENDER,
  gasPrice: 0n,
  blobHashes: [],
}

function prepare(program: Program, tier: TierName): Contestant & { work(): Work } {
  const state = new State(sourceOf(program))
  const driver = new Driver(cancun, state, nodeCrypto, NO_LIMITS, sharedTier(tier, cancun))
  return {
    run() {
      warmUp(state)
      const message = messageOf(program)
      const start = performance.now()
      driver.begin(message, ENVIRONMENT)
      const { halt, gas, output } = driver.run()
      const ms = performance.now() - start
      const result = { ms, status: statusOf(halt), gasUsed: program.gasLimit - gas, output }
      state.rollback()
      return result
    },
    work() {
      warmUp(state)
      let messages = 0
      const enter = state.checkpoint.bind(state)
      // The driver marks the journal once a message.
      state.checkpoint = () => {
        messages++
        return enter()
      }
      const start = performance.now()
      driver.begin(messageOf(program), ENVIRONMENT)
      driver.run()
      return { steps: driver.steps, messages, ms: performance.now() - start }
    },
  }
}

/** How much there is to do in a program. */
export interface Work {
  readonly steps: number
  /** Calls and creations, the first message included. */
  readonly messages: number
  /** How long our first run took. */
  readonly ms: number
}

/** Counts the work in one run. */
export function workOf(program: Program): Work {
  return prepare(program, 'reference').work()
}

function sourceOf({ code, accounts }: Program): MemorySource {
  const source = new MemorySource()
  source.set(CONTRACT, 1n, 0n, code, new Map())
  source.set(SENDER, 0n, 10n ** 18n, new Uint8Array(0), new Map())
  for (const account of accounts)
    source.set(account.address, account.nonce, account.balance, account.code, new Map())
  return source
}

function warmUp(state: State): void {
  state.beginTransaction()
  for (const address of [CONTRACT, SENDER, ...cancun.precompiles.keys()]) state.warmAddress(address)
}

function messageOf(program: Program): Message {
  const message = new Message()
  message.caller = SENDER
  message.self = CONTRACT
  message.to = CONTRACT
  message.codeAddress = CONTRACT
  message.input = program.input
  message.gas = program.gasLimit
  return message
}

function statusOf(halt: Halt): Status {
  if (isSuccess(halt)) return 'success'
  if (halt === Halt.Revert) return 'revert'
  return halt === Halt.OutOfGas ? 'oog' : 'halt'
}
