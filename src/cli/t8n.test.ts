/** The state transition tool as fillers of tests start it. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins, EVM_BIN } from '../../scripts/lib/built-bins.ts'
import { runZvm } from '../../scripts/lib/run-zvm.ts'
import { decodeRlp } from '../core/rlp.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-t8n-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const run = (args: readonly string[], { stdin = '', bin = EVM_BIN, cwd = process.cwd() } = {}) =>
  runZvm(args, stdin, { bin, cwd })

const golden = (name: string, part: string) => join('fixtures/t8n', name, `${part}.json`)
const json = (path: string) => JSON.parse(readFileSync(path, 'utf8'))
const inputOf = (name: string) => ({
  alloc: json(golden(name, 'alloc')),
  env: json(golden(name, 'env')),
  txs: json(golden(name, 'txs')),
})
const files = (name: string) => ['alloc', 'env', 'txs'].map((part) => `--input.${part}=${golden(name, part)}`)
const STREAMS = ['alloc', 'env', 'txs'].map((part) => `--input.${part}=stdin`)
const TO_STDOUT = ['alloc', 'result', 'body'].map((part) => `--output.${part}=stdout`)

/** A folder of its own for what is written. */
let folders = 0
const emptyFolder = () => {
  const path = join(folder, String(folders++))
  mkdirSync(path)
  return path
}

const GOLDEN = [
  ['frontier', 'Frontier', '5000000000000000000'],
  ['london', 'London', '2000000000000000000'],
  ['osaka', 'Osaka', '0'],
] as const

