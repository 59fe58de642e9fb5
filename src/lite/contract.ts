import { Refusal, type Rule, SECTIONS } from './fault.ts'
import type { FunctionType, LiteModule } from './module.ts'

/**
 * What a contract must be beyond a module of the language: its imports functions that there are, exports `main` and
 * `memory`. Throws `Refusal`; `misfit` tells what is wrong with an import.
 */
export function checkContract(
  module: LiteModule,
  misfit: (name: string, type: FunctionType) => string | null,
): void {
  for (const { name, type } of module.imports) {
    const what = misfit(name, module.types[type])
    if (what !== null) refuse(module, 'import', 'import', `zvm.${name}: ${what}`)
  }
  const main = module.exports.find(({ name }) => name === 'main')
  if (main?.kind !== 'function') refuse(module, 'main', 'export', 'no function main')
  const { params, results } = module.types[module.functions[main.index]]
  if (params.length + results.length > 0) refuse(module, 'main', 'export', 'main takes or gives something')
  if (!module.exports.some(({ name, kind }) => name === 'memory' && kind === 'memory'))
    refuse(module, 'memory', 'export', 'no memory called memory')
}

/** At the section where it is missing, or the end of the module where there is none. */
function refuse(
  { sections, bytes }: LiteModule,
  rule: Rule,
  section: 'import' | 'export',
  what: string,
): never {
  const id = SECTIONS.indexOf(section)
  throw new Refusal(rule, section, sections.find((each) => each.id === id)?.start ?? bytes.length, what)
}
