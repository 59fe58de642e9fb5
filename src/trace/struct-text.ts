import { toFixedHex, toQuantity } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import type { WriteLine } from './eip3155.ts'
import { type Step, type StepFields, StepTracer } from './step.ts'
import { failedChecks } from './step-error.ts'

/**
 * Writes a run as geth's `--trace.format=struct`: a paragraph an instruction with stack (top first), memory, the
 * slots seen on SLOAD and SSTORE, and return data. It says nothing of how the whole ended.
 */
export function traceStruct(write: WriteLine, fields: StepFields = {}): Tracer {
  return new StepTracer({ storage: true, ...fields }, { step: (step) => paragraph(step).forEach(write) })
}

function paragraph(step: Step): string[] {
  const { opName, gas, gasCost, stack, memory, storage, returnData } = step
  const pc = String(step.pc).padStart(8, '0')
  const error = failedChecks(step.halt) ? ` ERROR: ${step.error}` : ''
  const lines = [`${opName.padEnd(16)}pc=${pc} gas=${gas} cost=${gasCost}${error}`]
  if (stack.length > 0) {
    lines.push('Stack:')
    for (let at = 0; at < stack.length; at++)
      lines.push(`${String(at).padStart(8, '0')}  ${toQuantity(stack[stack.length - 1 - at])}`)
  }
  if (memory.length > 0) lines.push('Memory:', ...hexDump(memory))
  if (storage)
    lines.push('Storage:', ...Array.from(storage, ([key, value]) => `${word(key)}: ${word(value)}`))
  if (returnData.length > 0) lines.push('ReturnData:', ...hexDump(returnData))
  lines.push('')
  return lines
}

function word(value: bigint): string {
  return toFixedHex(value, 32).slice(2)
}

const DUMP_BYTES = 16

/** The bytes as `hexdump -C` shows them, without its last line. */
export function hexDump(bytes: Uint8Array): string[] {
  const lines: string[] = []
  for (let from = 0; from < bytes.length; from += DUMP_BYTES) {
    const part = [...bytes.subarray(from, from + DUMP_BYTES)]
    const hex = part.map((byte, at) => byte.toString(16).padStart(2, '0') + (at === 7 ? '  ' : ' ')).join('')
    const text = part.map((byte) => (byte >= 32 && byte <= 126 ? String.fromCharCode(byte) : '.')).join('')
    lines.push(`${from.toString(16).padStart(8, '0')}  ${hex.padEnd(3 * DUMP_BYTES + 1)} |${text}|`)
  }
  return lines
}
