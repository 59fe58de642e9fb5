import type { Scope } from '../generate/scope.ts'

/** Ends a program so that what is on the stack shows. */
export function finish({ random, code }: Scope): void {
  if (random.oneIn(10)) {
    // A PUSH that the end cuts short pushes zeros, and then the program stops.
    code.raw([0x60 + random.below(32), ...random.bytes(random.below(3))])
    return
  }
  const count = Math.min(code.height, 12)
  for (let i = 0; i < count; i++) {
    code.push(BigInt(32 * i))
    code.op('MSTORE')
  }
  if (random.oneIn(12)) return
  code.push(0x200n)
  code.push(0n)
  code.op(random.oneIn(6) ? 'REVERT' : 'RETURN')
}
