/** Receipts of runs of every kind: made by a command, confirmed from the bundle, and denied to each lie about it. */
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { osaka } from '../../opcodes/forks.ts'
import { zvm as nativeTable } from '../../opcodes/zvm/table.ts'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import { RECEIPT_MEMBERS } from '../../scripts/lib/receipt-members.ts'
import { COUNTER, contract } from '../../scripts/lite/wat.ts'
import { asmFor, push } from '../core/asm.ts'
import { ZvmError } from '../core/errors.ts'
import { bytesToBareHex, bytesToHex, hexToBytes } from '../core/hex.ts'
import { LedgerStore } from '../host/ledger-store.ts'
import { parseExact } from '../ledger/json.ts'
import { compileContract } from '../lite/compile/compile.ts'
import { encodeContainer } from '../runtime/container.ts'
import { abiToJson, readAbi } from '../runtime/contract-abi.ts'
import { nativePrimitives } from '../runtime/native-primitives.ts'
import { type RunFacts, readBundle, refuseOtherRecord, rerun } from './run-bundle.ts'
import { tableNamed } from './target-table.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'zvm-receipts-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
  await LedgerStore.create(join(folder, 'template'), {}, 1)
})

let made = 0
const fresh = (name: string) => join(folder, `${name}.${made++}`)
const zvm = (...args: string[]) => runChild(process.execPath, [BIN, ...args])
async function good(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await zvm(...args)
  expect([code, stderr], `${args.join(' ')}: ${stdout}`).toEqual([0, ''])
  return stdout.trimEnd()
}
function file(name: string, content: string | Uint8Array): string {
  const path = fresh(name)
  writeFileSync(path, content)
  return path
}

const evm = asmFor(osaka)
const native = asmFor(nativeTable)
const word = (value: number | bigint) => value.toString(16).padStart(64, '0')
const returnWord = [push(0), 'MSTORE', push(32), push(0), 'RETURN']
/** Adds one to its slot 0 and gives the sum. */
const increment = [push(1), push(0), 'SLOAD', 'ADD', 'DUP1', push(0), 'SSTORE', ...returnWord]
/** Calls each of the addresses that its calldata is made of, and gives what the last one gave. */
const callsAll = contract(
  [
    'call (param i64 i32 i32 i32 i32 i32 i32) (result i32)',
    ...['calldata_size (result i32)', 'calldata_copy (param i32 i32 i32)', 'return (param i32 i32)'],
  ],
  `(local $at i32)
   (loop $next
     (call $calldata_copy (i32.const 0) (local.get $at) (i32.const 20))
     (if (i32.eqz (call $call (i64.const -1) (i32.const 0) (i32.const 32) (i32.const 0) (i32.const 0)
       (i32.const 64) (i32.const 32))) (then unreachable))
     (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 20))) (call $calldata_size))))
   (call $return (i32.const 64) (i32.const 32))`,
)
const initcodeOf = (code: Uint8Array) =>
  bytesToHex(evm(push(code.length), 'DUP1', push(9), push(0), 'CODECOPY', push(0), 'RETURN', code))
const container = (target: 'zvm' | 'evm' | 'wasm-lite', code: Uint8Array, abi: object = {}) =>
  file('c.zvm', encodeContainer(target, code, abiToJson(readAbi({ contract: 'c', ...abi }))))
/** The containers of contracts that do the same, in each set. */
const counters = {
  evm: () => container('evm', evm(...increment)),
  zvm: () => container('zvm', native(...increment)),
  module: () => container('wasm-lite', COUNTER),
  compiled: () => file('compiled.wasm', compileContract(osaka, evm(...increment)).bytes),
}

/** A store with these in it, and where. */
async function storeOf(...files: string[]) {
  const db = fresh('state')
  const addresses: string[] = []
  for (const each of files) addresses.push(await good('deploy', '--db', db, '--file', each))
  return { db, addresses, call: ['call', '--db', db, '--contract', addresses.at(-1)!] }
}

