import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Where fields lie in the meta pages that begin an LMDB file (format 2, 64 bits): all little-endian. */
const META = {
  ...{ magic: 24, pageSize: 48, freeRoot: 88, mainRoot: 136, lastPage: 144, transaction: 152 },
} as const
const META_BYTES = 160
const MAGIC = 0xbeefc0de

/** The same of a page of a tree, and of its nodes. */
const PAGE = { flags: 18, lower: 20, header: 24 } as const
const NODE = { low: 0, high: 2, flags: 4, keySize: 6, header: 8 } as const
const BRANCH = 1
const LEAF = 2
const BIG_DATA = 1
const NO_PAGE = (1n << 64n) - 1n

/**
 * What is wrong with the file of an LMDB database, or null. LMDB maps the file and trusts it: of a foreign one, or one
 * that was cut short, it dies by a signal instead of giving an error. A file without a byte is one that was just made.
 */
export function fileFault(path: string): string | null {
  const file = openSync(path, 'r')
  try {
    const { size } = fstatSync(file)
    if (size === 0) return null
    const first = readMeta(file, 0)
    if (!first) return 'not a database of LMDB'
    const second = readMeta(file, first.pageSize)
    if (!second || second.pageSize !== first.pageSize) return 'damaged: its second page is no page of LMDB'
    const meta = second.transaction > first.transaction ? second : first
    const needed = (meta.lastPage + 1n) * BigInt(meta.pageSize)
    if (BigInt(size) >= needed || isWhole(file, size, meta)) return null
    return `damaged: ${size} bytes of ${needed} are there`
  } finally {
    closeSync(file)
  }
}

type Meta = NonNullable<ReturnType<typeof readMeta>>

/** The fields of the meta page at an offset; null where there is none. */
function readMeta(file: number, offset: number) {
  const bytes = Buffer.alloc(META_BYTES)
  if (readSync(file, bytes, 0, META_BYTES, offset) < META_BYTES) return null
  const pageSize = bytes.readUInt32LE(META.pageSize)
  const isMeta = bytes.readUInt32LE(META.magic) === MAGIC && pageSize >= 512 && pageSize <= 65536
  if (!isMeta) return null
  return {
    pageSize,
    roots: [bytes.readBigUInt64LE(META.freeRoot), bytes.readBigUInt64LE(META.mainRoot)],
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    transaction: bytes.readBigUInt64LE(META.transaction),
  }
}

/** Whether the file has every page that its trees reach: those at its end that are free need never have been written. */
function isWhole(file: number, size: number, { pageSize, roots }: Meta): boolean {
  const end = BigInt(Math.floor(size / pageSize))
  const pages = roots.filter((root) => root !== NO_PAGE)
  const page = Buffer.alloc(pageSize)
  let met = 0n
  for (let number = pages.pop(); number !== undefined; number = pages.pop()) {
    // More pages than there are: they lie in a circle.
    if (number >= end || met++ >= end) return false
    readSync(file, page, 0, pageSize, Number(number) * pageSize)
    const flags = page.readUInt16LE(PAGE.flags)
    if ((flags & (BRANCH | LEAF)) === 0) return false
    const count = page.readUInt16LE(PAGE.lower) >> 1
    for (let i = 0; i < count && PAGE.header + 2 * i + 2 <= pageSize; i++) {
      const node = PAGE.header + page.readUInt16LE(PAGE.header + 2 * i)
      if (node + NODE.header > pageSize) return false
      if ((flags & BRANCH) !== 0) pages.push(childOf(page, node))
      else if ((page.readUInt16LE(node + NODE.flags) & BIG_DATA) !== 0) {
        const at = node + NODE.header + page.readUInt16LE(node + NODE.keySize)
        if (at + 24 > pageSize) return false
        // Page, transaction, count of pages.
        if (page.readBigUInt64LE(at) + page.readBigUInt64LE(at + 16) > end) return false
      }
    }
  }
  return true
}

function childOf(page: Buffer, node: number): bigint {
  const low = page.readUInt16LE(node + NODE.low) + page.readUInt16LE(node + NODE.high) * 0x10000
  return BigInt(low) + (BigInt(page.readUInt16LE(node + NODE.flags)) << 32n)
}
