import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cancun, london } from '../../opcodes/forks.ts'
import { asmFor } from '../core/asm.ts'
import { Driver, type Limits } from '../core/driver.ts'
import { Halt, isSuccess } from '../core/halt.ts'
import type { Environment } from '../core/host.ts'
import { CallKind, Message } from '../core/message.ts'
import type { Table } from '../core/table.ts'
import { defaultCrypto } from '../runtime/crypto.ts'
import { MemorySource } from '../state/memory-source.ts'
import { State } from '../state/state.ts'
import { TRACE_FORMATS } from './formats.ts'
import { type RunEnd, type Step, type StepFields, StepTracer } from './step.ts'
import { hexDump } from './struct-text.ts'

const asm = asmFor(cancun)
const SENDER = 0x73656e646572n
const RECEIVER = 0x7265636569766572n

interface Run {
  readonly gas?: bigint
  readonly table?: Table
  readonly isCreate?: boolean
  readonly limits?: Limits
  readonly balance?: bigint
  readonly storage?: readonly (readonly [bigint, bigint])[]
  /** Code of further accounts. */
  readonly others?: readonly (readonly [bigint, Uint8Array])[]
}

/** Runs the code as account `receiver`, called by `sender` without value. */
function run(tracer: Driver['tracer'], code: Uint8Array, given: Run = {}): void {
  const source = new MemorySource()
  source.set(RECEIVER, 1n, given.balance ?? 0n, given.isCreate ? asm() : code, new Map(given.storage))
  for (const [address, other] of given.others ?? []) source.set(address, 1n, 0n, other, new Map())
  const state = new State(source)
  state.beginTransaction()
  const table = given.table ?? cancun
  state.warm = table.precompiles
  const driver = new Driver(table, state, defaultCrypto, given.limits)
  driver.tracer = tracer
  const message = new Message()
  message.caller = SENDER
  message.self = given.isCreate ? 0xc0den : RECEIVER
  message.to = message.self
  message.codeAddress = message.self
  message.gas = given.gas ?? 1_000_000n
  if (given.isCreate) {
    message.kind = CallKind.Create
    message.input = code
  }
  driver.begin(message, ENVIRONMENT)
  driver.run()
}

const ENVIRONMENT: Environment = {
  chainId: 1n,
  block: {
    number: 1n,
    timestamp: 1n,
    coinbase: 0n,
    gasLimit: 30_000_000n,
    difficulty: 0n,
    prevRandao: 0n,
    baseFee: 0n,
    blobBaseFee: 1n,
  },
  origin: SENDER,
  gasPrice: 0n,
  blobHashes: [],
}

function lines(format: string, code: Uint8Array, given: Run = {}, fields: StepFields = {}): string[] {
  const written: string[] = []
  run(
    TRACE_FORMATS.get(format)!((line) => written.push(line), fields),
    code,
    given,
  )
  return written
}

function steps(code: Uint8Array, given: Run = {}): { steps: Step[]; end: RunEnd } {
  const found: Step[] = []
  let ended: RunEnd | undefined
  run(new StepTracer({}, { step: (step) => found.push(step), end: (end) => (ended = end) }), code, given)
  return { steps: found, end: ended! }
}

