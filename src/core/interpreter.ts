import type { Frame } from './frame.ts'
import { Halt } from './halt.ts'
import { type Opcode, STACK_LIMIT } from './table.ts'

/** How a run of the loop ended: `steps` instructions were begun, the last of which gave `halt`. */
export interface LoopOutcome {
  halt: Halt
  steps: number
}

/**
 * The reference interpreter: runs the frame until a row returns other than None, or until `budget` instructions have
 * been begun (halt None then). Fills `outcome`; `frame.opcode` is the last opcode begun.
 */
export function interpret(frame: Frame, budget: number, outcome: LoopOutcome): void {
  const { opcodes } = frame
  const code = frame.program.bytes
  let left = budget
  let opcode: Opcode = frame.opcode
  let halt: Halt = Halt.None
  while (left > 0) {
    left--
    const byte = code[frame.pc]
    opcode = opcodes[byte]
    const height = frame.sp
    if (height < opcode.minHeight || height > opcode.maxHeight) {
      halt = checkReach(frame, opcode)
      if (halt !== Halt.None) break
    }
    const gasLeft = frame.gasLow - opcode.gas
    if (gasLeft >= 0) frame.gasLow = gasLeft
    else if (!frame.charge(opcode.gas)) {
      halt = Halt.OutOfGas
      break
    }
    frame.pc += opcode.size
    // The same call for every byte, each in a place of its own: what a place calls is then nearly always the same, so
    // that it is predicted, and inlined where it is short. One place for all of them takes a third more time.
    // biome-ignore format: a table
    switch (byte) {
      case 0x00: halt = opcode.execute(frame); break; case 0x01: halt = opcode.execute(frame); break
      case 0x02: halt = opcode.execute(frame); break; case 0x03: halt = opcode.execute(frame); break
      case 0x04: halt = opcode.execute(frame); break; case 0x05: halt = opcode.execute(frame); break
      case 0x06: halt = opcode.execute(frame); break; case 0x07: halt = opcode.execute(frame); break
      case 0x08: halt = opcode.execute(frame); break; case 0x09: halt = opcode.execute(frame); break
      case 0x0a: halt = opcode.execute(frame); break; case 0x0b: halt = opcode.execute(frame); break
      case 0x0c: halt = opcode.execute(frame); break; case 0x0d: halt = opcode.execute(frame); break
      case 0x0e: halt = opcode.execute(frame); break; case 0x0f: halt = opcode.execute(frame); break
      case 0x10: halt = opcode.execute(frame); break; case 0x11: halt = opcode.execute(frame); break
      case 0x12: halt = opcode.execute(frame); break; case 0x13: halt = opcode.execute(frame); break
      case 0x14: halt = opcode.execute(frame); break; case 0x15: halt = opcode.execute(frame); break
      case 0x16: halt = opcode.execute(frame); break; case 0x17: halt = opcode.execute(frame); break
      case 0x18: halt = opcode.execute(frame); break; case 0x19: halt = opcode.execute(frame); break
      case 0x1a: halt = opcode.execute(frame); break; case 0x1b: halt = opcode.execute(frame); break
      case 0x1c: halt = opcode.execute(frame); break; case 0x1d: halt = opcode.execute(frame); break
      case 0x1e: halt = opcode.execute(frame); break; case 0x1f: halt = opcode.execute(frame); break
      case 0x20: halt = opcode.execute(frame); break; case 0x21: halt = opcode.execute(frame); break
      case 0x22: halt = opcode.execute(frame); break; case 0x23: halt = opcode.execute(frame); break
      case 0x24: halt = opcode.execute(frame); break; case 0x25: halt = opcode.execute(frame); break
      case 0x26: halt = opcode.execute(frame); break; case 0x27: halt = opcode.execute(frame); break
      case 0x28: halt = opcode.execute(frame); break; case 0x29: halt = opcode.execute(frame); break
      case 0x2a: halt = opcode.execute(frame); break; case 0x2b: halt = opcode.execute(frame); break
      case 0x2c: halt = opcode.execute(frame); break; case 0x2d: halt = opcode.execute(frame); break
      case 0x2e: halt = opcode.execute(frame); break; case 0x2f: halt = opcode.execute(frame); break
      case 0x30: halt = opcode.execute(frame); break; case 0x31: halt = opcode.execute(frame); break
      case 0x32: halt = opcode.execute(frame); break; case 0x33: halt = opcode.execute(frame); break
      case 0x34: halt = opcode.execute(frame); break; case 0x35: halt = opcode.execute(frame); break
      case 0x36: halt = opcode.execute(frame); break; case 0x37: halt = opcode.execute(frame); break
      case 0x38: halt = opcode.execute(frame); break; case 0x39: halt = opcode.execute(frame); break
      case 0x3a: halt = opcode.execute(frame); break; case 0x3b: halt = opcode.execute(frame); break
      case 0x3c: halt = opcode.execute(frame); break; case 0x3d: halt = opcode.execute(frame); break
      case 0x3e: halt = opcode.execute(frame); break; case 0x3f: halt = opcode.execute(frame); break
      case 0x40: halt = opcode.execute(frame); break; case 0x41: halt = opcode.execute(frame); break
      case 0x42: halt = opcode.execute(frame); break; case 0x43: halt = opcode.execute(frame); break
      case 0x44: halt = opcode.execute(frame); break; case 0x45: halt = opcode.execute(frame); break
      case 0x46: halt = opcode.execute(frame); break; case 0x47: halt = opcode.execute(frame); break
      case 0x48: halt = opcode.execute(frame); break; case 0x49: halt = opcode.execute(frame); break
      case 0x4a: halt = opcode.execute(frame); break; case 0x4b: halt = opcode.execute(frame); break
      case 0x4c: halt = opcode.execute(frame); break; case 0x4d: halt = opcode.execute(frame); break
      case 0x4e: halt = opcode.execute(frame); break; case 0x4f: halt = opcode.execute(frame); break
      case 0x50: halt = opcode.execute(frame); break; case 0x51: halt = opcode.execute(frame); break
      case 0x52: halt = opcode.execute(frame); break; case 0x53: halt = opcode.execute(frame); break
      case 0x54: halt = opcode.execute(frame); break; case 0x55: halt = opcode.execute(frame); break
      case 0x56: halt = opcode.execute(frame); break; case 0x57: halt = opcode.execute(frame); break
      case 0x58: halt = opcode.execute(frame); break; case 0x59: halt = opcode.execute(frame); break
      case 0x5a: halt = opcode.execute(frame); break; case 0x5b: halt = opcode.execute(frame); break
      case 0x5c: halt = opcode.execute(frame); break; case 0x5d: halt = opcode.execute(frame); break
      case 0x5e: halt = opcode.execute(frame); break; case 0x5f: halt = opcode.execute(frame); break
      case 0x60: halt = opcode.execute(frame); break; case 0x61: halt = opcode.execute(frame); break
      case 0x62: halt = opcode.execute(frame); break; case 0x63: halt = opcode.execute(frame); break
      case 0x64: halt = opcode.execute(frame); break; case 0x65: halt = opcode.execute(frame); break
      case 0x66: halt = opcode.execute(frame); break; case 0x67: halt = opcode.execute(frame); break
      case 0x68: halt = opcode.execute(frame); break; case 0x69: halt = opcode.execute(frame); break
      case 0x6a: halt = opcode.execute(frame); break; case 0x6b: halt = opcode.execute(frame); break
      case 0x6c: halt = opcode.execute(frame); break; case 0x6d: halt = opcode.execute(frame); break
      case 0x6e: halt = opcode.execute(frame); break; case 0x6f: halt = opcode.execute(frame); break
      case 0x70: halt = opcode.execute(frame); break; case 0x71: halt = opcode.execute(frame); break
      case 0x72: halt = opcode.execute(frame); break; case 0x73: halt = opcode.execute(frame); break
      case 0x74: halt = opcode.execute(frame); break; case 0x75: halt = opcode.execute(frame); break
      case 0x76: halt = opcode.execute(frame); break; case 0x77: halt = opcode.execute(frame); break
      case 0x78: halt = opcode.execute(frame); break; case 0x79: halt = opcode.execute(frame); break
      case 0x7a: halt = opcode.execute(frame); break; case 0x7b: halt = opcode.execute(frame); break
      case 0x7c: halt = opcode.execute(frame); break; case 0x7d: halt = opcode.execute(frame); break
      case 0x7e: halt = opcode.execute(frame); break; case 0x7f: halt = opcode.execute(frame); break
      case 0x80: halt = opcode.execute(frame); break; case 0x81: halt = opcode.execute(frame); break
      case 0x82: halt = opcode.execute(frame); break; case 0x83: halt = opcode.execute(frame); break
      case 0x84: halt = opcode.execute(frame); break; case 0x85: halt = opcode.execute(frame); break
      case 0x86: halt = opcode.execute(frame); break; case 0x87: halt = opcode.execute(frame); break
      case 0x88: halt = opcode.execute(frame); break; case 0x89: halt = opcode.execute(frame); break
      case 0x8a: halt = opcode.execute(frame); break; case 0x8b: halt = opcode.execute(frame); break
      case 0x8c: halt = opcode.execute(frame); break; case 0x8d: halt = opcode.execute(frame); break
      case 0x8e: halt = opcode.execute(frame); break; case 0x8f: halt = opcode.execute(frame); break
      case 0x90: halt = opcode.execute(frame); break; case 0x91: halt = opcode.execute(frame); break
      case 0x92: halt = opcode.execute(frame); break; case 0x93: halt = opcode.execute(frame); break
      case 0x94: halt = opcode.execute(frame); break; case 0x95: halt = opcode.execute(frame); break
      case 0x96: halt = opcode.execute(frame); break; case 0x97: halt = opcode.execute(frame); break
      case 0x98: halt = opcode.execute(frame); break; case 0x99: halt = opcode.execute(frame); break
      case 0x9a: halt = opcode.execute(frame); break; case 0x9b: halt = opcode.execute(frame); break
      case 0x9c: halt = opcode.execute(frame); break; case 0x9d: halt = opcode.execute(frame); break
      case 0x9e: halt = opcode.execute(frame); break; case 0x9f: halt = opcode.execute(frame); break
      case 0xa0: halt = opcode.execute(frame); break; case 0xa1: halt = opcode.execute(frame); break
      case 0xa2: halt = opcode.execute(frame); break; case 0xa3: halt = opcode.execute(frame); break
      case 0xa4: halt = opcode.execute(frame); break; case 0xa5: halt = opcode.execute(frame); break
      case 0xa6: halt = opcode.execute(frame); break; case 0xa7: halt = opcode.execute(frame); break
      case 0xa8: halt = opcode.execute(frame); break; case 0xa9: halt = opcode.execute(frame); break
      case 0xaa: halt = opcode.execute(frame); break; case 0xab: halt = opcode.execute(frame); break
      case 0xac: halt = opcode.execute(frame); break; case 0xad: halt = opcode.execute(frame); break
      case 0xae: halt = opcode.execute(frame); break; case 0xaf: halt = opcode.execute(frame); break
      case 0xb0: halt = opcode.execute(frame); break; case 0xb1: halt = opcode.execute(frame); break
      case 0xb2: halt = opcode.execute(frame); break; case 0xb3: halt = opcode.execute(frame); break
      case 0xb4: halt = opcode.execute(frame); break; case 0xb5: halt = opcode.execute(frame); break
      case 0xb6: halt = opcode.execute(frame); break; case 0xb7: halt = opcode.execute(frame); break
      case 0xb8: halt = opcode.execute(frame); break; case 0xb9: halt = opcode.execute(frame); break
      case 0xba: halt = opcode.execute(frame); break; case 0xbb: halt = opcode.execute(frame); break
      case 0xbc: halt = opcode.execute(frame); break; case 0xbd: halt = opcode.execute(frame); break
      case 0xbe: halt = opcode.execute(frame); break; case 0xbf: halt = opcode.execute(frame); break
      case 0xc0: halt = opcode.execute(frame); break; case 0xc1: halt = opcode.execute(frame); break
      case 0xc2: halt = opcode.execute(frame); break; case 0xc3: halt = opcode.execute(frame); break
      case 0xc4: halt = opcode.execute(frame); break; case 0xc5: halt = opcode.execute(frame); break
      case 0xc6: halt = opcode.execute(frame); break; case 0xc7: halt = opcode.execute(frame); break
      case 0xc8: halt = opcode.execute(frame); break; case 0xc9: halt = opcode.execute(frame); break
      case 0xca: halt = opcode.execute(frame); break; case 0xcb: halt = opcode.execute(frame); break
      case 0xcc: halt = opcode.execute(frame); break; case 0xcd: halt = opcode.execute(frame); break
      case 0xce: halt = opcode.execute(frame); break; case 0xcf: halt = opcode.execute(frame); break
      case 0xd0: halt = opcode.execute(frame); break; case 0xd1: halt = opcode.execute(frame); break
      case 0xd2: halt = opcode.execute(frame); break; case 0xd3: halt = opcode.execute(frame); break
      case 0xd4: halt = opcode.execute(frame); break; case 0xd5: halt = opcode.execute(frame); break
      case 0xd6: halt = opcode.execute(frame); break; case 0xd7: halt = opcode.execute(frame); break
      case 0xd8: halt = opcode.execute(frame); break; case 0xd9: halt = opcode.execute(frame); break
      case 0xda: halt = opcode.execute(frame); break; case 0xdb: halt = opcode.execute(frame); break
      case 0xdc: halt = opcode.execute(frame); break; case 0xdd: halt = opcode.execute(frame); break
      case 0xde: halt = opcode.execute(frame); break; case 0xdf: halt = opcode.execute(frame); break
      case 0xe0: halt = opcode.execute(frame); break; case 0xe1: halt = opcode.execute(frame); break
      case 0xe2: halt = opcode.execute(frame); break; case 0xe3: halt = opcode.execute(frame); break
      case 0xe4: halt = opcode.execute(frame); break; case 0xe5: halt = opcode.execute(frame); break
      case 0xe6: halt = opcode.execute(frame); break; case 0xe7: halt = opcode.execute(frame); break
      case 0xe8: halt = opcode.execute(frame); break; case 0xe9: halt = opcode.execute(frame); break
      case 0xea: halt = opcode.execute(frame); break; case 0xeb: halt = opcode.execute(frame); break
      case 0xec: halt = opcode.execute(frame); break; case 0xed: halt = opcode.execute(frame); break
      case 0xee: halt = opcode.execute(frame); break; case 0xef: halt = opcode.execute(frame); break
      case 0xf0: halt = opcode.execute(frame); break; case 0xf1: halt = opcode.execute(frame); break
      case 0xf2: halt = opcode.execute(frame); break; case 0xf3: halt = opcode.execute(frame); break
      case 0xf4: halt = opcode.execute(frame); break; case 0xf5: halt = opcode.execute(frame); break
      case 0xf6: halt = opcode.execute(frame); break; case 0xf7: halt = opcode.execute(frame); break
      case 0xf8: halt = opcode.execute(frame); break; case 0xf9: halt = opcode.execute(frame); break
      case 0xfa: halt = opcode.execute(frame); break; case 0xfb: halt = opcode.execute(frame); break
      case 0xfc: halt = opcode.execute(frame); break; case 0xfd: halt = opcode.execute(frame); break
      case 0xfe: halt = opcode.execute(frame); break; case 0xff: halt = opcode.execute(frame); break
    }
    if (halt !== Halt.None) break
  }
  frame.opcode = opcode
  outcome.halt = halt
  outcome.steps = budget - left
}

/** The slow half of the stack check: which end is passed, or the reach of a row that tells it by its immediate. */
function checkReach(frame: Frame, opcode: Opcode): Halt {
  let { pops, pushes } = opcode.row
  if (opcode.row.stack) {
    const { bytes } = frame.program
    let immediate = 0
    for (let i = 1; i < opcode.size; i++) immediate = immediate * 256 + bytes[frame.pc + i]
    ;({ pops, pushes } = opcode.row.stack(immediate))
  }
  if (frame.sp < pops) return Halt.StackUnderflow
  return frame.sp - pops + pushes > STACK_LIMIT ? Halt.StackOverflow : Halt.None
}
