/** Stepping forth and back, beside a trace of the same run that was never stepped. */

import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancun, forkByName, osaka } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import { CHAIN_ID, type FuzzCase } from '../../scripts/fuzz/case.ts'
import { makeCase } from '../../scripts/fuzz/generate/case.ts'
import { beginCall, type CallRequest, executeCall } from '../chain/call.ts'
import { beginTransaction, executeTransaction } from '../chain/execute.ts'
import { blobBaseFee } from '../chain/fees.ts'
import { assemble } from '../core/assembler.ts'
import { Driver } from '../core/driver.ts'
import type { Frame } from '../core/frame.ts'
import { haltName } from '../core/halt.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Environment } from '../core/host.ts'
import type { Table } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import * as debuggerEntry from '../debugger.ts'
import * as engine from '../index.ts'
import { nodeCrypto } from '../replay/node-crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { isSameRecord } from '../state/source.ts'
import { State } from '../state/state.ts'
import { both } from './both.ts'
import { Debugger } from './debugger.ts'
import { traceJson } from './eip3155.ts'
import { type Step, StepTracer } from './step.ts'

/** All that can be told of a machine between two instructions, as text that is quick to compare. */
function told(frames: readonly Frame[], driver: Driver, state: State): string {
  const frame = frames[frames.length - 1]
  const memory = frame.viewMemory(0n, BigInt(frame.memorySize))
  const all = {
    position: driver.steps,
    frames: frames.map(({ self, pc, gas, sp, stack, memorySize, input }) => {
      return [self, pc, gas, stack.slice(0, sp).join(), memorySize, bytesToHex(input)].join(' ')
    }),
    memory:
      memory.length > 4096
        ? createHash('sha1').update(memory).digest('hex')
        : Buffer.from(memory).toString('hex'),
    registers: frame.registers.join(),
    returnData: bytesToHex(frame.returnData),
    refund: state.refund,
    logs: state.logs.map(({ topics, data }) => [...topics, bytesToHex(data)].join()),
    changes: changesOf(state),
    marks: state
      .met()
      .filter(({ warmIn, touchedIn, createdIn }) => warmIn + touchedIn + createdIn > -3)
      .map(({ address, warmIn, touchedIn, createdIn }) => [address, warmIn, touchedIn, createdIn].join())
      .sort(),
  }
  return JSON.stringify(all, (_key, value) => (typeof value === 'bigint' ? String(value) : value), 1)
}

/** What differs from the source, by address: that more is known of it does not count. */
function changesOf(state: State): string[] {
  return [...state.changes()]
    .filter(({ address, account, slots, code, isStorageCleared }) => {
      return (
        slots.size > 0 || code || isStorageCleared || !isSameRecord(state.source.account(address)!, account)
      )
    })
    .map(({ address, account, slots, code, isStorageCleared }) =>
      [address, account?.nonce, account?.balance, ...slots, code?.length, isStorageCleared].join(),
    )
    .sort()
}

/** A run that is not stepped: what it was like before each instruction, its trace, and how it ended. */
interface Judge {
  readonly positions: string[]
  readonly steps: Step[]
  readonly end: string
}

function watched(driver: Driver, state: State, run: () => unknown): Judge {
  const positions: string[] = []
  const steps: Step[] = []
  const before = { step: () => void positions.push(told(driver.frames, driver, state)) }
  const fields = { memory: true, returnData: true }
  driver.tracer = both(before as Tracer, new StepTracer(fields, { step: (step) => steps.push(step) }))
  run()
  driver.tracer = null
  return { positions, steps, end: endOf(driver) }
}

function endOf({ result: { halt, output, gas, address }, steps }: Driver): string {
  return [haltName(halt), bytesToHex(output), gas, address, steps].join(' ')
}

function expectAt(debug: Debugger, judge: Judge, position: number): void {
  const { driver, state } = debug
  const now = debug.hasEnded ? endOf(driver) : told(driver.frames, driver, state)
  const then = position === judge.positions.length ? judge.end : judge.positions[position]
  // An expectation takes long: it is for what is wrong.
  if (debug.position !== position || now !== then)
    expect(`${position} ${now}`).toBe(`${debug.position} ${then}`)
}

function expectStep(step: Step | null, told: Step): void {
  if (step === null || !FIELDS.every((field) => String(step[field]) === String(told[field])))
    expect(step).toEqual(told)
}

