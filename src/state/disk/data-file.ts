import { closeSync, fstatSync, openSync, readSync } from 'node:fs'

/** Where fields lie in the meta pages that begin an LMDB file (format 2, 64 bits): all little-endian. */
const META = { magic: 24, pageSize: 48, lastPage: 144, transaction: 152 } as const
const META_BYTES = 160
const MAGIC = 0xbeefc0de

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
    const { lastPage } = second.transaction > first.transaction ? second : first
    const needed = (lastPage + 1n) * BigInt(first.pageSize)
    return BigInt(size) < needed ? `damaged: ${size} bytes of ${needed} are there` : null
  } finally {
    closeSync(file)
  }
}

/** The fields of the meta page at an offset; null where there is none. */
function readMeta(file: number, offset: number) {
  const bytes = Buffer.alloc(META_BYTES)
  if (readSync(file, bytes, 0, META_BYTES, offset) < META_BYTES) return null
  const pageSize = bytes.readUInt32LE(META.pageSize)
  const isMeta = bytes.readUInt32LE(META.magic) === MAGIC && pageSize >= 512 && pageSize <= 65536
  if (!isMeta) return null
  return {
    pageSize,
    lastPage: bytes.readBigUInt64LE(META.lastPage),
    transaction: bytes.readBigUInt64LE(META.transaction),
  }
}
