/** Every command as a user starts it: the built bins as processes, with good input and with bad. */
import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins, EVM_BIN } from '../../scripts/lib/built-bins.ts'

const STATE = 'fixtures/conform/state.json'
const BUNDLE = 'fixtures/bundles/first-mainnet-transaction.json'

const folder = mkdtempSync(join(tmpdir(), 'zvm-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))

beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

interface Ended {
  readonly code: number | null
  readonly signal: string | null
  readonly stdout: string
  readonly stderr: string
}

/** Runs `zvm`, or another bin, to its end. */
function zvm(args: readonly string[], { stdin = '', bin = BIN } = {}): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [bin, ...args])
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text
    })
    child.on('error', reject).on('close', (code, signal) => resolve({ code, signal, stdout, stderr }))
    // It may end without reading.
    child.stdin.on('error', () => {}).end(stdin)
  })
}

/** Writes a file below the temporary folder and gives its path. */
function file(name: string, content: string | object): string {
  const path = join(folder, name)
  mkdirSync(join(path, '..'), { recursive: true })
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content))
  return path
}

const ADDRESS = `0x${'00'.repeat(18)}c0de`
const genesis = file('genesis.json', {
  config: { chainId: 5, londonBlock: 0, terminalTotalDifficulty: 0, shanghaiTime: 0, cancunTime: 0 },
  ...{ number: '0x9', timestamp: '0xa', difficulty: '0x0', baseFeePerGas: '0xb', excessBlobGas: '0x0' },
  ...{ coinbase: `0x${'0c'.repeat(20)}`, mixHash: `0x${'0d'.repeat(32)}` },
  alloc: {
    [ADDRESS]: { balance: '0x1', nonce: '0x2', code: '0x5f545f5260205ff3', storage: { '0x0': '0x3' } },
  },
})
const hexFile = file('code.hex', ' 6002\n6003 01 ')
const subset = file(
  'subset.ts',
  `export const base = 'Cancun', deltas = [{ eip: 0, title: 's', drop: ['KECCAK256'] }]`,
)
const word = (value: number) => `0x${value.toString(16).padStart(64, '0')}`

/** Arguments, what is piped in, exit code, stdout, stderr: text as a whole or a pattern. */
type Row = [args: string, stdin: string, code: number, stdout: string | RegExp, stderr: string | RegExp]

