/**
 * The import rules of the source tree, as a function of its text: imports go down only, never in a circle, and
 * nothing below `host` needs Node. Pure, so that the rules themselves are tested.
 */
import { isBuiltin } from 'node:module'
import { posix } from 'node:path'

/** Layers from the bottom up. Folders of one layer may not import each other. `src` is the entry point src/index.ts. */
const LAYERS = [
  ['src/core'],
  ['src/state'],
  ['opcodes'],
  ['src/wasm'],
  ['src/runtime'],
  ['src/lite'],
  ['src/chain'],
  ['src/trace'],
  ['src/wallet', 'src/ledger'],
  ['src'],
  ['src/host'],
  ['src/replay'],
  ['src/conform'],
  ['src/cli'],
  ['scripts'],
]

/** From this layer up a module may use Node; below it the engine must run in a browser. */
const FIRST_NODE_LAYER = layerOf('src/host')

/** The folder below it that needs Node all the same: an entry point of its own, which nothing for browsers imports. */
const NODE_FOLDER = 'src/state/disk/'

interface Import {
  readonly specifier: string
  readonly typeOnly: boolean
  readonly line: number
}

/**
 * Faults of the files (path from the root, with forward slashes → text), one line each, sorted by file.
 * Tests and benches may import upwards and use Node: nothing imports them, so they bend no layer.
 * Circles of types alone are no fault: a row takes a frame and a frame has a table of rows, and types are erased.
 */
export function importFaults(files: ReadonlyMap<string, string>): string[] {
  const faults: string[] = []
  const valueImports = new Map<string, string[]>()
  for (const [file, text] of files) {
    const targets: string[] = []
    for (const found of importsOf(text)) {
      const place = `${file}:${found.line}`
      const target = found.specifier.startsWith('.')
        ? posix.join(posix.dirname(file), found.specifier)
        : undefined
      const fault = isTestFile(file) ? undefined : faultOf(file, found, target)
      if (fault) faults.push(`${place}: ${fault}`)
      if (target && !found.typeOnly && files.has(target)) targets.push(target)
    }
    valueImports.set(file, targets)
    if (folderOf(file) === undefined)
      faults.push(`${file}: its folder is not in the tree (scripts/check/imports.ts)`)
  }
  for (const circle of circles(valueImports)) faults.push(`circular import: ${circle.join(' -> ')}`)
  return faults.sort()
}

/** What is wrong with one import of a file that is no test; `target` is the path of a relative import. */
function faultOf(file: string, found: Import, target: string | undefined): string | undefined {
  const folder = folderOf(file)
  if (folder === undefined) return undefined
  const layer = layerOf(folder)
  const mayUseNode = layer >= FIRST_NODE_LAYER || file.startsWith(NODE_FOLDER)
  if (target === undefined) {
    const forbidden = isBuiltin(found.specifier) && !found.typeOnly && !mayUseNode
    return forbidden ? `imports '${found.specifier}', but only src/host and above may use Node` : undefined
  }
  if (isTestFile(target)) return `imports the test ${target}`
  if (target.startsWith(NODE_FOLDER) && !found.typeOnly && !mayUseNode)
    return `imports ${NODE_FOLDER}, which needs Node, but only src/host and above may use it`
  const targetFolder = folderOf(target)
  if (targetFolder === undefined || targetFolder === folder) return undefined
  if (layerOf(targetFolder) >= layer) return `imports upwards, ${folder} -> ${targetFolder}`
  // Instruction sets know the engine by its types alone, so that a table stays plain data over core.
  if (folder === 'opcodes' && targetFolder === 'src/state' && !found.typeOnly) {
    return 'imports a value of src/state; opcodes may import only its types'
  }
  return undefined
}

/** Every `import` and `export … from` of a module, the lazy ones too. Comments are ignored. */
export function importsOf(text: string): Import[] {
  // Blanked, not removed, so that offsets still give the line.
  const code = text.replace(/\/\*[\s\S]*?\*\/|^[ \t]*\/\/.*$/gm, (comment) => comment.replace(/[^\n]/g, ' '))
  const statement =
    /^[ \t]*(?:import|export)\b(\s+type\b(?!\s*(?:,|from\b)))?([^'"`;=()]*?\bfrom\s*|\s*)(['"])([^'"\n]+)\3/gm
  const lazy = /\bimport\s*\(\s*(['"])([^'"\n]+)\1/g
  const lineAt = (index: number) => code.slice(0, index).split('\n').length
  const found: Import[] = []
  for (const match of code.matchAll(statement)) {
    const [whole, type, names = '', , specifier = ''] = match
    const line = lineAt(match.index + whole.indexOf(whole.trimStart()))
    found.push({ specifier, typeOnly: type !== undefined || onlyTypeNames(names), line })
  }
  for (const match of code.matchAll(lazy)) {
    // `typeof import('x')` and `import('x').Name` in a type are erased, but cannot be told apart here: they count.
    found.push({ specifier: match[2] ?? '', typeOnly: false, line: lineAt(match.index) })
  }
  return found
}

/** True for `{ type A, type B } from`, which imports no value. */
function onlyTypeNames(names: string): boolean {
  const braces = /^\s*\{([^}]*)\}\s*from\s*$/.exec(names)?.[1]
  const list =
    braces
      ?.split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '') ?? []
  return list.length > 0 && list.every((name) => name.startsWith('type '))
}

/** One circle for every group of files that import each other, as a path that ends where it began. */
function circles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const done = new Set<string>()
  const path: string[] = []
  const visit = (file: string): void => {
    const start = path.indexOf(file)
    if (start >= 0) {
      found.push([...path.slice(start), file])
      return
    }
    if (done.has(file)) return
    path.push(file)
    for (const next of graph.get(file) ?? []) visit(next)
    path.pop()
    done.add(file)
  }
  for (const file of graph.keys()) visit(file)
  return found
}

function isTestFile(file: string): boolean {
  return /\.(test|bench)\.ts$/.test(file)
}

/** The folder of LAYERS that a file belongs to, or undefined for a file outside the tree. */
function folderOf(file: string): string | undefined {
  const [top = '', second = '', third] = file.split('/')
  const folder = top === 'src' && third !== undefined ? `src/${second}` : top
  return LAYERS.some((layer) => layer.includes(folder)) ? folder : undefined
}

function layerOf(folder: string): number {
  return LAYERS.findIndex((layer) => layer.includes(folder))
}
