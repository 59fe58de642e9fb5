import type { Label } from '../generate/code-writer.ts'
import type { Scope } from '../generate/scope.ts'
import { anyWord } from '../generate/words.ts'
import { finish } from './endings.ts'
import { straight, type Taste, taste } from './parts.ts'

/** Where a counter lies that lets programs come to an end. */
const COUNTER = 0x1c0n

interface Maze {
  readonly scope: Scope
  readonly labels: readonly Label[]
  readonly weights: Taste
  /** Operands at the beginning of every block. */
  readonly height: number
  /** How many rounds the counter allows. */
  readonly rounds: number
}

/** Blocks that jump into each other in every way there is, some never ending but for want of gas. */
export function maze(scope: Scope): Uint8Array {
  const { random, code } = scope
  const count = random.between(1, random.pick([2, 2, 3, 3, 4, 5, random.oneIn(5) ? 24 : 8]))
  const labels = Array.from({ length: count }, () => code.label())
  const height = random.pick([0, 0, 1, 2, 3, 5])
  const rounds = random.pick([1, 2, 3, 5, 9, 20])
  const own: Maze = { scope, labels, weights: taste(scope), height, rounds }
  straight(scope, random.below(2), own.weights)
  code.level(height)
  for (const label of labels) {
    code.place(label)
    code.height = height
    // A JUMPDEST within a block, which something may jump to, and something may come to from before.
    straight(scope, random.below(3), own.weights)
    if (random.oneIn(5)) code.op('JUMPDEST')
    if (random.oneIn(3)) branchOff(own)
    leave(own)
  }
  finish(scope)
  return code.finish()
}

/** A jump that may be taken, with more of the block after it. */
function branchOff(own: Maze) {
  const { scope, height, weights } = own
  const { random, code } = scope
  level(own, height)
  pushCondition(own)
  pushTarget(own)
  code.op('JUMPI')
  straight(scope, random.below(3), weights)
}

/** The end of a block. */
function leave(own: Maze) {
  const { scope, height } = own
  const { random, code } = scope
  level(own, height)
  switch (random.weighted({ jump: 25, jumpIf: 30, back: 30, through: 12, subroutine: 8, stop: 4, lost: 3 })) {
    case 'jump':
      pushTarget(own)
      code.op('JUMP')
      return deadBytes(scope)
    case 'jumpIf':
      pushCondition(own)
      pushTarget(own)
      return code.op('JUMPI')
    case 'back':
      pushLess(own)
      pushTarget(own)
      return code.op('JUMPI')
    case 'subroutine':
      return subroutine(own)
    case 'stop':
      code.op(random.pick(['STOP', 'INVALID', 'JUMP', 'POP', 'RETURN', 'REVERT', 'SELFDESTRUCT']))
      return deadBytes(scope)
    case 'lost':
      pushNowhere(own)
      return code.op(random.pick(['JUMP', 'JUMPI']))
  }
}

/** As high as blocks expect it, or not quite. */
function level({ scope: { random, code } }: Maze, height: number) {
  code.level(random.oneIn(25) ? Math.max(0, height + random.between(-2, 3)) : height)
}

function pushTarget(own: Maze) {
  const { random, code } = own.scope
  const label = random.pick(own.labels)
  switch (random.weighted({ plain: 55, sum: 8, chosen: 15, kept: 6, swapped: 6, masked: 5, nowhere: 1.5 })) {
    case 'plain':
      return code.pushLabel(label)
    case 'sum':
      // Known only to who computes with constants.
      code.pushLabel(label)
      code.push(BigInt(random.below(40)))
      code.dup(1)
      code.op('NOT')
      for (const name of ['ADD', 'NOT', 'ADD']) code.op(name)
      // ~(k + ~k) is zero.
      return
    case 'chosen':
      return chosen(own, label)
    case 'kept': {
      const at = BigInt(random.pick([0x1a0, 0x1a1]))
      code.pushLabel(label)
      code.push(at)
      code.op('MSTORE')
      code.push(at)
      return code.op('MLOAD')
    }
    case 'swapped':
      code.pushLabel(label)
      code.push(7n)
      code.swap(1)
      code.dup(2)
      code.op('POP')
      code.swap(1)
      return code.op('POP')
    case 'masked':
      code.pushLabel(label)
      code.push(0xffffn)
      return code.op('AND')
    case 'nowhere':
      return pushNowhere(own)
  }
}