describe('t8n', () => {
  it.each(GOLDEN)('gives what it gave of %s, from files and from stdin', async (name, fork, reward) => {
    const state = [`--state.fork=${fork}`, '--state.chainid=1', `--state.reward=${reward}`]
    const expected = json(golden(name, 'exp'))
    const ofFiles = await run(['t8n', ...files(name), ...TO_STDOUT, ...state])
    expect([ofFiles.code, ofFiles.stderr]).toEqual([0, ''])
    expect(JSON.parse(ofFiles.stdout)).toEqual(expected)
    // The transactions as the block holds them come to the same again, without those that were rejected.
    const stdin = JSON.stringify({ ...inputOf(name), txs: undefined, txsRlp: expected.body })
    const ofStream = await run(['t8n', ...STREAMS, ...TO_STDOUT, ...state], { stdin, bin: BIN })
    expect([ofStream.code, ofStream.stderr]).toEqual([0, ''])
    const { rejected, ...result } = expected.result
    expect(JSON.parse(ofStream.stdout)).toEqual({ ...expected, result })
    expect(rejected.length).toBeGreaterThan(0)
  })

  it('has the members of its result in their order', async () => {
    const { result, alloc } = json(golden('osaka', 'exp'))
    expect(Object.keys(result)).toEqual([
      ...['stateRoot', 'txRoot', 'receiptsRoot', 'logsHash', 'logsBloom', 'receipts', 'rejected'],
      ...['currentDifficulty', 'gasUsed', 'currentBaseFee', 'withdrawalsRoot', 'currentExcessBlobGas'],
      ...['blobGasUsed', 'requestsHash', 'requests'],
    ])
    expect(result.requests).toEqual(['0x01abcd'])
    expect(result.currentDifficulty).toBeNull()
    expect(json(golden('london', 'exp')).result).toMatchObject({
      requests: null,
      currentDifficulty: '0x801e8850',
    })
    expect(Object.keys(alloc)).toEqual(Object.keys(alloc).sort())
  })

  it('is known to fillers', async () => {
    for (const args of [['-v'], ['t8n', '-v']])
      expect(await run(args)).toMatchObject({
        code: 0,
        stdout: expect.stringMatching(/^evm version /),
        stderr: '',
      })
    const help = await run(['t8n', '--help'])
    expect([help.code, help.stderr]).toEqual([0, ''])
    for (const name of ['Frontier', 'ConstantinopleFix', 'GrayGlacier', 'Merge', 'Paris', 'Osaka', 'BPO4'])
      expect(help.stdout).toMatch(new RegExp(`\\b${name}\\b`))
  })

  it('takes Merge for Paris, EIPs beyond a fork, and what is ignored', async () => {
    const { alloc, env, txs } = inputOf('london')
    const merged = { ...env, currentRandom: '0x1', parentDifficulty: undefined }
    const stdin = JSON.stringify({ alloc, env: merged, txs })
    const args = [
      't8n',
      '--verbosity',
      '3',
      ...STREAMS,
      ...TO_STDOUT,
      '--trace.nomemory',
      '--trace.noreturndata',
    ]
    const [merge, paris, pushed] = await Promise.all(
      ['Merge', 'Paris', 'Paris+3855+1559'].map((fork) => run([...args, `--state.fork=${fork}`], { stdin })),
    )
    expect(merge).toEqual(paris)
    expect(merge.code).toBe(0)
    // The code has no PUSH0, so nothing differs.
    expect(pushed).toEqual(paris)
    const code = JSON.stringify({
      alloc: { ...alloc, [`0x${'1000'.padStart(40, '0')}`]: { code: '0x5f5f55', balance: '0x0' } },
      env: merged,
      txs,
    })
    const [without, withIt] = await Promise.all(
      ['Paris', 'Paris+3855'].map((fork) => run([...args, `--state.fork=${fork}`], { stdin: code })),
    )
    const statusOf = ({ stdout }: { stdout: string }) => JSON.parse(stdout).result.receipts[0].status
    expect([statusOf(without), statusOf(withIt)]).toEqual(['0x0', '0x1'])
  })

  it('has the blob parameters of its input win', async () => {
    const blobParams = { target: '0x1', max: '0x2', baseFeeUpdateFraction: '0x4c6964' }
    const stdin = JSON.stringify({ ...inputOf('osaka'), blobParams })
    const { code, stdout } = await run(['t8n', ...STREAMS, ...TO_STDOUT, '--state.fork=Osaka'], { stdin })
    expect(code).toBe(0)
    // 6 blobs were left over and 6 used; one is the target.
    expect(JSON.parse(stdout).result.currentExcessBlobGas).toBe(`0x${(11 * 131072).toString(16)}`)
  })

  it('pays nobody where the reward is -1', async () => {
    const { alloc, env } = inputOf('frontier')
    const stdin = JSON.stringify({ alloc, env: { ...env, ommers: [] }, txs: [] })
    const accounts = async (reward: string) => {
      const args = ['t8n', ...STREAMS, ...TO_STDOUT, '--state.fork=Frontier', `--state.reward=${reward}`]
      const { stdout } = await run(args, { stdin })
      return Object.keys(JSON.parse(stdout).alloc)
    }
    expect(await accounts('-1')).toEqual(Object.keys(alloc).sort())
    // Zero brings the account into being, before EIP-161.
    expect(await accounts('0')).toContain(env.currentCoinbase)
  })

  it('writes files, and streams for those who ask', async () => {
    const base = join(emptyFolder(), 'made/here')
    const args = ['t8n', ...files('london'), '--state.fork=London', `--output.basedir=${base}`]
    const plain = await run(args)
    expect(plain).toEqual({ code: 0, stdout: '', stderr: '' })
    expect(readdirSync(base).sort()).toEqual(['alloc.json', 'result.json'])
    const named = join(base, 'r.json')
    const all = await run([
      ...args,
      ...[
        '--output.alloc=stderr',
        '--output.result=r.json',
        '--output.body=txs.rlp',
        '--opcode.count=ops.json',
      ],
    ])
    expect([all.code, all.stdout]).toEqual([0, ''])
    expect(Object.keys(JSON.parse(all.stderr))).toEqual(['alloc'])
    expect(json(named)).toEqual(json(join(base, 'result.json')))
    expect(json(join(base, 'ops.json'))).toEqual({ BASEFEE: 2, PUSH1: 2, SSTORE: 2, STOP: 2 })
    // What was written is read again.
    const body = join(base, 'txs.rlp')
    const again = await run(
      [...args, `--input.txs=${body}`, '--output.result=stdout'].filter((arg) => !arg.includes('london/txs')),
    )
    expect(JSON.parse(again.stdout).result.txRoot).toBe(json(named).txRoot)
    expect(decodeRlp(Buffer.from(json(body).slice(2), 'hex'), 'body')).toHaveLength(2)
  })

  it('traces the transactions of the block, each in its file', async () => {
    const { result } = json(golden('osaka', 'exp'))
    const trace = async (...more: string[]) => {
      const base = emptyFolder()
      const args = ['t8n', ...files('osaka'), ...TO_STDOUT, '--state.fork=Osaka', `--output.basedir=${base}`]
      const ended = await run([...args, '--trace', ...more])
      expect([ended.code, JSON.parse(ended.stdout).result]).toEqual([0, result])
      const hashes = (result.receipts as { transactionHash: string }[]).map(
        ({ transactionHash }) => transactionHash,
      )
      const names = hashes.map((hash, i) => `trace-${i}-${hash}.jsonl`)
      expect(readdirSync(base).sort()).toEqual(names)
      return names.map((name) =>
        readFileSync(join(base, name), 'utf8')
          .trimEnd()
          .split('\n')
          .map((line) => JSON.parse(line)),
      )
    }
    const [first, , , failed] = await trace()
    expect(first.map(({ opName }) => opName)).toEqual([
      'PUSH1',
      'PUSH1',
      'MSTORE',
      'PUSH1',
      'PUSH1',
      'PUSH1',
      'PUSH1',
      'LOG2',
      'STOP',
      undefined,
    ])
    expect(Object.keys(first[0])).toEqual([
      'pc',
      'op',
      'gas',
      'gasCost',
      'memSize',
      'stack',
      'depth',
      'refund',
      'opName',
    ])
    expect(failed.at(-1)).toMatchObject({ output: '', error: 'execution reverted' })
    const [withMemory] = await trace(
      '--trace.memory',
      '--trace.nostack',
      '--trace.returndata',
      '--trace.callframes',
    )
    expect(withMemory[0]).toMatchObject({ type: 'CALL', value: '0x0' })
    expect(withMemory.some(({ memory }) => typeof memory === 'string')).toBe(true)
    expect(withMemory.every(({ stack }) => stack === undefined || stack.length === 0)).toBe(true)
  })

  it('writes what a tracer tells of each transaction, beside the steps', async () => {
    const base = emptyFolder()
    const args = ['t8n', ...files('osaka'), ...TO_STDOUT, '--state.fork=Osaka', `--output.basedir=${base}`]
    const tracer = ['--trace.tracer=callTracer', '--trace.jsonconfig={"withLog":true}']
    const { code, stdout } = await run([...args, ...tracer, '--trace', '--opcode.count=stdout'])
    const { result, opcodeCount } = JSON.parse(stdout)
    expect([code, result]).toEqual([0, json(golden('osaka', 'exp')).result])
    const told = (result.receipts as { transactionHash: string; gasUsed: string; logs: object[] }[]).map(
      ({ transactionHash, gasUsed, logs }, i) => {
        const traced = json(join(base, `trace-${i}-${transactionHash}.json`))
        expect([traced.gasUsed, traced.logs?.length ?? 0]).toEqual([gasUsed, logs.length])
        return traced.type
      },
    )
    expect(told).toEqual(['CALL', 'CALL', 'CALL', 'CREATE'])
    expect(readdirSync(base).filter((name) => name.endsWith('.jsonl'))).toHaveLength(4)
    // What the system calls ran counts too: two store a word, and one returns.
    expect(opcodeCount).toMatchObject({ LOG2: 2, SSTORE: 2, RETURN: 1, REVERT: 1 })
  })

  /** Changes of good input, and what each ends with. */
  type Fault = [
    name: string,
    exitCode: number,
    message: string,
    change: (input: Input) => object,
    option?: string,
  ]
  const FAULTS: Fault[] = [
    [
      'a block that the fork cannot end',
      2,
      'withdrawalRequests: the contract has no code',
      ({ alloc, ...rest }) => ({
        ...rest,
        alloc: { ...alloc, '0x00000961ef480eb55e80d19ad83579a64c007002': { balance: '0x0' } },
      }),
    ],
    ['an unknown fork', 3, 'unknown fork "Nowhere"', (input) => input, '--state.fork=Nowhere'],
    [
      'an unknown EIP',
      3,
      'Osaka+: no EIP of the forks is "9999"',
      (input) => input,
      '--state.fork=Osaka+9999',
    ],
    [
      'a reward that is none',
      3,
      '--state.reward: not an unsigned integer',
      (input) => input,
      '--state.reward=-2',
    ],
    ['an option that is none', 3, 'unknown option', (input) => input, '--state.nothing=1'],
    ['a tracer that is none', 3, '--trace.tracer: "x" is none of', (input) => input, '--trace.tracer=x'],
    ['a configuration of no tracer', 3, 'needs --trace.tracer', (input) => input, '--trace.jsonconfig={}'],
    [
      'no randomness',
      3,
      'post-merge requires currentRandom',
      (input) => withEnv(input, { currentRandom: undefined }),
    ],
    [
      'a difficulty',
      3,
      'post-merge difficulty must be zero',
      (input) => withEnv(input, { currentDifficulty: '0x1' }),
    ],
    ['no base fee', 3, "missing 'parentBaseFee'", (input) => withEnv(input, { parentBaseFee: undefined })],
    ['no withdrawals', 3, "missing 'withdrawals'", (input) => withEnv(input, { withdrawals: null })],
    [
      'no beacon root',
      3,
      'parentBeaconBlockRoot to be set',
      (input) => withEnv(input, { parentBeaconBlockRoot: null }),
    ],
    [
      'a block hash that is not given',
      4,
      'getHash(0) invoked, blockhash for that block not provided',
      ({ alloc, ...rest }) => ({
        ...rest,
        alloc: { ...alloc, [CALLED]: { code: '0x5f4000', balance: '0x0' } },
      }),
    ],
    [
      'no coinbase',
      10,
      'stdin: env.currentCoinbase: missing',
      (input) => withEnv(input, { currentCoinbase: undefined }),
    ],
    ['no accounts', 10, 'stdin: alloc: missing', ({ alloc: _, ...rest }) => rest],
    [
      'an account that is none',
      10,
      'stdin: alloc.0x12: not an address',
      (input) => ({ ...input, alloc: { '0x12': {} } }),
    ],
    [
      'a transaction without a price',
      10,
      'stdin: txs[0].gasPrice: not an unsigned integer',
      (input) => withTx(input, { type: '0x0', gasPrice: undefined }),
    ],
    [
      'a key that is none',
      10,
      'stdin: txs[0].secretKey: not a private key',
      (input) => withTx(input, { secretKey: `0x${'0'.repeat(64)}` }),
    ],
    [
      'a transaction that nobody signed',
      10,
      'stdin: txs[0]: neither v, r and s nor secretKey',
      (input) => withTx(input, { secretKey: undefined, v: undefined, r: undefined, s: undefined }),
    ],
    ['a type that is none', 10, 'transaction type not supported', (input) => withTx(input, { type: '0x5' })],
    [
      'blob parameters that are none',
      10,
      'stdin: blobParams.max: missing',
      (input) => ({ ...input, blobParams: { target: 1 } }),
    ],
    ['RLP that is none', 12, 'stdin: txsRlp', (input) => ({ ...input, txsRlp: '0xc1' })],
    [
      'RLP of no list',
      12,
      'stdin: txsRlp: bytes where a list is needed',
      (input) => ({ ...input, txsRlp: '0x01' }),
    ],
    [
      'a file that is not there',
      11,
      'nowhere.json: no such file',
      (input) => input,
      '--input.txs=nowhere.json',
    ],
    ['a folder that cannot be', 11, 'package.json', (input) => input, '--output.basedir=package.json/x'],
    [
      'a name that goes up',
      3,
      'leads out of --output.basedir',
      (input) => input,
      '--output.result=a/../../r.json',
    ],
    [
      'a name from the root',
      3,
      'leads out of --output.basedir',
      (input) => input,
      '--output.alloc=/tmp/r.json',
    ],
    ['a file that cannot be written', 11, 'not/there', (input) => input, '--output.result=not/there/r.json'],
  ]
  interface Input {
    readonly alloc: object
    readonly env: object
    readonly txs: readonly object[]
  }
  const CALLED = `0x${'1000'.padStart(40, '0')}`
  const withEnv = (input: Input, change: object) => ({ ...input, env: { ...input.env, ...change } })
  const withTx = (input: Input, change: object) => ({ ...input, txs: [{ ...input.txs[0], ...change }] })

  it.each<Fault>(FAULTS)('refuses %s with exit code %d', async (_, exitCode, message, change, more = '') => {
    const base = emptyFolder()
    const args = [...STREAMS, '--state.fork=Osaka', '--trace', `--output.basedir=${base}`]
    // An option given twice would be a fault of its own.
    const others = args.filter((arg) => arg.split('=')[0] !== more.split('=')[0])
    const given = ['t8n', ...others, ...(more === '' ? [] : [more])]
    const { code, stdout, stderr } = await run(given, { stdin: JSON.stringify(change(inputOf('osaka'))) })
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^zvm: [^\n]*\n$/)
    expect([code, stdout]).toEqual([exitCode, ''])
    // Transactions that have run to their end have left their traces, whole; there is nothing else.
    expect(readdirSync(base).filter((name) => !/^trace-\d-0x\w{64}\.jsonl$/.test(name))).toEqual([])
    expect(existsSync('result.json')).toBe(false)
  })

  it('tells an error as JSON', async () => {
    const ended = await run(['t8n', ...STREAMS, '--json'], { stdin: '{}' })
    expect([ended.code, ended.stderr]).toEqual([10, ''])
    const { error } = JSON.parse(ended.stdout)
    expect(error).toMatchObject({ code: 'VALUE', message: expect.stringContaining('stdin: ') })
  })

  it('refuses what is no JSON with exit code 10', async () => {
    for (const stdin of ['', '{', '[]']) {
      const { code, stderr } = await run(['t8n', ...STREAMS, ...TO_STDOUT], { stdin })
      expect([code, stderr]).toEqual([10, expect.stringMatching(/^zvm: stdin: [^\n]*\n$/)])
    }
    const path = join(folder, 'broken.json')
    writeFileSync(path, '{"a":')
    const ended = await run(['t8n', `--input.alloc=${path}`, '--input.env=stdin', '--input.txs=stdin'], {
      stdin: '{}',
    })
    expect([ended.code, ended.stderr]).toEqual([
      10,
      expect.stringContaining('broken.json: JSON ends too early'),
    ])
  })

  it('tells which transactions it left out, and why', async () => {
    const input = inputOf('osaka')
    const [, blob] = input.txs
    const cases = [
      [{ ...input.txs[0], nonce: '0x7' }, 'nonce too high'],
      [{ ...input.txs[0], gas: '0x5000' }, 'intrinsic gas too low'],
      [{ ...input.txs[0], gas: '0x1000001' }, 'transaction gas limit too high'],
      [{ ...input.txs[0], maxFeePerGas: '0x1' }, 'max fee per gas less than block base fee'],
      [
        { ...input.txs[0], maxPriorityFeePerGas: '0x20' },
        'max priority fee per gas higher than max fee per gas',
      ],
      [{ ...input.txs[0], value: '0xffffffffffffffffffff' }, 'insufficient funds for gas * price + value'],
      [
        { ...blob, blobVersionedHashes: [`0x02${'55'.repeat(31)}`], nonce: '0x0' },
        'has invalid hash version',
      ],
      [
        { ...blob, to: null, nonce: '0x0' },
        'input string too short for common.Address, decoding into (types.BlobTx).To',
      ],
      [
        { ...blob, maxFeePerBlobGas: '0x0', nonce: '0x0' },
        'max fee per blob gas less than block blob gas fee',
      ],
      [{ ...input.txs[3], authorizationList: [], nonce: '0x0' }, 'EIP-7702 transaction with empty auth list'],
    ] as const
    const stdin = JSON.stringify({ ...input, txs: cases.map(([tx]) => tx) })
    const { code, stdout } = await run(['t8n', ...STREAMS, ...TO_STDOUT, '--state.fork=Osaka'], { stdin })
    expect(code).toBe(0)
    const { result, body } = JSON.parse(stdout)
    expect(result.rejected).toEqual(
      cases.map(([, words], index) => ({ index, error: expect.stringContaining(words) })),
    )
    expect([result.receipts, body, result.gasUsed]).toEqual([[], '0xc0', '0x0'])
  })

  it('leaves out blobs where nothing tells their price, and what is no transaction', async () => {
    const input = inputOf('osaka')
    const env = { ...input.env, parentExcessBlobGas: undefined }
    const stdin = JSON.stringify({ ...input, env, txs: input.txs.slice(0, 2) })
    const { stdout } = await run(['t8n', ...STREAMS, ...TO_STDOUT, '--state.fork=Osaka'], { stdin })
    const { result } = JSON.parse(stdout)
    expect(result.rejected).toEqual([{ index: 1, error: 'blob tx used but field env.ExcessBlobGas missing' }])
    expect(result).not.toHaveProperty('currentExcessBlobGas')
    expect(result).not.toHaveProperty('blobGasUsed')
    // A list of a type that is none, and of a string.
    const odd = JSON.stringify({ ...input, txs: undefined, txsRlp: '0xc40502c101' })
    const { result: second } = JSON.parse(
      (await run(['t8n', ...STREAMS, ...TO_STDOUT, '--state.fork=Osaka'], { stdin: odd })).stdout,
    )
    expect(second.rejected.map(({ index }: { index: number }) => index)).toEqual([0, 1, 2])
    expect(second.rejected[0].error).toContain('transaction type not supported: 5')
  })
})
