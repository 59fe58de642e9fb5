import type { Tracer } from '../core/tracer.ts'
import { traceJson, type WriteLine } from './eip3155.ts'
import { traceMarkdown } from './markdown.ts'
import type { StepFields } from './step.ts'
import { traceStruct } from './struct-text.ts'

/** Makes a tracer that writes each instruction as it ends, line by line. */
export type StepTrace = (write: WriteLine, fields?: StepFields) => Tracer

/** The forms of `--trace.format`, by name. */
export const TRACE_FORMATS: ReadonlyMap<string, StepTrace> = new Map([
  ['json', traceJson],
  ['struct', traceStruct],
  ['md', traceMarkdown],
  ['markdown', traceMarkdown],
])
