/** The commands for containers and assembly as a user starts them: the built bins as processes. */
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import { hexToBytes } from '../core/hex.ts'
import { encodeContainer, readContainer } from '../runtime/container.ts'
import { abiToJson, readAbi } from '../runtime/contract-abi.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-assembly-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const zvm = (...args: string[]) => runChild(process.execPath, [BIN, ...args])

/** Writes a file below the temporary folder and gives its path. */
function file(name: string, content: string | Uint8Array): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, content)
  return path
}

const EXAMPLES = 'fixtures/assembly'
const word = (value: number | bigint) => value.toString(16).padStart(64, '0')
const bytes = (hex: string) => hexToBytes(hex, 'test')
const none = new Uint8Array(0)
const evmContainer = file('sum.zvm', encodeContainer('evm', bytes('600260030160005260206000f3'), none))
// HALT in the native set, and STOP in the EVM's: told apart by what 0x30 does.
const nativeContainer = file(
  'native.zvm',
  encodeContainer('zvm', bytes('1102110330110081112011 00a8'.replace(' ', '')), none),
)
const liteContainer = file('lite.zvm', encodeContainer('wasm-lite', bytes('0061736d'), none))
const damaged = file('damaged.zvm', bytes('5a564d43010100000500000000000000'))
const renamed = file('renamed.zvm', bytes('600160020100'))

describe.concurrent('the examples', () => {
  it.each(['counter', 'greeting'])('%s assembles to the container beside it, and back', async (name) => {
    const made = join(folder, `${name}.zvm`)
    const golden = join(EXAMPLES, `${name}.zvm`)
    expect(await zvm('asm', join(EXAMPLES, `${name}.zasm`), '-o', made)).toEqual({
      code: 0,
      stdout: '',
      stderr: '',
    })
    expect(readFileSync(made)).toEqual(readFileSync(golden))
    const { stdout } = await zvm('disasm', golden)
    const again = join(folder, `${name}.again.zvm`)
    await zvm('asm', file(`${name}.again.zasm`, stdout), '-o', again)
    expect(readFileSync(again)).toEqual(readFileSync(golden))
  })

  it('run by the table of their target', async () => {
    const greeting = await zvm('run', join(EXAMPLES, 'greeting.zvm'), '--json')
    expect(JSON.parse(greeting.stdout)).toMatchObject({
      output: `0x${Buffer.from('hello!').toString('hex').padEnd(64, '0')}`,
      logs: [{ topics: [expect.stringMatching(/^0xc2115c04/), expect.anything()] }],
    })
    const counter = (input: string) => zvm('run', join(EXAMPLES, 'counter.zvm'), '--input', input)
    expect((await counter(`0x4ff6381b${word(41)}`)).stdout).toBe(`0x${word(41)}\n`)
    expect((await counter(`0xe5f138a0${word(41)}`)).stdout).toBe(`0x${word(0)}\n`)
    for (const input of [`0x4ff6381b${word(2n ** 64n)}`, '0x', '0x12345678'])
      expect(await counter(input)).toMatchObject({ code: 1, stdout: '0x\n error: execution reverted\n' })
  })
})

