import { describe, expect, it } from 'vitest'
import { osaka } from '../../opcodes/forks.ts'
import {
  accountsOf,
  asm,
  driverOf,
  push,
  SELF as SCENE_SELF,
  sourceOf,
  submitAsync,
} from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { toFixedHex } from '../core/hex.ts'
import { extend } from '../core/table.ts'
import type { Tracer } from '../core/tracer.ts'
import { createEngine, type Engine, memoryState, newTransaction } from '../index.ts'
import type { Miss } from '../state/source.ts'
import { TIERS } from '../wasm/tier-names.ts'
import { privateKeyToAddress, signTransaction } from './sign.ts'

// Engines of one table share a tier: what one of them leaves, or runs amid another, must not be met by the other.

const SELF = '0x000000000000000000000000000000000000c0de'
const HOOK = 0x9999n
/** Fills memory, calls the hook with a word on the stack, and returns the sum of both. */
const OUTER = '0x6111116000526122225f5f5f5f5f61999961fffff1505f51015f5260205ff3'
/** Fills memory and stack, and stores. */
const INNER = '0x61777760005261888861999961aaaa60055f5560015560206000'
/** Memory that nobody has written to. */
const READER = '0x61100051600051175f5260205ff3'
const ZERO = `0x${'0'.repeat(64)}`

/** What the precompile does, in all engines of the table. */
let hook = (): void => {}

const table = extend(osaka, 'hooked', [
  {
    ...{ eip: 0, title: 'a precompile that calls back' },
    precompiles: [
      {
        ...{ address: HOOK, name: 'HOOK', spec: 'of our own', gas: () => 10 },
        run: () => {
          hook()
          return new Uint8Array(0)
        },
      },
    ],
  },
])

/** Runs `work` with a hook that is called once. */
function hooked<T>(call: () => void, work: () => T): T {
  hook = () => {
    hook = () => {}
    call()
  }
  try {
    return work()
  } finally {
    hook = () => {}
  }
}

describe.each(TIERS)('in tier %s', (tier) => {
  const make = (code: string, tracer: Tracer = {}): Engine =>
    createEngine({ table, tier, tracer, state: memoryState({ [SELF]: { code, balance: '0x5' } }) })
  const expected = make(OUTER).call({ to: SELF })

  it('an engine may run amid a message of another', () => {
    const inner = make(INNER)
    const alone = make(INNER).call({ to: SELF })
    const results: unknown[] = []
    const amid = hooked(
      () => results.push(inner.call({ to: SELF })),
      () => make(OUTER).call({ to: SELF }),
    )
    expect(results).toEqual([alone])
    expect(amid).toEqual(expected)
  })

  it('a tracer may run another engine', () => {
    const inner = make(INNER)
    const traced = make(OUTER, { enter: () => void inner.call({ to: SELF }) })
    expect(traced.call({ to: SELF })).toEqual(expected)
  })

  it('refuses to run amid a message of its own, which goes on', () => {
    const engine = make(OUTER)
    const amid = hooked(
      () => expect(() => engine.call({ to: SELF })).toThrow('a message runs already'),
      () => engine.call({ to: SELF }),
    )
    expect(amid).toEqual(expected)
    expect(engine.call({ to: SELF })).toEqual(expected)
  })

  it('leaves nothing behind where a callback throws', () => {
    const engine = make(OUTER)
    const failing = () => {
      throw new Error('broken')
    }
    expect(() => hooked(failing, () => engine.call({ to: SELF }))).toThrow('broken')
    expect(make(READER).call({ to: SELF }).output).toBe(ZERO)
    expect(engine.call({ to: SELF })).toEqual(expected)
  })

  it('leaves nothing behind of a run that is void', async () => {
    const spin = [push(0x1111), push(0x1000), 'MSTORE', push(0), 'SLOAD', 'POP', 'JUMPDEST', push(11), 'JUMP']
    const scene = { fork: table, tier, accounts: [[SCENE_SELF, { code: asm(...spin) }]] } as const
    const read: string[] = []
    class Curious extends LateSource {
      override async load(misses: readonly Miss[]): Promise<void> {
        read.push(make(READER).call({ to: SELF }).output)
        await super.load(misses)
      }
    }
    const source = new Curious(sourceOf(accountsOf(scene)))
    const { driver, state } = driverOf(scene, source)
    expect(await submitAsync(driver, state, scene)).toMatchObject({ status: 'halt' })
    expect(new Set(read)).toEqual(new Set([ZERO]))
  })
})

it('runs one after the other what is asked for at once, each seen by the tracer', async () => {
  const key = new Uint8Array(32).fill(7)
  const sender = toFixedHex(privateKeyToAddress(key), 20)
  const alloc = { [SELF]: { code: OUTER }, [sender]: { balance: '0xffffffffffffffff' } }
  const begun: bigint[] = []
  const engine = createEngine({
    table,
    state: new LateSource(memoryState(alloc)),
    tracer: { begin: ({ gasLimit }) => void begun.push(gasLimit) },
  })
  const signed = (nonce: bigint) =>
    signTransaction(newTransaction({ to: 0xc0den, nonce, gasPrice: 1n, gasLimit: 100_000n + nonce }), key)
  await Promise.all([0n, 1n].map((nonce) => engine.runTransactionAsync(signed(nonce))))
  engine.runTransaction(signed(2n))
  expect(begun).toEqual([100_000n, 100_001n, 100_002n])
})
