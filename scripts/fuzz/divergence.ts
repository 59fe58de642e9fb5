import type { InterpreterStep } from '@ethereumjs/evm'
import { toQuantity } from '../../src/core/hex.ts'
import type { Table } from '../../src/core/table.ts'
import type { FuzzCase } from './case.ts'
import { runOurs } from './ours.ts'
import { runPeer } from './peer.ts'

/** One instruction as a side saw it, before it ran. */
interface Step {
  readonly name: string
  readonly depth: number
  readonly pc: number
  readonly op: number
  readonly gas: bigint
  readonly memoryBytes: number
  readonly stack: readonly bigint[]
}

/** The first step at which the two sides part. */
export interface Divergence {
  /** The instruction before it, whose effect they see differently; `none` when no step differs. */
  readonly after: string
  /** A line for people. */
  readonly text: string
}

const INVALID = 0xfe
const SHOWN_OPERANDS = 8

/** Runs the case on both sides once more, step by step. */
export async function divergence(table: Table, fuzzCase: FuzzCase): Promise<Divergence> {
  const ours: Step[] = []
  const peer: Step[] = []
  runOurs(table, fuzzCase, {
    step: ({ depth, pc, gas, memorySize, stack, sp }, { name, code, isDefined }) =>
      // The peer has one entry for all undefined bytes.
      ours.push({
        name,
        depth,
        pc,
        op: isDefined ? code : INVALID,
        gas,
        memoryBytes: memorySize,
        stack: stack.slice(0, sp),
      }),
  })
  await runPeer(fuzzCase, (step) => peer.push(fromPeer(step)))
  const at = ours.findIndex((step, i) => !peer[i] || !areEqual(step, peer[i]))
  if (at < 0 && ours.length === peer.length) return { after: 'none', text: 'every step agrees' }
  const index = at < 0 ? ours.length : at
  const after = ours[index - 1]?.name ?? 'the start'
  const sides = `ours ${show(ours[index])}, peer ${show(peer[index])}`
  return { after, text: `step ${index}, after ${after}: ${sides}` }
}

function fromPeer({ opcode, depth, pc, gasLeft, memoryWordCount, stack }: InterpreterStep): Step {
  const memoryBytes = Number(memoryWordCount) * 32
  return { name: opcode.name, depth, pc, op: opcode.code, gas: gasLeft, memoryBytes, stack }
}

/** Memory is shown and not compared: the peer has grown it already when it tells of a step. */
function areEqual(a: Step, b: Step): boolean {
  const isSamePlace = a.depth === b.depth && a.pc === b.pc && a.op === b.op && a.gas === b.gas
  return isSamePlace && a.stack.length === b.stack.length && a.stack.every((word, i) => word === b.stack[i])
}

function show(step: Step | undefined): string {
  if (!step) return 'has ended'
  const { name, depth, pc, gas, stack } = step
  const operands = stack.slice(-SHOWN_OPERANDS).reverse().map(toQuantity)
  return `${name} depth ${depth} pc ${pc} gas ${gas} stack ${operands.join(' ')}${stack.length > SHOWN_OPERANDS ? ' …' : ''}`
}
