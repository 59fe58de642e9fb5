/** The journaled state against a model that copies the whole world at every checkpoint, wherever its slots lie. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { sourceOf } from '../conform/harness.ts'
import type { Log } from '../core/host.ts'
import { keccak256 } from '../core/keccak.ts'
import { bytesToBigint } from '../core/word.ts'
import { merklePatricia } from './merkle-patricia.ts'
import { SlotHome } from './slot-home.ts'
import { RECORD_BYTES, SLOT_BYTES, SLOTS } from './slot-layout.ts'
import { State } from './state.ts'

interface ModelAccount {
  nonce: bigint
  balance: bigint
  code: readonly number[]
  storage: Record<string, bigint>
}

/** All there is in a transaction, as plain data: what a checkpoint copies. */
interface World {
  accounts: Record<string, ModelAccount>
  transient: Record<string, bigint>
  warm: string[]
  created: string[]
  destroyed: string[]
  touched: string[]
  logs: Log[]
  refund: number
}

const NOBODY: ModelAccount = { nonce: 0n, balance: 0n, code: [], storage: {} }
const isEmpty = ({ nonce, balance, code }: ModelAccount) =>
  nonce === 0n && balance === 0n && code.length === 0

/** The specification of `Host`, by the plainest means. */
class Model {
  world: World
  /** Storage when the transaction began. */
  originals: Record<string, ModelAccount> = {}

  constructor(accounts: Record<string, ModelAccount>) {
    this.world = {
      accounts,
      transient: {},
      warm: [],
      created: [],
      destroyed: [],
      touched: [],
      logs: [],
      refund: 0,
    }
  }

  read(address: bigint): ModelAccount {
    return this.world.accounts[String(address)] ?? NOBODY
  }

  touch(address: bigint): ModelAccount {
    this.world.touched.push(String(address))
    this.world.accounts[String(address)] ??= structuredClone(NOBODY)
    return this.world.accounts[String(address)]
  }

  begin(): void {
    this.originals = structuredClone(this.world.accounts)
    Object.assign(this.world, {
      transient: {},
      warm: [],
      created: [],
      destroyed: [],
      touched: [],
      logs: [],
      refund: 0,
    })
  }

  end(clearEmpty: boolean): void {
    for (const address of this.world.destroyed) delete this.world.accounts[address]
    for (const address of clearEmpty ? this.world.touched : [])
      if (isEmpty(this.world.accounts[address] ?? NOBODY)) delete this.world.accounts[address]
  }

  warm(key: string): boolean {
    if (this.world.warm.includes(key)) return false
    this.world.warm.push(key)
    return true
  }
}

/** A memory with room for few slots, which another state's table is in when ours is not. */
class Dwelling {
  #memory = new ArrayBuffer(4096)
  readonly #home = new SlotHome({
    entries: { at: 32, sizeBytes: SLOTS + 5 * SLOT_BYTES },
    buckets: { at: 2048, sizeBytes: 4 * 32 },
    records: { at: 3072, sizeBytes: 9 * RECORD_BYTES },
    logs: { at: 3968, sizeBytes: 0 },
  })
  readonly #other = new State(sourceOf([[1n, { balance: 1n }]]))

  constructor() {
    this.#home.see(this.#memory)
    this.#other.beginTransaction()
    this.#other.setStorage(1n, 7n, 1n << 200n)
  }

  move(state: State, how: 'in' | 'out' | 'other' | 'grow'): void {
    if (how === 'in') this.#home.admit(state.slots)
    else if (how === 'out') this.#home.release()
    else if (how === 'other') {
      this.#home.admit(this.#other.slots)
      expect(this.#other.storage(1n, 7n)).toBe(1n << 200n)
    } else {
      // As when linear memory grows: another buffer has the bytes, and the old one none.
      this.#memory = structuredClone(this.#memory, { transfer: [this.#memory] })
      this.#home.see(this.#memory)
    }
  }
}

let dwelling = new Dwelling()

const ADDRESSES = [1n, 2n, 3n, 0xabcn]
const KEYS = [0n, 1n, 1n << 255n]
const CODES = [[], [0x5b], [0x60, 0x01]]

const address = fc.constantFrom(...ADDRESSES)
const key = fc.constantFrom(...KEYS)
const small = fc.integer({ min: 0, max: 3 })
const word = small.map(BigInt)
const named = <K extends string, T extends readonly unknown[]>(
  kind: K,
  ...of: { [I in keyof T]: fc.Arbitrary<T[I]> }
) =>
  fc
    .tuple<unknown[]>(...(of as fc.Arbitrary<unknown>[]))
    .map((args) => ({ kind, args: args as unknown as T }))

