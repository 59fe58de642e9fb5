import type { Random } from '../random.ts'
import type { CodeWriter } from './code-writer.ts'
import { anyWord } from './words.ts'
import { anyAddress, type World } from './world.ts'

/** Where a segment of a program is written. */
export interface Scope {
  readonly random: Random
  readonly world: World
  readonly code: CodeWriter
  /** Contracts to call: mostly those after one's own, so that calls come to an end before the gas does. */
  readonly callees: readonly bigint[]
  /** Writes nothing, so that it and what it calls can run in a static call. */
  readonly isReader: boolean
  /** How many initcodes enclose this code: programs create programs, but not for ever. */
  readonly nesting: number
  /** How many branches and loops enclose this code. */
  readonly blocks: number
  /** How many loops enclose this code; what is slow is left out of them. */
  readonly loops: number
}

/** Getters of one word that take nothing. */
const GETTERS = [
  ...['ADDRESS', 'ORIGIN', 'CALLER', 'CALLVALUE', 'CALLDATASIZE', 'CODESIZE', 'GASPRICE', 'RETURNDATASIZE'],
  ...['COINBASE', 'TIMESTAMP', 'NUMBER', 'PREVRANDAO', 'DIFFICULTY', 'GASLIMIT', 'CHAINID', 'SELFBALANCE'],
  ...['BASEFEE', 'BLOBBASEFEE', 'PC', 'MSIZE', 'GAS'],
]

/** Puts one word on the stack: a constant, a copy, or what a getter gives. */
export function pushOperand({ random, code }: Scope) {
  switch (random.weighted({ constant: 60, copy: 25, getter: 10, calldata: 5 })) {
    case 'copy':
      if (code.height > 0) return code.dup(random.between(1, Math.min(16, code.height)))
      break
    case 'getter': {
      const name = random.pick(GETTERS)
      if (code.has(name)) return code.op(name)
      break
    }
    case 'calldata':
      code.push(BigInt(random.below(70)))
      return code.op('CALLDATALOAD')
  }
  code.push(anyWord(random), random.oneIn(15) ? random.below(4) : 0)
}

/** Makes `count` operands ready on top of the stack, some of them those that lie there. */
export function pushOperands(scope: Scope, count: number): void {
  const { random, code } = scope
  for (let have = Math.min(code.free, random.below(count + 1)); have < count; have++) pushOperand(scope)
}

/** Puts an address on the stack, sometimes with bits beyond its 160, which must not matter. */
export function pushAddress({ random, world, code }: Scope, known?: bigint) {
  if (known === undefined && random.oneIn(8))
    return code.op(random.pick(['ADDRESS', 'CALLER', 'ORIGIN', 'COINBASE']))
  const address = known ?? anyAddress(random, world)
  code.push(random.oneIn(12) ? address | (random.bits(96) << 160n) : address)
}
