import { pushAddress, pushOperand, type Scope } from './scope.ts'
import { memoryOffset, memorySize, storageKey } from './words.ts'

/** Writes segments that leave the stack as it was. */
type Body = (scope: Scope) => void

/** A conditional jump over a stretch of code, or an unconditional one over bytes that never run. */
export function branch(scope: Scope, body: Body) {
  const { random, code } = scope
  const after = code.label()
  if (random.oneIn(3)) {
    code.pushLabel(after)
    code.op('JUMP')
    code.raw(deadBytes(scope))
  } else {
    pushOperand(scope)
    code.pushLabel(after)
    code.op('JUMPI')
    enclosed(scope, body)
  }
  code.place(after)
}

/** Bytes between a jump and its destination. The last is no PUSH, whose immediate would hide the destination. */
function deadBytes({ random }: Scope): Uint8Array {
  const bytes = random.bytes(random.below(8))
  const wouldHide = bytes.some((byte, i) => byte >= 0x60 && byte < 0x80 && i + byte - 0x5f >= bytes.length)
  return wouldHide && !random.oneIn(10) ? new Uint8Array(bytes.length) : bytes
}

/** A loop that runs a few times; its counter lies under what the body uses. */
export function loop(scope: Scope, body: Body) {
  const { random, code } = scope
  const again = code.label()
  code.push(BigInt(random.between(1, scope.loops === 0 ? 8 : 3)))
  code.place(again)
  enclosed({ ...scope, loops: scope.loops + 1 }, body)
  code.push(1n)
  code.swap(1)
  code.op('SUB')
  code.dup(1)
  code.pushLabel(again)
  code.op('JUMPI')
  code.op('POP')
}

function enclosed(scope: Scope, body: Body) {
  const { code } = scope
  const { floor, height } = code
  code.floor = height
  body({ ...scope, blocks: scope.blocks + 1 })
  code.level(height)
  code.floor = floor
}

/** No end but failure. */
const DOOMED = { RETURN: 0, STOP: 0, SELFDESTRUCT: 0, nothing: 0, truncated: 0 }

/** How the program ends; one that is `doomed` fails. */
export function end(scope: Scope, isDoomed: boolean) {
  const { random, code, world } = scope
  const how = random.weighted({
    ...{ RETURN: 40, STOP: 20, SELFDESTRUCT: 7, nothing: 6, truncated: 6, ...(isDoomed && DOOMED) },
    ...{ REVERT: 12, INVALID: 2, jump: 1, spin: world.isRich ? 0 : 0.15 },
  })
  if (how !== 'nothing' && !random.oneIn(4)) keepStack(scope)
  if (how === 'REVERT' && !code.has(how) && !random.oneIn(10)) return code.op('STOP')
  switch (how) {
    case 'RETURN':
    case 'REVERT':
      code.push(random.oneIn(2) ? 96n : memorySize(random))
      code.push(random.oneIn(2) ? 0n : memoryOffset(random))
      return code.op(how)
    case 'SELFDESTRUCT':
      pushAddress(scope)
      return code.op(how)
    case 'STOP':
    case 'INVALID':
      return code.op(how)
    case 'truncated':
      // A PUSH that the end of the code cuts short pushes zeros; then it stops.
      return code.raw([0x60 + random.below(32), ...random.bytes(random.below(3))])
    case 'jump':
      pushOperand(scope)
      return code.op('JUMP')
    case 'spin':
      return spin(scope)
  }
}

/** Folds what is on the stack into one word and stores it: every computation shows. */
function keepStack({ random, code, isReader }: Scope): void {
  if (code.height === 0) return
  for (let i = Math.min(code.height - 1, 20); i > 0; i--) code.op('ADD')
  if (!isReader && random.oneIn(2)) {
    code.push(storageKey(random))
    code.op('SSTORE')
  } else {
    code.push(BigInt(random.below(40)))
    code.op('MSTORE')
  }
}

/** Goes round until the gas is gone. */
function spin({ code }: Scope): void {
  const again = code.label()
  code.place(again)
  for (const name of ['GAS', 'MSIZE', 'MSTORE']) code.op(name)
  code.pushLabel(again)
  code.op('JUMP')
}
