import { request } from '../../src/core/capability.ts'
import { Halt } from '../../src/core/halt.ts'
import type { Row } from '../../src/core/row.ts'
import { toNumber } from '../../src/core/word.ts'
import { SPEC } from './costs.ts'

/**
 * SYSCALL id (inOffset, inSize, outOffset, outSize): the system call of a two-byte id, with a range of memory as input.
 * Pushes the status word; the answer is the return data, and as much of it as fits is written to the output range.
 * Halts as `request` says. Memory is charged before the call's own price.
 */
const SYSCALL: Row = {
  code: 0xd0, name: 'SYSCALL', immediate: 2, pops: 4, pushes: 1, gas: 100, spec: SPEC,
  execute(frame) {
    const inOffset = frame.pop(), inSize = frame.pop(), outOffset = frame.pop(), outSize = frame.pop()

    const halt = frame.expand(inOffset, inSize) || frame.expand(outOffset, outSize)
    if (halt !== Halt.None) return halt

    const answer = request(frame, toNumber(frame.immediate(2)), frame.viewMemory(inOffset, inSize))
    if (typeof answer === 'number') return answer
    frame.returnData = answer.output
    const size = Math.min(toNumber(outSize), answer.output.length)
    if (size > 0) frame.writeMemory(outOffset, answer.output, 0n, BigInt(size))
    frame.push(answer.status)
    return Halt.None
  },
}

export const SYSCALL_ROWS: readonly Row[] = [SYSCALL]