const good: Row[] = [
  ['--version', '', 0, /^zvm \d+\.\d+\.\d+\n$/, ''],
  ['--help', '', 0, /zvm run \[code\][\s\S]*zvm replay[\s\S]*zvm conform/, ''],
  ['conform --help', '', 0, /--fork[\s\S]*--run[\s\S]*--table[\s\S]*--junit/, ''],
  // run, as geth's evm
  ['run 600260030160005260206000f3', '', 0, `${word(5)}\n`, ''],
  ['run 0x', '', 0, '0x\n', ''],
  ['run fe', '', 1, '0x\n error: invalid opcode\n', ''],
  ['run 600160005260206000fd', '', 1, `${word(1)}\n error: execution reverted\n`, ''],
  ['run 6001 --gas 2', '', 1, '0x\n error: out of gas\n', ''],
  ['run 5b600056 --step-limit 9', '', 1, '0x\n error: step limit reached\n', ''],
  ['run 63100000005f52 --memory-limit 64', '', 0, '0x\n', ''],
  [`run ${hexFile}`, '', 0, '0x\n', ''],
  [`run --codefile ${hexFile} --stats`, '', 0, '0x\n', 'Stop: gas used 0x9 (9), refund 0, steps 4\n'],
  ['run --codefile -', '33 5f52 6020 5ff3', 0, `0x${'00'.repeat(26)}${hexOf('sender')}\n`, ''],
  ['run 305f5260205ff3', '', 0, `0x${'00'.repeat(24)}${hexOf('receiver')}\n`, ''],
  [`run 335f5260205ff3 --sender ${ADDRESS}`, '', 0, `${word(0xc0de)}\n`, ''],
  ['run 365f5260205ff3 --input 0x112233', '', 0, `${word(3)}\n`, ''],
  [`run 365f5260205ff3 --inputfile ${hexFile}`, '', 0, `${word(5)}\n`, ''],
  ['run 365f5260205ff3 --inputfile -', '00', 0, `${word(1)}\n`, ''],
  ['run 3a5f5260205ff3 --price 7 --fork shanghai --verbosity 9', '', 0, `${word(7)}\n`, ''],
  ['run 34 --value 1', '', 1, '0x\n error: insufficient balance for transfer\n', ''],
  ['run --create 61602a5f526002601ef3', '', 0, '0x602a\n', ''],
  ['run 485f5260205ff3 --block.basefee 7', '', 0, `${word(7)}\n`, ''],
  ['run 445f5260205ff3 --block.prevrandao 0x8 --block.difficulty 9', '', 0, `${word(8)}\n`, ''],
  [
    'run 4460005260206000f3 --fork London --block.prevrandao 8 --block.difficulty 9',
    '',
    0,
    `${word(9)}\n`,
    '',
  ],
  // As geth: the hash of block 4 is keccak256 of "4".
  ['run 6004405f5260205ff3 --block.number 5', '', 0, /^0x13600b294191fc92/, ''],
  [`run --prestate ${genesis} --receiver ${ADDRESS}`, '', 0, `${word(3)}\n`, ''],
  [
    `run 425f524660205248604052446060524a608052415a60a05260c05ff3 --prestate ${genesis}`,
    '',
    0,
    new RegExp(`^${word(10)}${word(5).slice(2)}${word(11).slice(2)}${'0d'.repeat(32)}${word(1).slice(2)}`),
    '',
  ],
  [
    `run 5a5f5260205ff3 --gas 9 --prestate ${file('limited.json', { gasLimit: '0x100', alloc: {} })}`,
    '',
    0,
    `${word(0x100 - 2)}\n`,
    '',
  ],
  [
    'run 60015f55 --dump',
    '',
    0,
    /^0x\n\{\n {2}"root": "0x\w{64}",\n {2}"accounts": \{\n {4}"0x0{24}7265636569766572": \{\n/,
    '',
  ],
  ['run 6002600301 --bench', '', 0, '0x\n', /^EVM gas used: {4}9\nexecution time: /],
  [`run 600560096020 --table ${subset}`, '', 0, '0x\n', ''],
  [`run 5f5f20 --table ${subset}`, '', 1, '0x\n error: invalid opcode\n', ''],
  [
    'run 6001600201 --trace',
    '',
    0,
    '',
    '{"pc":0,"op":96,"gas":"0x2540be400","gasCost":"0x3","memSize":0,"stack":[],"depth":1,"refund":0,"opName":"PUSH1"}\n' +
      '{"pc":2,"op":96,"gas":"0x2540be3fd","gasCost":"0x3","memSize":0,"stack":["0x1"],"depth":1,"refund":0,"opName":"PUSH1"}\n' +
      '{"pc":4,"op":1,"gas":"0x2540be3fa","gasCost":"0x3","memSize":0,"stack":["0x1","0x2"],"depth":1,"refund":0,"opName":"ADD"}\n' +
      '{"pc":5,"op":0,"gas":"0x2540be3f7","gasCost":"0x0","memSize":0,"stack":["0x3"],"depth":1,"refund":0,"opName":"STOP"}\n' +
      '{"output":"","gasUsed":"0x9"}\n',
  ],
  [
    'run 60015f5201 --trace --trace.nomemory=false --trace.noreturndata=false --trace.nostack',
    '',
    1,
    '',
    new RegExp(
      `\\n{"pc":4,"op":1,"gas":"0x2540be3f5","gasCost":"0x3","memory":"${word(1)}","memSize":32,"stack":\\[\\],"depth":1,"refund":0,"opName":"ADD","error":"stack underflow \\(0 <=> 2\\)"}\\n` +
        '{"output":"","gasUsed":"0x2540be400","error":"stack underflow \\(0 <=> 2\\)"}\\n$',
    ),
  ],
  ['run 60016002 --trace --trace.format=struct', '', 0, '', /^PUSH1 +pc=00000000 gas=10000000000 cost=3\n/],
  ['run 60016002 --trace --trace.format=md', '', 0, '', /^Pre-execution info:\n/],
  // asm, disasm, opcodes
  ['asm', 'PUSH 2 PUSH 3 ADD', 0, '0x6002600301\n', ''],
  ['asm -', 'PUSH 2 PUSH 3 ADD', 0, '0x6002600301\n', ''],
  [`asm ${file('a.zasm', 'STOP')}`, '', 0, '0x00\n', ''],
  ['disasm 6002600301', '', 0, '0x0000: PUSH1 0x02\n0x0002: PUSH1 0x03\n0x0004: ADD\n', ''],
  [`disasm ${hexFile}`, '', 0, '0x0000: PUSH1 0x02\n0x0002: PUSH1 0x03\n0x0004: ADD\n', ''],
  ['disasm -', '00', 0, '0x0000: STOP\n', ''],
  ['disasm --codefile - --fork Frontier', '5f', 0, '0x0000: .data 0x5f ; no instruction\n', ''],
  ['opcodes --fork Berlin', '', 0, /^byte +name +pops +pushes +gas +spec\n0x00 +STOP/, ''],
  // The native set, by its name
  ['run 1107110d30240323031100811120 --table zvm --json', '', 0, /"status":"success".*"steps":9/, ''],
  ['run d00001 --table zvm', '', 1, '0x\n error: stack underflow\n', ''],
  ['run 110011001100 --table ZVM --trace', '', 0, '', /"opName":"PUSH1"/],
  [
    'run e6 --table zvm',
    '',
    1,
    '0x\n error: capability denied: hedera.hts: the host does not grant it (--allow)\n',
    '',
  ],
  ['asm --table zvm', 'PUSH 2 PUSH 0x12345 ADD DUPN 1', 0, '0x11021300012345302001\n', ''],
  [
    'disasm 1102d0010223aeae --table zvm',
    '',
    0,
    /PUSH1 0x02\n.*SYSCALL 0x0102\n.*REGGET 0xae\n.*STEPS\n$/,
    '',
  ],
  ['opcodes --table zvm', '', 0, /\n0xd2 +TABLEHASH +2 +1 +30 +zvm\n/, ''],
  ['opcodes --table zevm', '', 0, /^(?![\s\S]*BLOBHASH)[\s\S]*BASEFEE/, ''],
  ['conform fixtures/zvm/flow.json --tiers all', '', 0, /\n32 passed, 0 failed/, ''],
  [
    'conform fixtures/zvm/flow.json --table zvm',
    '',
    0,
    /\nSTEPS +7 +7\n[\s\S]*\n32 passed, 0 failed, 0 skipped, 0 outside\n$/,
    '',
  ],
  [`conform ${STATE} --fork Cancun --table zevm`, '', 0, /\nSSTORE +[1-9]/, ''],
  [`opcodes --table ${subset}`, '', 0, /^(?![\s\S]*KECCAK256)[\s\S]*MSTORE/, ''],
  // replay
  [`replay ${BUNDLE}`, '', 0, /1 transactions? of 1 bundles? replayed: all agree/, ''],
  // A tracer's result is all that stdout gets.
  [
    `run 60 --tracer callTracer`,
    '',
    0,
    /^\{"from":"0x000000000000000000000000000073656e646572","gas":"0x2540be400","gasUsed":"0x3","to":.*"type":"CALL"\}\n$/,
    '',
  ],
  [`run 60 --value 1 --tracer callTracer`, '', 1, /"error":"insufficient balance for transfer"/, ''],
  ['run 60 --tracer callTracer --json', '', 3, /"USAGE".*stdout is for --json; name a file/, ''],
  [
    'replay fixtures/bundles/erc20-transfers.json --details --label 0x00000000000000000000000000000000c01bba5e=miner',
    '',
    0,
    /\n {4}CALL 0x[0-9a-f]{40} transfer\(to: .*\] = true\n {4}logs\n {6}0x[0-9a-f]{40} Transfer\([\s\S]*\n {2}changes\n[\s\S]*\(miner\)/,
    '',
  ],
  [`statetest ${STATE} --tracer callTracer`, '', 0, /^(\{"from":"0x.*"type":"C[A-Z]+"\}\n)+$/, /stateRoot/],
  ['run 60 --tracer 4byteTracer --trace', '', 0, '{}\n', /^\{"pc":0/],
  [
    `replay ${BUNDLE} --tracer prestateTracer`,
    '',
    0,
    /^\{"txHash":"0x5c504ed4.*","result":\{"0x.*\}\}\n$/,
    '',
  ],
  ['run 60 --tracer none', '', 3, '', /--tracer: "none" is none of "callTracer", "prestateTracer"/],
  [`replay ${BUNDLE} fixtures/bundles/blob.json --trace`, '', 0, /of 2 bundles/, /\n\{"pc":0,"op":96,/],
  // conform
  ['conform fixtures/conform --workers 2', '', 0, /\n30 passed, 0 failed, 0 skipped, 0 outside\n$/, ''],
  [`conform ${STATE} fixtures/conform/rlp.json`, '', 0, /\n21 passed, 0 failed/, ''],
  [`conform ${STATE} --fork Shanghai --run store --tiers all`, '', 0, /\n3 passed, 0 failed/, ''],
  [
    `conform ${STATE} --table ${subset}`,
    '',
    0,
    /\nSSTORE +3 +3\n[\s\S]*\n5 passed, 0 failed, 0 skipped, 1 outside\n$/,
    '',
  ],
  [
    `conform ${file('failing/a.json', { a: { in: 'dog', out: '00' }, b: { in: '', out: '80' } })}`,
    '',
    1,
    /\n1 passed, 1 failed, 0 skipped, 0 outside\n$/,
    'failed: a.json a.json: a: encodes to 0x83646f67\n',
  ],
]

/** Arguments, what is piped in, exit code, the one line. With --json too. */
type BadRow = [args: string, stdin: string, code: number, line: string | RegExp]

const bad: BadRow[] = [
  ['', '', 3, 'name a command; --help lists them'],
  ['runn', '', 3, 'unknown command "runn"; did you mean run?'],
  ['dis 00', '', 3, 'unknown command "dis"; did you mean disasm?'],
  [
    '--verbosity 3 frob 00',
    '',
    3,
    /^unknown command "frob"; known: run, step, repl, replay, asm, .*, conform$/,
  ],
  ['-- run 00', '', 3, /^--: not known here; /],
  ['run 00 -- 01', '', 3, /^--: not known here; /],
  ['run 00 --dump=maybe', '', 3, '--dump: "maybe" is none of "true", "false"'],
  ['run', '', 3, 'run: name code, --codefile or --prestate'],
  ['run 600', '', 11, '600: hex of odd length is no code, and there is no such file'],
  ['run nowhere.hex', '', 11, 'nowhere.hex: not hex, and there is no such file'],
  [`run ${folder}`, '', 11, `${folder}: is a folder, not a file`],
  ['run --codefile -', '60\n0', 10, 'stdin: hex of odd length ("600")'],
  [`run ${file('bad.hex', '60zz')}`, '', 10, `${join(folder, 'bad.hex')}: not hex ("60zz")`],
  ['run 60 --codefile -', '', 3, 'code is given twice: as an argument and by --codefile'],
  ['run 60 61', '', 3, 'unknown option or argument: 61'],
  ['run 60 --gsa 5', '', 3, 'unknown option or argument: gsa'],
  ['run 60 --__proto__ 5', '', 3, /^unknown option or argument: /],
  ['run 60 --gas 5 --gas 6', '', 3, '--gas: given more than once'],
  ['run 60 --codefile', '', 3, '--codefile: its value is missing'],
  ['run 60 --gas -1', '', 3, '--gas: not an unsigned integer ("-1")'],
  ['run 60 --gas 0x', '', 3, '--gas: not an unsigned integer ("0x")'],
  ['run 60 --gas 0x10000000000000000', '', 3, /^--gas: not an unsigned integer of 64 bits /],
  [`run 60 --value ${'9'.repeat(99)}`, '', 3, /^--value: not an unsigned integer \("9{40}"\)$/],
  ['run 60 --step-limit 1e9', '', 3, '--step-limit: not an unsigned integer ("1e9")'],
  [
    'run 60 --block.timestamp 0x10000000000000000',
    '',
    3,
    /^--block.timestamp: not an unsigned integer of 64/,
  ],
  ['run 60 --sender 0x12', '', 3, '--sender: not an address of 20 bytes ("0x12")'],
  ['run 60 --input 0x123', '', 3, '--input: hex of odd length ("0x123")'],
  ['run 60 --tracer callTracer --tracer-config {"a":1}', '', 3, 'callTracer config.a: unknown member'],
  [
    'run 60 --tracer callTracer --tracer-config {',
    '',
    3,
    '--tracer-config: JSON ends too early (line 1, column 2)',
  ],
  ['run 60 --tracer-config {}', '', 3, '--tracer-config: needs --tracer'],
  ['run 60 -o nowhere', '', 3, '--tracer-output: needs --tracer'],
  ['run 60 --trace.format xml', '', 3, '--trace.format: "xml" is none of "json", "struct", "md", "markdown"'],
  ['run 60 --tier warp', '', 3, /^--tier: "warp" is none of "auto", /],
  ['run 60 --fork Rome', '', 3, /^unknown fork "Rome"; known: Frontier, /],
  ['run 60 --fork constructor', '', 3, /^unknown fork "constructor"; known: /],
  [`run 60 --fork Osaka --table ${subset}`, '', 3, '--table and --fork exclude each other'],
  ['run 60 --table Cancun', '', 3, 'Cancun: no table of that name; a fork is named by --fork Cancun'],
  [
    'conform --table zvmm',
    '',
    3,
    'zvmm: no table of that name; known: evm, zvm, zevm, or the path of a file',
  ],
  [
    'run 60 --trace --tier compiled',
    '',
    3,
    '--tier compiled: not with --trace, which has the reference tier',
  ],
  ['run 60 --table absent.ts', '', 11, 'absent.ts: no such file or directory'],
  ['run 60 --table=', '', 3, '--table: an empty path'],
  [
    `run 60 --table ${file('throws.ts', 'throw new Error("no\\nluck")')}`,
    '',
    10,
    /throws.ts: cannot be loaded: no$/,
  ],
  [`run 60 --table ${file('five.ts', 'export default 5')}`, '', 3, /five.ts: exports neither a table/],
  [
    `run 20 --table ${file('row.ts', `export const base = 'Cancun', deltas = [{ eip: 0, title: 't', swap: [{ code: 32, name: 'X', pops: 0, pushes: 0, gas: 0, spec: '', execute() { throw new Error('odd') } }] }]`)}`,
    '',
    3,
    /row.ts: its rows threw Error: odd \(at /,
  ],
  [`run --prestate ${file('list.json', '[]')}`, '', 10, /list.json: not an object$/],
  [
    `run --prestate ${file('alloc.json', { alloc: { [ADDRESS]: { nonce: 'x' } } })}`,
    '',
    10,
    new RegExp(`alloc.json: alloc.${ADDRESS}.nonce: not an unsigned integer \\("x"\\)$`),
  ],
  [
    `run --prestate ${file('proto.json', '{"alloc":{"__proto__":{}}}')}`,
    '',
    10,
    /proto.json: alloc.__proto__: not an address/,
  ],
  [
    `run --prestate ${file('deep.json', '['.repeat(1e6))}`,
    '',
    10,
    /deep.json: nested deeper than 64 levels \(line 1, column 65\)$/,
  ],
  ['asm', 'PUSH 1\nFOO', 10, /^(zvm: )?stdin:2:1: no instruction FOO in the table Osaka(\nFOO\n\^\n)?$/],
  ['asm absent', '', 11, 'absent: no such file or directory'],
  ['disasm', '', 3, 'disasm: name code or --codefile'],
  ['opcodes --fork', '', 3, '--fork: its value is missing'],
  ['opcodes --fork=', '', 3, /^unknown fork ""; known: /],
  ['replay', '', 3, 'replay: name a bundle, a folder of bundles, or with --rpc what to replay'],
  [`replay ${file('empty/x', '')}`, '', 10, /x: JSON ends too early \(line 1, column 1\)$/],
  [`replay ${join(folder, 'empty')}`, '', 11, `${join(folder, 'empty')}: no .json file there`],
  [`replay ${STATE}`, '', 10, `${STATE}: version: missing`],
  [
    `replay ${bundleWith((bundle) => (bundle.chain.fork = 'Rome'), 'rome')}`,
    '',
    3,
    /rome.json: unknown fork "Rome"/,
  ],
  [
    `replay ${bundleWith((bundle) => (bundle.pre = {}), 'poor')}`,
    '',
    1,
    /poor.json: .*insufficient funds for gas \* price \+ value/,
  ],
  ['statetest absent.json', '', 11, 'absent.json: no such file or directory'],
  ['statetest', `${STATE}x\n`, 11, `${STATE}x: no such file or directory`],
  [
    `statetest ${file('types.json', { t: { pre: 5, post: { Cancun: [{}] } } })}`,
    '',
    10,
    /types.json: t.post.Cancun\[0\].indexes: missing$/,
  ],
  [`statetest ${STATE} --statetest.fork Rome`, '', 3, /^unknown fork "Rome"/],
  [
    `statetest ${STATE} --statetest.index -1`,
    '',
    3,
    '--statetest.index: not a whole number from 0 to 4294967296 ("-1")',
  ],
  [`statetest ${STATE} --workers 0`, '', 3, '--workers: not a whole number from 1 to 256 ("0")'],
  [`statetest ${STATE} --run (`, '', 3, '--run: not a regular expression ("(")'],
  [
    `statetest ${STATE} --run (a+)+$`,
    '',
    3,
    '--run: a repetition within a repetition could take forever ("(a+)+$")',
  ],
  [`statetest ${STATE} --junit ${folder}`, '', 11, `${folder}: is a folder, not a file`],
  ['conform absent', '', 11, /absent: no such file or directory$/],
  [
    `conform ${mkdirSync(join(folder, 'none'), { recursive: true })}`,
    '',
    11,
    `${join(folder, 'none')}: no test file there`,
  ],
  [`conform ${STATE} --fork Berlin --run x`, '', 3, `${STATE}: no case fits --fork and --run`],
  [`conform ${STATE} --junit absent/x.xml`, '', 11, 'absent/x.xml: no such file or directory'],
  [`conform ${STATE} --tier reference --tiers all`, '', 3, '--tiers and --tier exclude each other'],
]

function hexOf(ascii: string): string {
  return Buffer.from(ascii).toString('hex')
}

/** What of a bundle is changed here. */
interface ChangedBundle {
  readonly chain: { fork: string }
  pre: object
  readonly transactions: { readonly expected: { gasUsed: string } }[]
}

/** A bundle that is changed and written anew. */
function bundleWith(change: (bundle: ChangedBundle) => void, name: string): string {
  const bundle = JSON.parse(readFileSync(BUNDLE, 'utf8')) as ChangedBundle
  change(bundle)
  return file(`${name}.json`, bundle)
}

const split = (args: string) => args.split(' ').filter(Boolean)

describe.concurrent('zvm', () => {
  it.each(good)('%s', async (args, stdin, code, stdout, stderr) => {
    const ended = await zvm(split(args), { stdin })
    const matching = (expected: string | RegExp) =>
      typeof expected === 'string' ? expected : expect.stringMatching(expected)
    expect(ended).toEqual({ code, signal: null, stdout: matching(stdout), stderr: matching(stderr) })
  })

  it.each(bad)('refuses %s', async (args, stdin, code, line) => {
    const ended = await zvm(split(args), { stdin })
    const [, message] = /^zvm: (.*)\n$/.exec(ended.stderr) ?? [null, ended.stderr]
    if (typeof line === 'string') expect(message).toBe(line)
    else expect(message).toMatch(line)
    expect([ended.code, ended.stdout]).toEqual([code, ''])
  })

  it.each([
    [['conform', ''], 3, 'conform: an empty path'],
    [['replay', BUNDLE, ''], 3, 'replay: an empty path'],
    [['asm', 'two\nlines\u001b[31m'], 11, 'two\\u000alines\\u001b[31m: no such file or directory'],
  ])('refuses %j in one line', async (args, code, line) => {
    expect(await zvm(args)).toEqual({ code, signal: null, stdout: '', stderr: `zvm: ${line}\n` })
  })

  it.each(['run', 'replay', 'asm', 'disasm', 'statetest', 'conform'])(
    'gives the examples of %s a line each',
    async (command) => {
      const { stdout } = await zvm([command, '--help'])
      const [, examples = ''] = stdout.split('\nExamples:\n')
      expect(examples.trimEnd().split('\n')).toEqual(
        examples.match(/^ {2}(echo .* \| )?zvm .*? {2,}\S.*$/gm) ?? ['none'],
      )
    },
  )

  // One for each command and exit code.
  const keys = bad.map(([args, , code]) => `${split(args)[0]} ${code}`)
  it.each(bad.filter((_, i) => keys.indexOf(keys[i]) === i))(
    'tells in one object what is wrong with %s',
    async (args, stdin, code, line) => {
      const ended = await zvm([...split(args), '--json'], { stdin })
      expect([ended.code, ended.stderr]).toEqual([code, ''])
      expect(JSON.parse(ended.stdout)).toEqual({
        error: {
          code: expect.stringMatching(/^[A-Z_]+$/),
          message: typeof line === 'string' ? line : expect.stringMatching(line),
          details: expect.anything(),
        },
      })
    },
  )

  it.each<[args: string, code: number, value: unknown]>([
    [
      'run 60015f5500 --dump --json',
      0,
      {
        ...{
          status: 'success',
          halt: 'Stop',
          gasUsed: '0x5659',
          refund: 0,
          steps: 4,
          output: '0x',
          logs: [],
        },
        state: { root: expect.stringMatching(/^0x/), accounts: expect.anything() },
      },
    ],
    [
      'run fe --json --gas 7',
      1,
      expect.objectContaining({ status: 'halt', halt: 'InvalidOpcode', gasUsed: '0x7' }),
    ],
    [
      'run 60075f5260205f5fa1 --create --json',
      0,
      expect.objectContaining({
        contractAddress: '0x1f2a98889594024bffda3311cbe69728d392c06d',
        logs: [{ address: '0x1f2a98889594024bffda3311cbe69728d392c06d', topics: [word(0x20)], data: '0x' }],
      }),
    ],
    [`asm ${file('b.zasm', 'ADD')} --json`, 0, { code: '0x01', sizeBytes: 1, target: 'evm', table: 'Osaka' }],
    [
      'disasm 5b --json',
      0,
      {
        table: 'Osaka',
        instructions: [{ pc: 0, opcode: 0x5b, name: 'JUMPDEST', immediate: '0x', isCut: false }],
      },
    ],
    [
      'opcodes --json --fork Frontier',
      0,
      {
        table: 'Frontier',
        opcodes: expect.arrayContaining([expect.objectContaining({ name: 'ADD', gas: 3 })]),
      },
    ],
    [`replay ${BUNDLE} --json`, 0, { bundles: [expect.objectContaining({ file: BUNDLE })], agreed: true }],
    [
      `replay ${bundleWith((bundle) => (bundle.transactions[0].expected.gasUsed = '0x5209'), 'other')} --json`,
      1,
      expect.objectContaining({ agreed: false }),
    ],
    [
      `conform ${STATE} --json --run ^hash --fork Cancun --tier reference`,
      0,
      {
        suites: [
          {
            ...{ suite: 'state.json', fork: 'Cancun', tier: 'reference', seconds: expect.any(Number) },
            ...{ passed: 1, failed: 0, skipped: 0, outside: 0 },
          },
        ],
        ...{ failures: [], passed: 1, failed: 0, skipped: 0, outside: 0 },
      },
    ],
    [
      `conform ${STATE} --json --table ${subset} --run ^hash`,
      0,
      expect.objectContaining({
        opcodes: expect.arrayContaining([{ name: 'SSTORE', cases: 0, passed: 0 }]),
        ...{ passed: 0, failed: 0, skipped: 0, outside: 1 },
      }),
    ],
    [
      `conform ${join(folder, 'failing')} --json`,
      1,
      expect.objectContaining({
        failures: [{ suite: 'failing', case: 'a.json: a', fork: null, reason: 'encodes to 0x83646f67' }],
      }),
    ],
  ])('prints one object for %s', async (args, code, value) => {
    const ended = await zvm(split(args))
    expect([ended.code, ended.stderr]).toEqual([code, ''])
    expect(ended.stdout).toMatch(/^.*\n$/)
    expect(JSON.parse(ended.stdout)).toEqual(value)
  })
})

/** Stores and logs a counter in each round; `auto` changes its tier in the midst of the longer ones. */
const COUNTDOWN = '5f355b80805f555f52805f5fa16001900380600257005b'
describe.concurrent('zvm run in every tier', () => {
  it.each([1, 90, 250])('gives the same after %i rounds', async (rounds) => {
    const input = rounds.toString(16).padStart(64, '0')
    const line = ['run', COUNTDOWN, '--input', input, '--json', '--dump', '--tier']
    const [reference, ...others] = await Promise.all(
      ['reference', 'interpreter', 'auto'].map((tier) => zvm([...line, tier])),
    )
    expect(JSON.parse(reference.stdout)).toMatchObject({ status: 'success', logs: { length: rounds } })
    expect(others).toEqual([reference, reference])
  })
})

describe.concurrent('zvm statetest', () => {
  const state = JSON.parse(readFileSync(STATE, 'utf8'))
  const root = state.store.post.Cancun[1].hash
  const one = `{\n    "name": "store",\n    "pass": true,\n    "stateRoot": "${root}",\n    "fork": "Cancun"\n  }`
  const choice = ['--statetest.fork', 'cancun', '--statetest.index', '1']
  state.store.post.Cancun[1].hash = `0x${'00'.repeat(32)}`
  state.store.post.Nowhere = []
  state.hash.post = { Nowhere: state.hash.post.Cancun }
  const wrong = file('wrong.json', state)

  it('prints an array, and a root a case', async () => {
    expect(await zvm(['statetest', STATE, ...choice])).toEqual({
      ...{ code: 0, signal: null, stdout: `[\n  ${one}\n]\n`, stderr: `{"stateRoot": "${root}"}\n` },
    })
  })

  it('reads names from stdin to the first empty line', async () => {
    const stdin = `${STATE}\n${STATE}\n\nabsent\n`
    const ended = await zvm(['statetest', ...choice], { stdin, bin: EVM_BIN })
    expect(ended).toMatchObject({ code: 0, stdout: `[\n  ${one}\n]\n`.repeat(2) })
  })

  it('traces as fuzzers ask, each case before its root', async () => {
    const flags = ['--trace', '--trace.format=json', '--trace.nomemory=true', '--trace.noreturndata=true']
    const { stdout, stderr } = await zvm(['statetest', ...flags, ...choice, STATE], { bin: EVM_BIN })
    const lines = stderr
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.length).toBe(16)
    expect(lines[0]).toEqual({
      ...{ pc: 0, op: 0x60, gas: expect.any(String), gasCost: '0x3', memSize: 0, stack: [] },
      ...{ depth: 1, refund: 0, opName: 'PUSH1' },
    })
    expect(lines.slice(-2)).toEqual([
      { output: expect.any(String), gasUsed: expect.any(String) },
      { stateRoot: root },
    ])
    expect(JSON.parse(stdout)).toHaveLength(1)
  })

  it('fails a wrong case and one of a fork that nobody knows, and ends with 0 unless told', async () => {
    const junit = join(folder, 'statetest.xml')
    const ended = await zvm(['statetest', wrong, '--workers', '2', '--junit', junit])
    expect(ended.code).toBe(0)
    const results = JSON.parse(ended.stdout) as { name: string; pass: boolean }[]
    expect(results.filter(({ pass }) => !pass)).toEqual([
      {
        name: 'store',
        pass: false,
        stateRoot: root,
        fork: 'Cancun',
        error: expect.stringMatching(/^state root /),
      },
      { name: 'hash', pass: false, fork: 'Nowhere', error: 'no fork "Nowhere"' },
    ])
    expect(readFileSync(junit, 'utf8')).toContain(
      `<testsuites tests="${results.length}" failures="2" errors="0"`,
    )
    const human = await zvm(['statetest', wrong, '--human', '--run', '^hash$', '--fail-exit-code'])
    expect([human.code, human.stdout]).toEqual([
      1,
      'FAIL Nowhere hash: no fork "Nowhere"\n0 passed, 1 failed\n',
    ])
  })

  it('keeps the order of a folder with several workers, and dumps and times', async () => {
    for (const name of ['b', 'a']) file(`folder/${name}.json`, readFileSync(STATE, 'utf8'))
    const args = [
      'statetest',
      join(folder, 'folder'),
      '--statetest.index',
      '1',
      '--dump',
      '--bench',
      '--json',
    ]
    const [one, two] = await Promise.all([zvm(args), zvm([...args, '--workers', '2'])])
    expect(two.stderr).toBe(one.stderr)
    expect(one.stderr.split('\n').length).toBe(7)
    expect(JSON.parse(one.stderr.split('\n')[0])).toMatchObject({
      pass: true,
      fork: 'ISTANBUL',
      test: 'store',
      d: 0,
      g: 0,
      v: 1,
    })
    const [result] = JSON.parse(two.stdout)
    expect(Object.keys(result)).toEqual(['name', 'pass', 'stateRoot', 'fork', 'state', 'benchStats'])
    expect(result.state.root).toBe(result.stateRoot)
    expect(Object.keys(result.benchStats)).toEqual(['time', 'allocs', 'bytesAllocated', 'gasUsed'])
  })
})

describe.concurrent('zvm-evm', () => {
  it.each<[args: string, code: number, stdout: string | RegExp]>([
    ['-v', 0, /^evm version \d/],
    ['run fe', 0, '0x\n error: invalid opcode\n'],
    ['--verbosity 0 run --trace=false 6001', 0, '0x\n'],
  ])('%s', async (args, code, stdout) => {
    const expected = typeof stdout === 'string' ? stdout : expect.stringMatching(stdout)
    expect(await zvm(split(args), { bin: EVM_BIN })).toEqual({
      code,
      signal: null,
      stdout: expected,
      stderr: '',
    })
  })
})

describe.concurrent('a process', () => {
  /** Runs a command that ends only if it is made to; `made` does so once it has begun. */
  const shell = (command: string) =>
    new Promise<Ended>((resolve) => {
      execFile(
        'bash',
        ['-c', command.replaceAll('zvm', `${process.execPath} ${BIN}`)],
        (error, stdout, stderr) =>
          resolve({ code: error ? Number(error.code) : 0, signal: null, stdout, stderr }),
      )
    })

  it('is quiet when its reader has seen enough, and keeps its exit code', async () => {
    expect(await shell('set -o pipefail; zvm opcodes | head -1')).toMatchObject({ code: 0, stderr: '' })
    expect(await shell('set -o pipefail; zvm run fe --json | true')).toMatchObject({
      code: 1,
      stderr: '',
    })
  })

  it('writes what a tracer tells, and a profile, to files, whole or not at all', async () => {
    const [told, profile] = [join(folder, 'told.json'), join(folder, 'gas.json')]
    const files = ['--tracer', 'callTracer', '-o', told, '--profile', profile]
    const failed = await zvm(['run', 'nowhere.hex', ...files])
    expect([failed.code, existsSync(told), existsSync(profile)]).toEqual([11, false, false])
    const { stdout, stderr } = await zvm(['run', '6001', '--json', ...files])
    expect(JSON.parse(stdout).status).toBe('success')
    expect(JSON.parse(readFileSync(told, 'utf8'))).toMatchObject({ gasUsed: '0x3', type: 'CALL' })
    expect(JSON.parse(readFileSync(profile, 'utf8')).profiles[0]).toMatchObject({ unit: 'none', endValue: 3 })
    expect(stderr).toMatch(/\n3 gas taken, 0 refunded\n$/)
  })

  it('ends when nobody reads its trace', async () => {
    const ended = await shell('zvm run 5b5f56 --trace 2>&1 >/dev/null | head -1')
    expect(ended.stdout).toMatch(/^\{"pc":0,[^\n]*\n$/)
  })

  it.each([
    ['statetest', ''],
    ['asm', '0x\n'],
    ['run --codefile -', '0x\n'],
  ])('takes a closed stdin for an empty one: %s', async (args, stdout) => {
    expect(await shell(`zvm ${args} <&-`)).toEqual({ code: 0, signal: null, stdout, stderr: '' })
  })

  it.each(['asm', 'run --codefile -'])('reads no more than it could use: %s', async (args) => {
    const ended = await shell(`yes 00 | zvm ${args}`)
    expect(ended).toMatchObject({ code: 10, stdout: '', stderr: 'zvm: stdin: longer than 67108864 bytes\n' })
  })

  it('can be interrupted, and then writes nothing', async () => {
    const junit = join(folder, 'interrupted.xml')
    const loop = file('loop/state.json', readFileSync(STATE, 'utf8'))
    const slow = file(
      'slow.ts',
      `import { writeFileSync } from 'node:fs'\nimport { cancun, extend } from 'zvm-engine/evm'\nconst row = [...cancun.rows.values()].find(({ name }) => name === 'SSTORE')\nexport const table = extend(cancun, 'slow', [{ eip: 0, title: 's', swap: [{ ...row, execute() { writeFileSync('${join(folder, 'begun')}', ''); for (;;); } }] }])`,
    )
    const args = ['conform', loop, '--table', slow, '--junit', junit, '--json']
    const child = spawn(process.execPath, [BIN, ...args])
    let output = ''
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (text) => {
        output += text
      })
    await expect.poll(() => existsSync(join(folder, 'begun')), { timeout: 20_000 }).toBe(true)
    child.kill('SIGINT')
    const code = await new Promise((resolve) => child.on('close', resolve))
    expect([code, output, existsSync(junit)]).toEqual([130, '', false])
    // The engine does not wait for events while it runs: the signal itself ends it, which shells call 130 too.
    const run = spawn(process.execPath, [BIN, 'run', '5b5f56', '--trace'])
    await new Promise((resolve) => run.stderr.once('data', resolve))
    run.kill('SIGINT')
    expect(await new Promise((resolve) => run.on('exit', (_, signal) => resolve(signal)))).toBe('SIGINT')
  })
})