describe.concurrent('code from files', () => {
  it.each([
    [`run ${evmContainer}`, `0x${word(5)}\n`],
    [`run --codefile ${evmContainer}`, `0x${word(5)}\n`],
    [`run ${evmContainer} --fork Frontier`, `0x${word(5)}\n`],
    [`run ${nativeContainer}`, `0x${word(5)}\n`],
    [
      `run ${file('bare.bin', bytes('1102110330110081112011 00a8'.replace(' ', '')))} --table zvm`,
      `0x${word(5)}\n`,
    ],
    [`run ${file('code.hex', '6002 6003\n01')} --table evm`, '0x\n'],
    [`run ${renamed} --fork Osaka`, '0x\n'],
    [`disasm ${evmContainer}`, /^\.target evm\n0x0000: PUSH1 0x02\n/],
    [
      'disasm 110211033000 --table zvm',
      '0x0000: PUSH1 0x02\n0x0002: PUSH1 0x03\n0x0004: ADD\n0x0005: HALT\n',
    ],
    [
      'disasm 600456005b --table evm',
      '0x0000: PUSH1 @L0004\n0x0002: JUMP\n0x0003: STOP\nL0004:\n0x0004: JUMPDEST\n',
    ],
    ['opcodes --table zvm', /^byte[^\n]*\n0x00 +HALT/],
    ['opcodes --table evm', /^byte[^\n]*\n0x00 +STOP/],
    [`inspect ${liteContainer}`, /\ntarget +wasm-lite\nsize +20 bytes: header 16, code 4, ABI 0\n/],
    ['inspect 600160 --table zvm', /\nformat +bare code\nsize +3 bytes\n[\s\S]*\ntable +zvm\n/],
    [
      `inspect ${evmContainer} --disasm`,
      /\ntable +Osaka\ncode +8 instructions, 0 jump[\s\S]*\n\n0x0000: PUSH1 0x02\n/,
    ],
  ] as [string, string | RegExp][])('%s', async (args, stdout) => {
    expect(await zvm(...args.split(' '))).toEqual({
      code: 0,
      stdout: typeof stdout === 'string' ? stdout : expect.stringMatching(stdout),
      stderr: '',
    })
  })

  it.each([
    [`run ${damaged}`, 10, `${damaged}: byte 16: truncated: 5 bytes of code and 0 of ABI end at byte 21`],
    [`inspect ${damaged}`, 10, `${damaged}: byte 16: truncated: 5 bytes of code and 0 of ABI end at byte 21`],
    [
      `disasm ${damaged} --table zvm`,
      10,
      `${damaged}: byte 16: truncated: 5 bytes of code and 0 of ABI end at byte 21`,
    ],
    [`run ${renamed}`, 10, `${renamed}: byte 6: too short: the header has 16 bytes`],
    [
      `run ${liteContainer}`,
      10,
      `${liteContainer}: header section, byte 0: malformed: not "\\0asm" and version 1`,
    ],
    [`disasm ${liteContainer}`, 3, 'the target wasm-lite has no table of opcodes'],
    [`inspect ${liteContainer} --disasm`, 3, '--disasm: wasm-lite has no table of opcodes'],
    [`run ${nativeContainer} --fork Osaka`, 3, '--fork: the target is zvm, which has no forks'],
    [`run ${file('text.txt', 'not code!')}`, 10, `${join(folder, 'text.txt')}: not hex ("notcode!")`],
    ['inspect', 3, 'inspect: name a file'],
    ['inspect nowhere', 11, 'nowhere: not hex, and there is no such file'],
    ['asm --format raw', 3, '--format: raw bytes go to a file; name it with --output'],
    [`asm ${EXAMPLES}/greeting.zasm -o ${folder}`, 11, `${folder}: is a folder, not a file`],
    [
      `asm ${EXAMPLES}/greeting.zasm -o ${folder}/none/x.zvm`,
      11,
      `${folder}/none/x.zvm: no such file or directory`,
    ],
  ] as [string, number, string][])('%s is refused', async (args, code, line) => {
    expect(await zvm(...args.split(' '))).toEqual({ code, stdout: '', stderr: `zvm: ${line}\n` })
    const json = await zvm(...args.split(' '), '--json')
    expect([json.code, json.stderr, JSON.parse(json.stdout).error.message]).toEqual([code, '', line])
  })
})

