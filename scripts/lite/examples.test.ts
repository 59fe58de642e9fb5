import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { concatBytes } from '../../src/core/bytes.ts'
import { hexToBytes } from '../../src/core/hex.ts'
import { bigintToBytes, bytesToBigint } from '../../src/core/word.ts'
import { buildExample } from './examples.ts'
import { SENDER, worldOf } from './world.ts'

const TOKEN = 0x7043en
const OTHER = 0xb0b0n
const exampleBytes = (path: string) => new Uint8Array(readFileSync(`fixtures/examples/${path}`))

describe('the examples in wasm-lite', () => {
  it.each(['lite-token', 'lite-verifier'])(
    '%s is what its source builds to',
    { timeout: 120_000 },
    async (name) => {
      const { path, bytes } = await buildExample(name)
      expect(Buffer.from(bytes).equals(readFileSync(path))).toBe(true)
    },
  )

  it('keep the accounts of a token', () => {
    const world = worldOf({ [`${TOKEN}`]: exampleBytes('lite-token/token.wasm') })
    const send = (selector: string, ...words: bigint[]) =>
      world.send(
        TOKEN,
        concatBytes(hexToBytes(selector, 'selector'), ...words.map((word) => bigintToBytes(word, 32))),
      )
    const balance = (address: bigint) => bytesToBigint(send('0x70a08231', address).output)
    const much = (1n << 255n) + 5n
    expect(send('0xa0712d68', much).status).toBe('success')
    expect(send('0xa0712d68', much).status).toBe('revert')
    expect(bytesToBigint(send('0x18160ddd').output)).toBe(much)
    expect(send('0xa9059cbb', OTHER, 1n << 254n).logs.map(({ topics }) => topics.slice(1))).toEqual([
      [SENDER, OTHER],
    ])
    expect([balance(SENDER), balance(OTHER)]).toEqual([much - (1n << 254n), 1n << 254n])
    expect(send('0xa9059cbb', OTHER, much).status).toBe('revert')
    expect(send('0xffffffff').status).toBe('revert')
    expect([balance(SENDER), balance(OTHER)]).toEqual([much - (1n << 254n), 1n << 254n])
  })

  it('take a payload once, and only with its signature', () => {
    const at = 0x5e7n
    const world = worldOf({ [`${at}`]: exampleBytes('lite-verifier/verifier.wasm') })
    const { command } = JSON.parse(readFileSync('fixtures/examples/lite-verifier/example.json', 'utf8')) as {
      command: string
    }
    const input = hexToBytes(command.split(' ').at(-1) as string, 'input')
    const forged = input.slice()
    forged[forged.length - 1] ^= 1
    expect(world.send(at, forged).status).toBe('revert')
    expect(world.send(at, input).status).toBe('success')
    expect(world.send(at, input).status).toBe('revert')
    expect(world.send(at, input.slice(0, 96)).status).toBe('revert')
  })
})