const genesis = () =>
  file('genesis.json', JSON.stringify({ alloc: { [`0x${'d0'.padStart(40, '0')}`]: { balance: '0x64' } } }))

/** What is run, without the options of ledger and receipt: the same twice, or one and then another. */
type Runs = string[] | [string[], string[]]
const RUNS: Readonly<Record<string, () => Promise<Runs> | Runs>> = {
  'run of code': () => ['run', bytesToHex(evm(...increment)), '--input', '00'],
  'run of a native container': () => ['run', counters.zvm()],
  'run of a module': () => ['run', file('c.wasm', COUNTER), '--input', '00ff'],
  'run of a container of target 2': () => ['run', counters.module()],
  'run of a compiled module': () => ['run', counters.compiled()],
  'call of a module': async () => (await storeOf(counters.module())).call,
  'call of a compiled module': async () => (await storeOf(counters.compiled())).call,
  async 'call of a module that calls EVM, native, modules'() {
    const all = [counters.evm(), counters.zvm(), counters.module(), counters.compiled()]
    const { call, addresses } = await storeOf(...all, container('wasm-lite', callsAll))
    return [
      ...call,
      '--input',
      addresses
        .slice(0, 4)
        .map((each) => each.slice(2))
        .join(''),
    ]
  },
  async 'call of EVM code that calls a module'() {
    const { db, addresses } = await storeOf(counters.module())
    const forward = evm(
      ...[push(32), push(0), push(0), push(0), push(0), push(BigInt(addresses[0])), 'GAS', 'CALL'],
      ...['POP', push(32), push(0), 'RETURN'],
    )
    const outer = await good('deploy', '--db', db, '--bytecode', initcodeOf(forward))
    return ['call', '--db', db, '--contract', outer]
  },
  async 'call that sends value to nobody'() {
    const db = fresh('state')
    await good('run', '00', '--db', db, '--prestate', genesis())
    const sender = ['--caller', `0x${'d0'.padStart(40, '0')}`, '--value', '7']
    return ['call', '--db', db, '--contract', `0x${'d1'.padStart(40, '0')}`, ...sender]
  },
  'run over a store': () => ['run', counters.zvm(), '--db', fresh('state')],
  'run of a module over a store': () => ['run', counters.module(), '--db', fresh('state')],
  'run over a store that begins with a genesis'() {
    const run = ['run', bytesToHex(evm(...increment)), '--db', fresh('state')]
    return [[...run, '--prestate', genesis()], run]
  },
  async 'run of a module over a store that calls EVM, native, modules'() {
    const { db, addresses } = await storeOf(counters.evm(), counters.zvm(), counters.module())
    const input = addresses.map((each) => each.slice(2)).join('')
    return ['run', container('wasm-lite', callsAll), '--db', db, '--input', input]
  },
  async 'run over a store that calls what asks for the time'() {
    const asks = native(
      ...[push(32), ...Array(3).fill(push(0)), 'SYSCALL 0x20', 'POP'],
      ...[push(0), 'MLOAD', push(0), 'SSTORE', push(32), push(0), 'RETURN'],
    )
    const { db, addresses } = await storeOf(container('zvm', asks, { capabilities: ['clock'] }))
    const code = native(
      ...[push(32), ...Array(4).fill(push(0)), push(BigInt(addresses[0])), 'GAS', 'CALL'],
      ...['PUSH @ok', 'JUMPI', 'INVALID', 'ok:', 'JUMPDEST', push(32), push(0), 'RETURN'],
    )
    return ['run', container('zvm', code), '--db', db, '--allow', 'clock']
  },
  'deployment by initcode with an argument'() {
    const deploy = ['deploy', '--db', fresh('state'), '--bytecode', keepsArgument(evm(...increment))]
    return [
      [...deploy, '--constructor-args', word(42)],
      [...deploy, '--constructor-args', word(43)],
    ]
  },
  'deployment of a container': () => ['deploy', '--db', fresh('state'), '--file', counters.zvm()],
  'deployment whose constructor asks for the time': () => [
    ...['deploy', '--db', fresh('state'), '--file', timedContainer(), '--args', '7', '--allow', 'clock'],
  ],
  async 'deployment of a module beside other code'() {
    const { db } = await storeOf(counters.evm(), counters.zvm())
    return ['deploy', '--db', db, '--file', counters.module()]
  },
  'deployment of a compiled module': () => ['deploy', '--db', fresh('state'), '--file', counters.compiled()],
  'creation in memory': () => ['run', initcodeOf(evm(...increment)), '--create'],
  'creation over a store, by what asks for the time': () => [
    ...['run', container('zvm', timedInitcode, { capabilities: ['clock'] }), '--create'],
    ...['--db', fresh('state'), '--allow', 'clock'],
  ],
}

