/** Rows of cells as aligned lines: the first two columns to the left, numbers to the right. */
export function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0].map((_, i) => Math.max(...rows.map((row) => row[i].length)))
  const isNumber = (i: number) => rows.slice(1).every((row) => /^[\d.]*$/.test(row[i]))
  const pad = (cell: string, i: number) => (isNumber(i) ? cell.padStart(widths[i]) : cell.padEnd(widths[i]))
  return rows.map((row) => row.map(pad).join('  ').trimEnd())
}
