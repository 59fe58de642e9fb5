import { basename } from 'node:path'
import { isBasicTestName } from './basic-tests.ts'

/** What the files of a suite hold, and so which runner takes them. */
export type SuiteKind = 'state' | 'block' | 'vm' | 'transaction' | 'rlp' | 'trie' | 'difficulty' | 'basic'

/** A kind of file that is known and not run here. */
export type OtherKind = 'engine'

/** Members that make a case one of its kind: one of each group. In an order in which the first that fits is right. */
const SHAPES: readonly (readonly [SuiteKind | OtherKind, ...groups: readonly string[][]])[] = [
  ['block', ['blocks'], ['genesisBlockHeader', 'genesisRLP']],
  ['engine', ['engineNewPayloads', 'payload', 'syncPayload'], ['genesisBlockHeader', 'genesisRLP']],
  ['state', ['transaction'], ['post', 'pre']],
  ['vm', ['exec'], ['pre', 'env']],
  ['transaction', ['txbytes'], ['result']],
  ['trie', ['in'], ['root', 'tests']],
  ['rlp', ['in'], ['out']],
  ['difficulty', ['currentDifficulty'], ['parentDifficulty']],
]

/**
 * The kind of a parsed file by its content: by the first case that has the members of one. DifficultyTests have theirs
 * in groups of forks. Of BasicTests, whose files have little in common, by the name of the file. Null where nothing
 * fits.
 */
export function kindOf(json: unknown, path: string): SuiteKind | OtherKind | null {
  for (const value of valuesOf(json)) {
    const kind = kindOfCase(value)
    if (kind) return kind
  }
  const isGroup = (group: unknown) => valuesOf(group).some((fork) => valuesOf(fork).some(isDifficulty))
  if (valuesOf(json).some(isGroup)) return 'difficulty'
  return isBasicTestName(basename(path, '.json')) ? 'basic' : null
}

function isDifficulty(value: unknown): boolean {
  return kindOfCase(value) === 'difficulty'
}

function valuesOf(value: unknown): unknown[] {
  return typeof value === 'object' && value !== null ? Object.values(value) : []
}

function kindOfCase(value: unknown): SuiteKind | OtherKind | null {
  if (typeof value !== 'object' || value === null) return null
  const fits = (groups: readonly string[][]) =>
    groups.every((names) => names.some((name) => Object.hasOwn(value, name)))
  return SHAPES.find(([, ...groups]) => fits(groups))?.[0] ?? null
}
