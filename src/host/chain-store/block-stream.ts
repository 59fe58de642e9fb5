import { once } from 'node:events'
import { createReadStream } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { ERROR_CODES, ZvmError } from '../../core/errors.ts'
import { reasonOf } from '../read-file.ts'

/** The RLP of a block, and where in the file, or in what it unpacks to, it begins. */
export interface FoundBlock {
  readonly offset: number
  readonly bytes: Uint8Array
}

/** Longest block that is taken; EIP-7934 allows 10 MiB. */
const MOST_BLOCK_BYTES = 1 << 26
/** What is read ahead at the most before it is handed on; a longer block comes alone. */
const BATCH_BYTES = 1 << 22
/** First bytes of a file that gzip made. RLP of a list begins above. */
const GZIP = [0x1f, 0x8b]

/**
 * The blocks of a file as geth exports them: RLP after RLP, packed by gzip or not, read piece by piece; of standard input
 * for `-`. Given out in batches, in order. Throws IO, and RLP with the offset for what is no block and for an end in the
 * midst of one, after all blocks before it.
 */
export async function* blockBatches(path: string): AsyncGenerator<FoundBlock[]> {
  const name = path === '-' ? 'stdin' : path
  const splitter = new BlockSplitter(name)
  for await (const chunk of chunks(path, name, splitter)) {
    const found = splitter.push(chunk)
    if (found.length > 0) yield found
    if (splitter.fault) throw splitter.fault
  }
  splitter.end()
}

/** Cuts pieces of a file into blocks. */
export class BlockSplitter {
  /** What is wrong with the bytes behind the blocks that were found. */
  fault: ZvmError | null = null
  readonly #name: string
  /** Bytes of no whole block yet, and where they begin. */
  #parts: Uint8Array[] = []
  #held = 0
  #offset = 0

  constructor(name: string) {
    this.#name = name
  }

  push(chunk: Uint8Array): FoundBlock[] {
    this.#parts.push(chunk)
    this.#held += chunk.length
    const need = this.#need()
    return need === null || this.#held < need ? [] : this.#cut(this.#join())
  }

  end(): void {
    if (this.#held === 0) return
    const need = this.#need()
    const size = need === null ? '' : ` of ${need} bytes`
    throw this.refuse(`the file is cut off: of a block${size}, ${this.#held} are there`)
  }

  /** What is wrong behind the blocks found so far. */
  refuse(what: string): ZvmError {
    const { path, offset } = { path: this.#name, offset: this.#offset }
    return new ZvmError(ERROR_CODES.rlp, `${path}: byte ${offset}: ${what}`, { path, offset })
  }

  #cut(bytes: Uint8Array): FoundBlock[] {
    const found: FoundBlock[] = []
    let at = 0
    for (;;) {
      const size = this.#sizeAt(bytes, at)
      if (size === null || at + size > bytes.length) break
      found.push({ offset: this.#offset, bytes: bytes.subarray(at, at + size) })
      at += size
      this.#offset += size
    }
    this.#parts = [bytes.subarray(at)]
    this.#held = bytes.length - at
    return found
  }

  /** The size of the block that the held bytes begin; null where they are too few to tell. */
  #need(): number | null {
    if (this.#parts[0].length < 9 && this.#parts.length > 1) this.#join()
    return this.#sizeAt(this.#parts[0], 0)
  }

  /** Bytes of the list at `at`, its header included. */
  #sizeAt(bytes: Uint8Array, at: number): number | null {
    if (at >= bytes.length || this.fault) return null
    const prefix = bytes[at]
    if (prefix < 0xc0)
      return this.#blame(`not a block: a list of RLP begins with c0 to ff, not ${hexByte(prefix)}`)
    if (prefix < 0xf8) return 1 + prefix - 0xc0
    const lengthBytes = prefix - 0xf7
    if (at + 1 + lengthBytes > bytes.length) return null
    let size = 0
    for (let i = 1; i <= lengthBytes; i++) size = size * 256 + bytes[at + i]
    if (bytes[at + 1] === 0 || size < 56)
      return this.#blame('not canonical RLP: the length is not the shortest')
    if (size > MOST_BLOCK_BYTES) return this.#blame(`a block of ${size} bytes; at most ${MOST_BLOCK_BYTES}`)
    return 1 + lengthBytes + size
  }

  #blame(what: string): null {
    this.fault = this.refuse(what)
    return null
  }

  #join(): Uint8Array {
    if (this.#parts.length > 1) this.#parts = [Buffer.concat(this.#parts)]
    return this.#parts[0]
  }
}

function hexByte(byte: number): string {
  return byte.toString(16).padStart(2, '0')
}

async function* chunks(path: string, name: string, splitter: BlockSplitter): AsyncGenerator<Uint8Array> {
  const file: Readable = path === '-' ? process.stdin : createReadStream(path, { highWaterMark: BATCH_BYTES })
  try {
    if (!(await isGzip(file))) {
      yield* file
      return
    }
    const unpacked = createGunzip({ chunkSize: 1 << 18 })
    file.on('error', (error) => unpacked.destroy(error))
    yield* file.pipe(unpacked)
  } catch (cause) {
    if (cause instanceof ZvmError) throw cause
    const isOfGzip = String((cause as NodeJS.ErrnoException).code).startsWith('Z_')
    if (isOfGzip) throw splitter.refuse(`gzip: ${(cause as Error).message}`)
    throw new ZvmError(ERROR_CODES.io, `${name}: ${reasonOf(cause)}`, { path: name }, cause)
  } finally {
    file.destroy()
  }
}

/** Looks at the first bytes and puts them back. */
async function isGzip(file: Readable): Promise<boolean> {
  for (;;) {
    const first: Buffer | null = file.read(GZIP.length)
    if (first !== null) {
      file.unshift(first)
      return GZIP.every((byte, i) => first[i] === byte)
    }
    if (file.readableEnded) return false
    await Promise.race([once(file, 'readable'), once(file, 'end')])
  }
}
