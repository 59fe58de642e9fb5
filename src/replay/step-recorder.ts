import type { Tracer } from '../core/tracer.ts'
import { StepTracer, type Step as TracedStep } from '../trace/step.ts'
import type { Step } from './steps.ts'

/** Keeps every step of a run, to be compared with a node's. */
export interface StepRecorder {
  readonly tracer: Tracer
  readonly steps: readonly Step[]
}

export function recordSteps(): StepRecorder {
  const steps: Step[] = []
  const tracer = new StepTracer({ stack: true }, { step: (step) => void steps.push(toStep(step)) })
  return { tracer, steps }
}

function toStep({ pc, op, gas, gasCost, depth, memorySizeBytes, stack, error }: TracedStep): Step {
  return { pc, op, gas, gasCost, depth, memorySizeBytes, stack, ...(error === '' ? {} : { error }) }
}
