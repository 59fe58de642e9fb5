import type { Frame } from '../../core/frame.ts'
import type { Opcode } from '../../core/table.ts'
import type { Tracer } from '../../core/tracer.ts'

/** Counts the instructions that were begun, by name. */
export class OpcodeCount implements Tracer {
  readonly #counts = new Map<string, number>()

  step(_frame: Frame, { name }: Opcode): void {
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1)
  }

  /** The counts, sorted by name. */
  toJson(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#counts].sort(([a], [b]) => (a < b ? -1 : 1)))
  }
}
