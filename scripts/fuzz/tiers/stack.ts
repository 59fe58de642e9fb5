import { STACK_LIMIT } from '../../../src/core/table.ts'
import type { Scope } from '../generate/scope.ts'
import { anyWord } from '../generate/words.ts'
import { finish } from './endings.ts'
import { straight, taste } from './parts.ts'

/** Operands that one round of the loop leaves. */
const A_ROUND = 40

/** Blocks that begin where the stack is nearly full, or empty, and go to its end and past it. */
export function edge(scope: Scope): Uint8Array {
  const { random, code } = scope
  const room = random.pick([0, 1, 2, 3, 5, 8, 16, 17, 20])
  if (random.oneIn(3)) code.level(random.below(3))
  else fill(scope, STACK_LIMIT - room)
  const weights = taste(scope)
  for (let i = random.between(1, 4); i > 0; i--) {
    const next = code.label()
    jumpTo(scope, () => code.pushLabel(next))
    code.place(next)
    reach(scope, random.between(-3, room + 1))
    if (random.oneIn(3)) straight(scope, 1, weights)
  }
  finish(scope)
  return code.finish()
}

/** A jump that is always taken, in one of its forms. */
function jumpTo({ random, code }: Scope, pushTarget: () => void) {
  if (random.oneIn(4)) code.op('CALLER')
  const isConditional = random.oneIn(2) && code.height > 0
  if (!isConditional) {
    pushTarget()
    return code.op('JUMP')
  }
  code.op('CODESIZE')
  pushTarget()
  code.op('JUMPI')
}

/** So many operands in a loop, or fewer: its counter lies on top. */
function fill({ random, code }: Scope, height: number) {
  const rounds = Math.floor((height - 2) / A_ROUND)
  const again = code.label()
  code.push(BigInt(rounds))
  code.place(again)
  for (let i = 0; i < A_ROUND; i++) code.dup(1)
  code.push(1n)
  code.swap(1)
  code.op('SUB')
  code.dup(1)
  code.pushLabel(again)
  code.op('JUMPI')
  code.height = rounds * A_ROUND + 1
  while (code.height < height && code.height < STACK_LIMIT) code.push(anyWord(random))
}

/** Up by so many operands, or down, with something done at the top. */
function reach({ random, code }: Scope, change: number) {
  for (let i = change; i < 0; i++) code.op(random.pick(['POP', 'ADD', 'MSTORE', 'ADDMOD']))
  for (let i = 0; i < change; i++) {
    const name = random.pick(['push', 'dup', 'GAS', 'PC', 'MSIZE', 'CALLER'])
    if (name === 'push') code.push(anyWord(random))
    else if (name === 'dup') code.dup(random.between(1, Math.min(16, Math.max(1, code.height))))
    else code.op(name)
  }
  if (random.oneIn(3)) code.swap(random.between(1, 16))
  if (random.oneIn(3)) code.dup(random.between(1, 16))
}

/** Operands far below where a block begins. */
export function deep(scope: Scope): Uint8Array {
  const { random, code } = scope
  const height = random.pick([40, 60, 63, 64, 65, 66, 80, 110])
  for (let i = 0; i < height; i++)
    if (random.oneIn(4)) {
      code.push(BigInt(random.below(64)))
      code.op('CALLDATALOAD')
    } else code.push(anyWord(random))
  for (let i = random.between(1, 3); i > 0; i--) {
    const next = code.label()
    jumpTo(scope, () => code.pushLabel(next))
    code.place(next)
    const down = random.between(20, Math.max(20, code.height - 18))
    for (let j = 0; j < down && code.height > 1; j++) {
      code.op(random.pick(['POP', 'POP', 'ADD', 'XOR', 'SUB']))
      if (random.oneIn(6)) stir(scope)
    }
    stir(scope)
    for (let j = random.below(30); j > 0; j--) stir(scope)
  }
  finish(scope)
  return code.finish()
}

function stir({ random, code }: Scope) {
  const reachable = Math.min(16, code.height)
  if (reachable === 0) return code.push(3n)
  const n = random.oneIn(2) ? reachable : random.between(1, reachable)
  if (random.oneIn(2)) code.dup(n)
  else if (n > 1) code.swap(n - 1)
}
