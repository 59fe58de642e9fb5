import { REPL_COMMANDS } from './commands.ts'
import type { Repl } from './repl.ts'

/** What the end of a line may become, and the part of it that this replaces. */
export function completionsOf({ bench }: Repl, line: string): [completions: string[], part: string] {
  const command = /^\s*:(\w*)$/.exec(line)
  if (command) {
    const names = Object.keys(REPL_COMMANDS).filter((name) => name.startsWith(command[1]))
    return [names.map((name) => `:${name} `), `:${command[1]}`]
  }
  const part = /[\w.$]*$/.exec(line)?.[0] ?? ''
  if (/^\s*:call\s/.test(line)) {
    const targets = bench.contracts.flatMap(({ name, abi }) => [
      ...(abi?.functions ?? []).map((each) => `${name}.${each.name}(`),
    ])
    return [targets.filter((target) => target.startsWith(part)), part]
  }
  if (part === '' || /^\s*:/.test(line)) return [[], part]
  const isUpper = part.toUpperCase() === part
  const names = ['PUSH', ...[...bench.table.rows.values()].map(({ name }) => name)]
  const found = names.filter((name) => name.startsWith(part.toUpperCase()))
  return [found.map((name) => `${isUpper ? name : name.toLowerCase()} `), part]
}
