import { bytesToHex } from './hex.ts'
import type { Table } from './table.ts'

/** One instruction as it lies in the code. */
export interface Instruction {
  /** Position of its first byte. */
  readonly pc: number
  /** Its first byte. */
  readonly opcode: number
  /** The row's mnemonic; null for a byte that has no row in the table. */
  readonly name: string | null
  /** What follows the opcode; a view. Shorter than the row's where the code ends: execution reads zeros there. */
  readonly immediate: Uint8Array
  /** Whether the code ends within the immediate. */
  readonly isCut: boolean
}

/** The instructions of code in order, from byte 0 on as execution would meet them if nothing jumped. */
export function disassemble(code: Uint8Array, table: Table): Instruction[] {
  const instructions: Instruction[] = []
  for (let pc = 0; pc < code.length; ) {
    const { row, size, isDefined } = table.opcodes[code[pc]]
    const immediate = code.subarray(pc + 1, pc + size)
    const name = isDefined ? row.name : null
    instructions.push({ pc, opcode: code[pc], name, immediate, isCut: pc + size > code.length })
    pc += size
  }
  return instructions
}

/**
 * The instruction as `assemble` reads it, giving the same bytes under the same table: a byte without a row and an
 * instruction that the end of the code cuts short are data, with a comment that says so.
 */
export function instructionText({ opcode, name, immediate, isCut }: Instruction): string {
  if (name !== null && !isCut) return immediate.length === 0 ? name : `${name} ${bytesToHex(immediate)}`
  const bytes = bytesToHex(Uint8Array.of(opcode, ...immediate))
  return `.data ${bytes} ; ${name === null ? 'no instruction' : `${name}, cut short`}`
}

/** The code as text, a line an instruction, each with its position in hex: `0x0004: PUSH1 0x80`. */
export function* disassemblyLines(code: Uint8Array, table: Table): Generator<string> {
  const digits = Math.max(4, code.length.toString(16).length)
  for (const instruction of disassemble(code, table)) {
    yield `0x${instruction.pc.toString(16).padStart(digits, '0')}: ${instructionText(instruction)}`
  }
}
