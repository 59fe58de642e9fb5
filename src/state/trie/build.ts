import type { Entry } from './batch.ts'
import { nibbleAt, sharedNibbles } from './nibbles.ts'
import type { NodeWriter } from './writer.ts'

/**
 * Writes the node for the sorted entries [from, to), at least one, which agree in their first `depth` nibbles:
 * a trie built from nothing, bottom up (Yellow Paper appendix D). The node is left finished on the writer's stack.
 */
export function buildNode(
  out: NodeWriter,
  entries: readonly Entry[],
  from: number,
  to: number,
  depth: number,
): void {
  const [key, value] = entries[from]
  if (to - from === 1) {
    out.leaf(key, depth, value)
    return
  }
  const shared = sharedNibbles(key, entries[to - 1][0], depth)
  if (shared === depth) {
    buildBranch(out, entries, from, to, depth)
    return
  }
  const at = out.openList()
  out.putKeyPath(key, depth, shared, false)
  const child = out.top
  buildBranch(out, entries, from, to, shared)
  out.seal(child)
  out.closeList(at)
}

function buildBranch(
  out: NodeWriter,
  entries: readonly Entry[],
  from: number,
  to: number,
  depth: number,
): void {
  const at = out.openList()
  // A key that ends here sorts before all that go on.
  const endsHere = 2 * entries[from][0].length === depth
  let next = endsHere ? from + 1 : from
  for (let nibble = 0; nibble < 16; nibble++) {
    const first = next
    next = endOfNibble(entries, first, to, depth, nibble)
    if (next === first) {
      out.putEmpty()
      continue
    }
    const child = out.top
    buildNode(out, entries, first, next, depth + 1)
    out.seal(child)
  }
  if (endsHere) out.putString(entries[from][1])
  else out.putEmpty()
  out.closeList(at)
}

/** Below this many entries each is looked at in turn. */
const FEW = 16

/** The first of the entries [from, to) whose nibble at `depth` is above `nibble`; none has one below. */
function endOfNibble(
  entries: readonly Entry[],
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
    if (nibbleAt(entries[middle][0], depth) > nibble) high = middle
    else low = middle
  }
  while (low < high && nibbleAt(entries[low][0], depth) === nibble) low++
  return low
}
