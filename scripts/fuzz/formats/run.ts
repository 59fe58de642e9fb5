import { setImmediate } from 'node:timers/promises'
import { bugLine, ZvmError } from '../../../src/core/errors.ts'
import { bytesToHex } from '../../../src/core/hex.ts'
import { Random } from '../random.ts'
import type { RunOptions } from '../run-options.ts'
import { DICTIONARY } from './generate.ts'
import { mutate } from './mutate.ts'
import { SUBJECTS, type Subject } from './subjects.ts'
import { WALLET_WORDS } from './wallet.ts'

/** An input that is wrongly accepted or refused, that breaks us, or that takes too long. */
export interface FormatFind {
  readonly format: string
  /** Number of the input. */
  readonly program: number
  readonly what: string
  /** The input as 0x hex. */
  readonly input: string
}

export interface FormatReport {
  readonly seed: number
  /** Inputs of each format. */
  programs: number
  readonly formats: Record<string, { accepted: number; refused: number; slowestSeconds: number }>
  readonly finds: FormatFind[]
}

export type FormatFuzzOptions = Omit<RunOptions<FormatFind, FormatReport>, 'fork' | 'tableOf' | 'keep'> & {
  /** The formats, other ones plant a fault. */
  readonly subjects?: Readonly<Record<string, Subject>>
}

const WORDS = [...DICTIONARY, ...WALLET_WORDS.map((word) => new TextEncoder().encode(word))]

/** CPU seconds after which an input of a few kilobytes hangs. */
const HANG_SECONDS = 10
const INPUTS_BETWEEN_EVENTS = 256
/** At least as many as there are formats: each input of each has a stream of its own. */
const STREAMS = 64

/** Feeds each format `programs` inputs: sound ones, sound ones with changes, and bytes and words at random. */
export async function fuzzFormats(options: FormatFuzzOptions): Promise<FormatReport> {
  const { seed, first, programs, seconds, findLimit, signal, onProgram, subjects = SUBJECTS } = options
  const counts = Object.keys(subjects).map((name) => [name, { accepted: 0, refused: 0, slowestSeconds: 0 }])
  const report: FormatReport = { seed, programs: 0, formats: Object.fromEntries(counts), finds: [] }
  const deadline = performance.now() + seconds * 1000
  for (let index = first; index < first + programs; index++) {
    if (signal?.aborted || performance.now() > deadline || report.finds.length >= findLimit) break
    for (const [at, [format, subject]] of Object.entries(subjects).entries()) {
      const { input, isSound } = makeInput(new Random(seed, STREAMS * index + at), subject)
      const what = verdictOf(subject, input, isSound, report.formats[format])
      if (what !== null) report.finds.push({ format, program: index, what, input: bytesToHex(input) })
    }
    report.programs++
    onProgram?.(report)
    if (index % INPUTS_BETWEEN_EVENTS === 0) await setImmediate()
  }
  return report
}

function makeInput(random: Random, subject: Subject): { input: Uint8Array; isSound: boolean } {
  if (random.oneIn(10)) return { input: noise(random), isSound: false }
  const input = subject.make(random)
  return random.oneIn(6) ? { input, isSound: true } : { input: mutate(random, input, WORDS), isSound: false }
}

function noise(random: Random): Uint8Array {
  if (random.oneIn(2)) return random.bytes(random.below(200))
  const words = Array.from({ length: random.below(60) }, () => random.pick(WORDS))
  return Uint8Array.from(words.flatMap((word) => [...word, ...(random.oneIn(3) ? [10] : [32])]))
}

/** What is wrong with how an input is taken, or null. */
function verdictOf(
  { accept }: Subject,
  input: Uint8Array,
  isSound: boolean,
  counts: FormatReport['formats'][string],
): string | null {
  const before = process.cpuUsage()
  let what: string | null
  try {
    what = accept(input)
    counts.accepted++
  } catch (error) {
    counts.refused++
    if (!(error instanceof ZvmError)) what = `threw ${bugLine(error)}`
    else what = isSound ? `sound, but refused: ${error.message}` : null
  }
  const { user, system } = process.cpuUsage(before)
  const seconds = (user + system) / 1e6
  counts.slowestSeconds = Math.max(counts.slowestSeconds, seconds)
  return seconds > HANG_SECONDS ? `took ${seconds} s` : what
}
