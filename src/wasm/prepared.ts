import type { InstructionSet } from '../core/table.ts'
import { writeHelpers } from './helpers.ts'
import { writeInterpreter } from './interpreter.ts'
import { FIRST_PAGES } from './layout.ts'

/** What gives the module of an instruction set that was written beforehand, by its rows. */
const prepared = new WeakMap<InstructionSet['rows'], () => Uint8Array | null>()

/**
 * Says where the interpreter of a set of rows is, so that none is written: that costs 30 ms in a fresh process, three
 * quarters of what the generated tier adds to its start. `load` is asked when it is needed, and gives what
 * `interpreterBytes` gave for the same rows in the same version; null where it finds nothing, and then it is written.
 * The bins do so for every fork (scripts/build.ts). The library does not: 50 kB a fork are more than a page should
 * load to spare its reader 30 ms once.
 */
export function prepareInterpreter({ rows }: InstructionSet, load: () => Uint8Array | null): void {
  prepared.set(rows, load)
}

/** The module of the generated interpreter. */
export function interpreterBytes(set: InstructionSet): Uint8Array {
  return prepared.get(set.rows)?.() ?? writeInterpreter(set, writeHelpers, FIRST_PAGES)
}