const FIELDS = ['pc', 'op', 'gas', 'gasCost', 'depth', 'refund', 'stack', 'memory', 'halt', 'error'] as const

/** Walks a run up and down in many ways, comparing at every halt. */
function walk(debug: Debugger, judge: Judge, jumps: readonly number[]): void {
  const end = judge.positions.length
  debug.survey()
  expect(debug.length).toBe(end)
  expectAt(debug, judge, 0)
  for (let position = 0; position < end; position++) {
    expectStep(debug.step(), judge.steps[position])
    expectAt(debug, judge, position + 1)
  }
  for (let position = end - 1; position >= 0; position--) {
    debug.back()
    expectAt(debug, judge, position)
  }
  for (const jump of jumps) {
    const position = jump % (end + 1)
    debug.goTo(position)
    expectAt(debug, judge, position)
    if (position < end) expectStep(debug.peek(), judge.steps[position])
    expectAt(debug, judge, position)
    debug.back()
    expectAt(debug, judge, Math.max(0, position - 1))
  }
  debug.goTo(end)
  expectAt(debug, judge, end)
}

const JUMPS = Array.from({ length: 40 }, (_, i) => (i * 2654435761) % 100_003)

describe('a message', () => {
  const ENV: Environment = {
    chainId: 1n,
    block: {
      ...{ number: 1n, timestamp: 2n, coinbase: 3n, gasLimit: 30_000_000n, difficulty: 0n, prevRandao: 4n },
      ...{ baseFee: 0n, blobBaseFee: 1n },
    },
    ...{ origin: 0x5e4den, gasPrice: 0n, blobHashes: [] },
  }
  const REQUEST: CallRequest = {
    ...{ caller: 0x5e4den, to: 0xc0den, value: 0n, data: Uint8Array.of(1, 2, 3), gas: 3_000_000n },
  }

  function sourceOf(table: Table, texts: readonly string[]): MemorySource {
    const source = new MemorySource()
    for (const [i, text] of texts.entries())
      source.set(0xc0den + BigInt(i), 1n, 100n, assemble(text, table, 'program'), new Map([[1n, 7n]]))
    source.set(REQUEST.caller, 0n, 1000n, new Uint8Array(0), new Map())
    return source
  }

  function compared(table: Table, texts: readonly string[], interval: number, request = REQUEST) {
    const source = sourceOf(table, texts)
    const [state, other] = [new State(source), new State(source)]
    const driver = new Driver(table, state, nodeCrypto)
    const judge = watched(driver, state, () => executeCall(driver, state, request, ENV, 'forget'))
    const stepped = new Driver(table, other, nodeCrypto)
    const begin = () => void beginCall(stepped, other, request, ENV)
    return { judge, debug: new Debugger({ driver: stepped, state: other, begin }, interval) }
  }

  const LOOP = 'PUSH 60 again: JUMPDEST DUP1 DUP1 SSTORE PUSH 1 SWAP1 SUB DUP1 @again JUMPI'
  const CALLS = `PUSH 12 again: JUMPDEST
    PUSH 64 PUSH 32 DUP3 PUSH 0 MSTORE PUSH 32 PUSH 0 PUSH 0 PUSH 0xc0df PUSH 90000 CALL POP
    PUSH 1 SWAP1 SUB DUP1 @again JUMPI RETURNDATASIZE PUSH 0 PUSH 0 RETURNDATACOPY MSIZE PUSH 0 RETURN`
  const CALLEE = `PUSH 0 CALLDATALOAD DUP1 PUSH 3 SSTORE DUP1 PUSH 5 TSTORE PUSH 1 PUSH 2 LOG1
    PUSH 4096 MLOAD POP PUSH 0 CALLDATALOAD PUSH 1 AND @odd JUMPI
    PUSH 0 CALLDATALOAD PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN odd: JUMPDEST PUSH 32 PUSH 0 REVERT`

  it.each([1, 5, 64, 4096])('is the same at every position, snapshots %i apart', (interval) => {
    for (const texts of [[LOOP], [CALLS, CALLEE], ['PUSH 1 PUSH 2 POP ADD'], ['PUSH 3 JUMP']]) {
      const { judge, debug } = compared(cancun, texts, interval)
      walk(debug, judge, JUMPS)
    }
  })

  it('is so where memory is of many pages, and given back', () => {
    const big =
      'PUSH 9 again: JUMPDEST DUP1 DUP1 PUSH 20000 MUL MSTORE PUSH 1 SWAP1 SUB DUP1 @again JUMPI STOP'
    const calls = `PUSH 3 again: JUMPDEST PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH 0 PUSH 0xc0df PUSH 900000 CALL
      PUSH 70000 MLOAD POP POP PUSH 1 SWAP1 SUB DUP1 @again JUMPI STOP`
    const { judge, debug } = compared(cancun, [calls, big], 1)
    walk(debug, judge, JUMPS)
  })

  it('is so in the native set, registers included', () => {
    const text =
      'PUSH1 20 again: JUMPDEST DUP1 REGSET 3 DUP1 REGGET 3 SSTORE PUSH1 1 SWAP1 SUB DUP1 PUSH2 @again JUMPI'
    const { judge, debug } = compared(zvm, [text], 1)
    walk(debug, judge, JUMPS)
  })

  it('ends at once where nothing runs', () => {
    const { debug } = compared(cancun, [''], 1)
    expect([debug.hasEnded, debug.length, debug.position]).toEqual([true, 0, 0])
    debug.back()
    expect(debug.step()).toBeNull()
  })

  it('is that of an EIP-3155 trace', () => {
    const source = sourceOf(cancun, [CALLS, CALLEE])
    const state = new State(source)
    const driver = new Driver(cancun, state, nodeCrypto)
    const lines: string[] = []
    driver.tracer = traceJson((line) => lines.push(line))
    executeCall(driver, state, REQUEST, ENV, 'forget')
    const { debug } = compared(cancun, [CALLS, CALLEE], 16)
    debug.survey()
    expect(debug.length).toBe(lines.length - 1)
    for (let position = lines.length - 2; position >= 0; position--) {
      debug.goTo(position)
      const { pc, gas, stack, depth, opName } = JSON.parse(lines[position])
      const frame = debug.frame!
      expect([frame.pc, frame.gas, frame.depth + 1]).toEqual([pc, BigInt(gas), depth])
      expect(frame.stack.slice(0, frame.sp)).toEqual(stack.map(BigInt))
      expect(debug.driver.table.opcodes[frame.program.bytes[frame.pc]].name).toBe(opName)
    }
  })

  it('goes over, out, and back over what it called', () => {
    const { debug } = compared(cancun, [CALLS, CALLEE], 16)
    const isCall = () => debug.frame?.program.bytes[debug.frame.pc] === 0xf1
    expect(debug.continueUntil(isCall)).toBe(true)
    const call = debug.position
    debug.over()
    const after = debug.position
    expect([debug.driver.open, after - call > 10]).toEqual([1, true])
    debug.backOver()
    expect(debug.position).toBe(call)
    debug.step()
    expect(debug.driver.open).toBe(2)
    debug.out()
    expect(debug.position).toBe(after)
    debug.goTo(call + 5)
    debug.backOut()
    expect(debug.position).toBe(call)
    debug.goTo(after)
    expect(debug.backUntil(() => debug.driver.open === 2)).toBe(true)
    expect(debug.position).toBe(after - 1)
    expect(debug.backUntil(() => false)).toBe(false)
    expect(debug.position).toBe(0)
  })

  it('goes back in pieces to where it would at once', () => {
    const { debug } = compared(cancun, [CALLS, CALLEE], 16)
    const isFirst = () => debug.position === 5
    debug.goTo(Number.MAX_SAFE_INTEGER)
    const places: number[] = []
    while (!debug.backUntil(isFirst, 20)) places.push(debug.position)
    expect(debug.position).toBe(5)
    expect(places.length).toBeGreaterThan(3)
    expect(places.every((place, i) => place > 5 && (i === 0 || place <= places[i - 1] - 20))).toBe(true)
  })

  it('tells the gas taken, and where a limit of steps ends it', () => {
    const { judge, debug } = compared(cancun, [CALLS, CALLEE], 16)
    debug.goTo(100)
    const left = debug.driver.frames.reduce((sum, { gas }) => sum + gas, 0n)
    expect(debug.gasUsed).toBe(REQUEST.gas - left)
    debug.goTo(judge.positions.length)
    expect(debug.gasUsed).toBe(REQUEST.gas - debug.driver.result.gas)
  })
})

