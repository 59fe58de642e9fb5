/**
 * Counts of what the engine does. Taken in a process of its own, since it looks into every WebAssembly module that is
 * made there. None of them is a time: they are the same on every machine.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { bpo4Fork, cancun } from '../../opcodes/forks.ts'
import { asmFor, push } from '../../src/core/asm.ts'
import { bytesToHex } from '../../src/core/hex.ts'
import { createEngine, type Engine, type Hex, memoryState } from '../../src/index.ts'
import { sharedTier } from '../../src/wasm/tiers.ts'
import { type Program, runProgram } from '../browser/work.ts'

const OWN_PROGRAMS = 'fixtures/programs'
const CALLER = '0x00000000000000000000000000000000000ca11e'
/** An account that is not there, and one whose code stops at once. */
const NOBODY = '0xe0a'
const CALLEE = '0xca11ee'
const CALLS = 20_000
/** Runs before the measured ones: code that is not yet optimised allocates what it need not. */
const WARM_RUNS = 5
const ACCOUNTS = 1000

/** Bytes of each module, in the order of their making; calls of imports and of exports by name. */
const moduleBytes: number[] = []
const calls = new Map<string, number>()

/** Collects garbage. */
setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

/** What is measured, by the name of its budget. */
export function measureEngine(): Record<string, number> {
  watch()
  return {
    'wasm interpreter': bytesOfInterpreter(),
    'steps lowered': shareOfLoweredSteps(),
    'allocation a call': bytesAllocatedACall(NOBODY),
    'allocation a call of code': bytesAllocatedACall(CALLEE),
    'hashes a root': hashesOfRoot(),
  }
}

/** From here on every module and instance is counted. */
function watch(): void {
  WebAssembly.Module = new Proxy(WebAssembly.Module, {
    construct(target, [bytes]: [Uint8Array<ArrayBuffer>]) {
      moduleBytes.push(bytes.length)
      return new target(bytes)
    },
  })
  WebAssembly.Instance = new Proxy(WebAssembly.Instance, {
    construct(target, [module, { env }]: [WebAssembly.Module, { env: object }]) {
      const instance = new target(module, { env: countedAll(env, 'host ') })
      return { exports: countedAll(instance.exports, '') }
    },
  })
}

function countedAll(functions: object, prefix: string): Record<string, unknown> {
  const counted = ([name, value]: [string, unknown]) => [name, countedOne(prefix + name, value)]
  return Object.fromEntries(Object.entries(functions).map(counted))
}

function countedOne(name: string, value: unknown): unknown {
  if (typeof value !== 'function') return value
  // Without rest parameters, which would allocate.
  return (a: unknown, b: unknown, c: unknown, d: unknown) => {
    calls.set(name, (calls.get(name) ?? 0) + 1)
    return value(a, b, c, d)
  }
}

function bytesOfInterpreter(): number {
  moduleBytes.length = 0
  sharedTier('interpreter', bpo4Fork)
  return Math.max(...moduleBytes)
}

/** Part of the instructions of our own programs that run without the host's `execute`. */
function shareOfLoweredSteps(): number {
  let steps = 0
  calls.clear()
  for (const name of readdirSync(OWN_PROGRAMS).filter((file) => file.endsWith('.json')))
    for (const program of JSON.parse(readFileSync(`${OWN_PROGRAMS}/${name}`, 'utf8')) as Program[])
      steps += runProgram(program, 'interpreter').steps
  return 1 - (calls.get('host execute') ?? 0) / steps
}

/** Bytes of heap that one CALL of this account costs, the loop around it included. */
function bytesAllocatedACall(to: string): number {
  const engine = looping(`PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH ${to} PUSH 0xffff CALL POP`)
  for (let i = 0; i < WARM_RUNS; i++) run(engine)
  const deltas = Array.from({ length: 7 }, () => {
    collect()
    const before = process.memoryUsage().heapUsed
    run(engine)
    return process.memoryUsage().heapUsed - before
  })
  // Compiling in the midst of one makes it larger, a collection smaller.
  return deltas.sort((a, b) => a - b)[deltas.length >> 1] / CALLS
}

/** Hashes for the root of a state of accounts without code, each an address and a balance. */
function hashesOfRoot(): number {
  const alloc = Object.fromEntries(
    Array.from({ length: ACCOUNTS }, (_, i) => [
      `0x${(i + 1).toString(16).padStart(40, '0')}`,
      { balance: 1 },
    ]),
  )
  const engine = createEngine({ table: cancun, state: memoryState(alloc) })
  calls.clear()
  engine.stateRoot()
  return [...calls].filter(([name]) => !name.startsWith('host ')).reduce((sum, [, count]) => sum + count, 0)
}

function looping(body: string): Engine {
  const asm = asmFor(cancun)
  const code = asm(push(CALLS), 'again: JUMPDEST', body, 'PUSH 1 SWAP1 SUB DUP1 PUSH @again JUMPI STOP')
  const alloc = {
    [CALLER]: { code: bytesToHex(code), nonce: 1 },
    [`0x${CALLEE.slice(2).padStart(40, '0')}`]: { code: '0x00' },
  }
  return createEngine({ table: cancun, state: memoryState(alloc), tier: 'interpreter' })
}

function run(engine: Engine): void {
  const { status } = engine.call({ to: CALLER as Hex, gas: 10_000_000_000n })
  if (status !== 'success') throw new Error(`the loop of calls ended with ${status}`)
}