describe.concurrent('zvm asm', () => {
  const source = file('a.zasm', '.capability log\nPUSH 5')
  const abi = abiToJson(readAbi({ contract: 'a', capabilities: ['log'] }))

  it.each([
    ['container', encodeContainer('evm', bytes('6005'), abi)],
    ['hex', new TextEncoder().encode('0x6005\n')],
    ['raw', bytes('6005')],
  ])('writes %s', async (format, content) => {
    const output = join(folder, `a.${format}`)
    expect(await zvm('asm', source, '--output', output, '--format', format)).toMatchObject({
      code: 0,
      stdout: '',
    })
    expect([...readFileSync(output)]).toEqual([...content])
  })

  it('prints hex, of a container where that is asked for', async () => {
    expect((await zvm('asm', source)).stdout).toBe('0x6005\n')
    const { stdout } = await zvm('asm', source, '--format', 'container')
    expect(readContainer(bytes(stdout.trim()), 'stdout').abi?.capabilities).toEqual(['log'])
    const native = await zvm('asm', file('n.zasm', 'PUSH 5'), '--table', 'zvm', '--format', 'container')
    expect(readContainer(bytes(native.stdout.trim()), 'stdout').target).toBe('zvm')
    const json = await zvm('asm', source, '-o', join(folder, 'json.zvm'), '--json')
    expect(JSON.parse(json.stdout)).toEqual({
      ...{ code: '0x6005', sizeBytes: 2, target: 'evm', table: 'Osaka' },
      ...{ output: join(folder, 'json.zvm'), outputSizeBytes: 18 + abi.length },
    })
  })

  it('assembles the example of the README', async () => {
    const [, text = ''] = /\n```\n(\.target zvm[^`]*)```/.exec(readFileSync('README.md', 'utf8')) ?? []
    const { code, stdout } = await zvm('asm', file('readme.zasm', text), '--format', 'container')
    const { target, abi } = readContainer(bytes(stdout.trim()), 'stdout')
    expect([code, target, abi?.contract, abi?.capabilities]).toEqual([0, 'zvm', 'Counter', ['storage']])
  })

  it('refuses text that is not UTF-8', async () => {
    const wrong = file('latin.zasm', Buffer.from('.data "\xe9"', 'latin1'))
    const refused = (path: string) => ({ code: 10, stdout: '', stderr: `zvm: ${path}: not UTF-8\n` })
    expect(await zvm('asm', wrong)).toEqual(refused(wrong))
    file('latin.json', Buffer.from('{"contract":"\xe9"}', 'latin1'))
    const { code, stderr } = await zvm('asm', file('beside.zasm', '.abi "latin.json"'))
    expect([code, stderr]).toEqual([10, expect.stringContaining(':1:6: latin.json: not UTF-8\n')])
  })

  it('shows the lines that are wrong, and writes nothing', async () => {
    const output = join(folder, 'wrong', 'wrong.zvm')
    const wrong = file('wrong/wrong.zasm', 'STOP\n\tPUSH1\t256\n.capability A')
    expect(await zvm('asm', wrong, '-o', output)).toEqual({
      code: 10,
      stdout: '',
      stderr:
        `zvm: ${wrong}:2:8: 256 does not fit the 8 bits of PUSH1\n\tPUSH1\t256\n\t     \t^\n` +
        `${wrong}:3:13: A is no name of a capability\n.capability A\n            ^\n`,
    })
    expect(readdirSync(join(folder, 'wrong'))).toEqual(['wrong.zasm'])
    const { error } = JSON.parse((await zvm('asm', wrong, '--json')).stdout)
    expect(error.details.errors).toHaveLength(2)
    expect(error.details.excerpt).toContain('\tPUSH1\t256\n\t     \t^')
  })

  it('reads an ABI from beside the text and from nowhere else', async () => {
    file('abi/in/a.json', '{"contract":"A"}')
    file('abi/out.json', '{"contract":"Out"}')
    symlinkSync(join(folder, 'abi/out.json'), join(folder, 'abi/in/link.json'))
    const asm = (path: string) =>
      zvm('asm', file(`abi/in/${path.length}.zasm`, `.abi "${path}"`), '--format', 'container')
    const { stdout } = await asm('a.json')
    expect(readContainer(bytes(stdout.trim()), 'stdout').abi?.contract).toBe('A')
    for (const path of ['../out.json', 'link.json', join(folder, 'abi/out.json'), '/etc/passwd']) {
      const { code, stderr } = await asm(path)
      expect([code, stderr]).toEqual([
        10,
        expect.stringContaining(`:1:6: ${path}: outside of the folder of `),
      ])
    }
    expect((await asm('gone.json')).stderr).toContain(':1:6: gone.json: no such file or directory\n')
    expect((await zvm('asm', file('none.zasm', '.target wasm'))).stderr).toContain(
      ':1:9: unknown target "wasm"',
    )
  })

  it.each([
    [
      'shape',
      '.abi\n{"contract":\n5 }\n.endabi',
      /^zvm: .*shape.zasm: abi.contract: not a text \(number\)\n$/,
    ],
    [
      'text',
      '.abi\n{"contract":\n"A" ]\n.endabi',
      /^zvm: .*text.zasm: not JSON: unexpected "]" \(line 3, column 5\)\n$/,
    ],
    [
      'keys',
      '.abi\n{"contract":"A",\n"contract":"B"}\n.endabi',
      /^zvm: .*keys.zasm: a key that is there before \(line 3, column 1\)\n$/,
    ],
  ])('tells what is wrong with the %s of an ABI', async (name, text, stderr) => {
    const output = join(folder, `${name}.zvm`)
    const ended = await zvm('asm', file(`${name}.zasm`, text), '-o', output)
    expect(ended).toMatchObject({ code: 10, stderr: expect.stringMatching(stderr) })
    expect(existsSync(output)).toBe(false)
    // As well where nothing but the code is asked for.
    expect(await zvm('asm', file(`${name}.zasm`, text))).toEqual({ ...ended, stdout: '' })
  })
})

describe.concurrent('zvm inspect', () => {
  it('tells all of a container, for machines too', async () => {
    const counter = join(EXAMPLES, 'counter.zvm')
    const { stdout } = await zvm('inspect', counter)
    expect(stdout.split('\n')).toEqual(
      expect.arrayContaining([
        'target     zvm',
        'contract   Counter',
        'functions',
        '  0x4ff6381b  add(u64) -> (u256)      public  nonpayable',
        '  0xe5f138a0  get(Address) -> (u256)  public  view',
        '  slot 1  counters: Address -> u256  public',
        'capabilities',
        '  storage',
      ]),
    )
    const plain = JSON.parse((await zvm('inspect', counter, '--json', '--disasm')).stdout)
    expect(plain).toMatchObject({
      container: { version: 1, target: 'zvm' },
      codeHash: expect.stringMatching(/^0x[0-9a-f]{64}$/),
      table: 'zvm',
      abi: { contract: 'Counter', capabilities: ['storage'], tables: [{ slot: '0x1' }] },
    })
    expect(stdout).toContain(plain.codeHash)
    expect(plain.disassembly).toHaveLength(plain.instructions)
  })

  it('tells the facts of bare code', async () => {
    const { stdout } = await zvm('inspect', '5b6001', '--json')
    expect(JSON.parse(stdout)).toEqual({
      ...{ name: 'code', container: null, codeSizeBytes: 3, codeHash: expect.stringMatching(/^0x/) },
      ...{ table: 'Osaka', instructions: 2, jumpDestinations: 1, undefinedBytes: 0 },
    })
  })
})
