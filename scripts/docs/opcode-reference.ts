import { FORKS } from '../../opcodes/forks.ts'
import { type OpcodeChange, type OpcodeHistory, opcodeHistories } from '../../src/conform/opcode-list.ts'
import type { Row } from '../../src/core/row.ts'
import type { Table } from '../../src/core/table.ts'

const COLUMNS = ['byte', 'name', 'immediate', 'pops → pushes', 'gas', 'spec', 'since', 'changes']

/** Markdown: a table line for every byte that has had a row in any fork, as it is in the latest. */
export function opcodeReference(forks: readonly Table[] = FORKS): string {
  const histories = opcodeHistories(forks)
  const latest = forks[forks.length - 1]
  return [
    '# Opcodes of the EVM',
    '',
    `Generated from the rows in \`opcodes/\` by \`npm run docs\`: ${histories.length} opcodes, as they are in ${latest.name}.`,
    'Gas is the static part, charged before the opcode acts; immediate is in bytes.',
    '',
    tableLine(COLUMNS),
    tableLine(COLUMNS.map(() => '---')),
    ...histories.map((history) => tableLine(cells(history))),
    '',
  ].join('\n')
}

function tableLine(cellTexts: readonly string[]): string {
  return `| ${cellTexts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
}

function cells({ code, changes }: OpcodeHistory): string[] {
  const [first, ...later] = changes
  const row = changes.findLast((change) => change.row)!.row!
  return [
    `0x${code.toString(16).padStart(2, '0')}`,
    row.name,
    row.immediate ? String(row.immediate) : '',
    `${row.pops} → ${row.pushes}`,
    String(row.gas),
    row.spec,
    first.fork,
    later.map((change, i) => changeText(change, changes[i].row)).join('; '),
  ]
}

/** `Berlin, EIP-2929: gas 800 → 100`. */
function changeText({ fork, delta, row }: OpcodeChange, before: Row | null): string {
  const source = delta.eip > 0 ? `${fork}, EIP-${delta.eip}` : fork
  if (!row) return `${source}: dropped`
  if (!before) return `${source}: added again`
  const name = before.name === row.name ? [] : [`was ${before.name}`]
  const gas = before.gas === row.gas ? [] : [`gas ${before.gas} → ${row.gas}`]
  const said = [...name, ...gas]
  // Nothing that a row states differs: then what differs is in its execute.
  return `${source}: ${said.length > 0 ? said.join(', ') : delta.title}`
}
