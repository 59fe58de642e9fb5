/** Halves (i32) of a page: 4 kB. */
const PAGE = 1024

/** Numbers as they were, in pages that are never changed. What has not changed since is the same page as before. */
export interface Pages {
  /** Of the halves, not of the pages. */
  readonly length: number
  readonly pages: readonly Int32Array[]
}

export const NO_PAGES: Pages = { length: 0, pages: [] }

/** Copies the first `length` halves, but for pages that are equal to those at the same place in `before`. */
export function takePages(halves: Int32Array, length: number, before: Pages): Pages {
  const pages: Int32Array[] = []
  for (let from = 0; from < length; from += PAGE) {
    const to = Math.min(from + PAGE, length)
    const old = before.pages[pages.length]
    pages.push(old && isSame(old, halves, from, to) ? old : halves.slice(from, to))
  }
  return { length, pages }
}

/** Writes them back to where they were, for which there is room. */
export function putPages({ pages }: Pages, halves: Int32Array): void {
  for (const [i, page] of pages.entries()) halves.set(page, i * PAGE)
}

/** Looked through four halves at a time, which is twice as fast. */
function isSame(page: Int32Array, halves: Int32Array, from: number, to: number): boolean {
  const { length } = page
  if (length !== to - from) return false
  let i = 0
  for (let at = from; i + 4 <= length; i += 4, at += 4) {
    const first = (page[i] ^ halves[at]) | (page[i + 1] ^ halves[at + 1])
    if ((first | (page[i + 2] ^ halves[at + 2]) | (page[i + 3] ^ halves[at + 3])) !== 0) return false
  }
  for (; i < length; i++) if (page[i] !== halves[from + i]) return false
  return true
}

/** Items of a chunk. */
const CHUNK = 256

/** A list as it was, in chunks that are shared as pages are; items are the same if they are identical. */
export type Chunks<T> = readonly (readonly T[])[]

export function takeChunks<T>(items: readonly T[], before: Chunks<T>): Chunks<T> {
  const chunks: (readonly T[])[] = []
  for (let from = 0; from < items.length; from += CHUNK) {
    const chunk = items.slice(from, from + CHUNK)
    const old = before[chunks.length]
    const isKept = old?.length === chunk.length && old.every((item, i) => item === chunk[i])
    chunks.push(isKept ? old : chunk)
  }
  return chunks
}
