import { assemble } from './assembler.ts'
import { bytesToHex } from './hex.ts'
import type { Table } from './table.ts'

/** A piece of a program: a line of assembly text (see `assemble`), or bytes as they are. */
export type AsmItem = string | Uint8Array

/** Assembles its items one after the other. Throws VALUE, the line being the number of the item. */
export type Asm = (...items: readonly AsmItem[]) => Uint8Array

/** An assembler of programs written in TypeScript: `asm(push(7), push(13), 'ADD', ret)`. */
export function asmFor(table: Table): Asm {
  return (...items) => {
    const lines = items.map((item) => (typeof item === 'string' ? item : `.data ${bytesToHex(item)}`))
    return assemble(lines.join('\n'), table, 'asm')
  }
}

/** The narrowest push of a value from 0 to 2^256−1. */
export function push(value: bigint | number): string {
  return `PUSH 0x${value.toString(16)}`
}

/** Returns the top of the stack as 32 bytes. Writes over the first word of memory. */
export const ret = 'PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN'
