import { Halt } from '../core/halt.ts'
import { ENDS, type Row } from '../core/row.ts'
import { extend, type Table } from '../core/table.ts'

/** How often an opcode was met by the cases of a run. */
export interface OpcodeCount {
  readonly name: string
  cases: number
  passed: number
}

/**
 * A table under test, made to tell which opcodes a case reached: its rows, wrapped, and in the place of every row that
 * only the whole fork has, one that notes that the case left the set. Counting is a table like any other; the engine
 * knows nothing of it.
 */
export class Coverage {
  readonly table: Table
  readonly #counts = new Map<number, OpcodeCount>()
  readonly #met = new Set<number>()
  #isOutside = false

  constructor(subject: Table, fork: Table) {
    const swap: Row[] = []
    for (const row of subject.rows.values()) {
      this.#counts.set(row.code, { name: row.name, cases: 0, passed: 0 })
      swap.push(this.#counting(row))
    }
    const missing = [...fork.rows.values()].filter((row) => !subject.rows.has(row.code))
    const add = missing.map((row) => this.#leaving(row))
    this.table = extend(subject, subject.name, [{ eip: 0, title: 'coverage', swap, add }])
  }

  /** Before a case. */
  begin(): void {
    this.#met.clear()
    this.#isOutside = false
  }

  /** After it: whether an opcode was reached that the table lacks. Counts what was met unless so. */
  end(hasPassed: boolean): { isOutside: boolean } {
    if (!this.#isOutside)
      for (const code of this.#met) {
        const count = this.#counts.get(code)!
        count.cases++
        if (hasPassed) count.passed++
      }
    return { isOutside: this.#isOutside }
  }

  get counts(): OpcodeCount[] {
    return [...this.#counts.values()]
  }

  #counting(row: Row): Row {
    const met = this.#met
    return {
      ...row,
      execute(frame) {
        met.add(row.code)
        return row.execute(frame)
      },
    }
  }

  #leaving(row: Row): Row {
    const leave = () => {
      this.#isOutside = true
      return Halt.InvalidOpcode
    }
    const { code, spec } = row
    // Not its own name: the table under test may have given that to another byte.
    const name = `OUTSIDE_${code}`
    return { code, name, spec, pops: 0, pushes: 0, gas: 0, flags: ENDS, execute: leave }
  }
}
