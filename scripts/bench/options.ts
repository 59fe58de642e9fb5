import { parseArgs } from 'node:util'
import { parseNamePattern } from '../../src/conform/name-filter.ts'
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'
import type { Options } from './group.ts'

export const USAGE = `npm run bench -- [options]
  --group NAME[,NAME]   only these groups
  --case PATTERN        only cases whose name holds this text or matches this regular expression
  --tier NAME[,NAME]    our tiers (default: all; of a quick run only the default tier)
  --peer NAME[,NAME]    only these peers; none for ours alone
  --quick               under a minute: few samples, and no case whose peer takes long
  --corpus FILE         programs to measure in the place of the public corpus
  --suites DIR          where the public suites lie (default: ethereum-tests)
  --profile FILE        write a CPU profile of ours, which then runs alone
  --json                one object on stdout
  --record-programs     compile fixtures/programs anew, and nothing else`

/** What the command is to do. */
export type Request = { kind: 'help' } | { kind: 'record' } | ({ kind: 'bench' } & Options)

/** The names that options may choose from. */
export interface Known {
  readonly groups: readonly string[]
  /** The default tier first. */
  readonly tiers: readonly string[]
  readonly peers: readonly string[]
}

/** Reads the command line. Throws USAGE. */
export function readOptions(args: readonly string[], known: Known): Request {
  const values = parse(args)
  if (values.help) return { kind: 'help' }
  if (values['record-programs']) return { kind: 'record' }
  if (values.profile !== undefined && values.peer !== undefined)
    throw new ZvmError(
      ERROR_CODES.usage,
      '--profile and --peer exclude each other: a profile is of ours alone',
    )
  const isQuick = values.quick === true
  const isAlone = values.profile !== undefined || values.peer === 'none'
  return {
    kind: 'bench',
    json: values.json === true,
    isQuick,
    groups: values.group === undefined ? null : namesOf(values.group, '--group', known.groups),
    isWanted: filterOf(values.case),
    tiers:
      values.tier === undefined ? defaultTiers(known, isQuick) : namesOf(values.tier, '--tier', known.tiers),
    peers: isAlone ? [] : values.peer === undefined ? null : namesOf(values.peer, '--peer', known.peers),
    corpus: values.corpus ?? null,
    suites: values.suites ?? 'ethereum-tests',
    profile: values.profile ?? null,
  }
}

function defaultTiers({ tiers }: Known, isQuick: boolean): readonly string[] {
  return isQuick ? tiers.slice(0, 1) : tiers
}

function parse(args: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = {
    ...{ group: text, case: text, tier: text, peer: text, corpus: text, suites: text, profile: text },
    ...{ quick: flag, json: flag, help: flag, 'record-programs': flag },
  }
  try {
    return parseArgs({ args: [...args], options }).values
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw new ZvmError(ERROR_CODES.usage, message, {}, cause)
  }
}

function namesOf(list: string, option: string, known: readonly string[]): string[] {
  const names = list.split(',')
  const stray = names.find((name) => !known.includes(name))
  if (stray !== undefined)
    throw new ZvmError(
      ERROR_CODES.usage,
      `${option}: no ${JSON.stringify(stray)}; there are ${known.join(', ')}`,
    )
  return names
}

/** Names often hold characters that mean something else in a pattern, so plain text is looked for first. */
function filterOf(pattern: string | undefined): (name: string) => boolean {
  if (pattern === undefined) return () => true
  const expression = parseNamePattern(pattern, '--case')
  return (name) => name.includes(pattern) || expression.test(name)
}
