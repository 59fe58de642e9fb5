import { join } from 'node:path'
import type { Transaction } from '../chain/transaction.ts'
import { transactionHash } from '../chain/transaction-codec.ts'
import { bytesToHex } from '../core/hex.ts'
import type { Tracer } from '../core/tracer.ts'
import { GrowingFile } from '../host/write-file.ts'

/** Makes what traces one transaction, by what takes its text. */
export type MakeTracer = (write: (text: string) => void) => Tracer

/** Characters that are written in one go. */
const CHUNK = 1 << 16

/**
 * Traces of a block's transactions, each in a file `trace-<place in the block>-<hash>.<suffix>`. A transaction that is
 * left out of the block runs nothing, writes nothing, and has no file and no place.
 */
export class TransactionTraces {
  readonly #folder: string
  readonly #suffix: string
  readonly #make: MakeTracer
  #count = 0
  #name = ''
  #file: GrowingFile | null = null
  #buffered = ''

  constructor(folder: string, suffix: string, make: MakeTracer) {
    this.#folder = folder
    this.#suffix = suffix
    this.#make = make
  }

  /** What watches the next transaction; the one before has ended. */
  next(tx: Transaction): Tracer {
    this.keep()
    this.#name = bytesToHex(transactionHash(tx))
    return this.#make((text) => this.#write(text))
  }

  /** Puts the file of the last transaction in its place. */
  keep(): void {
    this.#flush()
    this.#file?.keep()
    this.#file = null
  }

  /** Leaves nothing of a transaction that did not end. */
  discard(): void {
    this.#file?.discard()
    this.#file = null
  }

  #write(text: string): void {
    this.#buffered += text
    if (this.#buffered.length >= CHUNK) this.#flush()
  }

  #flush(): void {
    if (this.#buffered === '') return
    this.#file ??= new GrowingFile(join(this.#folder, `trace-${this.#count++}-${this.#name}.${this.#suffix}`))
    this.#file.write(this.#buffered)
    this.#buffered = ''
  }
}