const action = fc.oneof(
  named<'balance', [bigint, bigint]>('balance', address, word),
  named<'nonce', [bigint, bigint]>('nonce', address, word),
  named<'code', [bigint, number[]]>('code', address, fc.constantFrom(...CODES)),
  named<'transfer', [bigint, bigint, bigint]>('transfer', address, address, word),
  named<'touch', [bigint]>('touch', address),
  named<'store', [bigint, bigint, bigint]>('store', address, key, word),
  named<'storeTransient', [bigint, bigint, bigint]>('storeTransient', address, key, word),
  named<'warmAddress', [bigint]>('warmAddress', address),
  named<'warmSlot', [bigint, bigint]>('warmSlot', address, key),
  named<'create', [bigint, bigint]>('create', address, word),
  named<'destroy', [bigint]>('destroy', address),
  named<'log', [bigint]>('log', address),
  named<'refund', [number]>('refund', fc.integer({ min: -5, max: 5 })),
  // Weighed by repetition: a table that is in place is used for a while.
  named<'move', ['in' | 'out' | 'other' | 'grow']>(
    'move',
    fc.constantFrom(...(['in', 'in', 'in', 'out', 'other', 'grow'] as const)),
  ),
  // Not after every action, since looking loads what was left unloaded.
  named<'look', []>('look'),
  named<'lookAt', [bigint, bigint]>('lookAt', address, key),
)
/** What is done, with what is done in a frame of its own, which is kept or reverted. */
type Step =
  | ReturnType<typeof action.generate>['value']
  | { readonly frame: readonly Step[]; readonly keeps: boolean }
const { steps } = fc.letrec<{ step: Step; steps: Step[] }>((tie) => ({
  step: fc.oneof(
    { maxDepth: 4 },
    { arbitrary: action as fc.Arbitrary<Step>, weight: 5 },
    { arbitrary: fc.record({ frame: tie('steps'), keeps: fc.boolean() }), weight: 1 },
  ),
  steps: fc.array(tie('step'), { maxLength: 12 }),
}))

const account = fc.record({
  nonce: word,
  balance: word,
  code: fc.constantFrom(...CODES),
  storage: fc.dictionary(fc.constantFrom(...KEYS.map(String)), fc.bigInt(1n, 3n), { noNullPrototype: true }),
})
const genesis = fc.dictionary(fc.constantFrom(...ADDRESSES.map(String)), account, { noNullPrototype: true })

function perform(state: State, model: Model, all: readonly Step[]): void {
  for (const step of all) {
    if ('frame' in step) {
      const mark = state.checkpoint()
      const copy = structuredClone(model.world)
      perform(state, model, step.frame)
      if (step.keeps) continue
      state.revert(mark)
      // The touch of 0x03 alone outlives a revert.
      const touched = model.world.touched.filter((name) => name === '3')
      model.world = copy
      model.world.touched.push(...touched)
    } else act(state, model, step)
  }
}

function act(state: State, model: Model, step: Exclude<Step, { frame: unknown }>): void {
  const { world } = model
  switch (step.kind) {
    case 'balance': {
      const [of, balance] = step.args
      state.setBalance(of, balance)
      model.touch(of).balance = balance
      break
    }
    case 'nonce': {
      // Nonces never fall.
      const [of, more] = step.args
      const nonce = model.read(of).nonce + more
      state.setNonce(of, nonce)
      model.touch(of).nonce = nonce
      break
    }
    case 'code': {
      const [of, code] = step.args
      // Code is taken away from an account whose authorisation has raised its nonce, and from no other.
      if (code.length === 0 && model.read(of).nonce === 0n) break
      state.setCode(of, Uint8Array.from(code))
      model.touch(of).code = code
      break
    }
    case 'transfer': {
      const [from, to, wanted] = step.args
      const value = wanted < model.read(from).balance ? wanted : model.read(from).balance
      state.transfer(from, to, value)
      model.touch(to)
      if (value === 0n) break
      model.touch(from).balance -= value
      model.touch(to).balance += value
      break
    }
    case 'touch':
      state.touch(step.args[0])
      model.touch(step.args[0])
      break
    case 'store': {
      const [of, slot, value] = step.args
      // Storage is that of an account which executes: it has code, or is being created.
      const { nonce, code } = model.read(of)
      if (nonce === 0n && code.length === 0 && !world.created.includes(String(of))) break
      state.touch(of)
      state.setStorage(of, slot, value)
      const { storage } = model.touch(of)
      if (value === 0n) delete storage[String(slot)]
      else storage[String(slot)] = value
      break
    }
    case 'storeTransient': {
      const [of, slot, value] = step.args
      state.setTransient(of, slot, value)
      world.transient[`${of} ${slot}`] = value
      break
    }
    case 'warmAddress':
      expect(state.warmAddress(step.args[0])).toBe(model.warm(`${step.args[0]}`))
      break
    case 'warmSlot':
      expect(state.warmSlot(...step.args)).toBe(model.warm(step.args.join(' ')))
      break
    case 'create': {
      const [of, nonce] = step.args
      const { nonce: used, code, storage } = model.read(of)
      const collides = used !== 0n || code.length > 0 || Object.keys(storage).length > 0
      expect([of, state.collides(of)]).toEqual([of, collides])
      if (collides) break
      state.createContract(of, nonce)
      model.touch(of).nonce = nonce
      if (!world.created.includes(String(of))) world.created.push(String(of))
      break
    }
    case 'destroy': {
      const of = String(step.args[0])
      expect(state.destroy(step.args[0])).toBe(!world.destroyed.includes(of))
      model.touch(step.args[0]).balance = 0n
      if (!world.destroyed.includes(of)) world.destroyed.push(of)
      break
    }
    case 'log': {
      const log = { address: step.args[0], topics: [1n], data: new Uint8Array(0) }
      state.log(log)
      world.logs.push(log)
      break
    }
    case 'move':
      dwelling.move(state, step.args[0])
      break
    case 'refund':
      state.addRefund(step.args[0])
      world.refund += step.args[0]
      break
    case 'look':
      expect(observe(state)).toEqual(expected(model))
      break
    case 'lookAt': {
      const [of, slot] = step.args
      expect(state.storage(of, slot)).toBe(model.read(of).storage[String(slot)] ?? 0n)
    }
  }
}

