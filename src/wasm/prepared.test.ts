import { expect, it } from 'vitest'
import { cancun, osaka } from '../../opcodes/forks.ts'
import { at, extend } from '../core/table.ts'
import { interpreterBytes, prepareInterpreter } from './prepared.ts'

const own = () => extend(osaka, 'own', [{ eip: 0, title: 'dearer', reprice: { ADD: 4 } }])

it('takes the module that was prepared for the same rows, under other rules too', () => {
  const table = own()
  const bytes = Uint8Array.of(1)
  prepareInterpreter(table, () => bytes)
  expect(interpreterBytes(table)).toBe(bytes)
  expect(interpreterBytes(extend(table, 'rules', [{ eip: 0, title: 'rules', rules: { blob: null } }]))).toBe(
    bytes,
  )
})

it('writes one where none was prepared, or is no longer there, and for other rows', () => {
  const table = own()
  const written = interpreterBytes(table)
  expect(() => new WebAssembly.Module(written as Uint8Array<ArrayBuffer>)).not.toThrow()
  prepareInterpreter(table, () => null)
  expect(interpreterBytes(table)).toEqual(written)
  prepareInterpreter(table, () => Uint8Array.of(1))
  const moved = extend(table, 'moved', [
    { eip: 0, title: 'again', add: [at(0x0c, table.rows.get(1)!, { name: 'PLUS' })] },
  ])
  expect(interpreterBytes(moved).length).toBeGreaterThan(written.length)
})

it('is the same whenever it is written, and differs by the rows', () => {
  expect(interpreterBytes(osaka)).toEqual(interpreterBytes(osaka))
  expect(interpreterBytes(cancun)).not.toEqual(interpreterBytes(osaka))
})