describe('the EIP-3155 trace', () => {
  it('gives each instruction with the values before it, the implicit STOP, and one line for the whole', () => {
    expect(lines('json', asm('PUSH1 0x40'), { gas: 10_000_000_000n })).toEqual([
      '{"pc":0,"op":96,"gas":"0x2540be400","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}',
      '{"pc":2,"op":0,"gas":"0x2540be3fd","gasCost":"0x0","memSize":0,"stack":["0x40"],"depth":1,"refund":0,"opName":"STOP"}',
      '{"output":"","gasUsed":"0x3"}',
    ])
  })

  it('shows memory and return data where asked and there are any, and no null', () => {
    // The identity precompile copies byte 31, which is 1, to the output.
    const code = asm('PUSH1 1 PUSH0 MSTORE PUSH0 PUSH0 PUSH1 1 PUSH1 31 PUSH1 4 GAS STATICCALL STOP')
    const all = lines('json', code, {}, { memory: true, stack: false, returnData: true })
    const word = '00'.repeat(31) + '01'
    expect(all[2]).toMatch(/"memSize":0,"stack":\[\],"depth"/)
    expect(all[3]).toContain(`"memory":"0x${word}","memSize":32,"stack":[],"depth"`)
    expect(all[10]).toContain(
      '"memSize":32,"stack":[],"returnData":"0x01","depth":1,"refund":0,"opName":"STOP"',
    )
    expect(all.join()).not.toContain('null')
    expect(lines('json', code)[10]).not.toMatch(/memory|returnData/)
  })

  // Each fails in its last instruction: gas given, cost and error of that line, and the line of the whole.
  it.each([
    ['static gas', 'PUSH1 1', 2n, 3n, 'out of gas'],
    // 65,535 + 32 bytes are 2,049 words: 3 · 2049 + ⌊2049² / 512⌋ = 14,347, and 3 for MLOAD
    ['gas for memory', 'PUSH2 0xffff MLOAD', 100n, 14350n, 'out of gas'],
    ['gas above any', 'PUSH32 0x' + 'ff'.repeat(32) + ' MLOAD', 2n ** 64n - 1n, null, 'out of gas'],
    // a cold slot: 100 and 2,000
    ['gas for a cold slot', 'PUSH0 SLOAD', 2000n, 2100n, 'out of gas'],
    ['an operand', 'PUSH0 ADD', 100n, 3n, 'stack underflow (1 <=> 2)'],
    ['room', 'PUSH0 '.repeat(1025), 3000n, 2n, 'stack limit reached 1024 (1023)'],
    ['a row', '.data 0x0c', 100n, 0n, 'invalid opcode: opcode 0xc not defined'],
    ['validity', 'INVALID', 100n, 0n, 'invalid opcode: INVALID'],
    ['a destination', 'PUSH0 JUMP', 100n, 8n, 'invalid jump destination'],
    ['return data', 'PUSH1 1 PUSH0 PUSH0 RETURNDATACOPY', 100n, 9n, 'return data out of bounds'],
  ])('names what is missing: %s', (_, text, gas, cost, error) => {
    const all = lines('json', asm(text), { gas }).map((line) => JSON.parse(line))
    const [last, end] = all.slice(-2)
    expect(last.error).toBe(error)
    if (cost === null) expect(BigInt(last.gasCost)).toBeGreaterThan(2n ** 52n)
    else expect(BigInt(last.gasCost)).toBe(cost)
    expect(end).toEqual({ output: '', gasUsed: `0x${gas.toString(16)}`, error })
    expect(all.slice(0, -2).some((line) => 'error' in line)).toBe(false)
  })

  it('gives the output of a revert, on its line the error', () => {
    expect(lines('json', asm('PUSH1 1 PUSH1 31 REVERT'), { gas: 100n }).slice(2)).toEqual([
      // one word of memory: 3
      '{"pc":4,"op":253,"gas":"0x5e","gasCost":"0x3","memSize":0,"stack":["0x1","0x1f"],"depth":1,"refund":0,"opName":"REVERT","error":"execution reverted"}',
      '{"output":"00","gasUsed":"0x9","error":"execution reverted"}',
    ])
  })

  it('prices a call with the gas it lends, before the lines of the callee', () => {
    // Costs as geth gives them in its own example of London: SSTORE 22,100, CALLCODE 100 and 63/64 of the rest.
    const code = asm(
      'PUSH1 2 PUSH1 3 SSTORE PUSH1 0 PUSH1 0 PUSH1 0 PUSH1 0 PUSH1 0 PUSH1 4 GAS CALLCODE POP',
    )
    const all = lines('json', code, { gas: 0xb4213n, table: london })
    expect(all[2]).toContain('"gas":"0xb420d","gasCost":"0x5654"')
    expect(all[10]).toBe(
      '{"pc":18,"op":242,"gas":"0xaeba5","gasCost":"0xabff8","memSize":0,"stack":["0x0","0x0","0x0","0x0","0x0","0x4","0xaeba5"],"depth":1,"refund":0,"opName":"CALLCODE"}',
    )
    expect(all[11]).toContain('"pc":19,"op":80,"gas":"0xaeb32","gasCost":"0x2","memSize":0,"stack":["0x1"]')

    const calls = (asked: string, value: number) =>
      asm(`PUSH0 PUSH0 PUSH0 PUSH0 PUSH1 ${value} PUSH2 0x0ca1 PUSH2 ${asked} CALL STOP`)
    const others = [[0xca1n, asm('PUSH0 SELFDESTRUCT')]] as const
    const nested = steps(calls('0x2710', 0), { others })
    const names = (from: readonly Step[]) => from.map(({ depth, opName }) => `${depth} ${opName}`)
    expect(names(nested.steps.slice(7))).toEqual(['1 CALL', '2 PUSH0', '2 SELFDESTRUCT', '1 STOP'])
    // cold account 2,600 and 10,000 lent, of which 2 + 5,000 + 2,600 are used
    expect(nested.steps[7].gasCost).toBe(12_600n)
    expect(nested.steps[8].gas).toBe(10_000n)
    expect(nested.steps[9].gasCost).toBe(7_600n)
    expect(nested.steps[10].gas).toBe(nested.steps[7].gas - 2_600n - 7_602n)
  })

  it('prices a call that was refused as one that was not, though its gas is back', () => {
    const code = asm('PUSH0 PUSH0 PUSH0 PUSH0 PUSH1 1 PUSH1 4 PUSH2 1000 CALL STOP')
    const refused = steps(code, { balance: 0n }).steps.slice(7)
    const sent = steps(code, { balance: 1n }).steps.slice(7)
    // a warm account 100, value 9,000, a new account 25,000, and 1,000 lent; a stipend of 2,300 comes back
    expect(refused[0].gasCost).toBe(35_100n)
    expect(sent[0].gasCost).toBe(35_100n)
    expect(refused[1].gas).toBe(refused[0].gas - 35_100n + 3_300n)
    expect(refused[1].stack).toEqual([0n])
  })

  it('prices a creation without the gas it lends', () => {
    const code = asm('PUSH1 1 PUSH0 PUSH0 CREATE CALLDATASIZE PUSH0 PUSH1 1 CREATE STOP')
    const found = steps(code)
    // 32,000, a word of memory 3 and of initcode 2; the initcode is one byte, STOP
    expect(found.steps[3]).toMatchObject({ opName: 'CREATE', gasCost: 32_005n, depth: 1 })
    expect(found.steps[4]).toMatchObject({ opName: 'STOP', depth: 2 })
    // refused for want of balance
    expect(found.steps[8]).toMatchObject({ opName: 'CREATE', gasCost: 32_000n, depth: 1 })
    expect(found.steps[9]).toMatchObject({ opName: 'STOP', depth: 1 })
  })

  it('shows the refund counter as it was before', () => {
    const code = asm('PUSH0 PUSH0 SSTORE STOP')
    expect(steps(code, { storage: [[0n, 1n]] }).steps.map(({ refund }) => refund)).toEqual([0, 0, 0, 4800])
  })

  it('tells how a run ends that no instruction ended', () => {
    expect(steps(asm(), { gas: 5n })).toEqual({
      steps: [],
      end: { output: new Uint8Array(0), gasUsed: 0n, halt: Halt.Stop, error: '' },
    })
    // one byte of code costs 200 to deposit; 100 are left
    const deposit = steps(asm('PUSH1 1 PUSH0 RETURN'), { gas: 108n, isCreate: true })
    expect(deposit.steps.map(({ error }) => error)).toEqual(['', '', ''])
    expect(deposit.end.error).toBe('contract creation code storage out of gas')
    const limited = steps(asm('PUSH0 PUSH0 STOP'), { limits: { steps: 2, memoryBytes: 1024 } })
    expect([limited.steps.length, limited.end.error]).toEqual([2, 'step limit reached'])
  })

  it('accounts for all gas: what each line costs is what the next one lacks', () => {
    // Any bytes but those that call or create, which lend gas and take some back.
    const byte = fc.integer({ min: 0, max: 0xef })
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.array(byte, { maxLength: 60 }), (pushed, bytes) => {
        const code = Uint8Array.from([...[...pushed].flatMap((value) => [0x60, value]), ...bytes])
        const { steps: found, end } = steps(code)
        for (let at = 1; at < found.length; at++) {
          expect(found[at].gas).toBe(found[at - 1].gas - found[at - 1].gasCost)
        }
        const spent = found.reduce((sum, { gasCost }) => sum + gasCost, 0n)
        if (isSuccess(end.halt)) expect(spent).toBe(end.gasUsed)
        expect(found.filter(({ error }) => error !== '').length).toBe(isSuccess(end.halt) ? 0 : 1)
      }),
      { numRuns: 300 },
    )
  })

  it('streams: no line waits for a later one', () => {
    const events: string[] = []
    const tracer = new StepTracer({}, { step: ({ opName }) => events.push(opName) })
    const step = tracer.step.bind(tracer)
    tracer.step = (frame) => {
      events.push('next')
      step(frame)
    }
    run(tracer, asm('PUSH0 STOP'))
    expect(events).toEqual(['next', 'PUSH0', 'next', 'STOP'])
  })
})