/** What creates code: its last 32 bytes are its argument, which it keeps in slot 0. */
const keepsArgument = (code: Uint8Array) => {
  const head = (size: number) =>
    evm(
      ...[push(32), push(size), push(0), 'CODECOPY', push(0), 'MLOAD', push(0), 'SSTORE'],
      ...[
        push(code.length),
        push(size - code.length),
        push(0),
        'CODECOPY',
        push(code.length),
        push(0),
        'RETURN',
      ],
      code,
    )
  return bytesToHex(head(head(99).length))
}
/** Keeps the time, and what it is sent, where it is sent something; else gives what it has kept. */
const timed = native(
  ...['CALLDATASIZE', 'PUSH @set', 'JUMPI', push(0), 'SLOAD', ...returnWord],
  ...['set:', 'JUMPDEST', push(32), ...Array(3).fill(push(0)), 'SYSCALL 0x20', 'POP', push(0), 'MLOAD'],
  ...[push(4), 'CALLDATALOAD', 'ADD', push(0), 'SSTORE'],
)
const timedContainer = () =>
  container('zvm', timed, {
    capabilities: ['clock'],
    functions: [{ name: 'constructor', inputs: [{ type: 'u64' }] }],
  })
/** Initcode that asks for the time, and leaves code of a byte. */
const timedInitcode = native(
  ...[push(32), ...Array(3).fill(push(0)), 'SYSCALL 0x20', 'POP', push(0), 'MLOAD', push(0), 'SSTORE'],
  ...[push(1), push(0), 'RETURN'],
)

/** A bundle as its JSON has it. */
interface Plain {
  readonly message: { data: string; to: string | null }
  readonly creates?: { capabilities: string[]; constructor: string | null }
  readonly record: Record<string, unknown>
  readonly pairs: Record<string, string>
}
type Receipt = Readonly<Record<string, unknown>>

/** Makes the run again as `zvm ledger verify-run` does; the members that differ from the receipt, or what is thrown. */
function judged(plain: Plain, receipt: Receipt): string[] | string {
  try {
    const bundle = readBundle(plain, 'lie')
    const facts = rerun(bundle, tableNamed(bundle.record.table)!, 'lie', nativePrimitives)
    const differing = (Object.keys(facts) as (keyof RunFacts)[]).filter(
      (name) => String(facts[name]) !== String(receipt[name]),
    )
    if (differing.length === 0) refuseOtherRecord(bundle.record, facts, 'lie')
    return differing
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    return `${error.code}: ${error.message}`
  }
}

