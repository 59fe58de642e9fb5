import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { KEPT_BYTES, MEMORY_LIMIT_BYTES, MemoryArena } from '../core/memory.ts'
import { FIRST_PAGES } from './layout.ts'
import { LinearArena } from './linear-arena.ts'

const MOST_BYTES = KEPT_BYTES / 4

/** What the innermost frame does: grows by so many bytes and writes them all, opens a frame, or ends. */
const move = fc.oneof(
  fc.integer({ min: 1, max: 100 }),
  fc.integer({ min: 60_000, max: 70_000 }),
  fc.integer({ min: 1, max: MOST_BYTES }),
  fc.constantFrom('open', 'end', 'end', 'trim'),
)

describe.each([
  ['in an array', () => new MemoryArena(MEMORY_LIMIT_BYTES)],
  ['in linear memory', linearArena],
] as const)('memories of frames %s', (_, make) => {
  it('are zero wherever a frame grows, and keep what open frames wrote', () => {
    fc.assert(
      fc.property(fc.array(move, { maxLength: 24 }), (moves) => {
        const arena = make()
        // Where frames end, the outermost first; each writes its depth.
        const ends = [0]
        const starts = [0]
        for (const next of moves) {
          const depth = ends.length
          const end = ends[depth - 1]
          if (typeof next === 'number') {
            arena.reserve(end + next, end)
            const added = arena.bytes.subarray(end, end + next)
            expect(added.length).toBe(next)
            expect(added.every((byte) => byte === 0)).toBe(true)
            added.fill(depth)
            ends[depth - 1] = end + next
          } else if (next === 'open') {
            starts.push(end)
            ends.push(end)
          } else if (depth > 1) {
            arena.release(starts.pop()!, ends.pop()!)
            const written = arena.bytes.subarray(starts[depth - 2], ends[depth - 2])
            expect(written.every((byte) => byte === depth - 1)).toBe(true)
          } else if (next === 'trim') {
            arena.release(0, end)
            ends[0] = 0
            arena.trim()
          }
        }
      }),
      { numRuns: 40 },
    )
  })
})

describe('memory that generated code may take unasked', () => {
  it('is zero', () => {
    const arena = linearArena()
    arena.reserve(200_000, 0)
    arena.bytes.fill(1, 0, 200_000)
    arena.release(100, 200_000)
    expect(arena.presentBytes).toBe(100)
    arena.reserve(200, 100)
    const { presentBytes } = arena
    expect(presentBytes).toBeGreaterThan(60_000)
    expect(arena.bytes.subarray(100, presentBytes).every((byte) => byte === 0)).toBe(true)
  })
})

function linearArena(): LinearArena {
  const renew = () => arena.use(new WebAssembly.Memory({ initial: FIRST_PAGES }))
  const arena = new LinearArena(MEMORY_LIMIT_BYTES, () => undefined, renew)
  renew()
  return arena
}
