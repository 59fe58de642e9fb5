import { describe, expect, it } from 'vitest'
import { bpo4Fork, cancun, FORKS, frontier, london } from '../../opcodes/forks.ts'
import { extend } from '../core/table.ts'
import { listOpcodes, opcodeHistories } from './opcode-list.ts'

/** The opcodes that came after Frontier, by the fork that brought them, from the EIPs. */
const ARRIVALS: Record<string, string> = {
  Homestead: 'DELEGATECALL',
  Byzantium: 'RETURNDATASIZE RETURNDATACOPY STATICCALL REVERT',
  Constantinople: 'SHL SHR SAR EXTCODEHASH CREATE2',
  Istanbul: 'CHAINID SELFBALANCE',
  London: 'BASEFEE',
  Paris: 'PREVRANDAO',
  Shanghai: 'PUSH0',
  Cancun: 'BLOBHASH BLOBBASEFEE TLOAD TSTORE MCOPY',
  Osaka: 'CLZ',
}

describe('listOpcodes', () => {
  it('tells since when each opcode is there', () => {
    const later = listOpcodes(bpo4Fork).filter(({ since }) => since !== 'Frontier')
    const arrivals = Object.entries(ARRIVALS).flatMap(([fork, names]) =>
      names.split(' ').map((name) => [name, fork]),
    )
    expect(Object.fromEntries(later.map(({ name, since }) => [name, since]))).toEqual(
      Object.fromEntries(arrivals),
    )
  })

  it('lists the rows of any table by byte, those of nobody else without a fork', () => {
    const execute = () => 0 as const
    const own = {
      code: 0x0c,
      name: 'PAIR',
      immediate: 2,
      pops: 1,
      pushes: 3,
      gas: 7,
      flags: 3,
      spec: 'mine',
      execute,
    }
    const table = extend(london, 'mine', [{ eip: 0, title: 'mine', drop: ['SIGNEXTEND'], add: [own] }])
    const listed = listOpcodes(table)
    expect(listed.length).toBe(london.rows.size)
    expect(listed.map(({ code }) => code)).toEqual([...table.rows.keys()].sort((a, b) => a - b))
    const { execute: _, ...data } = own
    expect(listed.find(({ code }) => code === 0x0c)).toEqual({ ...data, flags: ['WRITES', 'ENDS'] })
    expect(listed.find(({ name }) => name === 'CALL')).toEqual({
      ...{ code: 0xf1, name: 'CALL', immediate: 0, pops: 7, pushes: 1, gas: 100, since: 'Frontier' },
      ...{ flags: ['SUSPENDS', 'READS_GAS'], spec: 'EIP-2929' },
    })
  })
})

describe('opcodeHistories', () => {
  const historyOf = (code: number, forks = FORKS) =>
    opcodeHistories(forks)
      .find((history) => history.code === code)!
      .changes.map(({ fork, delta, row }) => [fork, delta.eip, row?.gas])

  it('gives each change with its fork and EIP', () => {
    expect(historyOf(0x54)).toEqual([
      ['Frontier', 0, 50],
      ['EIP150', 150, 200],
      ['Istanbul', 1884, 800],
      ['Berlin', 2929, 100],
    ])
    const without = extend(cancun, 'without', [{ eip: 0, title: 'no SLOAD', drop: ['SLOAD'] }])
    expect(historyOf(0x54, [frontier, cancun, without]).at(-1)).toEqual(['without', 0, undefined])
  })

  it('ends with the rows of the last fork', () => {
    const last = new Map(opcodeHistories().map(({ code, changes }) => [code, changes.at(-1)!.row]))
    expect(last).toEqual(new Map([...bpo4Fork.rows].sort(([a], [b]) => a - b)))
  })
})