describe.concurrent('a receipt', () => {
  it.each(Object.keys(RUNS))('of a %s', async (name) => {
    const runs = await RUNS[name]()
    const [first, second] =
      typeof runs[0] === 'string' ? [runs as string[], runs as string[]] : (runs as [string[], string[]])
    const books = fresh('books')
    cpSync(join(folder, 'template'), books, { recursive: true })
    const bundles = [fresh('bundle.json'), fresh('bundle.json')]
    for (const [i, args] of [first, second].entries())
      await good(...args, '--ledger', books, '--receipt', bundles[i])
    const plain = bundles.map((path) => JSON.parse(readFileSync(path, 'utf8')) as Plain)
    const lines = readFileSync(join(books, 'journal.jsonl'), 'utf8').trimEnd().split('\n').slice(1)
    const receipts = lines
      .flatMap((line) => parseExact(line, 'journal') as { body: { run: Receipt } })
      .map(({ body }) => body.run)
    expect(receipts).toHaveLength(2)
    const verify = (entry: number, bundle: string) =>
      zvm('ledger', 'verify-run', String(entry), '--bundle', bundle, '--ledger', books)
    for (const [i, receipt] of receipts.entries()) expect(judged(plain[i], receipt)).toEqual([])
    expect(await verify(2, bundles[1])).toMatchObject({
      ...{ code: 0, stderr: '' },
      stdout: expect.stringMatching(/^✓ entry 2: the run again is what its receipt says: \d+ gas/),
    })
    // The other run's bundle, where that is another run.
    if (first.includes('--db')) {
      expect(receipts[1].state_root_before).toBe(receipts[0].state_root_after)
      const other = await verify(1, bundles[1])
      expect([other.code, other.stdout]).toEqual([
        1,
        expect.stringContaining('✗ entry 1: state_root_before: '),
      ])
    }
    for (const [what, change, said] of LIES) {
      const lie = structuredClone(plain[1])
      if (change(lie)) expect([what, judged(lie, receipts[1])]).toEqual([what, said])
    }
    for (const member of RECEIPT_MEMBERS)
      expect(judged(plain[1], { ...receipts[1], [member]: 'forged' })).toEqual([member])
  })
})

describe('a bundle', () => {
  it('that never ends is another run', async () => {
    const books = fresh('books')
    cpSync(join(folder, 'template'), books, { recursive: true })
    const path = fresh('bundle.json')
    // Goes round for as long as its calldata is not zero.
    const code = bytesToHex(evm('JUMPDEST', push(0), 'CALLDATALOAD', push(0), 'JUMPI'))
    await good('run', code, '--ledger', books, '--receipt', path)
    const plain = JSON.parse(readFileSync(path, 'utf8'))
    plain.message = { ...plain.message, data: `0x${word(1)}`, gas: '0xffffffffffffffff' }
    plain.limits.steps = Number.MAX_SAFE_INTEGER
    writeFileSync(path, JSON.stringify(plain))
    const ended = await zvm('ledger', 'verify-run', '1', '--bundle', path, '--ledger', books)
    expect([ended.code, ended.stdout]).toEqual([1, expect.stringMatching(/^✗ entry 1: input_hash: /)])
  })
})

describe.concurrent('no receipt', () => {
  const books = join(folder, 'untouched')
  beforeAll(() => cpSync(join(folder, 'template'), books, { recursive: true }))
  const failing = bytesToHex(evm(push(0), push(0), 'REVERT'))

  it.each([
    ['a run that reverts', 1, () => ['run', failing]],
    ['a run over a store that reverts', 1, () => ['run', failing, '--db', fresh('state')]],
    ['a creation that reverts', 1, () => ['run', failing, '--create']],
    ['a deployment that reverts', 1, () => ['deploy', '--bytecode', failing, '--db', fresh('state')]],
    [
      'a deployment whose constructor may not ask for the time',
      1,
      () => ['deploy', '--db', fresh('state'), '--file', timedContainer(), '--args', '7'],
    ],
    ['a run that is replayed', 3, () => ['run', '00', '--replay', 'record.json']],
  ] as [string, number, () => string[]][])('of %s', async (_, code, args) => {
    const bundle = fresh('bundle.json')
    const journal = readFileSync(join(books, 'journal.jsonl'))
    const ended = await zvm(...args(), '--ledger', books, '--receipt', bundle)
    expect([ended.code, existsSync(bundle)]).toEqual([code, false])
    expect(readFileSync(join(books, 'journal.jsonl')).equals(journal)).toBe(true)
  })

  it('with its bundle, or a record, in the place of something else', async () => {
    const [db, code] = [fresh('state'), file('code.hex', bytesToHex(evm(...increment)))]
    const bundle = fresh('bundle.json')
    const journal = join(books, 'journal.jsonl')
    const before = readFileSync(journal)
    const run = (...args: string[]) => zvm('run', '--codefile', code, '--ledger', books, ...args)
    const inBooks = [journal, join(books, 'head', 'data.mdb'), join(books, 'new.json')]
    for (const [path, message] of [
      ...inBooks.map((path) => [path, `${path} is in the folder of --ledger`]),
      [code, `${code} would be written over`],
    ])
      for (const option of ['--receipt', '--record'])
        expect(await run(option, path)).toMatchObject({ code: 3, stderr: `zvm: ${option}: ${message}\n` })
    const both = await run('--receipt', bundle, '--record', bundle)
    expect([both.code, both.stderr]).toEqual([3, `zvm: --record: ${bundle} would be written over\n`])
    await good('run', '--codefile', code, '--db', db)
    const stored = join(db, 'data.mdb')
    expect((await run('--db', db, '--receipt', stored)).stderr).toMatch('is in the folder of --db')
    expect(readFileSync(journal).equals(before)).toBe(true)
    expect([existsSync(bundle), existsSync(inBooks[2])]).toEqual([false, false])
  })

  it('without a ledger, or a place to write its bundle to', async () => {
    const db = fresh('state')
    const deploy = [
      'deploy',
      '--db',
      db,
      '--file',
      counters.evm(),
      '--receipt',
      join(folder, 'absent', 'b.json'),
    ]
    expect(await zvm(...deploy)).toMatchObject({ code: 3, stderr: 'zvm: --receipt: needs --ledger\n' })
    expect((await zvm(...deploy, '--ledger', books)).code).toBe(11)
    expect(existsSync(db)).toBe(false)
  })
})

