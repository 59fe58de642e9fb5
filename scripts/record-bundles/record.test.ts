import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parseJson } from '../../src/core/json.ts'
import { parseBundle } from '../../src/replay/bundle.ts'
import { serializeBundle } from '../../src/replay/bundle-writer.ts'
import { unpackSteps } from '../../src/replay/steps.ts'
import { COMMITTED_SCENARIOS } from './committed.ts'
import { FIRST_MAINNET_TRANSACTION } from './first-transaction.ts'
import { whyNoAnvil } from './node.ts'
import { projectRoot } from './root.ts'
import { runScenario } from './scenario.ts'

const BUNDLES = join(projectRoot(), 'fixtures', 'bundles')

function committed(name: string) {
  const file = `${name}.json`
  return parseBundle(parseJson(readFileSync(join(BUNDLES, file)), file), file)
}

/** Everything but the versions of the tools, which may be newer than when the bundle was recorded. */
function withoutSource(bundle: ReturnType<typeof committed>): string {
  return serializeBundle({ ...bundle, source: undefined })
}

describe('the recorded scenarios', () => {
  it('each have their bundle', () => {
    for (const { name, fork } of COMMITTED_SCENARIOS)
      expect(committed(name)).toMatchObject({ name, chain: { fork } })
    expect(committed(FIRST_MAINNET_TRANSACTION.name)).toEqual(FIRST_MAINNET_TRANSACTION)
  })
})

const reason = await whyNoAnvil()

describe.skipIf(reason !== null)(`recording${reason === null ? '' : ` (skipped: ${reason})`}`, () => {
  it('gives the committed bundle and steps again', async () => {
    const scenario = COMMITTED_SCENARIOS.find(({ name }) => name === 'multicall')!
    const { bundle, steps } = await runScenario(projectRoot(), scenario)
    expect(withoutSource(bundle)).toBe(withoutSource(committed('multicall')))
    const file = 'multicall.steps.gz'
    expect(steps).toEqual(unpackSteps(readFileSync(join(BUNDLES, file)), file))
  })
})
