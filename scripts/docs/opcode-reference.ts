import { FORKS } from '../../opcodes/forks.ts'
import { zvm } from '../../opcodes/zvm/table.ts'
import { type OpcodeChange, type OpcodeHistory, opcodeHistories } from '../../src/conform/opcode-list.ts'
import type { Row } from '../../src/core/row.ts'
import type { Table } from '../../src/core/table.ts'

const COLUMNS = ['byte', 'name', 'immediate', 'pops → pushes', 'gas', 'spec', 'since', 'changes']

/** Markdown: the opcodes of the EVM and of the native set. */
export function opcodeReference(): string {
  return `${forkReference()}\n${tableReference(zvm)}`
}

/** A table line for every byte that has had a row in any fork, as it is in the latest. */
export function forkReference(forks: readonly Table[] = FORKS): string {
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

/** A table line for every row of a set without a history. */
export function tableReference(table: Table): string {
  const rows = [...table.rows.values()].sort((a, b) => a.code - b.code)
  const columns = COLUMNS.slice(0, rowCells(rows[0]).length)
  return [
    `# Opcodes of ${table.name}`,
    '',
    `The native instruction set: ${rows.length} opcodes. Those whose immediate says how far they reach give the least reach.`,
    '',
    tableLine(columns),
    tableLine(columns.map(() => '---')),
    ...rows.map((row) => tableLine(rowCells(row))),
    '',
  ].join('\n')
}

function tableLine(cellTexts: readonly string[]): string {
  return `| ${cellTexts.map((text) => text.replaceAll('|', '\\|')).join(' | ')} |`
}

function cells({ code, changes }: OpcodeHistory): string[] {
  const [first, ...later] = changes
  const row = changes.findLast((change) => change.row)!.row!
  const history = later.map((change, i) => changeText(change, changes[i].row)).join('; ')
  return [...rowCells({ ...row, code }), first.fork, history]
}

function rowCells({ code, name, immediate, pops, pushes, gas, spec }: Row): string[] {
  const byte = `0x${code.toString(16).padStart(2, '0')}`
  return [byte, name, immediate ? String(immediate) : '', `${pops} → ${pushes}`, String(gas), spec]
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