const changedByte = (hex: string) =>
  bytesToBareHex(hexToBytes(hex, 'hex').map((byte, i) => (i === 0 ? byte ^ 1 : byte)))
/** Changes the value of the first key of a kind; false where there is none. */
function changePair({ pairs }: Plain, kind: string): boolean {
  const prefix = bytesToBareHex(new TextEncoder().encode(kind))
  const key = Object.keys(pairs).find((each) => each.startsWith(prefix) && pairs[each] !== '')
  if (key !== undefined) pairs[key] = changedByte(pairs[key])
  return key !== undefined
}

/** A lie about a bundle, told in it where this gives true, and what verification says. */
const LIES: readonly (readonly [string, (plain: Plain) => boolean, unknown])[] = [
  [
    'code',
    (plain) => changePair(plain, 'c'),
    expect.stringMatching(/^VALUE: lie: damaged: code does not have its hash 0x/),
  ],
  [
    'state',
    (plain) => changePair(plain, 'n'),
    expect.stringMatching(/^VALUE: lie: damaged: a node does not have its hash 0x/),
  ],
  [
    'input',
    ({ message }) => {
      message.data += '00'
      return true
    },
    expect.arrayContaining(['input_hash']),
  ],
  [
    'what a new contract declares',
    ({ creates }) => {
      const isNeeded = creates !== undefined && creates.capabilities.length > 0
      if (isNeeded) creates.capabilities = []
      return isNeeded
    },
    'MISMATCH: lie: record: call 1: the run makes no such call; 1 of the record is left',
  ],
  [
    'what a constructor is sent',
    ({ creates }) => {
      const isSent = creates !== undefined && creates.constructor !== null
      if (isSent) creates.constructor += '00'
      return isSent
    },
    expect.arrayContaining(['input_hash']),
  ],
  [
    'that nobody was created',
    (plain) => {
      const isCreation = plain.creates !== undefined
      plain.message.to ??= `0x${'0'.repeat(40)}`
      return isCreation
    },
    'VALUE: lie: creates: the message is to somebody',
  ],
  ...['codeHash', 'inputHash', 'resultHash'].map(
    (member) =>
      [
        member,
        ({ record }: Plain) => {
          record[member] = `0x${word(1)}`
          return true
        },
        expect.stringMatching(`^MISMATCH: lie: record.${member}: 0x0{63}1, and of the run 0x`),
      ] as const,
  ),
]
