/**
 * Records bundles from a node that is not ours:
 * `node scripts/run.mjs record-bundles [--set committed|uniswap|all] [--out DIR] [--only NAME]`.
 * The committed set goes to fixtures/bundles unless told otherwise, what the node's tracers tell to the folder traces
 * beside that; Uniswap's set is not committed and needs a folder.
 */
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { COMMITTED_SCENARIOS } from './record-bundles/committed.ts'
import { FIRST_MAINNET_TRANSACTION } from './record-bundles/first-transaction.ts'
import { projectRoot } from './record-bundles/root.ts'
import { runScenario, type Scenario } from './record-bundles/scenario.ts'
import { UNISWAP_SCENARIOS } from './record-bundles/uniswap.ts'
import { writeBundle, writeRecording } from './record-bundles/write.ts'

const SETS: Readonly<Record<string, readonly Scenario[]>> = {
  committed: COMMITTED_SCENARIOS,
  uniswap: UNISWAP_SCENARIOS,
  all: [...COMMITTED_SCENARIOS, ...UNISWAP_SCENARIOS],
}

async function main(args: readonly string[]): Promise<number> {
  const root = projectRoot()
  const values = options(args)
  if (typeof values === 'string') return usage(values)
  const scenarios = SETS[values.set]
  if (scenarios === undefined) return usage(`no set ${values.set}: ${Object.keys(SETS).join(', ')}`)
  if (values.set !== 'committed' && values.out === undefined)
    return usage(`--set ${values.set} needs --out: Uniswap's contracts are not ours to publish`)
  const folder = values.out ?? join(root, 'fixtures', 'bundles')
  const chosen = scenarios.filter(({ name }) => values.only === undefined || name === values.only)
  if (values.set !== 'uniswap' && values.only === undefined)
    report(FIRST_MAINNET_TRANSACTION.name, writeBundle(folder, FIRST_MAINNET_TRANSACTION))
  for (const scenario of chosen) {
    const recording = await runScenario(root, scenario)
    const { bundle, steps, traces } = writeRecording(folder, join(folder, '..', 'traces'), recording)
    const count = recording.steps.reduce((sum, transaction) => sum + transaction.steps.length, 0)
    report(scenario.name, bundle, `, ${count} steps in ${steps} bytes, traces in ${traces}`)
  }
  return chosen.length > 0 || values.only === undefined ? 0 : usage(`no scenario ${values.only}`)
}

/** The options, or what is wrong with them. */
function options(args: readonly string[]): { set: string; out?: string; only?: string } | string {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        set: { type: 'string', default: 'committed' },
        out: { type: 'string' },
        only: { type: 'string' },
      },
    })
    return values
  } catch (error) {
    return (error as Error).message
  }
}

function report(name: string, sizeBytes: number, rest = ''): void {
  console.log(`${name}: ${sizeBytes} bytes${rest}`)
}

function usage(message: string): number {
  console.error(`record-bundles: ${message}`)
  return 3
}

process.exitCode = await main(process.argv.slice(2))
