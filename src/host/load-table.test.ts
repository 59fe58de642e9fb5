import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { cancun, london } from '../../opcodes/forks.ts'
import { asmFor, push, ret } from '../core/asm.ts'
import { bytesToHex } from '../core/hex.ts'
import { createEngine, memoryState } from '../index.ts'
import { findTable } from './load-table.ts'

// Far from this package: nothing of it can be found from there.
const folder = mkdtempSync(join(tmpdir(), 'zvm-table-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, text: string): string {
  const path = join(folder, name)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text)
  return path
}

const ROW = `{ code: 0x0c, name: 'NOP', pops: 0, pushes: 0, gas: 1, spec: 'mine', execute: () => 0 }`

describe('findTable', () => {
  it('loads the example, which then runs', async () => {
    const table = await findTable('fixtures/examples/custom-table/mine.ts')
    expect(table.name).toBe('mine')
    // Of our own fork, not of a second copy of it.
    expect(table.deltas.slice(0, cancun.deltas.length).every((delta, i) => delta === cancun.deltas[i])).toBe(
      true,
    )
    expect([table.opcodes[0x58].isDefined, table.opcodes[0x20].gas]).toEqual([false, 20])
    const code = asmFor(table)(push(7), push(5), 'MIN', ret)
    const account = '0x00000000000000000000000000000000000c0de5'
    const engine = createEngine({ table, state: memoryState({ [account]: { code: bytesToHex(code) } }) })
    expect(BigInt(engine.call({ to: account }).output)).toBe(5n)
  })

  it.each([
    [
      'named.ts',
      `import { extend, london } from 'zvm-engine'\nexport const table = extend(london, 'a', [])`,
      'a',
    ],
    [
      'default.mjs',
      `import { extend, london } from 'zvm-engine/evm'\nexport default extend(london, 'b', [])`,
      'b',
    ],
    ['plain.js', `export const base = 'London', deltas = [{ eip: 0, title: 'c', add: [${ROW}] }]`, 'plain'],
    ['together.ts', `export default { base: 'london', name: 'd', deltas: [] as unknown[] }`, 'd'],
    [
      'common.cjs',
      `const { extend, london } = require('zvm-engine/evm')\nmodule.exports = { table: extend(london, 'e', []) }`,
      'e',
    ],
    [
      'own/split.ts',
      `import { deltas } from './rows.ts'\nimport { london } from 'zvm-engine/evm'\nexport { deltas, london as base }`,
      'split',
    ],
  ])('loads %s', async (name, text, expected) => {
    file('own/rows.ts', `import type { Delta } from 'zvm-engine/core'\nexport const deltas: Delta[] = []`)
    const table = await findTable(file(name, text))
    expect(table.name).toBe(expected)
    expect(table.deltas[0]).toBe(london.deltas[0])
    expect(table.rows.has(0x0c)).toBe(name === 'plain.js')
  })

  it.each([
    ['absent.ts', null, 'IO', 'no such file or directory'],
    ['.', null, 'IO', 'is a folder, not a file'],
    [
      'syntax.ts',
      'export const table = {\n  oops oops\n}',
      'VALUE',
      /^cannot be loaded: ParseError: .* \(syntax.ts, line 2\)$/,
    ],
    ['throws.ts', 'throw new Error("no luck\\ntoday")', 'VALUE', 'cannot be loaded: no luck'],
    [
      'misses.ts',
      `import 'no-such-package'`,
      'VALUE',
      /^cannot be loaded: Cannot find module 'no-such-package'/,
    ],
    ['empty.ts', 'export const tables = 1', 'BAD_TABLE', /exports neither a table .*\(it exports tables\)$/],
    ['number.ts', 'export const table = 1', 'BAD_TABLE', /exports neither a table .*\(it exports table\)$/],
    [
      'baseless.ts',
      'export const deltas = []',
      'BAD_TABLE',
      '`base` is neither the name of a fork nor a table',
    ],
    ['fork.ts', `export const base = 'Rome', deltas = []`, 'UNKNOWN_FORK', /unknown fork "Rome"/],
    [
      'typo.ts',
      `export const base = 'London', deltas = [{ eip: 0, title: 't', drops: ['ADD'] }]`,
      'BAD_TABLE',
      'deltas[0] has the unknown member drops',
    ],
    [
      'bare.ts',
      `export const base = 'London', deltas = [{ drop: ['ADD'] }]`,
      'BAD_TABLE',
      'deltas[0] needs eip and title',
    ],
    [
      'taken.ts',
      `import { extend, london } from 'zvm-engine/evm'\nexport const table = extend(london, 'x', [{ eip: 0, title: 't', drop: ['NOPE'] }])`,
      'BAD_TABLE',
      't: drops NOPE, which is not in the table',
    ],
    [
      'fake.ts',
      'export const table = { name: "x", rows: new Map([[1, {}]]), opcodes: Array(256), program() {}, deltas: [], rules: {} }',
      'BAD_TABLE',
      /exports neither a table/,
    ],
    [
      'listless.ts',
      `export const base = 'London', deltas = [{ eip: 0, title: 't', add: 5 }]`,
      'BAD_TABLE',
      /^cannot be applied: TypeError: /,
    ],
    [
      'address.ts',
      `export const base = 'London', deltas = [{ eip: 0, title: 't', precompiles: [{ address: 119, gas: () => 1, run: () => null }] }]`,
      'BAD_TABLE',
      'the precompile at 119: its address is not a bigint',
    ],
    [
      'runless.ts',
      `export const base = 'London', deltas = [{ eip: 0, title: 't', precompiles: [{ address: 0x77n, gas: () => 1 }] }]`,
      'BAD_TABLE',
      'the precompile at 0x77: run is not a function',
    ],
    [
      'twice.ts',
      `export const base = 'London', deltas = [{ eip: 0, title: 't', add: [{ ...${ROW}, name: 'ADD' }] }]`,
      'BAD_TABLE',
      't: leaves ADD both at 0x01 and 0x0c',
    ],
  ])('names %s, which it cannot use', async (name, text, code, message) => {
    const path = text === null ? join(folder, name) : file(name, text)
    const error = await findTable(path).catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ name: 'ZvmError', code, details: { path } })
    const said = (error as Error).message
    expect(said.startsWith(`${path}: `)).toBe(true)
    if (typeof message === 'string') expect(said.slice(path.length + 2)).toBe(message)
    else expect(said.slice(path.length + 2)).toMatch(message)
  })
})
