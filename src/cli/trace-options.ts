import type { Argv } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import type { Tracer } from '../core/tracer.ts'
import { checkWritable, GrowingFile, writeAtomically } from '../host/write-file.ts'
import { both } from '../trace/both.ts'
import { TRACE_FORMATS } from '../trace/formats.ts'
import { GasProfile } from '../trace/gas-profile.ts'
import type { WriteText } from '../trace/json-text.ts'
import { profileTable, toSpeedscope } from '../trace/speedscope.ts'
import { createTracer, TRACER_NAMES } from '../trace/tracers.ts'
import { flag, fromOption, optionalPath, optionalText, text } from './arguments.ts'
import type { Arguments } from './main.ts'
import { takeStdout, warn } from './output.ts'

/** The options that ask for the steps, as geth names them, and for a tracer's result. */
export function traceOptions(yargs: Argv): Argv {
  return yargs
    .option('trace', flag('Write every step to stderr'))
    .option('trace.format', text('json is EIP-3155', { choices: [...TRACE_FORMATS.keys()], default: 'json' }))
    .option('trace.nomemory', flag('Leave memory out', true))
    .option('trace.nostack', flag('Leave the stack out'))
    .option('trace.noreturndata', flag('Leave return data out', true))
    .option(
      'tracer',
      text('Write what this tracer tells to stdout, and nothing else', { choices: TRACER_NAMES }),
    )
    .option('tracer-config', text('Its configuration, a JSON object'))
    .option('profile', text('Write where the gas went to this file, for speedscope; the hottest to stderr'))
    .option('tracer-output', text('Write that to this file instead, whole or not at all', { alias: 'o' }))
}

/** Whether anything is to watch what runs. */
export function isTraced({ trace, tracer, profile }: Arguments): boolean {
  return trace === true || tracer !== undefined || profile !== undefined
}

/** The traces that a command was asked for. */
export interface Tracing {
  /** What watches the next execution, null where nothing was asked for. A transaction's result is told with its hash. */
  next(hash?: bigint): Tracer | null
  /** All have ended: what was written to a file is put in its place. */
  keep(): void
  /** Something went wrong: a file stays as it was. */
  discard(): void
}

/** Runs what is traced as the options say. */
export async function traced<T>(args: Arguments, run: (tracing: Tracing) => T | Promise<T>): Promise<T> {
  const tracing = tracingOf(args)
  try {
    const result = await run(tracing)
    tracing.keep()
    return result
  } catch (error) {
    tracing.discard()
    throw error
  }
}

function tracingOf(args: Arguments): Tracing {
  const makeSteps = stepTracerOf(args)
  const profile = profileOf(args)
  const results = resultsOf(args)
  return {
    next(hash) {
      const tracers = [makeSteps?.(), profile?.tracer, results?.next(hash)].filter(
        (tracer) => tracer !== undefined,
      )
      return tracers.length === 0 ? null : tracers.reduce(both)
    },
    keep() {
      results?.keep()
      profile?.keep()
    },
    discard: () => results?.discard(),
  }
}

/** Makes a tracer that writes steps, or null where none are asked for. */
function stepTracerOf(args: Arguments): (() => Tracer) | null {
  const format = TRACE_FORMATS.get(String(args['trace.format']))
  if (!args.trace || !format) return null
  const fields = {
    stack: !args['trace.nostack'],
    memory: !args['trace.nomemory'],
    returnData: !args['trace.noreturndata'],
  }
  return () => format(warn, fields)
}

/** The profile of all executions, where one is asked for. */
function profileOf(args: Arguments): { tracer: Tracer; keep(): void } | undefined {
  const path = optionalPath(args.profile, '--profile')
  if (path === null) return undefined
  checkWritable(path)
  const profile = new GasProfile()
  const keep = () => {
    writeAtomically(path, toSpeedscope(profile, 'gas'))
    for (const line of profileTable(profile)) warn(line)
  }
  return { tracer: profile, keep }
}

/** Characters that are written in one go. */
const CHUNK = 1 << 16

function resultsOf(args: Arguments): TracerResults | null {
  const name = optionalText(args.tracer)
  const path = optionalPath(args['tracer-output'], '--tracer-output')
  const configText = optionalText(args['tracer-config'])
  if (name === null) {
    if (path === null && configText === null) return null
    throw new ZvmError(ERROR_CODES.usage, `--tracer-${path === null ? 'config' : 'output'}: needs --tracer`)
  }
  if (args.json && path === null)
    throw new ZvmError(ERROR_CODES.usage, '--tracer: stdout is for --json; name a file with --tracer-output')
  const config = configText === null ? {} : fromOption(() => parseJson(configText, '--tracer-config'))
  // What is wrong with the configuration is told before anything runs.
  const make = (write: WriteText) => fromOption(() => createTracer(name, write, config))
  make(() => {})
  if (path !== null) checkWritable(path)
  return new TracerResults(make, path)
}

/** What a tracer tells of each execution: a line of JSON, streamed. */
class TracerResults {
  readonly #make: (write: WriteText) => Tracer
  /** Null for stdout. */
  readonly #path: string | null
  /** Null while there is nothing to write: who interrupts a replay that waits for its node leaves none behind. */
  #file: GrowingFile | null = null
  readonly #sink: WriteText
  #buffered = ''

  constructor(make: (write: WriteText) => Tracer, path: string | null) {
    this.#make = make
    this.#path = path
    this.#sink = path === null ? takeStdout() : (text) => this.#openFile(path).write(text)
  }

  #openFile(path: string): GrowingFile {
    this.#file ??= new GrowingFile(path)
    return this.#file
  }

  /** As geth tells of the transactions of a block, where there is a hash to tell them by. */
  next(hash?: bigint): Tracer {
    const [opening, closing] =
      hash === undefined ? ['', ''] : [`{"txHash":"${toFixedHex(hash, 32)}","result":`, '}']
    const tracer = this.#make((piece) => this.#write(piece))
    const opened = both({ begin: () => this.#write(opening) }, tracer)
    return both(opened, { end: () => this.#write(`${closing}\n`) })
  }

  keep(): void {
    this.#flush()
    this.#file?.keep()
  }

  discard(): void {
    if (this.#path === null) this.#flush()
    else this.#file?.discard()
  }

  #write(piece: string): void {
    this.#buffered += piece
    if (this.#buffered.length >= CHUNK) this.#flush()
  }

  #flush(): void {
    this.#sink(this.#buffered)
    this.#buffered = ''
  }
}
