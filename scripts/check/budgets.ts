/**
 * The guard that needs no clock: sizes and counts that budgets.json bounds. A change that passes a bound either pays
 * for it elsewhere or moves the bound, in sight of whoever reads the change.
 */
import { bundleBytes, evaluate } from '../bench/bundle.ts'

/** A bound from above or from below, inclusive. */
export interface Budget {
  readonly most?: number
  readonly least?: number
  readonly unit: string
}

/** What an embedder loads for a fork of the EVM: all tiers, all precompiles, a state with roots. */
const ENGINE = "export { createEngine, memoryState, osaka } from './src/index.ts'"

/** The entry points that browsers load, and the files they are made of. */
const BUNDLES = {
  'bundle zvm-engine': 'src/index.ts',
  'bundle zvm-engine/core': 'src/core.ts',
  'bundle zvm-engine/evm': 'opcodes/index.ts',
  'bundle zvm-engine/runtime': 'src/runtime/index.ts',
  'bundle zvm-engine/capabilities': 'src/capabilities.ts',
  'bundle zvm-engine/debugger': 'src/debugger.ts',
  'bundle zvm-engine/assembler': 'src/assembler.ts',
  'bundle zvm-engine/native': 'src/native.ts',
  'bundle zvm-engine/wallet': 'src/wallet/index.ts',
  'bundle zvm-engine/ledger': 'src/ledger/index.ts',
  'bundle zvm-engine/lite': 'src/lite/index.ts',
  'bundle zvm-engine/compile': 'src/lite/compile/index.ts',
}

/** Measures all that has a budget. */
export async function measure(): Promise<Record<string, number>> {
  const counts = evaluate(
    "import { measureEngine } from './scripts/check/engine-measures.ts'; console.log(JSON.stringify(measureEngine()))",
  )
  const sizes = Object.entries(BUNDLES).map(async ([name, path]) => [
    name,
    await bundleBytes(`export * from './${path}'`),
  ])
  const engine = { 'bundle createEngine': await bundleBytes(ENGINE) }
  return { ...Object.fromEntries(await Promise.all(sizes)), ...engine, ...JSON.parse(await counts) }
}

/** The budgets that are passed, one line each; and those without a measure, or measures without a budget. */
export function budgetFaults(
  budgets: Readonly<Record<string, Budget>>,
  measured: Readonly<Record<string, number>>,
): string[] {
  const names = new Set([...Object.keys(budgets), ...Object.keys(measured)])
  return [...names].flatMap((name) => {
    if (!(name in budgets)) return [`${name}: measured, but scripts/check/budgets.json has no budget for it`]
    if (!(name in measured)) return [`${name}: has a budget, but is not measured`]
    const { most = Number.POSITIVE_INFINITY, least = Number.NEGATIVE_INFINITY, unit } = budgets[name]
    const value = measured[name]
    // Written so that what is no number is a fault too.
    if (value >= least && value <= most) return []
    const bound = value < least ? `at least ${least}` : `at most ${most}`
    return [`${name}: ${value} ${unit}, the budget is ${bound}`]
  })
}
