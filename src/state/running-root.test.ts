import fc from 'fast-check'
import { expect, it } from 'vitest'
import { bytesToBigint } from '../core/word.ts'
import { CommittedSource } from './committed-source.ts'
import { MemorySource } from './memory-source.ts'
import { merklePatricia } from './merkle-patricia.ts'
import { RunningRoot } from './running-root.ts'
import { State } from './state.ts'
import { EMPTY_ROOT } from './trie/root.ts'
import { MemoryNodeStore } from './trie/store.ts'

const HELD = new Uint8Array([0])

/** A committed state of three accounts that hold something; three more there are not. */
function committed(): CommittedSource {
  const image = new MemorySource()
  image.set(
    1n,
    1n,
    5n,
    HELD,
    new Map([
      [0n, 1n],
      [1n, 2n],
    ]),
  )
  image.set(2n, 0n, 7n, new Uint8Array(0), new Map())
  image.set(3n, 1n, 0n, HELD, new Map([[2n, 9n]]))
  const codes = new Map<bigint, Uint8Array>()
  const store = {
    get: (hash: bigint) => codes.get(hash),
    put: (hash: bigint, code: Uint8Array) => void codes.set(hash, code),
  }
  const source = new CommittedSource(merklePatricia, new MemoryNodeStore(), store, bytesToBigint(EMPTY_ROOT))
  const changes = [...image.changes()]
  source.advance(changes, source.rootAfter(changes))
  return source
}

const acts = fc.record({
  what: fc.constantFrom('pay', 'pay', 'store', 'store', 'store', 'read', 'create', 'destroy'),
  address: fc.bigInt(1n, 6n),
  key: fc.bigInt(0n, 2n),
  value: fc.bigInt(0n, 2n),
})

type Act = typeof acts extends fc.Arbitrary<infer T> ? T : never

function perform(state: State, { what, address, key, value }: Act): void {
  if (what === 'pay') state.setBalance(address, value)
  else if (what === 'store') {
    state.setNonce(address, 1n)
    state.setStorage(address, key, value)
  } else if (what === 'read') state.storage(address, key)
  else if (what === 'destroy') state.destroy(address)
  else if (!state.collides(address)) {
    state.createContract(address, 1n)
    state.setCode(address, HELD)
  }
}

it('is after each transaction the root of all changes at once', () => {
  fc.assert(
    fc.property(
      fc.array(fc.array(acts, { maxLength: 5 }), { maxLength: 8 }),
      fc.boolean(),
      (transactions, clearEmpty) => {
        const source = committed()
        const state = new State(source)
        const running = new RunningRoot(source)
        for (const transaction of transactions) {
          state.beginTransaction()
          for (const act of transaction) perform(state, act)
          state.endTransaction(clearEmpty)
          expect(running.after(state.changes())).toBe(source.rootAfter([...state.changes()]))
        }
      },
    ),
    { numRuns: 300 },
  )
})
