/** `zvm compile` as a user starts it, and what the other commands make of what it writes: the built bins as processes. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-compile-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const at = (name: string) => join(folder, name)
const zvm = (...args: string[]) => runChild(process.execPath, [BIN, ...args])
const jsonOf = async (...args: string[]) => JSON.parse((await zvm(...args, '--json')).stdout)

/** Adds up the numbers from one in calldata down. */
const SUM = '60006000355b801560165780910190600190036005565b5060005260206000f3'
const INPUT = (300).toString(16).padStart(64, '0')
const LONG = at('long.hex')
writeFileSync(LONG, '00'.repeat(65_537))
const COUNTER = 'fixtures/assembly/counter.zvm'

describe('zvm compile', () => {
  it('writes a module that runs as its code does, with its gas', async () => {
    const made = await jsonOf('compile', SUM, '--fork', 'Cancun', '-o', at('sum.wasm'))
    expect(made).toMatchObject({ table: 'Cancun', codeSizeBytes: 32, units: 3, entries: 3 })
    expect(readFileSync(at('sum.wasm')).length).toBe(made.moduleSizeBytes)
    const [expected, found] = await Promise.all([
      zvm('run', SUM, '--fork', 'Cancun', '--input', INPUT, '--json'),
      zvm('run', at('sum.wasm'), '--input', INPUT, '--json'),
    ])
    expect(found).toEqual(expected)
    expect(JSON.parse(found.stdout).output).toBe(`0x${(45_150).toString(16).padStart(64, '0')}`)
    expect((await zvm('lite', 'validate', at('sum.wasm'))).code).toBe(0)
    expect(await jsonOf('lite', 'inspect', at('sum.wasm'))).toMatchObject({
      ...{ compiledOf: { table: 'Cancun', codeSizeBytes: 32 }, meteredSizeBytes: null },
      imports: [{ name: 'row', type: '(param i32) (result i32)', capability: 'row' }],
    })
  })

  it('takes code longer than any name of a file', async () => {
    const made = await jsonOf('compile', SUM + '5b'.repeat(5000), '-o', at('long.wasm'))
    expect(made).toMatchObject({ codeSizeBytes: 5032 })
  })

  it('keeps the ABI of a container, and deploys and is called as its source', async () => {
    await zvm('compile', COUNTER, '-o', at('counter.zvm'))
    const calls = await Promise.all(
      [COUNTER, at('counter.zvm')].map(async (file, i) => {
        const db = at(`db${i}`)
        const { contract_address } = await jsonOf('deploy', '--db', db, '--file', file)
        const call = ['call', '--db', db, '--contract', contract_address, '--function', 'add', '--args', '5']
        return [await jsonOf(...call), await jsonOf(...call)]
      }),
    )
    expect(calls[1]).toEqual(calls[0])
    expect(calls[1][1]).toMatchObject({ success: true, return_data: [...new Array(31).fill(0), 10] })
  })

  it.each([
    ['no code', ['', '-o', 'x'], 3, 'code: '],
    ['no hex', ['6z', '-o', 'x'], 11, 'there is no such file'],
    ['code too long', [LONG, '-o', 'x'], 10, 'code of 65537 bytes; at most 65536 are compiled'],
    ['an unknown fork', ['00', '--fork', 'Nope', '-o', 'x'], 3, 'unknown fork "Nope"'],
    ['no output', ['00'], 3, '--output: name the file to write'],
    ['a folder that is not there', ['00', '-o', 'none/x'], 11, 'none/x'],
    ['a fork for native code', [COUNTER, '--fork', 'Cancun', '-o', 'x'], 3, 'the target is zvm'],
  ])('refuses %s and writes nothing', async (_, args, code, message) => {
    const ended = await zvm('compile', ...args.map((arg) => (/(^|\/)x$/.test(arg) ? at(arg) : arg)))
    expect(ended).toMatchObject({ code, stdout: '' })
    expect(ended.stderr).toContain(message)
    expect(existsSync(at('x'))).toBe(false)
  })

  it('makes modules that no one else may change', async () => {
    await zvm('compile', SUM, '-o', at('own.wasm'))
    const bytes = readFileSync(at('own.wasm'))
    bytes[20_000] ^= 1
    writeFileSync(at('forged.wasm'), bytes)
    for (const command of [['lite', 'validate'], ['run'], ['deploy', '--db', at('none'), '--file']]) {
      const { code, stdout, stderr } = await zvm(...command, at('forged.wasm'))
      expect(code).not.toBe(0)
      expect(stdout + stderr).toMatch(/byte \d+: (compiled|type|malformed|index|control|float)/)
    }
    expect(await zvm('lite', 'meter', at('own.wasm'), '-o', at('y'))).toMatchObject({ code: 3 })
    expect(await zvm('run', at('own.wasm'), '--table', 'zvm')).toMatchObject({ code: 3 })
    expect(await zvm('step', at('own.wasm'), '--no-tui')).toMatchObject({ code: 3, stdout: '' })
  })

  it('does not write over what it reads', async () => {
    writeFileSync(at('own.hex'), SUM)
    const { code, stderr } = await zvm('compile', at('own.hex'), '-o', at('own.hex'))
    expect([code, readFileSync(at('own.hex'), 'utf8')]).toEqual([3, SUM])
    expect(stderr).toContain('would be written over')
  })
})
