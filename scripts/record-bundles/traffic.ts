import { Chain } from './chain.ts'
import { COMMITTED_SCENARIOS } from './committed.ts'
import { projectRoot } from './root.ts'
import type { Scenario } from './scenario.ts'
import { UNISWAP_SCENARIOS } from './uniswap.ts'

/** Expects the first nonces of its accounts, so it comes first and once. */
const FIRST = 'set-code'

/**
 * A chain with the transactions of every scenario, each in blocks of its own, over and over until there are `blocks` of
 * them; every transaction type, creations, reverts, self-destructs and Uniswap are among them. Whoever starts it stops it.
 */
export async function startTraffic(
  blocks: number,
  fork = 'osaka',
  scenarios: readonly Scenario[] = [...COMMITTED_SCENARIOS, ...UNISWAP_SCENARIOS],
): Promise<Chain> {
  const chain = await Chain.start(projectRoot(), fork)
  try {
    const first = scenarios.filter(({ name }) => name === FIRST)
    const rest = scenarios.filter(({ name }) => name !== FIRST)
    for (const scenario of first) await play(chain, scenario)
    await chain.refreshNonces()
    for (;;)
      for (const scenario of rest) {
        if ((await chain.client.getBlockNumber({ cacheTime: 0 })) >= blocks) return chain
        await play(chain, scenario)
      }
  } catch (cause) {
    await chain.stop()
    throw cause
  }
}

async function play(chain: Chain, scenario: Scenario): Promise<void> {
  try {
    await scenario.send(chain)
    await chain.mine()
  } catch (cause) {
    throw new Error(`${scenario.name}: ${(cause as Error).message}`, { cause })
  }
}
