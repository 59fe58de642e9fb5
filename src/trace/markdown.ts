import { toChecksumAddress } from '../core/address.ts'
import { bytesToHex, toQuantity } from '../core/hex.ts'
import { CallKind, type Message } from '../core/message.ts'
import type { Tracer } from '../core/tracer.ts'
import type { WriteLine } from './eip3155.ts'
import { type RunEnd, type Step, type StepFields, StepTracer } from './step.ts'
import { failedChecks } from './step-error.ts'

/** Writes a run as geth's `--trace.format=md`: a markdown table between two lists. Memory is not shown. */
export function traceMarkdown(write: WriteLine, fields: StepFields = {}): Tracer {
  const hasStack = fields.stack ?? true
  return new StepTracer(
    { stack: hasStack },
    {
      begin: (message) => heading(message).forEach(write),
      step: (step) => rowLines(step, hasStack).forEach(write),
      end: (end) => footing(end).forEach(write),
    },
  )
}

function heading(message: Message): string[] {
  const target = message.kind === CallKind.Create ? 'create' : 'to'
  return [
    'Pre-execution info:',
    `  - from: \`${toChecksumAddress(message.caller)}\``,
    `  - ${target}: \`${toChecksumAddress(message.to)}\``,
    `  - data: \`${hexOrNothing(message.input)}\``,
    `  - gas: \`${message.gas}\``,
    `  - value: \`${message.value}\` wei`,
    '',
    '|  Pc   |      Op     | Cost |   Refund  |   Stack   |',
    '|-------|-------------|------|-----------|-----------|',
  ]
}

function rowLines(step: Step, hasStack: boolean): string[] {
  const { opName, error } = step
  const pc = String(step.pc).padStart(4)
  const cost = String(step.gasCost).padStart(3)
  const refund = String(step.refund).padStart(10)
  const stack = hasStack ? `${`[${step.stack.map(toQuantity).join()}]`.padStart(10)} |` : ''
  const row = `| ${pc}  | ${opName.padStart(10)}  |  ${cost} |${refund} |${stack}`
  if (error === '') return [row]
  // geth tells what an instruction did wrong apart from what kept it from acting.
  return failedChecks(step.halt)
    ? [row, `Error: ${error}`]
    : [row, '', `Error: at pc=${step.pc}, op=${opName}: ${error}`]
}

function footing({ output, gasUsed, error }: RunEnd): string[] {
  return [
    '',
    'Post-execution info:',
    `  - output: \`${hexOrNothing(output)}\``,
    `  - consumed gas: \`${gasUsed}\``,
    `  - error: \`${error || '<nil>'}\``,
  ]
}

/** As Go prints bytes: no prefix where there are none. */
function hexOrNothing(bytes: Uint8Array): string {
  return bytes.length === 0 ? '' : bytesToHex(bytes)
}
