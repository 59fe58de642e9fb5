import { readdirSync, statSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** What the files of a suite hold, and so which runner takes them. */
export type SuiteKind = 'state' | 'vm' | 'transaction' | 'rlp' | 'trie' | 'basic'

/** A folder of the public suites, or one the user named. */
export interface Suite {
  readonly name: string
  /** Paths of its JSON files, sorted. */
  readonly files: readonly SuiteFile[]
}

export interface SuiteFile {
  readonly path: string
  /** The path below the folder that was searched, with forward slashes: how reports name the file. */
  readonly label: string
  readonly kind: SuiteKind
}

/** Folder names that say what is below them; the outermost counts, since state tests have a folder VMTests. */
const KINDS: ReadonlyMap<string, SuiteKind> = new Map([
  ['GeneralStateTests', 'state'],
  ['state_tests', 'state'],
  ['VMTests', 'vm'],
  ['TransactionTests', 'transaction'],
  ['RLPTests', 'rlp'],
  ['TrieTests', 'trie'],
  ['BasicTests', 'basic'],
])

/** Folders of the public suites that hold what this runner does not run: blocks, difficulty, keys, ABI. */
const OTHERS = new Set([
  ...['BlockchainTests', 'blockchain_tests', 'blockchain_tests_engine', 'DifficultyTests', 'GenesisTests'],
  ...['ABITests', 'KeyStoreTests', 'PoWTests', 'PoWTest', 'EOFTests', 'blockchain_tests_engine_x'],
  ...['blockchain_tests_sync', 'blockchain_tests_stateful', 'transaction_tests', 'eof_tests', '.meta'],
])

/** Files of this project that lie among the suites. */
const OURS = new Set(['manifest.json', 'known-failures.json'])

/** Below these a folder is a suite of its own: EEST sorts its state tests by the fork that brought them. */
const SPLIT = new Set(['state_tests'])

/**
 * The suites below a folder, or the one file. The kind of a file comes from the folders above it; where none of them
 * is a public one, files are taken for state tests. Throws IO naming a path that cannot be read.
 */
export function findSuites(path: string): Suite[] {
  const root = resolve(path)
  const bySuite = new Map<string, SuiteFile[]>()
  for (const file of jsonFiles(root)) {
    const place = placeOf(file, root)
    if (!place) continue
    const files = bySuite.get(place.suite)
    const entry = {
      path: file,
      label: relative(root, file).split(sep).join('/') || basename(file),
      kind: place.kind,
    }
    if (files) files.push(entry)
    else bySuite.set(place.suite, [entry])
  }
  return [...bySuite].map(([name, files]) => ({ name, files })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every .json below a path, depth first, sorted; links are followed, hidden folders are not. */
export function jsonFiles(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const entries = readdirSync(path, { withFileTypes: true })
    const names = entries.filter((entry) => !entry.name.startsWith('.') && !entry.name.endsWith('.stub'))
    return names
      .map((entry) => entry.name)
      .sort()
      .flatMap((name) => {
        const child = join(path, name)
        return statSync(child).isDirectory() ? jsonFiles(child) : name.endsWith('.json') ? [child] : []
      })
  } catch (cause) {
    if (cause instanceof ZvmError) throw cause
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}

/** The short reason of a failed file operation, e.g. `no such file or directory`. */
export function reasonOf(cause: unknown): string {
  const message = cause instanceof Error ? cause.message : String(cause)
  return /^[A-Z]+: ([^,]+)/.exec(message)?.[1] ?? message
}

function placeOf(file: string, root: string): { suite: string; kind: SuiteKind } | null {
  const parts = file.split(sep)
  const rootDepth = root.split(sep).length
  if (OURS.has(parts.at(-1) ?? '')) return null
  const at = parts.findIndex((part) => KINDS.has(part) || OTHERS.has(part))
  if (at < 0) return { suite: basename(root), kind: 'state' }
  const kind = KINDS.get(parts[at])
  if (!kind) return null
  const end = SPLIT.has(parts[at]) && parts.length > at + 2 ? at + 2 : at + 1
  const from = Math.min(rootDepth, at)
  return { suite: parts.slice(from, end).join('/'), kind }
}
