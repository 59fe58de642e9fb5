/** How a run that lacks state is repeated, and how that ends where the source fails. */
import { describe, expect, it } from 'vitest'
import {
  accountsOf,
  asm,
  BLOCK,
  driverOf,
  type Part,
  push,
  recorder,
  SELF,
  SENDER,
  sourceOf,
  submit,
  submitAsync,
  type TransactionScene,
} from '../conform/harness.ts'
import { LateSource } from '../conform/late-source.ts'
import { ZvmError } from '../core/errors.ts'
import { merklePatricia } from '../state/merkle-patricia.ts'

const OTHER = 0x07e4n

/** SELF with this code; it and another account have something to read. */
const running = (...parts: readonly Part[]): TransactionScene => ({
  accounts: [
    [SELF, { code: asm(...parts), balance: 10n ** 9n, storage: [[5n, 55n]] }],
    [OTHER, { balance: 5n, nonce: 1n }],
  ],
})

/** Reads of several kinds, and a store that depends on all. */
const digest: Part = [
  [
    push(OTHER),
    'BALANCE',
    push(OTHER),
    'EXTCODEHASH',
    'XOR',
    push(5),
    'SLOAD',
    'XOR',
    push(999),
    'BLOCKHASH',
  ],
  ['ADD', push(6), 'SSTORE'],
]

async function run(scene: TransactionScene) {
  const source = new LateSource(sourceOf(accountsOf(scene)))
  const { driver, state } = driverOf(scene, source)
  return { source, result: await submitAsync(driver, state, scene) }
}

/** As with all state at hand. */
function runPlain(scene: TransactionScene) {
  const { driver, state } = driverOf(scene, sourceOf(accountsOf(scene)))
  return submit(driver, state, scene)
}

describe('rounds', () => {
  it('load what does not depend on each other in one', async () => {
    const slots = Array.from({ length: 50 }, (_, key) => [
      push(key),
      'SLOAD',
      'POP',
      push(OTHER + BigInt(key)),
      'BALANCE',
      'POP',
    ])
    const { source } = await run(running(slots))
    // Sender and what follows without it; recipient and coinbase; its code; all the rest.
    expect(source.rounds).toBeLessThanOrEqual(5)
    expect(source.loaded).toBeGreaterThan(100)
  })

  it('are one a link where each answer names the next question', async () => {
    const storage = Array.from({ length: 20 }, (_, i) => [BigInt(i), BigInt(i + 1)] as const)
    const code = asm(push(0), Array(20).fill('SLOAD'))
    const { source, result } = await run({ accounts: [[SELF, { code, storage }]] })
    expect(result).toMatchObject({ status: 'success' })
    expect(source.rounds).toBeLessThanOrEqual(20 + 5)
  })

  it('a run that is void does not go on for long', async () => {
    // With a slot that is zero this turns until 29 million gas are gone, over a million steps.
    const loop = asm('JUMPDEST', push(7), 'SLOAD', 'ISZERO', push(0), 'JUMPI')
    const scene = {
      fork: 'Prague',
      tx: { gasLimit: 29_000_000n },
      accounts: [[SELF, { code: loop, storage: [[7n, 1n]] }]],
    } as const
    const source = new LateSource(sourceOf(accountsOf(scene)))
    const { driver, state } = driverOf(scene, source)
    const steps: number[] = []
    source.load = (misses) => {
      steps.push(driver.steps)
      return LateSource.prototype.load.call(source, misses)
    }
    expect(await submitAsync(driver, state, scene)).toMatchObject({ status: 'success', steps: 7 })
    expect(Math.max(...steps)).toBeGreaterThan(7)
    expect(Math.max(...steps)).toBeLessThanOrEqual(1 << 16)
  })
})

describe('a source that fails', () => {
  const scene = running(digest)
  const failing = (load: LateSource['load'] | undefined) => {
    const source = Object.assign(new LateSource(sourceOf(accountsOf(scene))), { load })
    return { source, ...driverOf(scene, source) }
  }

  it('to load anything ends the attempt', async () => {
    let calls = 0
    const { driver, state } = failing(async () => {
      calls++
    })
    await expect(submitAsync(driver, state, scene)).rejects.toMatchObject({ code: 'STATE_NOT_LOADED' })
    expect([calls, state.isVoid]).toEqual([1, false])
  })

  it('for want of a way to load ends it with what is missing', async () => {
    const { driver, state } = failing(undefined)
    const error = await submitAsync(driver, state, scene).catch((reason: unknown) => reason)
    expect(error).toBeInstanceOf(ZvmError)
    expect((error as Error).message).toBe(`state is not loaded: account 0x${SENDER.toString(16)}`)
  })

  it('with an error of its own has it passed on, and state and tracer are as they were', async () => {
    const { driver, state, source } = failing(() => Promise.reject(new Error('offline')))
    const tracer = recorder()
    driver.tracer = tracer
    await expect(submitAsync(driver, state, scene)).rejects.toThrow('offline')
    expect([driver.tracer, tracer.lines, [...state.changes()]]).toEqual([tracer, [], []])
    // When it has recovered the same state and driver go on.
    source.load = LateSource.prototype.load
    expect(await submitAsync(driver, state, scene)).toEqual(runPlain(scene))
  })
})

describe('the plain entry point', () => {
  const scene = running(digest)

  it('refuses what is not loaded, and leaves the state as it was', async () => {
    const source = new LateSource(sourceOf(accountsOf(scene)))
    const { driver, state } = driverOf(scene, source)
    const refused = expect.objectContaining({ code: 'STATE_NOT_LOADED', details: { misses: 1 } })
    expect(() => submit(driver, state, scene)).toThrow(refused)
    expect([state.isVoid, [...state.changes()]]).toEqual([false, []])
    // Another state over the same source makes it load everything.
    const other = driverOf(scene, source)
    const result = await submitAsync(other.driver, other.state, scene)
    expect(submit(driver, state, scene)).toEqual(result)
  })

  it('several transactions follow each other in one state', async () => {
    const image = sourceOf(accountsOf(scene))
    const plainImage = sourceOf(accountsOf(scene))
    const late = driverOf(scene, new LateSource(image, 5))
    const plain = driverOf(scene, plainImage)
    for (const nonce of [0n, 1n, 2n]) {
      const next = { ...scene, tx: { nonce, data: Uint8Array.of(Number(nonce)) } }
      late.driver.tracer = nonce === 1n ? recorder() : null
      expect(await submitAsync(late.driver, late.state, next)).toEqual(
        submit(plain.driver, plain.state, next),
      )
    }
    image.apply(late.state.changes())
    plainImage.apply(plain.state.changes())
    expect(image.root(merklePatricia)).toEqual(plainImage.root(merklePatricia))
  })
})

it('block hashes are asked for only where a row can tell them', async () => {
  const asked: bigint[] = []
  const image = sourceOf(accountsOf(running(push(BLOCK.number), 'BLOCKHASH', push(1), 'BLOCKHASH')))
  const source = Object.assign(image, {
    blockHash: (number: bigint) => {
      asked.push(number)
      return 0n
    },
  })
  const { driver, state } = driverOf({}, source)
  submit(driver, state, {})
  expect(asked).toEqual([])
})