describe('transactions of the fuzzer', () => {
  it('are the same at every position', () => {
    fc.assert(
      fc.property(fc.nat(1_000_000), fc.constantFrom(1, 8, 64), (index, interval) => {
        const fuzzCase = makeCase(7, index, null)
        const table = forkByName(fuzzCase.fork)
        for (let at = 0; at < fuzzCase.transactions.length; at++) {
          const stepped = opened(table, fuzzCase, at)
          const { tx, sender } = fuzzCase.transactions[at]
          const { driver, state, context } = opened(table, fuzzCase, at)
          let isIncluded = false
          const judge = watched(driver, state, () => {
            isIncluded = 'status' in executeTransaction(driver, state, tx, sender, context)
          })
          if (!isIncluded || judge.positions.length > 600) continue
          const begin = () =>
            void beginTransaction(stepped.driver, stepped.state, tx, sender, stepped.context, null)
          walk(new Debugger({ ...stepped, begin }, interval), judge, JUMPS)
        }
      }),
      { numRuns: 12, endOnFailure: true },
    )
  })

  /** A machine on the state before a transaction of a case. */
  function opened(table: Table, { pre, block, transactions }: FuzzCase, at: number) {
    const source = new MemorySource((number) => number)
    for (const [address, { nonce, balance, code, storage }] of pre)
      source.set(address, nonce, balance, code, new Map(storage))
    const state = new State(source)
    const driver = new Driver(table, state, nodeCrypto)
    const { excessBlobGas, ...fields } = block
    const { blob } = table.rules
    const environment = { ...fields, blobBaseFee: blob ? blobBaseFee(excessBlobGas, blob) : 0n }
    const context = { chainId: CHAIN_ID, block: environment, gasLeft: block.gasLimit, blobGasUsed: 0n }
    for (const { tx, sender } of transactions.slice(0, at))
      executeTransaction(driver, state, tx, sender, context)
    return { driver, state, context }
  }
})

