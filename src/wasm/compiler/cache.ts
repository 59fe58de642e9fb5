import type { InstructionSet } from '../../core/table.ts'

/** A program's translation: what is compiled of it, or that it is too large to be. */
export interface Translated {
  /** Null where it was refused. */
  readonly module: WebAssembly.Module | null
  /** Positions at which a unit begins: the first is unit FIRST_UNIT. */
  readonly positions: readonly number[]
  /** All of the program, and not only where it has been hot. */
  readonly isWhole: boolean
  /** Of the module as it was written. */
  readonly sizeBytes: number
}

/** What is kept of translations, in bytes of WebAssembly; the host keeps several times as much for it. */
const KEPT_BYTES = 1 << 25

/** Counted for each beside its bytes, so that small ones do not pile up. */
const ENTRY_BYTES = 4096

/** Translations by the hash of their code, the one used last at the end: the same code is translated once. */
export class TranslationCache {
  readonly #entries = new Map<bigint, Translated>()
  #sizeBytes = 0

  get(codeHash: bigint): Translated | undefined {
    const entry = this.#entries.get(codeHash)
    if (!entry) return undefined
    this.#entries.delete(codeHash)
    this.#entries.set(codeHash, entry)
    return entry
  }

  /** Only a translation of all of the program. */
  whole(codeHash: bigint): Translated | undefined {
    const entry = this.get(codeHash)
    return entry?.isWhole ? entry : undefined
  }

  set(codeHash: bigint, entry: Translated): void {
    this.#drop(codeHash)
    this.#entries.set(codeHash, entry)
    this.#sizeBytes += entry.sizeBytes + ENTRY_BYTES
    for (const oldest of this.#entries.keys()) {
      if (this.#sizeBytes <= KEPT_BYTES) break
      this.#drop(oldest)
    }
  }

  #drop(codeHash: bigint): void {
    const entry = this.#entries.get(codeHash)
    if (!entry) return
    this.#entries.delete(codeHash)
    this.#sizeBytes -= entry.sizeBytes + ENTRY_BYTES
  }
}

const caches = new WeakMap<InstructionSet['opcodes'], TranslationCache>()

/** The one cache of an instruction set: translations hold for every engine and state that runs it. */
export function translationsOf({ opcodes }: InstructionSet): TranslationCache {
  const known = caches.get(opcodes)
  if (known) return known
  const cache = new TranslationCache()
  caches.set(opcodes, cache)
  return cache
}
