import type { Tracer } from '../core/tracer.ts'

/** A tracer that shows everything to two, in order; it looks at steps only if one of them does. */
export function both(first: Tracer, second: Tracer): Tracer {
  const tracer: Tracer = {}
  if (first.begin || second.begin)
    tracer.begin = (transaction) => {
      first.begin?.(transaction)
      second.begin?.(transaction)
    }
  if (first.step || second.step)
    tracer.step = (frame, opcode) => {
      first.step?.(frame, opcode)
      second.step?.(frame, opcode)
    }
  if (first.stepEnd || second.stepEnd)
    tracer.stepEnd = (frame, opcode, halt) => {
      first.stepEnd?.(frame, opcode, halt)
      second.stepEnd?.(frame, opcode, halt)
    }
  tracer.enter = (message) => {
    first.enter?.(message)
    second.enter?.(message)
  }
  tracer.destroy = (frame) => {
    first.destroy?.(frame)
    second.destroy?.(frame)
  }
  tracer.exit = (message, result, frame) => {
    first.exit?.(message, result, frame)
    second.exit?.(message, result, frame)
  }
  if (first.end || second.end)
    tracer.end = (transaction) => {
      first.end?.(transaction)
      second.end?.(transaction)
    }
  return tracer
}
