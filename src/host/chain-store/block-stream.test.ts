import fc from 'fast-check'
import { expect, it } from 'vitest'
import { encodeRlp } from '../../core/rlp.ts'
import { BlockSplitter } from './block-stream.ts'

/** Pushes the bytes in pieces of these sizes, the last of them again and again. */
function split(bytes: Uint8Array, sizes: readonly number[]) {
  const splitter = new BlockSplitter('file')
  const found = []
  let at = 0
  for (let i = 0; at < bytes.length; i++) {
    const size = sizes[Math.min(i, sizes.length - 1)]
    found.push(...splitter.push(bytes.slice(at, at + size)))
    at += size
  }
  return { splitter, found }
}

const sizes = fc.array(fc.integer({ min: 1, max: 300 }), { minLength: 1, maxLength: 20 })

it('finds the same blocks in whatever pieces a file comes, and where its end was cut off', () => {
  // Lists with lengths of none, one, two and three bytes.
  const payload = fc.oneof(fc.nat(60), fc.integer({ min: 250, max: 260 }), fc.constant(66_000))
  fc.assert(
    fc.property(fc.array(payload, { maxLength: 6 }), sizes, fc.nat(), (payloads, pieces, cut) => {
      const blocks = payloads.map((length) => encodeRlp([new Uint8Array(length).fill(length)]))
      const bytes = Buffer.concat(blocks)
      const { splitter, found } = split(bytes, pieces)
      let offset = 0
      expect(found).toHaveLength(blocks.length)
      for (const [i, block] of blocks.entries()) {
        expect([found[i].offset, Buffer.compare(found[i].bytes, block)]).toEqual([offset, 0])
        offset += block.length
      }
      splitter.end()
      // All before the block in whose midst the end is.
      const end = bytes.length === 0 ? 0 : cut % bytes.length
      const short = split(bytes.subarray(0, end), pieces)
      const sum = short.found.reduce((total, block) => total + block.bytes.length, 0)
      expect(short.found.every(({ bytes }, i) => Buffer.compare(bytes, blocks[i]) === 0)).toBe(true)
      if (sum === end) short.splitter.end()
      else expect(() => short.splitter.end()).toThrow(`file: byte ${sum}: the file is cut off: of a block`)
    }),
  )
})

it.each([
  ['7f', 'not a block: a list of RLP begins with c0 to ff, not 7f'],
  ['f837', 'not canonical RLP: the length is not the shortest'],
  ['f90037', 'not canonical RLP: the length is not the shortest'],
  ['fb05000000', 'a block of 83886080 bytes; at most 67108864'],
  ['ffffffffffffffffff', 'a block of 18446744073709552000 bytes; at most 67108864'],
])('refuses %s before it waits for more', (hex, message) => {
  const bytes = Buffer.concat([Uint8Array.of(0xc0), Buffer.from(hex, 'hex'), new Uint8Array(20)])
  for (const size of [1, 2, 100]) {
    const { splitter, found } = split(bytes, [size])
    expect(found.map(({ offset }) => offset)).toEqual([0])
    expect(splitter.fault?.message).toBe(`file: byte 1: ${message}`)
  }
})