/** One of two labels, as a bit says: a ^ (a ^ b) · bit. */
function chosen(own: Maze, label: Label) {
  const { random, code } = own.scope
  code.pushLabel(label)
  code.pushLabel(random.pick(own.labels))
  code.dup(2)
  code.op('XOR')
  pushBit(own)
  for (const name of ['MUL', 'XOR']) code.op(name)
}

function pushBit({ scope: { random, code } }: Maze) {
  switch (random.weighted({ data: 40, gas: 20, size: 10, counter: 20, constant: 10 })) {
    case 'data':
      code.push(BigInt(random.pick([0, 1, 31, 32])))
      code.op('CALLDATALOAD')
      break
    case 'gas':
      code.op('GAS')
      break
    case 'size':
      code.op('MSIZE')
      code.push(32n)
      code.swap(1)
      code.op('DIV')
      break
    case 'counter':
      code.push(COUNTER)
      code.op('MLOAD')
      break
    case 'constant':
      code.push(BigInt(random.below(2)))
  }
  code.push(1n)
  code.op('AND')
}

function pushCondition(own: Maze) {
  const { random, code } = own.scope
  switch (random.weighted({ bit: 50, less: 25, constant: 15, copy: 10 })) {
    case 'bit':
      pushBit(own)
      if (random.oneIn(3)) code.op('ISZERO')
      return
    case 'less':
      return pushLess(own)
    case 'constant':
      return code.push(random.oneIn(2) ? 0n : anyWord(random))
    case 'copy':
      if (code.height === 0) return code.op('CALLDATASIZE')
      return code.dup(random.between(1, Math.min(16, code.height)))
  }
}

/** Counts in memory, and tells whether there are rounds left. */
function pushLess({ scope: { code }, rounds }: Maze) {
  code.push(BigInt(rounds))
  code.push(COUNTER)
  code.op('MLOAD')
  code.push(1n)
  code.op('ADD')
  code.dup(1)
  code.push(COUNTER)
  code.op('MSTORE')
  code.op('LT')
}

/** A place where no jump may land. */
function pushNowhere(own: Maze) {
  const { random, code } = own.scope
  const label = random.pick(own.labels)
  switch (random.weighted({ beside: 30, far: 15, high: 25, end: 10, any: 10, pushData: 20 })) {
    case 'beside':
      code.pushLabel(label)
      code.push(1n)
      return code.op(random.pick(['ADD', 'SUB']))
    case 'far':
      return code.push(random.pick([0x5fffn, 0x6000n, 0xffffn, 0x10000n, 1n << 31n, 1n << 32n, 1n << 63n]))
    case 'high':
      // A label with bits above those that a position has.
      code.pushLabel(label)
      code.push(1n << random.pick([16n, 32n, 63n, 64n, 128n, 192n, 255n]))
      return code.op('OR')
    case 'end':
      return code.op('CODESIZE')
    case 'any':
      return code.push(anyWord(random))
    case 'pushData': {
      // The JUMPDEST is the immediate of a PUSH.
      code.push(0x5bn)
      code.op('POP')
      const at = BigInt(code.sizeBytes - 2)
      return code.push(at)
    }
  }
}

/** A block that is jumped to with the place to come back to on the stack. */
function subroutine(own: Maze) {
  const { scope, weights } = own
  const { random, code } = scope
  const [body, back] = [code.label(), code.label()]
  for (let i = random.between(1, 3); i > 0; i--) {
    const next = i === 1 ? back : code.label()
    code.pushLabel(next)
    code.pushLabel(body)
    code.op('JUMP')
    code.height--
    if (next !== back) code.place(next)
  }
  code.place(body)
  code.height++
  const { floor } = code
  code.floor = code.height
  straight(scope, random.below(3), weights)
  code.level(code.floor)
  code.floor = floor
  code.op('JUMP')
  code.place(back)
}

/** Bytes after a terminator: data that nothing runs, which may hide a JUMPDEST. */
function deadBytes({ random, code }: Scope) {
  if (!random.oneIn(3)) return
  const bytes = random.bytes(random.below(10)).map((byte) => (byte < 60 ? 0x5b : byte))
  code.raw(bytes)
  // A PUSH among the last would hide the label that follows: mostly it must not.
  if (!random.oneIn(12)) code.raw(new Uint8Array(33))
}
