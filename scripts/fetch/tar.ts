/** Reads tar archives (ustar, with the pax and GNU long-name extensions that git and Python write). Reading only. */
import { ERROR_CODES, ZvmError } from '../../src/core/errors.ts'

const BLOCK_BYTES = 512

/** The largest file taken into memory. The largest public test is below a tenth of it. */
const MAX_FILE_BYTES = 1 << 30

export interface TarEntry {
  /** Path inside the archive: relative, forward slashes, no `.` or `..` in it. */
  readonly name: string
  readonly kind: 'file' | 'folder' | 'link' | 'other'
  readonly size: number
  /** The content. May be called once, before the next entry is asked for; entries not asked for are skipped. */
  content(): Promise<Buffer>
}

/**
 * The entries of an uncompressed tar stream in order. Throws VALUE on a broken archive, and on any name that leads
 * out of the folder it is unpacked in: such an archive is hostile, whatever else is in it.
 */
export async function* tarEntries(stream: AsyncIterable<Buffer>): AsyncGenerator<TarEntry> {
  const reader = new ByteReader(stream)
  let longName: string | undefined
  let pax: Record<string, string> = {}
  for (;;) {
    const header = await reader.take(BLOCK_BYTES)
    if (header.every((byte) => byte === 0)) return // two zero blocks end an archive; one says enough
    checkSum(header)
    const type = String.fromCharCode(header[156] ?? 0)
    const size = pax.size === undefined ? octal(header, 124, 12) : Number(pax.size)
    if (!Number.isSafeInteger(size) || size < 0) throw broken('a size is not a number')
    if (type === 'x' || type === 'L' || type === 'K') {
      const extension = await reader.takePadded(size)
      if (type === 'x') pax = paxRecords(extension)
      if (type === 'L') longName = text(extension, 0, extension.length)
      continue // K, the long target of a link, is of no use here
    }
    const name = safeName(pax.path ?? longName ?? headerName(header))
    let left = true
    yield {
      name,
      kind: kindOf(type, name),
      size,
      content: () => {
        left = false
        return reader.takePadded(size)
      },
    }
    if (left) await reader.skip(padded(size))
    longName = undefined
    pax = {}
  }
}

/** Takes exact lengths from a stream of chunks. */
class ByteReader {
  readonly #chunks: AsyncIterator<Buffer>
  #rest: Buffer = Buffer.alloc(0)

  constructor(stream: AsyncIterable<Buffer>) {
    this.#chunks = stream[Symbol.asyncIterator]()
  }

  async take(length: number): Promise<Buffer> {
    if (length > MAX_FILE_BYTES) throw broken(`a file of ${length} bytes, at most ${MAX_FILE_BYTES} are read`)
    const parts: Buffer[] = []
    for await (const part of this.#parts(length)) parts.push(part)
    return parts.length === 1 && parts[0] ? parts[0] : Buffer.concat(parts)
  }

  /** Takes `length` bytes and drops the filling up to the next block. */
  async takePadded(length: number): Promise<Buffer> {
    const content = await this.take(length)
    await this.skip(padded(length) - length)
    return content
  }

  async skip(length: number): Promise<void> {
    for await (const _ of this.#parts(length)) {
      // dropped
    }
  }

  async *#parts(length: number): AsyncGenerator<Buffer> {
    let wanted = length
    while (wanted > 0) {
      if (this.#rest.length === 0) {
        const next = await this.#chunks.next()
        if (next.done) throw broken('it ends in the middle of an entry')
        this.#rest = next.value
      }
      const part = this.#rest.subarray(0, wanted)
      this.#rest = this.#rest.subarray(part.length)
      wanted -= part.length
      yield part
    }
  }
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK_BYTES) * BLOCK_BYTES
}

function text(bytes: Buffer, start: number, end: number): string {
  const zero = bytes.indexOf(0, start)
  return bytes.toString('utf8', start, zero >= 0 && zero < end ? zero : end)
}

function octal(header: Buffer, start: number, length: number): number {
  const digits = text(header, start, start + length).trim()
  return /^[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : digits === '' ? 0 : Number.NaN
}

/** The sum over the header with its own field as spaces: proves that this block is a header at all. */
function checkSum(header: Buffer): void {
  let sum = 0
  for (let at = 0; at < BLOCK_BYTES; at++) sum += at >= 148 && at < 156 ? 0x20 : (header[at] ?? 0)
  if (sum !== octal(header, 148, 8)) throw broken('a header has a wrong check sum')
}

function headerName(header: Buffer): string {
  // GNU writes `ustar ` with a space and keeps other things where POSIX has the prefix.
  const prefix = text(header, 257, 263) === 'ustar' ? text(header, 345, 500) : ''
  const name = text(header, 0, 100)
  return prefix === '' ? name : `${prefix}/${name}`
}

/** Records are `LENGTH KEY=VALUE\n`, the length counting the whole record in bytes. */
function paxRecords(bytes: Buffer): Record<string, string> {
  const records: Record<string, string> = {}
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at)
    const length = Number(bytes.toString('latin1', at, space))
    if (space < 0 || !(length > 0)) throw broken('a pax record has no length')
    const [key = '', ...value] = bytes.toString('utf8', space + 1, at + length - 1).split('=')
    records[key] = value.join('=')
    at += length
  }
  return records
}

function kindOf(type: string, name: string): TarEntry['kind'] {
  if (type === '5' || (type === '0' && name.endsWith('/'))) return 'folder'
  if (type === '0' || type === '\0') return 'file'
  return type === '1' || type === '2' ? 'link' : 'other'
}

function safeName(name: string): string {
  const parts = name.split('/').filter((part) => part !== '.' && part !== '')
  if (name.startsWith('/') || /[\\\0]/.test(name) || /^[a-z]:/i.test(name) || parts.includes('..'))
    throw broken(`the name ${JSON.stringify(name)} leads out of the folder`)
  return parts.join('/')
}

function broken(what: string): ZvmError {
  return new ZvmError(ERROR_CODES.value, `bad tar archive: ${what}`)
}
