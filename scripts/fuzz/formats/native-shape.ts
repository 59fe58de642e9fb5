import { EMPTY_TABLE } from '../../../opcodes/empty-table.ts'
import { rows } from '../../../opcodes/index.ts'
import type { Row } from '../../../src/core/row.ts'
import { at, extend } from '../../../src/core/table.ts'

/**
 * A table of the shapes that the EVM has not: pushes at other bytes and of fewer widths, immediates that are not
 * pushed. Its rows mean what the EVM's do, which nobody asks here.
 */
export const nativeShape = extend(EMPTY_TABLE, 'native shape', [
  {
    ...{ eip: 0, title: 'native shape' },
    add: [
      at(0x00, rows.flow.STOP, { name: 'HALT' }),
      ...[1, 2, 4, 8, 16, 32].map((immediate, i) => wide(0x11 + i, `PUSH${immediate}`, immediate)),
      wide(0x20, 'DUPN', 1),
      wide(0x22, 'PUSH20', 20),
      wide(0xd0, 'SYSCALL', 2),
      ...[at(0x30, rows.arithmetic.ADD), at(0xa0, rows.flow.JUMP), at(0xa1, rows.flow.JUMPI)],
      at(0xa3, rows.flow.JUMPDEST),
    ],
  },
])

function wide(code: number, name: string, immediate: number): Row {
  return { ...at(code, rows.flow.JUMPDEST, { name }), flags: 0, immediate }
}
