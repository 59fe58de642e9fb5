import { createHash } from 'node:crypto'
import { bytesToHex, toQuantity } from '../../../src/core/hex.ts'
import { arrayOf, Members, type Read } from '../../../src/core/members.ts'
import { byAddress, orNull, quantity, readBytes, text } from '../../../src/replay/bundle-values.ts'
import { accountsToJson, readAccount } from '../fixture.ts'
import type { TierCase, TierRun } from './case.ts'

const FORMAT = 'zvm-fuzz-tiers/1'

/** A case on which the tiers once differed, made small. What it was is said in `verdict`, by whoever mended it. */
export interface TierFixture {
  /** Seed and number of the program it was found in. */
  readonly found: string
  readonly verdict: string | null
  readonly case: TierCase
}

/** The name of a fixture's file: by its case alone. */
export function tierFixtureName({ case: tierCase }: TierFixture): string {
  const digest = createHash('sha256').update(JSON.stringify(tierCaseToJson(tierCase)))
  return `${digest.digest('hex').slice(0, 16)}.json`
}

export function tierFixtureToJson({ found, verdict, case: tierCase }: TierFixture): string {
  return JSON.stringify({ format: FORMAT, found, verdict, ...tierCaseToJson(tierCase) }, null, 2) + '\n'
}

export function tierCaseToJson({ fork, heat, sharesTranslations, accounts, runs }: TierCase) {
  return {
    fork,
    heat,
    sharesTranslations,
    accounts: accountsToJson(accounts),
    runs: runs.map(({ gas, data, ...numbers }) => ({
      gas: toQuantity(gas),
      ...numbers,
      data: bytesToHex(data),
    })),
  }
}

/** Reads a fixture. Throws VALUE naming the place. */
export function readTierFixture(value: unknown, place: string): TierFixture {
  const members = new Members(value, place)
  const format = members.required('format', text(40))
  if (format !== FORMAT) throw new Error(`${place}: not ${FORMAT}`)
  const fixture: TierFixture = {
    found: members.required('found', text(200)),
    verdict: members.required('verdict', orNull(text(2000))),
    case: {
      fork: members.required('fork', text(40)),
      heat: members.required('heat', readCount),
      sharesTranslations: members.required('sharesTranslations', readFlag),
      accounts: members.required('accounts', byAddress(readAccount)),
      runs: members.required('runs', arrayOf(readRun)),
    },
  }
  members.done()
  return fixture
}

function readRun(value: unknown, place: string): TierRun {
  const members = new Members(value, place)
  const run: TierRun = {
    gas: members.required('gas', quantity(64)),
    steps: members.required('steps', readCount),
    slice: members.required('slice', readCount),
    data: members.required('data', readBytes),
  }
  members.done()
  return run
}

const readCount: Read<number> = (value, place) => {
  if (typeof value !== 'number' || !Number.isSafeInteger(value) || value < 0)
    throw new Error(`${place}: not a whole number`)
  return value
}

const readFlag: Read<boolean> = (value, place) => {
  if (typeof value !== 'boolean') throw new Error(`${place}: neither true nor false`)
  return value
}
