import { expect, test } from 'vitest'
import type { Crypto } from '../../src/core/crypto.ts'
import { defaultCrypto } from '../../src/runtime/crypto.ts'
import { remembered } from './remembered.ts'

/** The first byte, of no input none; and the inputs that it was asked for. */
function counted() {
  const asked: string[] = []
  const precompile = remembered({
    address: 1n,
    name: 'FIRST',
    spec: 'none',
    gas: () => 0,
    run(input) {
      asked.push(input.join())
      return input.length === 0 ? null : input.slice(0, 1)
    },
  })
  return {
    asked,
    run: (input: number[], crypto = defaultCrypto) => precompile.run(Uint8Array.from(input), crypto),
  }
}

test('computes once what is asked again, failures too', () => {
  const { asked, run } = counted()
  for (let i = 0; i < 3; i++) {
    expect(run([7, 1])).toEqual(Uint8Array.of(7))
    expect(run([7])).toEqual(Uint8Array.of(7))
    expect(run([])).toBeNull()
  }
  expect(asked).toEqual(['7,1', '7', ''])
})

test('gives an output of its own each time', () => {
  const { run } = counted()
  run([7])!.fill(0)
  run([7])!.fill(1)
  expect(run([7])).toEqual(Uint8Array.of(7))
})

test('keeps nothing from one set of primitives to the next', () => {
  const { asked, run } = counted()
  const other: Crypto = { ...defaultCrypto }
  run([7])
  run([7], other)
  run([7], other)
  expect(asked).toEqual(['7', '7'])
})

test('forgets the oldest of many', () => {
  const { asked, run } = counted()
  for (let i = 0; i <= 256; i++) run([i & 0xff, i >> 8])
  run([0, 1])
  expect(asked).toHaveLength(257)
  run([0, 0])
  expect(asked).toHaveLength(258)
})