/** Everything a row or the chain may ask, but for warmth, which asking changes. */
function observe(state: State) {
  return {
    accounts: ADDRESSES.map((of) => ({
      nonce: state.nonce(of),
      balance: state.balance(of),
      code: [...state.code(of)],
      codeHash: state.codeHash(of),
      exists: state.exists(of),
      isEmpty: state.isEmpty(of),
      isCreated: state.isCreated(of),
      slots: KEYS.map((slot) => [
        state.storage(of, slot),
        state.originalStorage(of, slot),
        state.transient(of, slot),
      ]),
    })),
    logs: [...state.logs],
    refund: state.refund,
  }
}

function expected({ world, originals, read }: Model) {
  const hashOf = (code: readonly number[]) => bytesToBigint(keccak256(Uint8Array.from(code)))
  return {
    accounts: ADDRESSES.map((of) => {
      const { nonce, balance, code, storage } = read.call({ world } as Model, of)
      const isCreated = world.created.includes(String(of))
      // A created account had nothing before (EIP-1283: its original values are zero).
      const original = isCreated ? {} : (originals[String(of)]?.storage ?? {})
      return {
        ...{ nonce, balance, code, isCreated },
        codeHash: isEmpty({ nonce, balance, code, storage }) ? 0n : hashOf(code),
        exists: String(of) in world.accounts,
        isEmpty: isEmpty({ nonce, balance, code, storage }),
        slots: KEYS.map((slot) => [
          storage[String(slot)] ?? 0n,
          original[String(slot)] ?? 0n,
          world.transient[`${of} ${slot}`] ?? 0n,
        ]),
      }
    }),
    logs: world.logs,
    refund: world.refund,
  }
}

const imageOf = (accounts: Record<string, ModelAccount>) =>
  sourceOf(
    Object.entries(accounts).map(([of, { nonce, balance, code, storage }]) => [
      BigInt(of),
      {
        nonce,
        balance,
        code: Uint8Array.from(code),
        storage: Object.entries(storage).map(([slot, value]) => [BigInt(slot), value] as const),
      },
    ]),
  )

describe('state', () => {
  it('agrees with a copied world through transactions, frames and reverts', () => {
    fc.assert(
      fc.property(
        genesis,
        fc.array(steps, { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        fc.boolean(),
        (start, transactions, clears, looks) => {
          dwelling = new Dwelling()
          const source = imageOf(start)
          const state = new State(source)
          const model = new Model(structuredClone(start))
          for (const transaction of transactions) {
            state.beginTransaction()
            model.begin()
            perform(state, model, transaction)
            if (looks) expect(observe(state)).toEqual(expected(model))
            state.endTransaction(clears)
            model.end(clears)
          }
          source.apply(state.changes())
          expect(source.root(merklePatricia)).toEqual(imageOf(model.world.accounts).root(merklePatricia))
          for (const of of ADDRESSES) expect([...source.code(of)]).toEqual(model.read(of).code)
          expect(state.isVoid).toBe(false)
        },
      ),
      { numRuns: 1000 },
    )
  })

  it('rolled back is as it was, however far the transaction had come', () => {
    fc.assert(
      fc.property(genesis, steps, steps, (start, before, undone) => {
        dwelling = new Dwelling()
        const source = imageOf(start)
        const state = new State(source)
        const model = new Model(structuredClone(start))
        state.beginTransaction()
        model.begin()
        perform(state, model, before)
        state.endTransaction(true)
        model.end(true)
        state.beginTransaction()
        model.begin()
        const copy = structuredClone(model.world)
        perform(state, model, undone)
        state.rollback()
        source.apply(state.changes())
        expect(source.root(merklePatricia)).toEqual(imageOf(copy.accounts).root(merklePatricia))
      }),
      { numRuns: 400 },
    )
  })

  it('a slot met before a creation is another after it, and the first again when that is undone', () => {
    const stored = (state: State) => [...state.changes()].flatMap(({ slots }) => [...slots])
    const state = new State(sourceOf([[1n, { balance: 1n }]]))
    state.beginTransaction()
    expect(state.storage(1n, 0n)).toBe(0n)
    const mark = state.checkpoint()
    state.createContract(1n, 1n)
    state.setStorage(1n, 0n, 5n)
    expect(stored(state)).toEqual([[0n, 5n]])
    state.revert(mark)
    state.setStorage(1n, 0n, 7n)
    expect(stored(state)).toEqual([[0n, 7n]])
  })
})
