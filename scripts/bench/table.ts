import type { BenchRow, Geomean } from './report.ts'

const WIDTHS = [38, 11, 13, 9, 9, 19, 9, 9, 9] as const

const ABSENT = '–'

/** The head of the table that `tableLine` writes. */
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

/** The row as a line of the table: bytes stand in the columns of the times, and a dash for what was not measured. */
export function tableLine(row: BenchRow): string {
  const gas = row.gas === null ? '' : row.gas.toLocaleString('en')
  const ours = cells(row.ms, row.msMedian, row.bytes)
  const peer = row.peer === null ? ['', ''] : cells(row.peerMs, row.peerMsMedian, row.peerBytes)
  const ratio = row.ratio === null ? ABSENT : factor(row.ratio)
  return line([
    row.case,
    row.tier ?? '',
    gas,
    ...ours,
    row.peer ?? '',
    ...peer,
    row.peer === null ? '' : ratio,
  ])
}

/** A geometric mean as a line under the table, with the least of the ratios. */
export function geomeanLine({ group, tier, peer, ratio, least, leastCase }: Geomean): string {
  const mean = line([`geometric mean of ${group}`, tier ?? '', '', '', '', peer, '', '', factor(ratio)])
  return `${mean}   least ${factor(least)}: ${leastCase}`
}

function cells(best: number | null, median: number | null, bytes: number | null): string[] {
  if (bytes !== null) return [`${bytes.toLocaleString('en')} B`, '']
  return [best, median].map((ms) => (ms === null ? ABSENT : duration(ms)))
}

/** Names to the left, numbers to the right. */
function line(texts: readonly string[]): string {
  const isName = (i: number) => i < 2 || i === 5
  const pad = (text: string, i: number) => (isName(i) ? text.padEnd(WIDTHS[i]) : text.padStart(WIDTHS[i]))
  return texts.map(pad).join(' ').trimEnd()
}

/** Milliseconds with three significant digits or more. */
function duration(ms: number): string {
  return ms >= 100 ? ms.toFixed(0) : ms.toPrecision(3)
}

function factor(ratio: number): string {
  return `${ratio >= 100 ? ratio.toFixed(0) : ratio.toPrecision(3)} x`
}
