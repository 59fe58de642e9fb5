import { isPush } from './assembly-layout.ts'
import { bytesToHex } from './hex.ts'
import { hasFlag, JUMPS } from './row.ts'
import type { Table } from './table.ts'
import { bytesToBigint } from './word.ts'

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

/**
 * The code as text, a line an instruction, each with its position in hex: `0x0004: PUSH1 0x80`. What is pushed right
 * before a jump and is where a jump may land is written as that place's label, which has a line of its own: the push
 * keeps its width, so that the text gives the same bytes.
 */
export function* disassemblyLines(code: Uint8Array, table: Table): Generator<string> {
  const digits = Math.max(4, code.length.toString(16).length)
  const hex = (pc: number) => pc.toString(16).padStart(digits, '0')
  const instructions = disassemble(code, table)
  const targets = jumpTargets(instructions, code, table)
  const labelled = new Set(targets.values())
  for (const instruction of instructions) {
    const { pc, name } = instruction
    if (labelled.has(pc)) yield `L${hex(pc)}:`
    const target = targets.get(pc)
    yield `0x${hex(pc)}: ${target === undefined ? instructionText(instruction) : `${name} @L${hex(target)}`}`
  }
}

/** Where the jumps go whose target is pushed right before them, by the position of the push. */
function jumpTargets(
  instructions: readonly Instruction[],
  code: Uint8Array,
  table: Table,
): Map<number, number> {
  const targets = new Map<number, number>()
  const { jumpDestinations } = table.program(code)
  for (const [i, { pc, opcode, immediate, isCut }] of instructions.entries()) {
    const next = instructions[i + 1]
    const isJump = next !== undefined && hasFlag(table.opcodes[next.opcode].row, JUMPS)
    // PUSH0 takes no operand: it cannot name the place that it goes to.
    if (!isJump || isCut || immediate.length === 0 || !isPush(table.opcodes[opcode].row)) continue
    const target = bytesToBigint(immediate)
    if (target < code.length && jumpDestinations[Number(target)] === 1) targets.set(pc, Number(target))
  }
  return targets
}
