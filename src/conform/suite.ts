import { readdirSync, realpathSync, statSync } from 'node:fs'
import { basename, join, relative, resolve, sep } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { reasonOf } from '../host/read-file.ts'
import type { SuiteKind } from './kind.ts'

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
  /** What the folders above it say it holds; null where they say nothing and its content must tell. */
  readonly kind: SuiteKind | null
  /** Whether the user named this very file, and not a folder. */
  readonly isNamed: boolean
}

/** Names of folders that say what is below them; the outermost counts, since state tests have a folder VMTests. */
const KINDS: ReadonlyMap<string, SuiteKind> = new Map([
  ['GeneralStateTests', 'state'],
  ['state_tests', 'state'],
  ['VMTests', 'vm'],
  ['TransactionTests', 'transaction'],
  ['RLPTests', 'rlp'],
  ['TrieTests', 'trie'],
  ['DifficultyTests', 'difficulty'],
  ['BasicTests', 'basic'],
  ['BlockchainTests', 'block'],
  ['blockchain_tests', 'block'],
])

/** Folders of the public suites that hold what this runner does not run: engine payloads, keys, ABI. Left out. */
const OTHERS = new Set([
  ...['blockchain_tests_engine', 'GenesisTests'],
  ...['ABITests', 'KeyStoreTests', 'PoWTests', 'PoWTest', 'EOFTests', 'blockchain_tests_engine_x'],
  ...['blockchain_tests_sync', 'blockchain_tests_stateful', 'transaction_tests', 'eof_tests', '.meta'],
])

/** Files of our own that lie among the suites. */
const OWN_FILES = new Set(['known-failures.json', 'manifest.json'])

/** Below these a folder is a suite of its own: EEST sorts its tests by the fork that brought them. */
const SPLIT = new Set(['state_tests', 'blockchain_tests'])

/** The suites below a folder, or the one file. Throws IO naming a path that cannot be read. */
export function findSuites(path: string): Suite[] {
  const root = resolve(path)
  const bySuite = new Map<string, SuiteFile[]>()
  for (const file of jsonFiles(root)) {
    if (file !== root && OWN_FILES.has(basename(file))) continue
    const place = placeOf(file, root)
    if (!place) continue
    const { suite, kind } = place
    const label = relative(root, file).split(sep).join('/') || basename(file)
    const files = bySuite.get(suite) ?? []
    bySuite.set(suite, files)
    files.push({ path: file, label, kind, isNamed: file === root })
  }
  return [...bySuite].map(([name, files]) => ({ name, files })).sort((a, b) => (a.name < b.name ? -1 : 1))
}

/** Every .json below a path, depth first, sorted; links are followed, hidden folders are not. Throws IO. */
export function jsonFiles(path: string): string[] {
  return filesBelow(path, [])
}

/** `parents` are the folders above by their real paths: a link to one of them would never end. */
function filesBelow(path: string, parents: readonly string[]): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path]
    const real = realpathSync(path)
    if (parents.includes(real)) return []
    return readdirSync(path, { withFileTypes: true })
      .filter(({ name }) => !name.startsWith('.') && !name.endsWith('.stub'))
      .sort((a, b) => (a.name < b.name ? -1 : 1))
      .flatMap((entry) => {
        const child = join(path, entry.name)
        const target = entry.isSymbolicLink() ? statSync(child, { throwIfNoEntry: false }) : entry
        if (target?.isDirectory()) return filesBelow(child, [...parents, real])
        return entry.name.endsWith('.json') ? [child] : []
      })
  } catch (cause) {
    if (cause instanceof ZvmError) throw cause
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}

/**
 * Which suite a file belongs to and what it should hold, by the names of folders: the outermost known one below the
 * root, else above it. Null where the file is of a suite that is left out. A path that tells nothing is a suite of the
 * root's name.
 */
function placeOf(file: string, root: string): { suite: string; kind: SuiteKind | null } | null {
  const parts = file.split(sep)
  const rootDepth = root.split(sep).length
  const isKnown = (part: string) => KINDS.has(part) || OTHERS.has(part)
  const below = parts.findIndex((part, i) => i >= rootDepth && isKnown(part))
  if (below >= 0 && OTHERS.has(parts[below])) return null
  const at = below >= 0 ? below : parts.findIndex((part) => KINDS.has(part))
  if (at < 0) return { suite: basename(root), kind: null }
  const end = SPLIT.has(parts[at]) && parts.length > at + 2 ? at + 2 : at + 1
  const from = Math.min(rootDepth, at)
  return { suite: parts.slice(from, end).join('/'), kind: KINDS.get(parts[at]) ?? null }
}
