/** Input that is changed at random: whatever is wrong with it is told as an error of the input, and nothing breaks. */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readBlobParameters } from '../../chain/chain-config.ts'
import { readAlloc } from '../../chain/genesis.ts'
import { ZvmError } from '../../core/errors.ts'
import { defaultCrypto } from '../../runtime/crypto.ts'
import { MemorySource } from '../../state/memory-source.ts'
import { readEnv } from './env.ts'
import { transitionTables } from './fork.ts'
import { readTransactions } from './transactions.ts'
import { hashesOf, transition } from './transition.ts'

const FORK_OF = { frontier: 'Frontier', london: 'London', osaka: 'Osaka' } as const
const ROUNDS = 300

const ODD_VALUES: readonly unknown[] = [
  ...[null, true, '', '0x', 'x', '0x0', '0x1', '0xff', -1, 0, 1, 1.5, 2 ** 53, 1e300, [], {}, [[]], [null]],
  ...[
    `0x${'f'.repeat(16)}`,
    `0x1${'0'.repeat(16)}`,
    `0x${'f'.repeat(64)}`,
    `0x1${'0'.repeat(64)}`,
    '9'.repeat(100),
  ],
  ...['0xzz', '0x123', `0x${'00'.repeat(20)}`, `0x${'ff'.repeat(20)}`, '__proto__', '\u0000'],
]

/** Numbers that look random and are the same everywhere. */
function sequence(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff
    return (state >> 8) % below
  }
}

/** Takes away, replaces or doubles one member somewhere below the value. */
function change(value: unknown, next: (below: number) => number): void {
  let at = value as Record<string, unknown>
  for (;;) {
    const keys = Object.keys(at)
    const key = keys[next(keys.length)]
    const child = at[key]
    const isDeep = typeof child === 'object' && child !== null && Object.keys(child).length > 0
    if (isDeep && next(4) > 0) {
      at = child as Record<string, unknown>
      continue
    }
    const turn = next(5)
    if (turn === 0 && !Array.isArray(at)) delete at[key]
    else if (turn === 1) at[Array.isArray(at) ? at.length : `${key}x`] = child
    else at[key] = ODD_VALUES[next(ODD_VALUES.length)]
    return
  }
}

interface Input {
  readonly alloc: unknown
  readonly env: unknown
  readonly txs: unknown
  readonly blobParams: unknown
}

function apply(name: string, { alloc, env: envJson, txs, blobParams }: Input): object {
  const env = readEnv(envJson, 'env')
  const fork = { name, chainId: 1n, reward: 0n, blobParameters: readBlobParameters(blobParams, 'blobParams') }
  const { table, parent } = transitionTables(fork, env)
  const signing = { chainId: 1n, isProtected: table.rules.signature.chainId }
  const transactions = readTransactions(txs, 'txs', signing)
  const state = readAlloc(alloc, 'alloc', new MemorySource(hashesOf(env)))
  const host = { crypto: defaultCrypto, tier: null, tracer: null, tracerOf: () => null }
  return transition({ table, parentTable: parent, chainId: 1n, env, state, transactions }, host)
}

describe('odd input of t8n', () => {
  it.each(Object.entries(FORK_OF))('made of %s is refused in words, or taken', (name, fork) => {
    const part = (file: string) => JSON.parse(readFileSync(`fixtures/t8n/${name}/${file}.json`, 'utf8'))
    const given = { alloc: part('alloc'), env: part('env'), txs: part('txs') }
    const good = { ...given, blobParams: { target: 6, max: 9, baseFeeUpdateFraction: 5007716 } }
    expect(apply(fork, good)).toMatchObject({ result: { gasUsed: expect.stringMatching(/^0x[1-9a-f]/) } })
    let refused = 0
    for (let round = 0; round < ROUNDS; round++) {
      const input = structuredClone(good)
      const next = sequence(round + 1)
      for (let changes = next(3); changes >= 0; changes--) change(input, next)
      try {
        expect(JSON.stringify(apply(fork, input), (_, value) => String(value))).toBeTruthy()
      } catch (error) {
        if (!(error instanceof ZvmError)) throw new Error(`round ${round}`, { cause: error })
        refused++
      }
    }
    expect(refused).toBeGreaterThan(ROUNDS / 10)
    expect(refused).toBeLessThan(ROUNDS)
  })
})
