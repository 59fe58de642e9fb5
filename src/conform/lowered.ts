import { FORKS, osaka } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import { type LoweredSteps, loweredShare } from '../wasm/step-tally.ts'

/** How much of a run generated code did, and what it left to the host. */
export interface LoweredReport {
  readonly steps: number
  /** Part of them that generated code ran, 0 to 1. */
  readonly share: number
  /** Instructions that `execute` ran, the most frequent first. */
  readonly calledOut: readonly { readonly name: string; readonly count: number }[]
  /** Units of the translations made, and programs that were too large for one. */
  readonly units: number
  readonly refused: number
}

const NOTHING: LoweredSteps = { steps: 0, plain: 0, calledOut: [], units: 0, refused: 0 }

/** Adds up what tiers, threads or files have counted. */
export function sumLowered(parts: readonly LoweredSteps[]): LoweredSteps {
  return parts.reduce((sum, part) => {
    const calledOut = Array.from(
      { length: 256 },
      (_, i) => (sum.calledOut[i] ?? 0) + (part.calledOut[i] ?? 0),
    )
    return {
      calledOut,
      steps: sum.steps + part.steps,
      plain: sum.plain + part.plain,
      units: sum.units + part.units,
      refused: sum.refused + part.refused,
    }
  }, NOTHING)
}

/** `forks` are those of the cases that were run: the same byte is another opcode in the native set. */
export function describeLowered(counts: LoweredSteps, forks: readonly string[]): LoweredReport {
  const byName = counts.calledOut.map((count, code) => ({ name: nameOf(code, forks), count }))
  const all = [...byName, { name: 'frames too large to be placed', count: counts.plain }]
  const calledOut = all.filter(({ count }) => count > 0).sort((a, b) => b.count - a.count)
  const { steps, units, refused } = counts
  return { steps, share: loweredShare(counts), calledOut, units, refused }
}

/** Opcodes named in the one line for people. */
const SHOWN = 8

/** One line: `99.12 % of 1234 steps ran as generated code; of 11 others CALL 6, LOG1 5; 20 units compiled, 0 programs refused`. */
export function lineOfLowered({ steps, share, calledOut, units, refused }: LoweredReport): string {
  const out = calledOut.reduce((sum, { count }) => sum + count, 0)
  // Rounded down: 100 % is only what is all.
  const percent = (Math.floor(share * 10_000) / 100).toFixed(2)
  const named = calledOut.slice(0, SHOWN).map(({ name, count }) => `${name} ${count}`)
  const rest = calledOut.length > SHOWN ? ', …' : ''
  const others = out === 0 ? '' : `; of ${out} others ${named.join(', ')}${rest}`
  const compiled = units + refused === 0 ? '' : `; ${units} units compiled, ${refused} programs refused`
  return `${percent} % of ${steps} steps ran as generated code${others}${compiled}`
}

/** The latest name of a byte; with its name in the native set where that was run as well. */
function nameOf(code: number, forks: readonly string[]): string {
  const native = forks.includes(zvm.name) ? [zvm] : []
  const latest = FORKS.findLast(({ rows }) => rows.has(code)) ?? osaka
  const tables = native.length === 1 && forks.length === 1 ? native : [latest, ...native]
  const names = new Set(tables.flatMap(({ rows }) => rows.get(code)?.name ?? []))
  return [...names].join('/') || `0x${code.toString(16).padStart(2, '0')}`
}
