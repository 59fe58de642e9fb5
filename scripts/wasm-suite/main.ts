/** The WebAssembly testsuite as a table, a row a script: `node scripts/run.mjs wasm-suite`. */
import { columns } from '../../src/cli/columns.ts'
import { missing, runSuite } from './suite.ts'

const reason = await missing()
if (reason !== null) {
  console.error(`wasm-suite: ${reason}`)
  process.exitCode = 11
} else {
  const reports = await runSuite()
  const rows = reports.map(({ file, inside, outside, rules, refused, passed, skipped, faults }) => [
    ...[file, ...[inside, outside, refused, passed, skipped, faults.length].map(String)],
    Object.entries(rules)
      .map(([rule, count]) => `${rule} ${count}`)
      .join(', '),
  ])
  const sum = (key: 'inside' | 'outside' | 'refused' | 'passed' | 'skipped') =>
    String(reports.reduce((total, report) => total + report[key], 0))
  const faults = reports.flatMap((report) => report.faults.map((fault) => `${report.file}: ${fault}`))
  const totals = [
    sum('inside'),
    sum('outside'),
    sum('refused'),
    sum('passed'),
    sum('skipped'),
    String(faults.length),
  ]
  const heads = ['script', 'in', 'out', 'invalid', 'passed', 'skipped', 'failed', 'rules']
  for (const line of columns([heads, ...rows, ['all', ...totals, '']])) console.log(line)
  for (const fault of faults) console.error(fault)
  process.exitCode = faults.length > 0 ? 1 : 0
}
