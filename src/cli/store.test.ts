/** Commands over a store, as a host starts them: the built bin as processes, killed and beside each other too. */
import { spawn } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  watch,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { osaka } from '../../opcodes/forks.ts'
import { zvm as nativeTable } from '../../opcodes/zvm/table.ts'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import { createAddress } from '../core/address.ts'
import { asmFor, push } from '../core/asm.ts'
import { bytesToBareHex, bytesToHex, toFixedHex } from '../core/hex.ts'
import { encodeContainer } from '../runtime/container.ts'
import { abiToJson, readAbi } from '../runtime/contract-abi.ts'
import { DiskStore } from '../state/disk/index.ts'

/** Kills of each of the two kinds: few in `npm test`, as many as `ZVM_KILLS` says where that is set. */
const KILLS = Number(process.env.ZVM_KILLS ?? 5)
/** Calls of each of two processes. */
const CALLS = Math.ceil(KILLS / 2)

const folder = mkdtempSync(join(tmpdir(), 'zvm-store-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const zvm = (...args: string[]) => runChild(process.execPath, [BIN, ...args])
let made = 0
const fresh = () => join(folder, `state.${made++}`)
const word = (value: number | bigint) => value.toString(16).padStart(64, '0')
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const DEPLOYER = 0xd0n
const deployer = toFixedHex(DEPLOYER, 20)
const evm = asmFor(osaka)
const returnWord = ['PUSH 0', 'MSTORE', 'PUSH 32', 'PUSH 0', 'RETURN']
/** Adds one to its slot 0 and gives the sum. */
const counter = evm('PUSH 1', 'PUSH 0', 'SLOAD', 'ADD', 'DUP1', 'PUSH 0', 'SSTORE', ...returnWord)
const initcodeOf = (code: Uint8Array) =>
  bytesToHex(evm(push(code.length), 'DUP1', push(9), 'PUSH 0', 'CODECOPY', 'PUSH 0', 'RETURN', code))

/** Runs a command that must end well; gives its stdout. */
async function good(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await zvm(...args)
  expect([code, stderr]).toEqual([0, ''])
  return stdout.trim()
}

const deployed = (db: string, ...args: string[]) =>
  good('deploy', '--db', db, '--deployer', deployer, ...args)
const deployCounter = (db: string) => deployed(db, '--bytecode', initcodeOf(counter))

async function stored<T>(db: string, read: (store: DiskStore) => T): Promise<T> {
  const store = await DiskStore.open(db, 'read')
  try {
    return read(store)
  } finally {
    await store.close()
  }
}
const slotOf = (db: string, address: string) =>
  stored(db, (store) => store.read((state) => Number(state.storage(BigInt(address), 0n))))
const nonceOf = (db: string) =>
  stored(db, (store) => store.read((state) => Number(state.account(DEPLOYER)?.nonce ?? 0n)))

describe.concurrent('the contract with hosts', () => {
  it('answers with these keys and no others', async () => {
    const db = fresh()
    // Constructor arguments follow the initcode: this one keeps their word as its code's slot 0.
    const code = evm(
      'PUSH 0',
      'SLOAD',
      'PUSH 0',
      'MSTORE',
      'PUSH 0xa1',
      'PUSH 32',
      'PUSH 0',
      'LOG1',
      'PUSH 32',
      'PUSH 0',
      'RETURN',
    )
    const build = (size: number) =>
      evm(
        ...['PUSH 32', push(size), 'PUSH 0', 'CODECOPY', 'PUSH 0', 'MLOAD', 'PUSH 0', 'SSTORE'],
        ...[
          push(code.length),
          push(size - code.length),
          'PUSH 0',
          'CODECOPY',
          push(code.length),
          'PUSH 0',
          'RETURN',
        ],
        code,
      )
    const bytecode = bytesToBareHex(build(build(99).length))
    const args = ['--bytecode', bytecode, '--constructor-args', word(42), '--deployer', deployer]
    const deployment = await good('deploy', ...args, '--gas-limit', '1000000', '--db', db, '--json')
    const address = toFixedHex(createAddress(DEPLOYER, 0n), 20)
    expect(deployment).toBe(`{"contract_address":"${address}"}`)
    const message = ['--contract', address, '--input', '00', '--caller', deployer, '--db', db]
    expect(await good('call', ...message, '--value', '0', '--gas-limit', '100000', '--json')).toBe(
      `{"success":true,"return_data":[${'0,'.repeat(31)}42],"gas_used":3129,"logs":[{"address":"${address}","topics":["0x${word(0xa1)}"],"data":"0x${word(42)}"}],"error":null}`,
    )
    expect(await good('view', ...message, '--json')).toBe(`{"return_data":"${word(42)}"}`)
    expect(await good('view', ...message)).toBe(`0x${word(42)}`)
    const tree = JSON.parse(await good('view', ...message, '--tracer', 'callTracer'))
    expect(tree).toMatchObject({ to: address, output: `0x${word(42)}`, type: 'CALL' })
    const traces = join(folder, 'calls.json')
    const traced = ['--tracer', 'callTracer', '--tracer-output', traces, '--json']
    await good('deploy', ...args, '--db', fresh(), ...traced)
    expect(JSON.parse(readFileSync(traces, 'utf8'))).toMatchObject({ to: address, type: 'CREATE' })
    const profile = join(folder, 'profile.json')
    const profiled = await zvm('call', ...message, '--profile', profile, '--json')
    expect([profiled.code, profiled.stderr]).toEqual([0, expect.stringMatching(/SLOAD/)])
    expect(JSON.parse(readFileSync(profile, 'utf8')).profiles).toHaveLength(1)
    expect(await good('estimate-gas', ...message)).toBe('3129')
    expect(await good('estimate-gas', ...message, '--json')).toBe('3129')
    expect(await good('get-code', '--contract', address, '--db', db)).toBe(bytesToBareHex(code))
    expect(await good('get-code', '--contract', deployer, '--db', db, '--json')).toBe('{"code":""}')
    const failed = await zvm('call', ...message, '--gas-limit', '9', '--json')
    expect(failed).toMatchObject({ code: 1, stderr: '' })
    expect(failed.stdout).toBe(
      '{"success":false,"return_data":[],"gas_used":9,"logs":[],"error":"out of gas"}\n',
    )
    const unseen = await zvm('view', ...message, '--gas-limit', '9', '--json')
    expect([unseen.code, JSON.parse(unseen.stdout)]).toEqual([
      1,
      {
        error: {
          ...{ code: 'EXECUTION_FAILED', message: 'out of gas' },
          details: { halt: 'OutOfGas', return_data: '', gas_used: 9 },
        },
      },
    ])
  })

  it('takes gas of 64 bits, more than a number holds', async () => {
    const db = fresh()
    const address = await deployed(db, '--bytecode', initcodeOf(evm('INVALID')))
    const all = String(2n ** 64n - 1n)
    // An exceptional halt takes all of it.
    const halted = await zvm('call', '--contract', address, '--db', db, '--gas-limit', all, '--json')
    expect(JSON.parse(halted.stdout)).toMatchObject({ success: false, gas_used: all })
  })

  it('calls native contracts by their ABI', async () => {
    const db = fresh()
    const address = await deployed(db, '--file', 'fixtures/assembly/counter.zasm')
    const add = (...args: string[]) =>
      zvm('call', '--db', db, '--contract', address, '--caller', deployer, ...args)
    expect((await add('--function', 'add(u64)', '--args', '5')).stdout).toBe('sum: 5\n')
    expect((await add('--function', 'add', '--args', '[6]')).stdout).toBe('sum: 11\n')
    expect((await add('--function', '4ff6381b', '--input', word(7))).stdout).toBe('sum: 18\n')
    expect((await add('--input', `4ff6381b${word(1)}`)).stdout).toBe(`0x${word(19)}\n`)
    const get = ['--function', 'get', '--args', deployer]
    expect(await good('view', '--db', db, '--contract', address, ...get)).toBe('sum: 19')
    const code = readFileSync('fixtures/assembly/counter.zvm').subarray(16)
    expect(bytesToHex(code)).toContain(await good('get-code', '--db', db, '--contract', address))
    // Raw native code is initcode, as that of the EVM is.
    const native = asmFor(nativeTable)
    const runtime = native('PUSH 9', ...returnWord)
    const initcode = native(
      push(runtime.length),
      'DUP1',
      push(11),
      'PUSH 0',
      'CODECOPY',
      'PUSH 0',
      'RETURN',
      runtime,
    )
    const raw = await deployed(db, '--table', 'zvm', '--bytecode', bytesToHex(initcode))
    expect(await good('view', '--db', db, '--contract', raw)).toBe(`0x${word(9)}`)
  })

  it('shows output that does not fit the ABI as it is: the call has succeeded', async () => {
    const abi = readAbi({ contract: 'odd', functions: [{ name: 'f', outputs: [{ type: 'u64[]' }] }] }, 'abi')
    const path = file('odd.zvm', encodeContainer('evm', counter, abiToJson(abi)))
    const db = fresh()
    const contract = await deployed(db, '--file', path)
    const { code, stdout, stderr } = await zvm('call', '--db', db, '--contract', contract, '--function', 'f')
    expect([code, stdout]).toEqual([0, `0x${word(1)}\n`])
    expect(stderr).toMatch(/^zvm: the output does not fit the ABI: /)
  })

  it('calls the constructor of an ABI once the code is there', async () => {
    const db = fresh()
    // Keeps the argument and the value of a call with one; gives what slot 0 holds to one without.
    const code = evm(
      ...['CALLDATASIZE', 'PUSH @set', 'JUMPI', 'PUSH 0', 'SLOAD', ...returnWord],
      ...[
        'set:',
        'JUMPDEST',
        'PUSH 4',
        'CALLDATALOAD',
        'DUP1',
        'PUSH @ok',
        'JUMPI',
        'PUSH 0',
        'PUSH 0',
        'REVERT',
      ],
      ...['ok:', 'JUMPDEST', 'PUSH 0', 'SSTORE'],
    )
    const functions = [{ name: 'constructor', inputs: [{ type: 'u64' }] }]
    const container = file(
      'c.zvm',
      encodeContainer('evm', code, abiToJson(readAbi({ contract: 'c', functions }))),
    )
    const first = await deployed(db, '--file', container, '--args', '7')
    expect(await good('view', '--db', db, '--contract', first)).toBe(`0x${word(7)}`)
    const second = await deployed(db, '--file', container, '--constructor-args', word(8))
    expect(await good('view', '--db', db, '--contract', second)).toBe(`0x${word(8)}`)
    // A constructor that fails leaves nothing, the nonce of the deployer included.
    const third = await zvm('deploy', '--db', db, '--file', container, '--deployer', deployer, '--args', '0')
    expect(third).toMatchObject({ code: 1, stderr: 'zvm: execution reverted\n' })
    expect(await nonceOf(db)).toBe(2)
    const estimate = ['--db', db, '--file', container, '--deployer', deployer, '--args', '9']
    const gas = Number(await good('estimate-gas', ...estimate))
    expect((await zvm('deploy', ...estimate, '--gas-limit', String(gas - 1))).code).toBe(1)
    expect((await zvm('deploy', ...estimate, '--gas-limit', String(gas))).code).toBe(0)
  })

  it('estimates the least limit, which may be more than the gas used', async () => {
    const db = fresh()
    const inner = await deployCounter(db)
    // Calls the counter with all gas but a sixty-fourth, and fails where that does.
    const outer = evm(
      ...['PUSH 0', 'PUSH 0', 'PUSH 0', 'PUSH 0', 'PUSH 0', push(BigInt(inner)), 'GAS', 'CALL'],
      ...['PUSH @ok', 'JUMPI', 'INVALID', 'ok:', 'JUMPDEST'],
    )
    const address = await deployed(db, '--bytecode', initcodeOf(outer))
    const call = ['--db', db, '--contract', address]
    const gas = Number(await good('estimate-gas', ...call))
    const before = readFileSync(join(db, 'data.mdb'))
    const used = JSON.parse((await zvm('call', ...call, '--json', '--gas-limit', String(gas))).stdout)
    expect(used).toMatchObject({ success: true })
    expect(gas).toBeGreaterThan(used.gas_used)
    expect(readFileSync(join(db, 'data.mdb'))).not.toEqual(before)
    const fresh2 = fresh()
    await deployCounter(fresh2)
    await deployed(fresh2, '--bytecode', initcodeOf(outer))
    expect(
      (await zvm('call', '--db', fresh2, '--contract', address, '--gas-limit', String(gas - 1))).code,
    ).toBe(1)
  })

  it('leaves the store untouched where it only looks', async () => {
    const db = fresh()
    const address = await deployCounter(db)
    const before = readFileSync(join(db, 'data.mdb'))
    for (const command of ['view', 'estimate-gas', 'get-code'])
      await good(command, '--db', db, '--contract', address)
    // What fails changes nothing either.
    await zvm('call', '--db', db, '--contract', address, '--gas-limit', '9')
    expect(readFileSync(join(db, 'data.mdb'))).toEqual(before)
  })

  it('runs code over the same state', async () => {
    const db = fresh()
    const alloc = { [deployer]: { balance: '0x64' } }
    const genesis = file('genesis.json', JSON.stringify({ alloc }))
    const run = ['run', bytesToHex(counter), '--receiver', toFixedHex(0xaan, 20), '--db', db]
    expect(await good(...run, '--prestate', genesis)).toBe(`0x${word(1)}`)
    expect(await good(...run)).toBe(`0x${word(2)}`)
    expect(await good('call', '--db', db, '--contract', toFixedHex(0xaan, 20))).toBe(`0x${word(3)}`)
    expect(await zvm(...run, '--prestate', genesis)).toMatchObject({ code: 3 })
    expect((await zvm(...run, '--gas', '9')).code).toBe(1)
    const pay = ['--db', db, '--caller', deployer, '--contract', toFixedHex(0xbbn, 20), '--value']
    expect((await zvm('call', ...pay, '60')).code).toBe(0)
    expect((await zvm('call', ...pay, '60')).stdout).toContain('insufficient balance for transfer')
    expect(await slotOf(db, toFixedHex(0xaan, 20))).toBe(3)
  })

  it('grants what the contract declared when it was deployed', async () => {
    const db = fresh()
    const address = await deployed(db, '--file', 'fixtures/examples/hts-token/token.zvm')
    const call = ['call', '--db', db, '--contract', address, '--caller', deployer, '--json']
    const denied = JSON.parse((await zvm(...call)).stdout)
    expect(denied).toMatchObject({
      success: false,
      error: expect.stringMatching(/^capability denied: hedera.hts: /),
    })
    const record = join(folder, 'record.json')
    const granted = await zvm(...call, '--allow', 'hedera.hts', '--record', record)
    expect(JSON.parse(granted.stdout)).toMatchObject({
      ...{ success: true, error: null },
      intents: [{ call: 'hts.create_token', contract: address }, {}, {}, {}],
    })
    expect(await zvm(...call, '--replay', record)).toEqual(granted)
    // A record that does not fit keeps nothing.
    const counter = await deployCounter(db)
    const other = await zvm('call', '--db', db, '--contract', counter, '--replay', record)
    expect([other.code, await slotOf(db, counter)]).toEqual([1, 0])
  })

  it('keeps instruction sets apart', async () => {
    const db = fresh()
    const native = await deployed(db, '--file', 'fixtures/assembly/counter.zvm')
    const outer = evm('PUSH 0', 'PUSH 0', 'PUSH 0', 'PUSH 0', 'PUSH 0', push(BigInt(native)), 'GAS', 'CALL')
    const address = await deployed(db, '--bytecode', initcodeOf(outer))
    expect(await zvm('call', '--db', db, '--contract', address)).toMatchObject({
      code: 10,
      stderr: `zvm: contract ${native}: its code is for zvm, and evm code met it\n`,
    })
    // The first code of a target says by which table all of it runs.
    expect(await zvm('call', '--db', db, '--contract', address, '--fork', 'Cancun')).toMatchObject({
      code: 3,
      stderr: 'zvm: the code of target evm in this store runs by the table Osaka, not Cancun\n',
    })
    expect(await zvm('view', '--db', db, '--contract', address, '--chainid', '7')).toMatchObject({
      code: 3,
      stderr: 'zvm: --chainid: the store is of chain 1, not 7\n',
    })
  })
})

describe.concurrent('what is refused', () => {
  const none = join(folder, 'none')
  /** A store with nothing in it but what tells that it is one. */
  const blank = join(folder, 'blank')
  beforeAll(async () => {
    const store = await DiskStore.open(blank, 'create')
    store.update((state) => state.setSettings({ chainId: 1n, tables: new Map() }))
    await store.close()
  })
  const other = join(folder, 'other')
  mkdirSync(other)
  writeFileSync(join(other, 'mine.txt'), '')
  const foreign = join(folder, 'foreign')
  mkdirSync(foreign)
  writeFileSync(join(foreign, 'data.mdb'), Buffer.alloc(9000, 7))

  it.each([
    ['deploy --bytecode 00', 3, '--db: name the folder of the store'],
    [`deploy --db ${none}`, 3, 'name --bytecode or --file, one of the two'],
    [`deploy --db ${other} --bytecode 00`, 10, `${other}: a folder of other files, and no store`],
    [`deploy --db ${foreign} --bytecode 00`, 10, `${foreign}: not a database of LMDB`],
    [`deploy --db ${none}/below/it --bytecode 00`, 11, `${none}/below/it: no such file or directory`],
    [`deploy --db ${none} --bytecode 0`, 3, '--bytecode: hex of odd length ("0")'],
    [`deploy --db ${none} --bytecode 00 --args 5`, 3, /^--args: no ABI tells its types/],
    [`deploy --db ${none} --file absent.zvm`, 11, 'absent.zvm: no such file or directory'],
    [
      `deploy --db ${none} --file fixtures/assembly/counter.zvm --constructor-args 00`,
      3,
      '--constructor-args: the ABI of fixtures/assembly/counter.zvm has no constructor',
    ],
    [
      `deploy --db ${none} --file fixtures/assembly/counter.zvm --args 5`,
      3,
      '--args: the ABI of fixtures/assembly/counter.zvm has no constructor',
    ],
    [`deploy --db ${none} --bytecode fe`, 1, 'invalid opcode'],
    [`call --db ${none} --contract ${deployer}`, 11, `${none}: no store there`],
    [`deploy --db ${none} --bytecode ${'00'.repeat(49153)}`, 10, /^initcode of 49153 bytes; at most 49152/],
    [`call --db ${folder}/absent --contract ${deployer}`, 11, `${folder}/absent: no store there`],
    [`view --db ${blank} --input 00`, 3, '--contract: name an address'],
    [`view --db ${blank} --contract ${deployer} --input 00`, 3, `--contract: no code at ${deployer}`],
    [
      `view --db ${blank} --contract ${deployer} --function f --args 5`,
      3,
      /^--function: "f": without an ABI/,
    ],
    [
      `view --db ${blank} --contract ${deployer} --function 01020304 --args 5`,
      3,
      /^--args: no types are known/,
    ],
    [`view --db ${blank} --contract ${deployer} --args 5`, 3, '--args: needs --function'],
    [
      `view --db ${blank} --contract ${deployer} --gas-limit 18446744073709551616`,
      3,
      /^--gas-limit: not an unsigned/,
    ],
    [`estimate-gas --db ${blank} --bytecode fe`, 1, 'invalid opcode'],
    [`estimate-gas --db ${blank} --bytecode 00 --trace`, 3, '--trace: not here, where it is run many times'],
    [`run 00 --db ${none} --dump`, 3, '--dump and --db exclude each other'],
  ] as [string, number, string | RegExp][])('%s', async (args, code, line) => {
    const message = typeof line === 'string' ? line : expect.stringMatching(line)
    const json = await zvm(...args.split(' '), '--json')
    expect([json.code, json.stderr]).toEqual([code, ''])
    expect(JSON.parse(json.stdout).error.message).toEqual(message)
    const plain = await zvm(...args.split(' '))
    expect([plain.code, plain.stdout]).toEqual([code, ''])
    expect(existsSync(none)).toBe(false)
  })

  it('a run that fails, which makes no store', async () => {
    const db = fresh()
    expect(await zvm('run', '60006000fd', '--db', db)).toMatchObject({ code: 1 })
    expect(await zvm('run', '600160005500', '--db', db, '--gas', '99')).toMatchObject({ code: 1 })
    expect(existsSync(db)).toBe(false)
    expect(await zvm('run', '600160005500', '--db', db)).toMatchObject({ code: 0 })
    expect(existsSync(db)).toBe(true)
  })

  it('an empty text where code is wanted', async () => {
    expect(await zvm('deploy', '--db', none, '--bytecode', '')).toMatchObject({
      ...{ code: 3, stderr: 'zvm: --bytecode: empty\n' },
    })
    expect(await zvm('run', '')).toMatchObject({ code: 3, stderr: 'zvm: code: empty\n' })
    expect(await zvm('run', '0x')).toMatchObject({ code: 0 })
  })

  it('a folder that may not be written', async () => {
    const db = fresh()
    const address = await deployCounter(db)
    const modes = (folderMode: number, fileMode: number) => {
      for (const name of ['data.mdb', 'lock.mdb']) chmodSync(join(db, name), fileMode)
      chmodSync(db, folderMode)
    }
    modes(0o555, 0o444)
    // Root may write everywhere, so it becomes nobody, who has to find the way there.
    chmodSync(folder, 0o755)
    const { code, stderr } = await new Promise<{ code: number | null; stderr: string }>((resolve) => {
      const user = process.getuid?.() === 0 ? { uid: 65534 } : {}
      const child = spawn(process.execPath, [BIN, 'call', '--db', db, '--contract', address], user)
      let stderr = ''
      child.stderr.on('data', (text) => {
        stderr += text
      })
      child.on('close', (code) => resolve({ code, stderr }))
    })
    modes(0o755, 0o644)
    expect([code, stderr.toLowerCase()]).toEqual([11, `zvm: ${db}: permission denied\n`.toLowerCase()])
  })
})

describe('a store under processes that are killed, or many', () => {
  /** When a process is killed: a time after its start, or after the file of the database is first written to. */
  interface Moment {
    readonly afterMs: number
    readonly isAfterWrite: boolean
  }

  /** Starts a command, kills it, and tells whether it had been acknowledged. */
  function killed(
    args: string[],
    db: string,
    { afterMs, isAfterWrite }: Moment,
  ): Promise<{ acknowledged: boolean; wasKilled: boolean }> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [BIN, ...args], { stdio: ['ignore', 'pipe', 'ignore'] })
      const kill = () => child.kill('SIGKILL')
      const file = join(db, 'data.mdb')
      const isWatched = isAfterWrite && existsSync(file)
      const watcher = isWatched ? watch(file, () => setTimeout(kill, afterMs)) : null
      const timer = isWatched ? null : setTimeout(kill, afterMs)
      let stdout = ''
      child.stdout.on('data', (text) => {
        stdout += text
      })
      child.on('close', (code, signal) => {
        watcher?.close()
        clearTimeout(timer ?? undefined)
        resolve({ acknowledged: code === 0 || stdout.endsWith('\n'), wasKilled: signal === 'SIGKILL' })
      })
    })
  }

  /** Half of them spread over a run, half over the 10 ms after its first write. */
  function* moments(runMs: () => number): Generator<Moment> {
    for (let i = 0; i < KILLS; i++) {
      const isAfterWrite = i % 2 === 1
      yield { isAfterWrite, afterMs: (i / KILLS) * (isAfterWrite ? 10 : runMs()) }
    }
  }

  async function durationOf(run: () => Promise<unknown>): Promise<number> {
    const start = performance.now()
    await run()
    return performance.now() - start
  }

  it(`stands at a whole call after each of ${KILLS} kills`, { timeout: 600_000 }, async () => {
    const db = fresh()
    const address = await deployCounter(db)
    const call = ['call', '--db', db, '--contract', address]
    let runMs = await durationOf(() => good(...call))
    let value = await slotOf(db, address)
    expect(value).toBe(1)
    const seen = { killed: 0, lost: 0, kept: 0 }
    for (const moment of moments(() => runMs)) {
      const { acknowledged, wasKilled } = await killed(call, db, moment)
      const now = await slotOf(db, address)
      expect([value, value + 1]).toContain(now)
      if (acknowledged) expect(now).toBe(value + 1)
      if (wasKilled) seen[now === value ? 'lost' : 'kept']++
      if (wasKilled) seen.killed++
      value = now
      // The machine may be slower by now.
      if (!wasKilled) runMs = await durationOf(async () => (value = Number(await good(...call))))
    }
    console.log(`calls: ${JSON.stringify(seen)}`)
    expect(seen.killed).toBeGreaterThan(KILLS / 4)
    expect(Number(await good(...call))).toBe(value + 1)
  })

  it(`stands at a whole deployment after each of ${KILLS} kills`, { timeout: 600_000 }, async () => {
    const db = fresh()
    const deploy = ['deploy', '--db', db, '--deployer', deployer, '--bytecode', initcodeOf(counter)]
    // The first kills come when there is no store yet.
    const runMs = await durationOf(() => deployCounter(fresh()))
    const seen = { killed: 0, lost: 0, kept: 0 }
    let nonce = 0
    for (const moment of moments(() => runMs)) {
      const { acknowledged, wasKilled } = await killed(deploy, db, moment)
      const isThere = await DiskStore.open(db, 'read').then(
        (store) => store.close().then(() => true),
        () => false,
      )
      const now = isThere ? await nonceOf(db) : 0
      expect([nonce, nonce + 1]).toContain(now)
      if (acknowledged) expect(now).toBe(nonce + 1)
      if (wasKilled) seen[now === nonce ? 'lost' : 'kept']++
      if (wasKilled) seen.killed++
      nonce = now
    }
    console.log(`deployments: ${JSON.stringify(seen)}`)
    for (let each = 0; each < nonce; each++) {
      const address = toFixedHex(createAddress(DEPLOYER, BigInt(each)), 20)
      expect(await stored(db, (store) => store.read((state) => state.tag(BigInt(address)) !== null))).toBe(
        true,
      )
    }
    expect(await deployCounter(db)).toBe(toFixedHex(createAddress(DEPLOYER, BigInt(nonce)), 20))
  })

  it('is made once by processes that make it at once', async () => {
    const db = fresh()
    const made = await Promise.all([deployCounter(db), deployCounter(db), deployCounter(db)])
    expect(made.sort()).toEqual(
      [0n, 1n, 2n].map((nonce) => toFixedHex(createAddress(DEPLOYER, nonce), 20)).sort(),
    )
  })

  it(`loses no update of two processes that call ${CALLS} times each at once`, {
    timeout: 300_000,
  }, async () => {
    const db = fresh()
    const address = await deployCounter(db)
    const times = Array.from({ length: CALLS })
    const process = async () => {
      const values: number[] = []
      for (const _ of times) values.push(Number(await good('call', '--db', db, '--contract', address)))
      return values
    }
    const [first, second] = await Promise.all([process(), process()])
    expect([...first, ...second].sort((a, b) => a - b)).toEqual(
      Array.from({ length: 2 * CALLS }, (_, i) => i + 1),
    )
    expect(await slotOf(db, address)).toBe(2 * CALLS)
  })
})
