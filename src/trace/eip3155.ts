import { bytesToBareHex, bytesToHex, toQuantity } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import { type RunEnd, type Step, type StepFields, StepTracer } from './step.ts'

/** Takes one line of a trace, without its line end. */
export type WriteLine = (line: string) => void

/**
 * Writes a run as EIP-3155 has it: a JSON object an instruction, with the values before it, and one for the whole
 * when the outermost message has ended. `memory` and `returnData` are left out where they are empty, as geth does;
 * `stack` is always an array, empty if it was not asked for.
 */
export function traceJson(write: WriteLine, fields: StepFields = {}): Tracer {
  return new StepTracer(fields, {
    step: (step) => write(stepLine(step)),
    end: (end) => write(endLine(end)),
  })
}

// Written out rather than by JSON.stringify: every value is a number, hex or a known word, and traces are long.

function stepLine(step: Step): string {
  return (
    `{"pc":${step.pc},"op":${step.op},"gas":"${toQuantity(step.gas)}","gasCost":"${toQuantity(step.gasCost)}"` +
    (step.memory.length > 0 ? `,"memory":"${bytesToHex(step.memory)}"` : '') +
    `,"memSize":${step.memorySizeBytes},"stack":[${step.stack.map(quotedWord).join()}]` +
    (step.returnData.length > 0 ? `,"returnData":"${bytesToHex(step.returnData)}"` : '') +
    `,"depth":${step.depth},"refund":${step.refund},"opName":"${step.opName}"${errorMember(step.error)}}`
  )
}

function quotedWord(word: bigint): string {
  return `"${toQuantity(word)}"`
}

function endLine({ output, gasUsed, error }: RunEnd): string {
  return `{"output":"${bytesToBareHex(output)}","gasUsed":"${toQuantity(gasUsed)}"${errorMember(error)}}`
}

function errorMember(error: string): string {
  return error === '' ? '' : `,"error":${JSON.stringify(error)}`
}
