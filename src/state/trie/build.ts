import type { Batch } from './batch.ts'

/**
 * Writes the node for those of the sorted changes [from, to), which agree in their first `depth` nibbles, that set a
 * value: a trie built from nothing, bottom up (Yellow Paper appendix D). The node is left finished; false if there is none.
 * Moves the changes within that range.
 */
export function build(batch: Batch, changes: Float64Array, from: number, to: number, depth: number): boolean {
  let end = from
  for (let i = from; i < to; i++) if (batch.sets(changes[i])) changes[end++] = changes[i]
  if (end > from) buildNode(batch, changes, from, end, depth)
  return end > from
}

function buildNode(batch: Batch, changes: Float64Array, from: number, to: number, depth: number): void {
  const first = changes[from]
  if (to - from === 1) {
    batch.leaf(first, depth)
    return
  }
  const shared = batch.shared(first, changes[to - 1], depth)
  if (shared === depth) {
    buildBranch(batch, changes, from, to, depth)
    return
  }
  const { out } = batch
  const at = out.openList()
  const path = Uint8Array.from({ length: shared - depth }, (_, i) => batch.nibble(first, depth + i))
  out.putPath(path, false)
  const child = out.top
  buildBranch(batch, changes, from, to, shared)
  out.seal(child)
  out.closeList(at)
}

function buildBranch(batch: Batch, changes: Float64Array, from: number, to: number, depth: number): void {
  const { out } = batch
  const at = out.openList()
  // A key that ends here sorts before all that go on.
  const value = batch.endsAt(changes[from], depth) ? batch.value(changes[from]) : null
  let next = value === null ? from : from + 1
  for (let nibble = 0; nibble < 16; nibble++) {
    const first = next
    next = endOfNibble(batch, changes, first, to, depth, nibble)
    if (next === first) {
      out.putEmpty()
      continue
    }
    const child = out.top
    buildNode(batch, changes, first, next, depth + 1)
    out.seal(child)
  }
  out.putString(value)
  out.closeList(at)
}

/** Below this many changes each is looked at in turn. */
const FEW = 16

/** The first of the changes [from, to) whose nibble at `depth` is above `nibble`; none has one below. */
function endOfNibble(
  batch: Batch,
  changes: Float64Array,
  from: number,
  to: number,
  depth: number,
  nibble: number,
): number {
  let low = from
  let high = to
  // By halves, since each look at a key of a large trie waits for memory.
  while (high - low > FEW) {
    const middle = (low + high) >> 1
    if (batch.nibble(changes[middle], depth) > nibble) high = middle
    else low = middle
  }
  while (low < high && batch.nibble(changes[low], depth) === nibble) low++
  return low
}
