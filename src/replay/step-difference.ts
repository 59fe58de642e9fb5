import type { Step } from './steps.ts'

/** The first step at which two executions differ, and in what: `count` when one of them has ended. */
export interface StepDifference {
  readonly index: number
  readonly field: (typeof FIELDS)[number] | 'count'
  readonly expected: Step | undefined
  readonly actual: Step | undefined
}

const FIELDS = ['depth', 'pc', 'op', 'gas', 'memorySizeBytes', 'stack', 'gasCost'] as const

const CREATE = 0xf0
const CREATE2 = 0xf5

/**
 * Compares our steps with a node's, every field of every step; null when all agree. `actual` follows geth, and a node
 * may differ from it in two things, which are allowed here and nothing else:
 * - The gas cost of CREATE and CREATE2 may contain the gas lent to the initcode, which geth leaves out (it is always
 *   in the cost of a call).
 * - The gas cost of an instruction that ends in an exceptional halt is not compared: nodes show all gas that was left,
 *   or the part of the cost that they had reckoned before it ran out.
 */
export function firstStepDifference(
  expected: readonly Step[],
  actual: readonly Step[],
): StepDifference | null {
  const length = Math.max(expected.length, actual.length)
  for (let index = 0; index < length; index++) {
    const theirs = expected[index]
    const ours = actual[index]
    const missing = theirs === undefined || ours === undefined
    const field = missing ? 'count' : FIELDS.find((name) => !agree(name, theirs, ours))
    if (field !== undefined) return { index, field, expected: theirs, actual: ours }
  }
  return null
}

function agree(field: (typeof FIELDS)[number], theirs: Step, ours: Step): boolean {
  if (field === 'stack')
    return (
      theirs.stack.length === ours.stack.length && theirs.stack.every((word, i) => word === ours.stack[i])
    )
  if (field !== 'gasCost') return theirs[field] === ours[field]
  return (
    theirs.gasCost === ours.gasCost ||
    Boolean(theirs.error) ||
    (isCreate(ours) && theirs.gasCost === ours.gasCost + lent(ours))
  )
}

function isCreate({ op }: Step): boolean {
  return op === CREATE || op === CREATE2
}

/** All but a 64th of the gas that is left after the cost of a creation itself (EIP-150). */
function lent({ gas, gasCost }: Step): bigint {
  const left = gas - gasCost
  return left - left / 64n
}

/** The difference for a person: both steps, and the words of the stacks that differ. */
export function describeStepDifference({ index, field, expected, actual }: StepDifference): string {
  const lines = [
    `step ${index} differs in ${field}`,
    `  expected ${show(expected)}`,
    `  actual   ${show(actual)}`,
  ]
  const depth = Math.max(expected?.stack.length ?? 0, actual?.stack.length ?? 0)
  for (let i = 0; i < depth && field === 'stack'; i++) {
    const [theirs, ours] = [expected?.stack[i], actual?.stack[i]]
    if (theirs !== ours) lines.push(`  stack[${i}] expected ${word(theirs)}, actual ${word(ours)}`)
  }
  return lines.join('\n')
}

function show(step: Step | undefined): string {
  if (step === undefined) return 'no such step'
  const { pc, op, gas, gasCost, depth, memorySizeBytes, stack, error } = step
  const end = error === undefined ? '' : ` error ${error}`
  return (
    `pc ${pc} op 0x${op.toString(16).padStart(2, '0')} gas ${gas} gasCost ${gasCost} depth ${depth} ` +
    `memory ${memorySizeBytes} stack of ${stack.length}${end}`
  )
}

function word(value: bigint | undefined): string {
  return value === undefined ? 'nothing' : '0x' + value.toString(16)
}
