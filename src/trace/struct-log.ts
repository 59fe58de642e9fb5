import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import { type WriteText, writeBytes } from './json-text.ts'
import { messageOutput } from './message-end.ts'
import { type Step, type StepFields, StepTracer } from './step.ts'
import { failedChecks } from './step-error.ts'

export interface StructLogConfig {
  /** Adds memory, in words of 32 bytes. */
  readonly enableMemory?: boolean
  /** Adds the output of the last message. */
  readonly enableReturnData?: boolean
  readonly disableStack?: boolean
  /** Leaves out the slots seen so far, which SLOAD and SSTORE show. */
  readonly disableStorage?: boolean
}

const WORD = 32

/**
 * geth's struct log, what `debug_traceTransaction` gives where no tracer is named: every instruction as it ends, then
 * what the transaction cost and gave. In geth's text that comes before the instructions; here it comes after them, so
 * that none of them must be kept.
 */
export function structLog(write: WriteText, config: StructLogConfig = {}): Tracer {
  const {
    enableMemory = false,
    enableReturnData = false,
    disableStack = false,
    disableStorage = false,
  } = config
  const fields: Required<StepFields> = {
    stack: !disableStack,
    memory: enableMemory,
    returnData: enableReturnData,
    storage: !disableStorage,
  }
  let separator = ''
  let output: Uint8Array = new Uint8Array(0)
  let isFailed = false
  /** Not between transactions: what a block sends by itself is not told of. */
  let isBegun = false
  const steps = new StepTracer(fields, {
    step(step) {
      if (!isBegun) return
      write(separator + structLogOf(step, fields))
      separator = ','
    },
    end: ({ error }) => {
      isFailed = error !== ''
    },
  })
  return {
    begin() {
      separator = ''
      isBegun = true
      write('{"structLogs":[')
    },
    enter: (message) => steps.enter(message),
    step: (frame) => steps.step(frame),
    stepEnd: (frame, opcode, halt) => steps.stepEnd(frame, opcode, halt),
    exit(message, result, frame) {
      if (message.depth === 0) output = messageOutput(message, result, frame).slice()
      steps.exit(message, result, frame)
    },
    end({ gasUsed }) {
      isBegun = false
      write(`],"gas":${gasUsed},"failed":${isFailed},"returnValue":`)
      writeBytes(write, output)
      write('}')
    },
  }
}

function structLogOf(step: Step, { stack }: Required<StepFields>): string {
  const { pc, opName, gas, gasCost, depth, refund, memory, returnData, storage } = step
  // As geth: an instruction that passed its checks has no error here, whatever became of it.
  const error = failedChecks(step.halt) ? `,"error":${JSON.stringify(step.error)}` : ''
  return (
    `{"pc":${pc},"op":${JSON.stringify(opName)},"gas":${gas},"gasCost":${gasCost},"depth":${depth}${error}` +
    (stack ? `,"stack":[${step.stack.map((value) => `"${toQuantity(value)}"`).join()}]` : '') +
    (returnData.length > 0 ? `,"returnData":"${bytesToHex(returnData)}"` : '') +
    (memory.length > 0 ? `,"memory":[${wordsOf(memory).join()}]` : '') +
    (storage ? `,"storage":{${slotsOf(storage).join()}}` : '') +
    (refund > 0 ? `,"refund":${refund}` : '') +
    '}'
  )
}

function wordsOf(memory: Uint8Array): string[] {
  return Array.from(
    { length: memory.length / WORD },
    (_, i) => `"${bytesToHex(memory.subarray(i * WORD, (i + 1) * WORD))}"`,
  )
}

/** By key, as geth's maps are written. */
function slotsOf(storage: ReadonlyMap<bigint, bigint>): string[] {
  return [...storage]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => `"${toFixedHex(key, WORD)}":"${toFixedHex(value, WORD)}"`)
}
