import type { Table } from '../../src/core/table.ts'

/** Where each instruction of the code begins, and the end of the code. */
export function boundaries(code: Uint8Array, table: Table): number[] {
  const starts: number[] = []
  let at = 0
  for (; at < code.length; at += sizeOf(code[at], table)) starts.push(at)
  return [...starts, code.length]
}

/** The code without the bytes [from, to), and with what lies behind them still jumped to: see `moveTargets`. */
export function without(code: Uint8Array, table: Table, from: number, to: number): Uint8Array {
  const moved = moveTargets(code, table, to, to - from)
  const shorter = new Uint8Array(code.length - (to - from))
  shorter.set(moved.subarray(0, from))
  shorter.set(moved.subarray(to), from)
  return shorter
}

/**
 * Lowers every PUSH2 of a place behind `from` by `distance`. The generator writes jump targets and data offsets so;
 * another number may be hit as well, in which case the smaller program shows the difference no more and is not kept.
 */
function moveTargets(code: Uint8Array, table: Table, from: number, distance: number): Uint8Array {
  const moved = code.slice()
  for (let at = 0; at < code.length; at += sizeOf(code[at], table)) {
    if (table.rows.get(code[at])?.name !== 'PUSH2' || at + 2 >= code.length) continue
    const target = code[at + 1] * 256 + code[at + 2]
    if (target < from || target > code.length) continue
    moved[at + 1] = (target - distance) >> 8
    moved[at + 2] = (target - distance) & 0xff
  }
  return moved
}

function sizeOf(opcode: number, table: Table): number {
  return 1 + (table.rows.get(opcode)?.immediate ?? 0)
}
