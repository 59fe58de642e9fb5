import type { FuzzAccount } from '../case.ts'
import { boundaries, without } from '../instructions.ts'
import type { TierCase, TierRun } from './case.ts'
import { tableByName } from './tables.ts'

/** Trials a reduction may take; each runs the case in every tier. */
const TRIALS = 3000

/** The smallest case found that still `persists`: runs, accounts, instructions, calldata and limits are taken away. */
export function minimiseTiers(tierCase: TierCase, persists: (smaller: TierCase) => boolean): TierCase {
  let best = tierCase
  let trials = TRIALS
  const improve = (): boolean => {
    for (const pass of PASSES)
      for (const smaller of pass(best)) {
        if (trials-- <= 0) return false
        if (!persists(smaller)) continue
        best = smaller
        return true
      }
    return false
  }
  while (improve());
  return best
}

type Pass = (tierCase: TierCase) => Iterable<TierCase>

const PASSES: readonly Pass[] = [fewerRuns, fewerAccounts, shorterCode, plainerAccounts, plainerRuns]

function* fewerRuns(tierCase: TierCase): Iterable<TierCase> {
  const { runs } = tierCase
  if (runs.length === 1) return
  yield { ...tierCase, runs: runs.slice(-1) }
  for (let i = 0; i < runs.length; i++) yield { ...tierCase, runs: runs.filter((_, at) => at !== i) }
}

function* fewerAccounts(tierCase: TierCase): Iterable<TierCase> {
  for (const address of [...tierCase.accounts.keys()].slice(1)) {
    const accounts = new Map(tierCase.accounts)
    accounts.delete(address)
    yield { ...tierCase, accounts }
  }
}

/** Every program without a stretch of instructions: half of it, a quarter, and so on to single ones. */
function* shorterCode(tierCase: TierCase): Iterable<TierCase> {
  const table = tableByName(tierCase.fork)
  for (const [address, account] of tierCase.accounts) {
    const starts = boundaries(account.code, table)
    const count = starts.length - 1
    for (let length = count; length > 0; length >>= 1)
      for (let i = 0; i + length <= count; i += length) {
        const code = without(account.code, table, starts[i], starts[i + length])
        yield withAccount(tierCase, address, { ...account, code })
      }
  }
}

function* plainerAccounts(tierCase: TierCase): Iterable<TierCase> {
  for (const [address, account] of tierCase.accounts) {
    if (account.storage.size > 0) yield withAccount(tierCase, address, { ...account, storage: new Map() })
    if (account.balance > 0n) yield withAccount(tierCase, address, { ...account, balance: 0n })
  }
  if (tierCase.sharesTranslations) yield { ...tierCase, sharesTranslations: false }
  if (tierCase.heat > 1) yield { ...tierCase, heat: tierCase.heat >> 1 }
}

function* plainerRuns(tierCase: TierCase): Iterable<TierCase> {
  const change = (at: number, changed: Partial<TierRun>): TierCase => ({
    ...tierCase,
    runs: tierCase.runs.map((run, i) => (i === at ? { ...run, ...changed } : run)),
  })
  for (const [i, { gas, steps, slice, data }] of tierCase.runs.entries()) {
    if (slice > 0) yield change(i, { slice: 0 })
    for (const size of [0, data.length >> 1, data.length - 1])
      if (size >= 0 && size < data.length) yield change(i, { data: data.slice(0, size) })
    for (let step = gas >> 1n; step > 0n; step >>= 1n) yield change(i, { gas: gas - step })
    for (let step = steps >> 1; step > 0; step >>= 1) yield change(i, { steps: steps - step })
  }
}

function withAccount(tierCase: TierCase, address: bigint, account: FuzzAccount): TierCase {
  return { ...tierCase, accounts: new Map(tierCase.accounts).set(address, account) }
}