describe('the struct trace', () => {
  it('writes a paragraph an instruction', () => {
    const code = asm('PUSH1 0x2a PUSH1 1 SSTORE PUSH1 1 SLOAD PUSH0 MSTORE8 PUSH2 0xffff JUMP')
    const all = lines('struct', code, { gas: 30_000n }, { memory: true })
    const slot = '0'.repeat(63) + '1: ' + '0'.repeat(62) + '2a'
    expect(all.slice(0, 6)).toEqual([
      'PUSH1           pc=00000000 gas=30000 cost=3',
      '',
      'PUSH1           pc=00000002 gas=29997 cost=3',
      'Stack:',
      '00000000  0x2a',
      '',
    ])
    expect(all.slice(6, 12)).toEqual([
      'SSTORE          pc=00000004 gas=29994 cost=22100',
      ...['Stack:', '00000000  0x1', '00000001  0x2a', 'Storage:', slot],
    ])
    expect(all.slice(-7)).toEqual([
      // geth gives no error here: the instruction passed its checks
      'JUMP            pc=00000013 gas=7780 cost=8',
      ...['Stack:', '00000000  0xffff', 'Memory:'],
      '00000000  2a 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |*...............|',
      '00000010  00 00 00 00 00 00 00 00  00 00 00 00 00 00 00 00  |................|',
      '',
    ])
    expect(lines('struct', asm('ADD'), { gas: 9n })).toEqual([
      'ADD             pc=00000000 gas=9 cost=3 ERROR: stack underflow (0 <=> 2)',
      '',
    ])
  })

  it('dumps bytes as hexdump -C does', () => {
    expect(hexDump(new TextEncoder().encode('hello world'))).toEqual([
      '00000000  68 65 6c 6c 6f 20 77 6f  72 6c 64                 |hello world|',
    ])
    expect(hexDump(Uint8Array.of(0x7e, 0x7f, 0x80))).toEqual([
      '00000000  7e 7f 80                                          |~..|',
    ])
  })
})