it('knows a million steps, and steps back among them', () => {
  // Its speed is measured by the bench; here it is only as it should be.
  const text = 'PUSH 111112 again: JUMPDEST DUP1 DUP1 MUL POP PUSH 1 SWAP1 SUB DUP1 @again JUMPI'
  const source = new MemorySource()
  source.set(0xc0den, 1n, 0n, assemble(text, osaka, 'loop'), new Map())
  const state = new State(source)
  const driver = new Driver(osaka, state, nodeCrypto)
  const request = { caller: 1n, to: 0xc0den, value: 0n, data: new Uint8Array(0), gas: 10n ** 9n }
  const env = { chainId: 1n, origin: 1n, gasPrice: 0n, blobHashes: [] }
  const block = { number: 1n, timestamp: 2n, coinbase: 3n, gasLimit: 1n, difficulty: 0n }
  const begin = () => {
    beginCall(driver, state, request, {
      ...env,
      block: { ...block, prevRandao: 0n, baseFee: 0n, blobBaseFee: 0n },
    })
  }
  const debug = new Debugger({ driver, state, begin })
  debug.survey()
  expect(debug.length).toBe(111112 * 11 + 2)
  debug.goTo(1_000_001)
  const left = debug.frame!.stack[0]
  for (let i = 0; i < 50; i++) debug.back()
  expect([debug.position, debug.frame!.pc]).toEqual([999_951, debug.frame!.pc])
  debug.goTo(1_000_001)
  expect(debug.frame!.stack[0]).toBe(left)
})

it('does what the README says of it', () => {
  const [, ours, of, body] =
    /import \{([^}]*)\} from 'zvm-engine\/debugger'\nimport \{([^}]*)\} from 'zvm-engine'\n([^`]*)```/.exec(
      readFileSync('README.md', 'utf8'),
    ) ?? []
  const names = `${ours},${of}`.split(',').map((name) => name.trim())
  const all = { ...engine, ...debuggerEntry } as Record<string, unknown>
  const program = `${body.replace('debug.step()!', 'debug.step()')}
    return { before, opName, gasCost, after, now: state.storage(0xc0den, 0n) }`
  const given = new Function(...names, program)(...names.map((name) => all[name]))
  expect(given).toEqual({ before: [2, 2, 0n], opName: 'SSTORE', gasCost: 22_100n, after: 42n, now: 0n })
})
