import type { CodeWriter } from '../generate/code-writer.ts'
import { pushOperand, type Scope } from '../generate/scope.ts'
import { anyWord } from '../generate/words.ts'
import { finish } from './endings.ts'
import { straight, taste } from './parts.ts'

/** The longest code that an account may have (EIP-170). */
const MOST_BYTES = 24576

/** Instructions of every kind with operands for each, one after the other. */
export function soup(scope: Scope): Uint8Array {
  const { random, code, world } = scope
  const rows = [...world.table.rows.values()].filter(({ immediate }) => !immediate)
  for (let i = random.between(2, random.oneIn(4) ? 40 : 12); i > 0; i--) {
    const row = random.pick(rows)
    while (code.height < row.pops) {
      if (random.oneIn(3)) pushOperand(scope)
      else code.push(BigInt(random.below(300)))
    }
    if (row.name !== 'STOP' || random.oneIn(10)) code.code(row.code)
    if (random.oneIn(60)) code.raw([random.below(256)])
  }
  finish(scope)
  return code.finish()
}

/** Bytes, mostly of opcodes that there are. */
export function noise({ random, world }: Scope): Uint8Array {
  const codes = [...world.table.rows.keys()]
  return Uint8Array.from({ length: random.between(1, 80) }, () =>
    random.oneIn(8) ? random.below(256) : random.oneIn(4) ? 0x5b : random.pick(codes),
  )
}

/** Nothing but JUMPDEST, but for a jump to one of them at the end. */
export function allLandings({ random, code }: Scope): Uint8Array {
  const size = random.pick([30, 300, 2000, random.oneIn(6) ? MOST_BYTES : 4000])
  const landings = size - 8
  code.raw(new Uint8Array(Math.max(1, landings)).fill(0x5b))
  jumpBack(code, random.below(landings))
  return code.finish()
}

function jumpBack(code: CodeWriter, position: number) {
  code.raw([0x61, position >> 8, position & 0xff, 0x56, 0x5b, 0x60, 0x5b])
}

/** Long code: blocks that fall into each other, of which one jump leads far. */
export function bigBlocks(scope: Scope): Uint8Array {
  const { random, code } = scope
  const size = random.pick([1500, 3000, 6000, random.oneIn(8) ? MOST_BYTES - 1000 : 3000])
  const weights = { ...taste(scope), call: 0, create: 0, far: 0 }
  const hasLandings = !random.oneIn(3)
  const last = code.label()
  while (code.sizeBytes < size) {
    if (hasLandings && random.oneIn(6)) code.op('JUMPDEST')
    if (random.oneIn(40)) {
      code.op('CALLDATASIZE')
      code.pushLabel(last)
      code.op('JUMPI')
    }
    if (random.oneIn(20)) code.push(anyWord(random), 31)
    straight(scope, 1, weights)
  }
  code.place(last)
  finish(scope)
  return code.finish()
}
