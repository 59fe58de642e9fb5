import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { ERROR_CODES, type ErrorCode, ZvmError } from '../core/errors.ts'
import { parseQuantity, toQuantity } from '../core/hex.ts'
import { reasonOf } from '../host/read-file.ts'
import { writeAtomically } from '../host/write-file.ts'

/** What came of one block of a range. */
export interface BlockReport {
  readonly number: bigint
  readonly transactions: number
  /** Transactions that could not be run. */
  readonly passedOver: number
  readonly gasUsed: bigint
  /** Values compared. */
  readonly compared: number
  /** What is wrong, one line each; nothing where the block agrees. */
  readonly faults: readonly string[]
  /** The error that kept it from being run at all; null where it was. */
  readonly error: ErrorCode | null
}

const FORMAT = 'zvm-replay-journal/1'

/**
 * The blocks of a range that have been replayed, a line of JSON each, after a line that says what is replayed under
 * which rules. A line that was cut short, as when the process was killed, counts for nothing.
 */
export class Journal {
  /** Blocks that agreed; the others are tried again. */
  readonly agreed: ReadonlySet<bigint>
  readonly #path: string

  private constructor(path: string, agreed: ReadonlySet<bigint>) {
    this.#path = path
    this.agreed = agreed
  }

  /** Takes up a journal or begins one. Throws VALUE where the file is none, or one of other rules; IO. */
  static open(path: string, rules: string): Journal {
    const head = JSON.stringify({ format: FORMAT, rules })
    if (!existsSync(path)) {
      writeAtomically(path, `${head}\n`)
      return new Journal(path, new Set())
    }
    return blaming(path, () => {
      const text = readFileSync(path, 'utf8')
      const [first, ...lines] = text.split('\n')
      if (first !== head) throw refuse(path, `not the journal of a replay under the rules ${rules}`)
      // What is written next must not go on in a line that was cut short.
      if (!text.endsWith('\n')) appendFileSync(path, '\n')
      return new Journal(path, new Set(lines.map(agreedBlock).filter((number) => number !== null)))
    })
  }

  /** Throws IO. */
  add({ number, transactions, gasUsed, faults }: BlockReport): void {
    const line = { block: toQuantity(number), transactions, gasUsed: toQuantity(gasUsed), faults }
    blaming(this.#path, () => appendFileSync(this.#path, `${JSON.stringify(line)}\n`))
  }
}

function blaming<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (cause) {
    if (cause instanceof ZvmError) throw cause
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}

function agreedBlock(line: string): bigint | null {
  try {
    const { block, faults } = JSON.parse(line) as { block: unknown; faults: unknown }
    return Array.isArray(faults) && faults.length === 0 ? parseQuantity(block, 'block', 64) : null
  } catch {
    return null
  }
}

function refuse(path: string, what: string): ZvmError {
  return new ZvmError(ERROR_CODES.value, `${path}: ${what}`, { path })
}
