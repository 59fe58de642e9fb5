import type { Timing } from './measure.ts'

/**
 * One line of the table: one case in one tier against one peer. `ms` are the best samples: on a machine that also does
 * other things they vary least, as what disturbs a run only ever adds to it.
 */
export interface BenchRow {
  readonly group: string
  readonly case: string
  readonly tier: string
  readonly ms: number
  /** Null where the case is not one message. */
  readonly gas: number | null
  readonly peer: string
  readonly peerMs: number
  /** How many times as fast as the peer: peerMs / ms. */
  readonly ratio: number
}

export interface Geomean {
  /** A group, or a family of its cases: `evm/main`. */
  readonly group: string
  readonly tier: string
  readonly peer: string
  readonly ratio: number
}

/** Makes a row of two timings. */
export function rowOf(
  named: Pick<BenchRow, 'group' | 'case' | 'tier' | 'gas' | 'peer'>,
  ours: Timing,
  peer: Timing,
): BenchRow {
  const { group, case: name, tier, gas, peer: peerName } = named
  const [ms, peerMs] = [ours.best, peer.best]
  return { group, case: name, tier, ms, gas, peer: peerName, peerMs, ratio: peerMs / ms }
}

/** The geometric mean of the ratios of every group, and of every family of a group that has several. */
export function geomeans(rows: readonly BenchRow[]): Geomean[] {
  const byKey = new Map<string, { named: Omit<Geomean, 'ratio'>; logs: number[] }>()
  const add = (group: string, { tier, peer, ratio }: BenchRow) => {
    const key = [group, tier, peer].join('\n')
    const entry = byKey.get(key) ?? { named: { group, tier, peer }, logs: [] }
    entry.logs.push(Math.log(ratio))
    byKey.set(key, entry)
  }
  const families = (group: string) =>
    new Set(rows.filter((row) => row.group === group).map((row) => familyOf(row.case)))
  for (const row of rows) {
    const family = familyOf(row.case)
    if (family && families(row.group).size > 1) add(`${row.group}/${family}`, row)
  }
  for (const row of rows) add(row.group, row)
  return [...byKey.values()].map(({ named, logs }) => ({
    ...named,
    ratio: Math.exp(logs.reduce((sum, log) => sum + log, 0) / logs.length),
  }))
}

/** `main` of `main/sha1_divs/5311`; empty where the name has no parts. */
function familyOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : ''
}

const WIDTHS = [38, 10, 13, 9, 9, 16, 9, 9, 9] as const

export const TABLE_HEAD: string = line([
  'case',
  'tier',
  'gas',
  'ms',
  'median',
  'peer',
  'ms',
  'median',
  'ratio',
])

/** The row as a line of the table, with the medians of the samples behind it. */
export function tableLine(row: BenchRow, ours: Timing, peer: Timing): string {
  const gas = row.gas === null ? '' : row.gas.toLocaleString('en')
  const times = [duration(row.ms), duration(ours.median)]
  const peerTimes = [duration(row.peerMs), duration(peer.median)]
  return line([row.case, row.tier, gas, ...times, row.peer, ...peerTimes, factor(row.ratio)])
}

/** A geometric mean as a line of the table. */
export function geomeanLine({ group, tier, peer, ratio }: Geomean): string {
  return line([`geometric mean of ${group}`, tier, '', '', '', peer, '', '', factor(ratio)])
}

/** Names to the left, numbers to the right. */
function line(cells: readonly string[]): string {
  const isName = (i: number) => i < 2 || i === 5
  const pad = (cell: string, i: number) => (isName(i) ? cell.padEnd(WIDTHS[i]) : cell.padStart(WIDTHS[i]))
  return cells.map(pad).join(' ').trimEnd()
}

/** Milliseconds with three significant digits or more. */
function duration(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)
}

function factor(ratio: number): string {
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)} x`
}
