import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Rule } from '../../src/lite/fault.ts'
import { PAGE_LIMIT, TABLE_LIMIT } from '../../src/lite/module.ts'
import { runChild } from '../lib/child.ts'
import { runScript, type ScriptReport } from './script.ts'

/** Where `npm run fetch-tests` puts the suite. */
export const SUITE_FOLDER = 'ethereum-tests/WebAssembly-testsuite'

/** Why the suite cannot be run here; null where it can. */
export async function missing(): Promise<string | null> {
  if (!existsSync(SUITE_FOLDER)) return `${SUITE_FOLDER} is absent; npm run fetch-tests gets it`
  const { code } = await runChild('wast2json', ['--version'])
  return code === 0 ? null : 'wast2json is absent; the Debian package wabt has it'
}

/** Converts every script of the suite and runs it. */
export async function runSuite(): Promise<ScriptReport[]> {
  const folder = mkdtempSync(join(tmpdir(), 'zvm-wasm-suite-'))
  try {
    const reports: ScriptReport[] = []
    for (const script of readdirSync(SUITE_FOLDER)
      .filter((name) => name.endsWith('.wast'))
      .sort()) {
      const json = script.replace(/\.wast$/, '.json')
      const { code, stderr } = await runChild('wast2json', [
        join(SUITE_FOLDER, script),
        '-o',
        join(folder, json),
      ])
      if (code !== 0) throw new Error(`${script}: ${stderr}`)
      const report = runScript(folder, json)
      checkRules(readFileSync(join(SUITE_FOLDER, script), 'utf8'), report)
      reports.push(report)
    }
    return reports
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What the text of a module must have for a rule to refuse it. */
const SIGNS: Partial<Record<Rule, (text: string) => boolean>> = {
  float: (text) => /\bf(32|64)\b|_f(32|64)_/.test(text),
  start: (text) => /\(start /.test(text),
  import: (text) => /\(import\s+"(?!zvm")/.test(text),
  'multi-value': (text) =>
    /\(result( i(32|64)){2,}\)|(\(result i(32|64)\)\s*){2}/.test(text) ||
    /\b(block|loop|if)\b[^()\n]*\((type|param)/.test(text),
  'reference-types': (text) =>
    /externref|\bref\.|\btable\.(get|set|grow|size|fill)|\(elem\s.*(funcref|declare)|select \(result/.test(
      text,
    ) || (text.match(/\(table\b/g) ?? []).length > 1,
  'memory-size': (text) => Number(/\(memory (\d+)/.exec(text)?.[1]) > PAGE_LIMIT,
  'table-size': (text) => Number(/\(table (\d+)/.exec(text)?.[1]) > TABLE_LIMIT,
}

/** Looks in the text of each module that was refused for what the rule forbids. */
function checkRules(source: string, { refusals, faults }: ScriptReport): void {
  const lines = source.split('\n')
  for (const { line, rule } of refusals) {
    const text = formAt(lines.slice(line - 1).join('\n'))
    // Of what is written in bytes there is no text to look in.
    if (/^\(module (\$\S+ )?binary/.test(text)) continue
    if (!SIGNS[rule]?.(text)) faults.push(`line ${line}: refused by ${rule}, of which its text has no sign`)
  }
}

/** The first module of a text, to its last parenthesis. Strings are passed over, comments left out. */
function formAt(text: string): string {
  const form = text.slice(text.indexOf('(module')).replace(/;;.*$/gm, '')
  let depth = 0
  for (const { 0: token, index } of form.matchAll(/"(?:[^"\\]|\\.)*"|[()]/g)) {
    if (token === '(') depth++
    if (token === ')' && --depth === 0) return form.slice(0, index + 1)
  }
  return form
}
