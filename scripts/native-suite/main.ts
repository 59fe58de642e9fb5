/**
 * Writes fixtures/zvm, the conformance suite of the native instruction set: `node scripts/run.mjs native-suite`.
 * Programs from tables, expectations from the model beside this file; the engine has no part in it. With `--check`
 * nothing is written, and files that differ from what would be are named.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { fileOf } from './case.ts'
import { FAMILIES } from './families.ts'

const FOLDER = 'fixtures/zvm'

async function main(isCheck: boolean): Promise<number> {
  mkdirSync(FOLDER, { recursive: true })
  const stale: string[] = []
  for (const [family, tests] of Object.entries(FAMILIES)) {
    const made = tests()
    const text = await fileOf(made)
    const path = `${FOLDER}/${family}.json`
    const count = made.reduce((sum, { cases }) => sum + cases.length, 0)
    if (!isCheck) writeFileSync(path, text)
    else if (readFileSync(path, 'utf8') !== text) stale.push(path)
    console.log(`${path}: ${made.length} tests, ${count} cases, ${text.length} bytes`)
  }
  for (const path of stale) console.error(`${path}: differs from what the model says`)
  return stale.length > 0 ? 1 : 0
}

process.exitCode = await main(process.argv.includes('--check'))
