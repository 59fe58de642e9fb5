import { Halt } from '../../src/core/halt.ts'
import { ENDS, JUMPS, JUMPDEST as LANDING, READS_GAS, type Row } from '../../src/core/row.ts'

/** STOP(): ends the frame without output. */
export const STOP: Row = {
  code: 0x00, name: 'STOP', pops: 0, pushes: 0, gas: 0, flags: ENDS, spec: 'YP H.2',
  execute: () => Halt.Stop,
  lower: (b) => b.end(Halt.Stop),
}

/** JUMP(destination). */
export const JUMP: Row = {
  code: 0x56, name: 'JUMP', pops: 1, pushes: 0, gas: 8, flags: JUMPS, spec: 'YP H.2',
  execute: (frame) => frame.jump(frame.pop()),
  lower: (b, destination) => b.jump(destination),
}

/** JUMPI(destination, condition): jumps if condition is not zero; only then must the destination be valid. */
export const JUMPI: Row = {
  code: 0x57, name: 'JUMPI', pops: 2, pushes: 0, gas: 10, flags: JUMPS, spec: 'YP H.2',
  execute(frame) {
    const destination = frame.pop(), condition = frame.pop()
    return condition === 0n ? Halt.None : frame.jump(destination)
  },
  lower: (b, destination, condition) => b.jumpIf(destination, condition),
}

/** PC(): position of this instruction, in bytes. */
export const PC: Row = {
  code: 0x58, name: 'PC', pops: 0, pushes: 1, gas: 2, spec: 'YP H.2',
  execute(frame) {
    frame.push(BigInt(frame.pc - 1))
    return Halt.None
  },
  lower: (b) => b.pc(),
}

/** GAS(): gas left after this instruction. */
export const GAS: Row = {
  code: 0x5a, name: 'GAS', pops: 0, pushes: 1, gas: 2, flags: READS_GAS, spec: 'YP H.2',
  execute(frame) {
    frame.push(frame.gas)
    return Halt.None
  },
  lower: (b) => b.gasLeft(),
}

/** JUMPDEST(): where a jump may land. */
export const JUMPDEST: Row = {
  code: 0x5b, name: 'JUMPDEST', pops: 0, pushes: 0, gas: 1, flags: LANDING, spec: 'YP H.2',
  execute: () => Halt.None,
  lower: () => {},
}

/** RETURN(offset, size): ends the frame with a range of memory as output. */
export const RETURN: Row = {
  code: 0xf3, name: 'RETURN', pops: 2, pushes: 0, gas: 0, flags: ENDS, spec: 'YP H.2',
  execute(frame) {
    const offset = frame.pop(), size = frame.pop()

    const halt = frame.expand(offset, size)
    if (halt !== Halt.None) return halt

    frame.output = frame.readMemory(offset, size)
    return Halt.Return
  },
  lower: (b, offset, size) => b.endWith(Halt.Return, offset, size),
}

/** REVERT(offset, size): ends the frame, undoes its changes, keeps the gas left; output as RETURN. */
export const REVERT: Row = {
  code: 0xfd, name: 'REVERT', pops: 2, pushes: 0, gas: 0, flags: ENDS, spec: 'EIP-140',
  execute(frame) {
    const offset = frame.pop(), size = frame.pop()

    const halt = frame.expand(offset, size)
    if (halt !== Halt.None) return halt

    frame.output = frame.readMemory(offset, size)
    return Halt.Revert
  },
  lower: (b, offset, size) => b.endWith(Halt.Revert, offset, size),
}

/** INVALID(): the designated invalid instruction. */
export const INVALID: Row = {
  code: 0xfe, name: 'INVALID', pops: 0, pushes: 0, gas: 0, flags: ENDS, spec: 'EIP-141',
  execute: () => Halt.InvalidOpcode,
  lower: (b) => b.end(Halt.InvalidOpcode),
}
