import { describe, expect, it } from 'vitest'
import { importFaults, importsOf } from './imports.ts'

const faults = (files: Record<string, string>) => importFaults(new Map(Object.entries(files)))

describe('importsOf', () => {
  it('finds every form with its line and whether it imports types alone', () => {
    const text = [
      "import { a } from './a.ts' // import { z } from './no.ts'",
      "import type { B } from './b.ts'",
      "import {\n  type C,\n  type D,\n} from './c.ts'",
      "import { type E, f } from './e.ts'",
      "export * from './g.ts'",
      "export type { H } from './h.ts'",
      "import './i.ts'",
      "const j = await import('./j.ts')",
      "// import { k } from './k.ts'",
      "/* import { l } from './l.ts'\nimport { m } from './m.ts' */",
      "import type from './n.ts'",
    ].join('\n')
    expect(importsOf(text).sort((x, y) => x.line - y.line)).toEqual(
      [
        ['./a.ts', false, 1],
        ['./b.ts', true, 2],
        ['./c.ts', true, 3],
        ['./e.ts', false, 7],
        ['./g.ts', false, 8],
        ['./h.ts', true, 9],
        ['./i.ts', false, 10],
        ['./j.ts', false, 11],
        ['./n.ts', false, 15],
      ].map(([specifier, typeOnly, line]) => ({ specifier, typeOnly, line })),
    )
  })
})

describe('importFaults', () => {
  it.each([
    ['a lower folder', 'src/chain/a.ts', "import { x } from '../core/x.ts'"],
    ['the same folder', 'src/core/a.ts', "import { x } from './x.ts'"],
    ['types of state from opcodes', 'opcodes/evm/a.ts', "import type { S } from '../../src/state/s.ts'"],
    ['a test upwards', 'src/core/a.test.ts', "import { x } from '../cli/x.ts'\nimport 'node:fs'"],
    ['Node in replay', 'src/replay/a.ts', "import { readFileSync } from 'node:fs'"],
    ['types of Node below replay', 'src/core/a.ts', "import type { X } from 'node:fs'"],
    ['Node in the disk store', 'src/state/disk/a.ts', "import { statSync } from 'node:fs'"],
    ['types of the disk store', 'src/chain/a.ts', "import type { X } from '../state/disk/x.ts'"],
    ['a package', 'src/core/a.ts', "import { keccak256 } from 'ethereum-cryptography/keccak.js'"],
    ['the entry point downwards', 'src/index.ts', "export { x } from './chain/x.ts'"],
  ])('allows %s', (_, file, text) => {
    expect(faults({ [file]: text })).toEqual([])
  })

  it.each([
    [
      'upwards',
      'src/core/a.ts',
      "\nimport { x } from '../state/x.ts'",
      'src/core/a.ts:2: imports upwards, src/core -> src/state',
    ],
    [
      'types upwards',
      'src/state/a.ts',
      "import type { X } from '../chain/x.ts'",
      'src/state/a.ts:1: imports upwards, src/state -> src/chain',
    ],
    [
      'lazily upwards',
      'src/chain/a.ts',
      "await import('../cli/x.ts')",
      'src/chain/a.ts:1: imports upwards, src/chain -> src/cli',
    ],
    [
      'between neighbours',
      'src/wallet/a.ts',
      "import { x } from '../ledger/x.ts'",
      'src/wallet/a.ts:1: imports upwards, src/wallet -> src/ledger',
    ],
    [
      'the entry point',
      'src/chain/a.ts',
      "import { x } from '../index.ts'",
      'src/chain/a.ts:1: imports upwards, src/chain -> src',
    ],
    [
      'values of state from opcodes',
      'opcodes/a.ts',
      "import { s } from '../src/state/s.ts'",
      'opcodes/a.ts:1: imports a value of src/state; opcodes may import only its types',
    ],
    [
      'Node below replay',
      'src/trace/a.ts',
      "import { x } from 'fs'",
      "src/trace/a.ts:1: imports 'fs', but only src/host and above may use Node",
    ],
    [
      'the disk store below replay',
      'src/state/a.ts',
      "import { x } from './disk/x.ts'",
      'src/state/a.ts:1: imports src/state/disk/, which needs Node, but only src/host and above may use it',
    ],
    [
      'Node in the entry point',
      'src/index.ts',
      "import 'node:os'",
      "src/index.ts:1: imports 'node:os', but only src/host and above may use Node",
    ],
    [
      'a test',
      'src/core/a.ts',
      "import { x } from './x.test.ts'",
      'src/core/a.ts:1: imports the test src/core/x.test.ts',
    ],
    [
      'an unknown folder',
      'src/utils/a.ts',
      '',
      'src/utils/a.ts: its folder is not in the tree (scripts/check/imports.ts)',
    ],
  ])('refuses %s', (_, file, text, fault) => {
    expect(faults({ [file]: text })).toEqual([fault])
  })

  it('refuses circles of values, not of types', () => {
    const circle = (keyword: string) => ({
      'src/core/a.ts': "import { b } from './b.ts'",
      'src/core/b.ts': "export { c } from './c.ts'",
      'src/core/c.ts': `import ${keyword}{ a } from './a.ts'`,
    })
    expect(faults(circle(''))).toEqual([
      'circular import: src/core/a.ts -> src/core/b.ts -> src/core/c.ts -> src/core/a.ts',
    ])
    expect(faults(circle('type '))).toEqual([])
  })
})
