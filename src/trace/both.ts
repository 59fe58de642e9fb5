import type { Tracer } from '../core/tracer.ts'

/** A tracer that shows everything to two, in order. */
export function both(first: Tracer, second: Tracer): Tracer {
  return {
    step(frame, opcode) {
      first.step?.(frame, opcode)
      second.step?.(frame, opcode)
    },
    stepEnd(frame, opcode, halt) {
      first.stepEnd?.(frame, opcode, halt)
      second.stepEnd?.(frame, opcode, halt)
    },
    enter(message) {
      first.enter?.(message)
      second.enter?.(message)
    },
    exit(message, result) {
      first.exit?.(message, result)
      second.exit?.(message, result)
    },
  }
}
