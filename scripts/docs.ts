/**
 * Writes the opcode reference, generated from the rows: `npm run docs [-- --out FILE]`, to stdout without `--out`.
 * Nothing it writes is kept in git.
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { opcodeReference } from './docs/opcode-reference.ts'

function main(args: readonly string[]): number {
  let out: string | undefined
  try {
    out = parseArgs({ args: [...args], options: { out: { type: 'string' } } }).values.out
  } catch (error) {
    console.error(
      `docs: ${error instanceof Error ? error.message : error}\nusage: npm run docs [-- --out FILE]`,
    )
    return 3
  }
  const text = opcodeReference()
  if (out === undefined) {
    process.stdout.write(text)
    return 0
  }
  try {
    writeFileSync(out, text)
    return 0
  } catch (error) {
    console.error(`docs: ${out}: ${error instanceof Error ? error.message : error}`)
    return 11
  }
}

process.exitCode = main(process.argv.slice(2))
