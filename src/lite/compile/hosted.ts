import type { Builder } from '../../core/lower.ts'
import { Opcode } from '../../core/table.ts'

/** What a row's `lower` may ask for and only the host of a module has: storage, logs, other accounts. */
const HOST_ONLY: ReadonlySet<PropertyKey> = new Set<keyof Builder>([
  ...(['slot', 'warmSlot', 'setSlot', 'refund', 'log'] as const),
  ...(['call', 'knownCodeSize', 'selfBalance'] as const),
])

/** Opcodes as a module has them: without `lower` where the host executes them. */
export function moduleOpcodes(opcodes: readonly Opcode[]): readonly Opcode[] {
  return opcodes.map((opcode) => {
    const { row, isDefined, execute } = opcode
    if (!row.lower || !isHosted(row.lower)) return opcode
    const { lower: _, ...rest } = row
    return new Opcode(rest, isDefined, execute)
  })
}

/** Whether `lower` asks for something of the host alone. It is found out by having it write into nothing. */
function isHosted(lower: NonNullable<Opcode['row']['lower']>): boolean {
  let isAsked = false
  const anything: unknown = new Proxy(() => {}, {
    get: (_target, name) => {
      isAsked ||= HOST_ONLY.has(name)
      return anything
    },
    apply: (_target, _self, args: readonly unknown[]) => {
      // What is written in a branch counts.
      for (const arg of args) if (typeof arg === 'function' && arg !== anything) arg()
      return anything
    },
  })
  const operands = Array.from({ length: 17 }, () => anything) as never[]
  lower(anything as Builder, ...operands)
  return isAsked
}
