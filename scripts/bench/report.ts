import type { Timing } from './measure.ts'

/**
 * One line of the table: one case in one tier against one peer, null where a member has no meaning. `ms` and `peerMs`
 * are the best samples: on a machine that also does other things they vary least, as what disturbs a run only ever
 * adds to it.
 */
export interface BenchRow {
  readonly group: string
  readonly case: string
  /** Null where all tiers are the same. */
  readonly tier: string | null
  readonly ms: number | null
  readonly msMedian: number | null
  /** Of one message. */
  readonly gas: number | null
  /** Null where ours ran alone. */
  readonly peer: string | null
  readonly peerMs: number | null
  readonly peerMsMedian: number | null
  /** Size, where that is what is measured. */
  readonly bytes: number | null
  readonly peerBytes: number | null
  /** How many times as fast as the peer, or as small: peerMs / ms, peerBytes / bytes. */
  readonly ratio: number | null
}

export interface Geomean {
  /** A group, or a family of its cases: `evm/main`. */
  readonly group: string
  readonly tier: string | null
  readonly peer: string
  readonly ratio: number
  /** The least of the ratios, and the case that has it. */
  readonly least: number
  readonly leastCase: string
}

/** What a row is about. */
export type RowName = Pick<BenchRow, 'group' | 'case' | 'tier' | 'peer'> & { readonly gas?: number | null }

/** Makes a row of two timings, or of ours alone. */
export function timeRow(named: RowName, ours: Timing, peer: Timing | null): BenchRow {
  return {
    ...namesOf(named),
    ms: ours.best,
    msMedian: ours.median,
    gas: named.gas ?? null,
    peer: named.peer,
    peerMs: peer?.best ?? null,
    peerMsMedian: peer?.median ?? null,
    bytes: null,
    peerBytes: null,
    ratio: peer === null ? null : peer.best / ours.best,
  }
}

/** Makes a row of two sizes, or of ours alone. */
export function sizeRow(named: RowName, bytes: number, peerBytes: number | null): BenchRow {
  return {
    ...namesOf(named),
    ms: null,
    msMedian: null,
    gas: null,
    peer: named.peer,
    peerMs: null,
    peerMsMedian: null,
    bytes,
    peerBytes,
    ratio: peerBytes === null ? null : peerBytes / bytes,
  }
}

function namesOf({ group, case: name, tier }: RowName) {
  return { group, case: name, tier }
}

/** The tier that the others are held against. */
const JUDGE = 'reference'

/**
 * The geometric mean of the ratios of every group, of every family of a group that has several, and of every group's
 * tiers against the reference tier.
 */
export function geomeans(rows: readonly BenchRow[]): Geomean[] {
  const means = new Map<string, Mean>()
  const add = (group: string, row: BenchRow) => {
    if (row.peer === null || row.ratio === null) return
    const key = [group, row.tier, row.peer].join('\n')
    const mean = means.get(key) ?? new Mean(group, row.tier, row.peer)
    means.set(key, mean)
    mean.add(row.case, row.ratio)
  }
  const families = (group: string) =>
    new Set(rows.filter((row) => row.group === group).map((row) => familyOf(row.case)))
  for (const row of rows) {
    const family = familyOf(row.case)
    if (family && families(row.group).size > 1) add(`${row.group}/${family}`, row)
  }
  for (const row of rows) add(row.group, row)
  for (const row of againstReference(rows)) add(row.group, row)
  return [...means.values()].map((mean) => mean.result())
}

/** Every tier but the reference tier against that: one row a case and tier, of rows that were measured. */
function againstReference(rows: readonly BenchRow[]): BenchRow[] {
  const keyOf = (row: BenchRow) => `${row.group}\n${row.case}`
  const judges = new Map(rows.filter(({ tier }) => tier === JUDGE).map((row) => [keyOf(row), row]))
  const ours = new Map(rows.filter(isFast).map((row) => [`${keyOf(row)}\n${row.tier}`, row]))
  return [...ours.values()].flatMap((row) => {
    const peerMs = judges.get(keyOf(row))?.ms ?? null
    if (row.ms === null || peerMs === null) return []
    return [{ ...row, peer: JUDGE, peerMs, ratio: peerMs / row.ms }]
  })
}

function isFast({ tier }: BenchRow): boolean {
  return tier !== null && tier !== JUDGE
}

/** Collects the ratios of a geometric mean. */
class Mean {
  readonly #named: Pick<Geomean, 'group' | 'tier' | 'peer'>
  #logs = 0
  #count = 0
  #least = Number.POSITIVE_INFINITY
  #leastCase = ''

  constructor(group: string, tier: string | null, peer: string) {
    this.#named = { group, tier, peer }
  }

  add(name: string, ratio: number): void {
    this.#logs += Math.log(ratio)
    this.#count++
    if (ratio >= this.#least) return
    this.#least = ratio
    this.#leastCase = name
  }

  result(): Geomean {
    const ratio = Math.exp(this.#logs / this.#count)
    return { ...this.#named, ratio, least: this.#least, leastCase: this.#leastCase }
  }
}

/** `main` of `main/sha1_divs/5311`; empty where the name has no parts. */
function familyOf(name: string): string {
  return name.includes('/') ? name.slice(0, name.indexOf('/')) : ''
}
