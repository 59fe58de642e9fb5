/** zvm-engine/assembler: text to bytecode and back, by the rows of any table. */
export { type Asm, type AsmItem, asmFor, push, ret } from './core/asm.ts'
export { type Assembly, assemble, assembleText, type Surroundings } from './core/assembler.ts'
export { disassemble, disassemblyLines, type Instruction, instructionText } from './core/disassembler.ts'
