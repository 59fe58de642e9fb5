import { type Recording, record, type Title } from './capture.ts'
import { Chain } from './chain.ts'

/** One bundle in the making: a fresh chain of a fork, prepared and then sent the transactions of one block. */
export interface Scenario extends Title {
  readonly fork: string
  /** Sends what shall be recorded; what it mines itself before is preparation. */
  send(chain: Chain): Promise<void>
}

/** Runs a scenario on a node of its own. The same scenario always gives the same recording. */
export async function runScenario(root: string, scenario: Scenario): Promise<Recording> {
  const chain = await Chain.start(root, scenario.fork)
  try {
    await scenario.send(chain)
    return await record(chain, scenario)
  } catch (cause) {
    throw new Error(`${scenario.name}: ${(cause as Error).message}`, { cause })
  } finally {
    await chain.stop()
  }
}
