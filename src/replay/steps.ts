import { gunzipSync, gzipSync } from 'node:zlib'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { toFixedHex } from '../core/hex.ts'

/** One step as a node's struct log tells it: the values before the instruction at `pc`. */
export interface Step {
  readonly pc: number
  /** The byte at `pc`; 0 past the end of the code. */
  readonly op: number
  /** Gas left before the instruction. */
  readonly gas: bigint
  /** What it takes, with the gas lent to a callee; what else differs between nodes: `firstStepDifference`. */
  readonly gasCost: bigint
  /** 1 for the outermost frame. */
  readonly depth: number
  /** A multiple of 32. */
  readonly memorySizeBytes: number
  /** Bottom first. */
  readonly stack: readonly bigint[]
  /** The node's name for the exceptional halt that the instruction ended in. */
  readonly error?: string | undefined
}

/** All steps of a transaction; none where no code ran. */
export interface TransactionSteps {
  /** Transaction hash as a word. */
  readonly hash: bigint
  readonly steps: readonly Step[]
}

/**
 * The steps of a bundle's transactions, kept beside `NAME.json` as `NAME.steps.gz`: gzipped lines of fields separated
 * by spaces, numbers in hex without 0x.
 *
 *     zvm-steps/1
 *     tx HASH COUNT
 *     PC OP GAS GASCOST DEPTH MEMORY KEPT [WORD…] [!ERROR]      COUNT times
 *
 * KEPT words at the bottom of the stack are those of the last step at this depth, and the WORDs lie on them. A dot
 * stands for what follows from the line before: PC the next instruction, GAS its gas less its cost, DEPTH and MEMORY
 * unchanged.
 */
export const STEPS_VERSION = 'zvm-steps/1'

/** Most that a file may unpack to. */
const MAX_BYTES = 1 << 28

/** Packs steps; `unpackSteps` gives them back. The same steps give the same text, of which gzip is free in its bytes. */
export function packSteps(transactions: readonly TransactionSteps[]): Uint8Array {
  const lines = [STEPS_VERSION]
  for (const { hash, steps } of transactions) {
    lines.push(`tx ${toFixedHex(hash, 32).slice(2)} ${steps.length.toString(16)}`)
    const stacks: (readonly bigint[])[] = []
    let before: Step | undefined
    for (const step of steps) {
      lines.push(lineOf(step, before, stacks[step.depth] ?? []))
      stacks[step.depth] = step.stack
      before = step
    }
  }
  return gzipSync(lines.join('\n') + '\n', { level: 9 })
}

function lineOf(step: Step, before: Step | undefined, stackBefore: readonly bigint[]): string {
  const next = before && predict(before)
  const kept = commonPrefix(step.stack, stackBefore)
  const field = (value: number | bigint, predicted: number | bigint | undefined) =>
    value === predicted ? '.' : value.toString(16)
  const fields = [
    field(step.pc, next?.pc),
    step.op.toString(16),
    field(step.gas, next?.gas),
    step.gasCost.toString(16),
    field(step.depth, next?.depth),
    field(step.memorySizeBytes, next?.memorySizeBytes),
    kept.toString(16),
    ...step.stack.slice(kept).map((word) => word.toString(16)),
  ]
  if (step.error !== undefined) fields.push('!' + step.error.replaceAll(/\s/g, '_'))
  return fields.join(' ')
}

/** Where the step after `step` is when nothing special happens; what a dot stands for. */
function predict({
  pc,
  op,
  gas,
  gasCost,
  depth,
  memorySizeBytes,
}: Step): Omit<Step, 'op' | 'gasCost' | 'stack'> {
  const pushed = op >= 0x60 && op <= 0x7f ? op - 0x5f : 0
  return { pc: pc + 1 + pushed, gas: gas - gasCost, depth, memorySizeBytes }
}

function commonPrefix(a: readonly bigint[], b: readonly bigint[]): number {
  let length = 0
  while (length < a.length && length < b.length && a[length] === b[length]) length++
  return length
}

/** Reads what `packSteps` wrote. Throws IO when it is no gzip, VALUE naming the line when it is not of the format. */
export function unpackSteps(bytes: Uint8Array, place: string): TransactionSteps[] {
  const lines = gunzip(bytes, place).split('\n')
  if (lines[0] !== STEPS_VERSION) refuse(place, 1, `not ${STEPS_VERSION}`)
  const transactions: TransactionSteps[] = []
  let at = 1
  while (at < lines.length - 1) {
    const [, hash, count] =
      /^tx ([0-9a-f]{64}) ([0-9a-f]{1,8})$/.exec(lines[at]) ?? refuse(place, at + 1, 'no tx line')
    const end = at + 1 + Number.parseInt(count, 16)
    if (end > lines.length - 1) refuse(place, lines.length, 'ends before its steps do')
    transactions.push({ hash: BigInt('0x' + hash), steps: readLines(lines, at + 1, end, place) })
    at = end
  }
  return transactions
}

function readLines(lines: readonly string[], from: number, to: number, place: string): Step[] {
  const steps: Step[] = []
  const stacks: (readonly bigint[])[] = []
  let before: Step | undefined
  for (let at = from; at < to; at++) {
    const step = readLine(lines[at], before, stacks) ?? refuse(place, at + 1, 'no step')
    stacks[step.depth] = step.stack
    steps.push(step)
    before = step
  }
  return steps
}

const LINE =
  /^(\.|[0-9a-f]+) ([0-9a-f]{1,2}) (\.|[0-9a-f]+) ([0-9a-f]+) (\.|[0-9a-f]+) (\.|[0-9a-f]+) ([0-9a-f]+)((?: [0-9a-f]+)*)(?: !(\S+))?$/

/** The step of a line, or undefined when it is not of the format. `stacks` by depth. */
function readLine(
  line: string,
  before: Step | undefined,
  stacks: readonly (readonly bigint[])[],
): Step | undefined {
  const match = LINE.exec(line)
  if (match === null) return undefined
  if (before === undefined && [1, 3, 5, 6].some((group) => match[group] === '.')) return undefined
  const next = before && predict(before)
  const number = (group: number, predicted = 0) =>
    match[group] === '.' ? predicted : Number.parseInt(match[group], 16)
  const depth = number(5, next?.depth)
  const kept = number(7)
  const stackBefore = stacks[depth] ?? []
  if (kept > stackBefore.length) return undefined
  const words = match[8] === '' ? [] : match[8].slice(1).split(' ')
  return {
    pc: number(1, next?.pc),
    op: number(2),
    gas: match[3] === '.' ? next!.gas : BigInt('0x' + match[3]),
    gasCost: BigInt('0x' + match[4]),
    depth,
    memorySizeBytes: number(6, next?.memorySizeBytes),
    stack: [...stackBefore.slice(0, kept), ...words.map((word) => BigInt('0x' + word))],
    ...(match[9] !== undefined && { error: match[9] }),
  }
}

function gunzip(bytes: Uint8Array, place: string): string {
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES }).toString('utf8')
  } catch (cause) {
    throw new ZvmError(
      ERROR_CODES.io,
      `${place}: cannot be unpacked (${(cause as Error).message})`,
      { place },
      cause,
    )
  }
}

function refuse(place: string, line: number, what: string): never {
  throw new ZvmError(ERROR_CODES.value, `${place}: line ${line}: ${what}`, { place, line })
}