describe('the markdown trace', () => {
  const before = [
    'Pre-execution info:',
    '  - from: `0x000000000000000000000000000073656E646572`',
    '  - to: `0x0000000000000000000000007265636569766572`',
    '  - data: ``',
  ]
  const head = [
    ...['  - value: `0` wei', ''],
    '|  Pc   |      Op     | Cost |   Refund  |   Stack   |',
    '|-------|-------------|------|-----------|-----------|',
  ]

  it('writes a table between two lists', () => {
    expect(lines('md', asm('PUSH1 0x40'), { gas: 10_000_000_000n })).toEqual([
      ...[...before, '  - gas: `10000000000`', ...head],
      '|    0  |      PUSH1  |    3 |         0 |        [] |',
      '|    2  |       STOP  |    0 |         0 |    [0x40] |',
      ...['', 'Post-execution info:', '  - output: ``', '  - consumed gas: `3`', '  - error: `<nil>`'],
    ])
  })

  it('tells an instruction that failed its checks from one that failed', () => {
    expect(lines('markdown', asm('PUSH0 JUMP'), { gas: 11n }, { stack: false })).toEqual([
      ...[...before, '  - gas: `11`', ...head],
      '|    0  |      PUSH0  |    2 |         0 |',
      '|    1  |       JUMP  |    8 |         0 |',
      ...['', 'Error: at pc=1, op=JUMP: invalid jump destination'],
      ...['', 'Post-execution info:', '  - output: ``', '  - consumed gas: `11`'],
      '  - error: `invalid jump destination`',
    ])
    expect(lines('md', asm('PUSH0'), { gas: 1n }).slice(9, 11)).toEqual([
      '|    0  |      PUSH0  |    2 |         0 |        [] |',
      'Error: out of gas',
    ])
  })
})
