import { expect, it } from 'vitest'
import { cancun, frontier } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import { extend } from '../../src/core/table.ts'
import { forkReference, opcodeReference } from './opcode-reference.ts'

it('gives each byte a line, with what the forks did to it', () => {
  const lines = forkReference().split('\n')
  const line = (byte: string) => lines.find((text) => text.startsWith(`| ${byte} `))
  expect(line('0x01')).toBe('| 0x01 | ADD |  | 2 → 1 | 3 | YP H.2 | Frontier |  |')
  expect(line('0x61')).toBe('| 0x61 | PUSH2 | 2 | 0 → 1 | 3 | YP H.2 | Frontier |  |')
  expect(line('0x44')).toBe(
    '| 0x44 | PREVRANDAO |  | 0 → 1 | 2 | EIP-4399 | Frontier | Paris, EIP-4399: was DIFFICULTY |',
  )
  expect(line('0x3f')).toMatch(
    /\| Constantinople \| Istanbul, EIP-1884: gas 400 → 700; Berlin, EIP-2929: gas 700 → 100 \|$/,
  )
  expect(line('0x0a')).toMatch(/\| EIP158, EIP-160: EXP cost increase \|$/)
  const table = lines.filter((text) => text.startsWith('|'))
  expect(new Set(table.map((text) => text.split(' | ').length))).toEqual(new Set([8]))
})

it('gives each opcode of the native set a line too', () => {
  const lines = opcodeReference().split('\n# Opcodes of zvm\n')[1].split('\n')
  expect(lines).toContain('| 0x12 | PUSH2 | 2 | 0 → 1 | 3 | YP H.2 |')
  const [bytes, rows] = [lines.filter((line) => line.startsWith('| 0x')), [...zvm.rows.values()]]
  expect(bytes.map((line) => line.split(' ')[3]).sort()).toEqual(rows.map(({ name }) => name).sort())
})

it('says what was dropped and came back', () => {
  const without = extend(cancun, 'Without', [{ eip: 0, title: 'no SLOAD', drop: ['SLOAD'] }])
  const again = extend(without, 'Again', [{ eip: 1, title: 'SLOAD', add: [cancun.rows.get(0x54)!] }])
  expect(forkReference([frontier, cancun, without, again])).toContain(
    '; Without: dropped; Again, EIP-1: added again |',
  )
})
