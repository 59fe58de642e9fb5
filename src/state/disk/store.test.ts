import { spawnSync } from 'node:child_process'
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { open } from 'lmdb'
import { afterAll, describe, expect, it } from 'vitest'
import { bytesToHex } from '../../core/hex.ts'
import { EMPTY_CODE_HASH } from '../../core/keccak.ts'
import { codeHashOf, MemorySource } from '../memory-source.ts'
import { merklePatricia } from '../merkle-patricia.ts'
import type { AccountChange } from '../source.ts'
import { COUNTS_KEY, encodeCounts } from './layout.ts'
import { MemoryPairs } from './memory-pairs.ts'
import { ChangingState, DiskStore } from './store.ts'
import { WitnessPairs } from './witness.ts'

const folder = mkdtempSync(join(tmpdir(), 'zvm-store-'))
/** A file system of 32 KiB; whether it can be had. */
const small = join(folder, 'small')
mkdirSync(small)
const isSmallThere = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32k', 'none', small]).status === 0
afterAll(() => {
  if (isSmallThere) spawnSync('umount', [small])
  rmSync(folder, { recursive: true })
})

let made = 0
const fresh = () => join(folder, `store.${made++}`)
const SETTINGS = { chainId: 5n, tables: new Map([['evm', 'Osaka']]) }
const noTag = () => new Uint8Array(0)

function account(address: bigint, slots: [bigint, bigint][] = [], code?: Uint8Array): AccountChange {
  const codeHash = code ? codeHashOf(code) : EMPTY_CODE_HASH
  const record = { nonce: 1n, balance: 2n, codeHash }
  return {
    address,
    account: record,
    isStorageCleared: false,
    slots: new Map(slots),
    ...(code ? { code } : {}),
  }
}

/** A store with two accounts, one of them with code and slots; closed. */
async function filled(): Promise<string> {
  const path = fresh()
  const store = await DiskStore.open(path, 'create')
  store.update((state) => {
    state.setSettings(SETTINGS)
    const slots = Array.from({ length: 200 }, (_, i) => [BigInt(i), BigInt(i) + 1n] as [bigint, bigint])
    state.apply([account(1n), account(2n, slots, Uint8Array.of(0x60, 1))], () => Uint8Array.of(7))
  })
  await store.close()
  return path
}

describe('a store on disk', () => {
  it('holds what was applied, when it is opened again', async () => {
    const path = await filled()
    const store = await DiskStore.open(path, 'read')
    store.read((state) => {
      expect(state.settings).toEqual(SETTINGS)
      expect(state.account(2n)).toMatchObject({ nonce: 1n, balance: 2n })
      expect(state.account(3n)).toBeNull()
      expect([state.storage(2n, 7n), state.storage(2n, 900n), state.storage(9n, 0n)]).toEqual([8n, 0n, 0n])
      expect([state.anyStorage(1n), state.anyStorage(2n)]).toEqual([false, true])
      expect([...state.code(2n, state.account(2n)?.codeHash ?? 0n)]).toEqual([0x60, 1])
      expect([state.tag(2n), state.tag(1n)]).toEqual([Buffer.from([7]), null])
    })
    await store.close()
  })

  it('undoes a transaction that throws, as a whole', async () => {
    const path = await filled()
    const store = await DiskStore.open(path, 'write')
    const before = store.read((state) => bytesToHex(state.root))
    const failing = () =>
      store.update((state) => {
        state.apply([account(3n), { ...account(2n), account: null }], noTag)
        throw new Error('no')
      })
    expect(failing).toThrow('no')
    expect(store.read((state) => bytesToHex(state.root))).toBe(before)
    expect(store.read((state) => [state.account(3n), state.tag(2n)])).toEqual([null, Buffer.from([7])])
    await store.close()
  })

  it('is made by the first transaction that writes, and by no other', async () => {
    const path = fresh()
    const store = await DiskStore.open(path, 'create')
    const told: unknown[] = []
    const settle = (result: unknown) => told.push(result)
    expect(store.update((state) => state.settings, settle)).toBeNull()
    const failing = (state: { setSettings(settings: typeof SETTINGS): void }) => {
      state.setSettings(SETTINGS)
      throw new Error('no')
    }
    expect(() => store.update(failing)).toThrow('no')
    expect(store.read((state) => state.account(1n))).toBeNull()
    expect(existsSync(path)).toBe(false)
    const writing = (state: {
      setSettings(settings: typeof SETTINGS): void
      account(of: bigint): unknown
    }) => {
      state.setSettings(SETTINGS)
      return state.account(2n)
    }
    // Another makes it between: then this one is run again, over what is there now.
    const other = await DiskStore.open(path, 'create')
    let runs = 0
    const found = store.update((state) => {
      if (runs++ === 0)
        other.update((first) => {
          first.setSettings(SETTINGS)
          first.apply([account(2n)], noTag)
        })
      return writing(state)
    }, settle)
    expect([runs, found]).toEqual([2, expect.objectContaining({ nonce: 1n })])
    expect(told).toEqual([null, found])
    const unsettled = () => {
      throw new Error('not settled')
    }
    expect(() => store.update((state) => state.apply([account(3n)], noTag), unsettled)).toThrow('not settled')
    expect(store.read((state) => state.account(3n))).toBeNull()
    for (const each of [store, other]) await each.close()
    expect(existsSync(path)).toBe(true)
  })

  it('reads one moment while another writes', async () => {
    const path = await filled()
    const store = await DiskStore.open(path, 'write')
    store.read((state) => {
      expect(state.storage(2n, 1n)).toBe(2n)
      store.update((changing) => changing.apply([account(2n, [[1n, 99n]])], noTag))
      expect(state.storage(2n, 1n)).toBe(2n)
    })
    expect(store.read((state) => state.storage(2n, 1n))).toBe(99n)
    await store.close()
  })

  it('grows as it is needed', async () => {
    const store = await DiskStore.open(fresh(), 'create')
    const code = (i: number) => new Uint8Array(1 << 20).fill(i)
    for (let turn = 0; turn < 2; turn++)
      store.update((state) => {
        const changes = Array.from({ length: 20 }, (_, i) =>
          account(BigInt(20 * turn + i), [], code(20 * turn + i)),
        )
        state.apply(changes, noTag)
        state.setSettings(SETTINGS)
      })
    store.read((state) => {
      for (let i = 0; i < 40; i++)
        expect(state.code(BigInt(i), state.account(BigInt(i))?.codeHash ?? 0n)[9]).toBe(i)
    })
    await store.close()
  })

  it('drops nodes and code that nothing reaches any more', async () => {
    const path = fresh()
    const store = await DiskStore.open(path, 'create')
    const memory = new MemorySource()
    const turn = (number: bigint) => {
      const slots = Array.from({ length: 1500 }, (_, i) => [BigInt(i), number] as [bigint, bigint])
      // Two accounts with the same storage share its nodes; one that goes leaves its code behind.
      const last = number === 5n ? null : account(7n, [], Uint8Array.of(0x60, Number(number)))
      return [account(1n, slots), account(2n, slots), last ?? { ...account(7n), account: null }]
    }
    store.update((state) => state.setSettings(SETTINGS))
    for (let number = 1n; number <= 6n; number++) {
      const changes = number === 6n ? turn(6n).slice(1) : turn(number)
      store.update((state) => state.apply(changes, noTag))
      memory.apply(changes)
    }
    const entries = (first: string) =>
      [...raw.getKeys({ start: Buffer.from(first), end: Buffer.from([first.charCodeAt(0) + 1]) })].length
    const raw = open<Uint8Array, Uint8Array>({
      path,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
    })
    const nodesOfOne = 2100
    expect(entries('n')).toBeLessThan(SWEPT * nodesOfOne)
    expect(entries('c')).toBeLessThanOrEqual(3)
    await raw.close()
    expect(store.read((state) => bytesToHex(state.root))).toBe(bytesToHex(memory.root(merklePatricia)))
    expect(store.read((state) => [state.storage(1n, 3n), state.storage(2n, 3n)])).toEqual([5n, 6n])
    await store.close()
  })

  it('is the same as an image in memory, whatever is applied', async () => {
    const word = fc.bigInt({ min: 0n, max: 3n })
    const change = fc.record({
      address: fc.bigInt({ min: 1n, max: 4n }),
      account: fc.option(fc.record({ nonce: word, balance: fc.bigInt({ min: 0n, max: 1n << 200n }) }), {
        freq: 4,
      }),
      code: fc.option(fc.uint8Array({ minLength: 1, maxLength: 9 })),
      isStorageCleared: fc.boolean(),
      slots: fc.array(fc.tuple(word, word), { maxLength: 5 }),
    })
    const batch = fc.uniqueArray(change, { selector: ({ address }) => address, maxLength: 4 })
    await fc.assert(
      fc.asyncProperty(fc.array(batch, { maxLength: 6 }), async (batches) => {
        const path = fresh()
        const memory = new MemorySource()
        for (const each of batches) {
          const changes = each.map(({ account: record, code, slots, ...rest }): AccountChange => {
            const before = memory.account(rest.address)
            const set = code ?? (before ? undefined : new Uint8Array(0))
            const codeHash = set ? codeHashOf(set) : (before?.codeHash ?? EMPTY_CODE_HASH)
            const full = record && { ...record, codeHash }
            return { ...rest, account: full, slots: new Map(slots), ...(set ? { code: set } : {}) }
          })
          const store = await DiskStore.open(path, 'create')
          store.update((state) => {
            state.setSettings(SETTINGS)
            state.apply(changes, noTag)
          })
          memory.apply(changes)
          store.read((state) => {
            expect(bytesToHex(state.root)).toBe(bytesToHex(memory.root(merklePatricia)))
            for (let address = 1n; address <= 4n; address++) {
              const [mine, theirs] = [state.account(address), memory.account(address)]
              expect(mine?.balance).toBe(theirs?.balance)
              expect(state.anyStorage(address)).toBe(memory.anyStorage(address))
              for (let key = 0n; key < 4n; key++)
                expect(state.storage(address, key)).toBe(memory.storage(address, key))
              if (mine && mine.codeHash !== EMPTY_CODE_HASH)
                expect([...state.code(address, mine.codeHash)]).toEqual([...memory.code(address)])
            }
          })
          await store.close()
        }
      }),
      { numRuns: 30 },
    )
  })
})

/** Old nodes may be as many as those in the trie, or 10,000. */
const SWEPT = 6

describe('what is refused', () => {
  const opened = (path: string, mode: 'create' | 'write' | 'read' = 'write') =>
    DiskStore.open(path, mode).then(
      (store) => store.close(),
      (error) => [error.code, error.message.replaceAll(folder, 'F')],
    )

  it('a folder that is no store', async () => {
    const none = fresh()
    for (const mode of ['read', 'write'] as const)
      expect(await opened(none, mode)).toEqual([
        'IO',
        expect.stringMatching(/^F\/store\.\d+: no store there$/),
      ])
    expect(existsSync(none)).toBe(false)
    const file = fresh()
    writeFileSync(file, '')
    expect(await opened(file)).toEqual(['IO', expect.stringMatching(/: a file, not the folder of a store$/)])
    expect(await opened(join(file, 'below'), 'create')).toEqual([
      'IO',
      expect.stringMatching(/: not a directory$/),
    ])
    const other = fresh()
    mkdirSync(other)
    expect(await opened(other)).toEqual(['IO', expect.stringMatching(/: no store there$/)])
    writeFileSync(join(other, 'mine.txt'), '')
    for (const mode of ['read', 'create'] as const)
      expect(await opened(other, mode)).toEqual([
        'VALUE',
        expect.stringMatching(/: a folder of other files, and no store$/),
      ])
    expect(await opened('/proc/zvm/store', 'create')).toEqual([
      'IO',
      expect.stringMatching(/^\/proc\/zvm\/store: /),
    ])
  })

  it('another version, and a database of others', async () => {
    const path = await filled()
    const raw = open<string | Uint8Array, Uint8Array>({
      ...{ path, noSubdir: false, encoding: 'binary', keyEncoding: 'binary' },
    })
    const settings = JSON.parse(String(raw.get(Buffer.from('m'))))
    for (const [change, message] of [
      [{ version: 2 }, /: a store of version 2; known: 1$/],
      [{ format: 'x' }, /: not a store of zvm \(format "x"\)$/],
      [{ chainId: 'x' }, /: chainId: not an unsigned integer \("x"\)$/],
      [{ more: 1 }, /: more: unknown member$/],
    ] as const) {
      await raw.put(Buffer.from('m'), Buffer.from(JSON.stringify({ ...settings, ...change })))
      expect(await opened(path)).toEqual(['VALUE', expect.stringMatching(message)])
    }
    await raw.remove(Buffer.from('m'))
    expect(await opened(path)).toEqual([
      'VALUE',
      expect.stringMatching(/: a database of LMDB, but no store of zvm$/),
    ])
    await raw.close()
  })

  it('a file that is foreign, or cut short', async () => {
    const path = await filled()
    const whole = readFileSync(join(path, 'data.mdb'))
    for (const [content, message] of [
      [Buffer.alloc(9000, 7), 'not a database of LMDB'],
      [Buffer.from('hello'), 'not a database of LMDB'],
      [whole.subarray(0, 4096), 'damaged: its second page is no page of LMDB'],
      [whole.subarray(0, 8192), 'damaged: 8192 bytes of'],
      [whole.subarray(0, whole.length / 2), `damaged: ${whole.length / 2} bytes of`],
    ] as const) {
      const copy = fresh()
      mkdirSync(copy)
      writeFileSync(join(copy, 'data.mdb'), content)
      expect(await opened(copy)).toEqual(['VALUE', expect.stringContaining(`: ${message}`)])
    }
    const empty = fresh()
    mkdirSync(empty)
    writeFileSync(join(empty, 'data.mdb'), '')
    expect(await opened(empty, 'read')).toEqual([
      'IO',
      expect.stringContaining('no store there: its file is empty'),
    ])
    expect(await opened(empty)).toEqual(['IO', expect.stringContaining('no store there: its file is empty')])
    expect(await opened(empty, 'create')).toBeUndefined()
    // As a process leaves it that is killed between its first two steps.
    const bare = fresh()
    await open({ path: bare, noSubdir: false }).close()
    for (const mode of ['read', 'write'] as const)
      expect(await opened(bare, mode)).toEqual([
        'IO',
        expect.stringContaining('no store there: its database is empty'),
      ])
    expect(await opened(bare, 'create')).toBeUndefined()
  })

  it('but not a file whose last pages are free and were never written', async () => {
    const path = await filled()
    const file = join(path, 'data.mdb')
    const bytes = readFileSync(file)
    const LAST_PAGE = 144
    for (const meta of [0, 4096])
      bytes.writeBigUInt64LE(bytes.readBigUInt64LE(meta + LAST_PAGE) + 9n, meta + LAST_PAGE)
    writeFileSync(file, bytes)
    expect(await opened(path)).toBeUndefined()
    // A page less, and the tree is not whole any more.
    writeFileSync(file, bytes.subarray(0, bytes.length - 4096))
    expect(await opened(path)).toEqual(['VALUE', expect.stringContaining(': damaged: ')])
  })

  it.skipIf(!isSmallThere)('a file system without room (skipped where none can be mounted)', async () => {
    writeFileSync(join(small, 'filling'), new Uint8Array(20_000))
    const store = await DiskStore.open(join(small, 'db'), 'create')
    const write = () => store.update((state) => state.setSettings(SETTINGS))
    expect(write).toThrow(`${join(small, 'db')}: no space left on device`)
    expect(existsSync(join(small, 'db', 'data.mdb'))).toBe(false)
    rmSync(join(small, 'filling'))
    write()
    await store.close()
  })

  it('a node or code that was changed', async () => {
    const path = await filled()
    const copy = fresh()
    cpSync(path, copy, { recursive: true })
    const raw = open<Uint8Array, Uint8Array>({
      path: copy,
      noSubdir: false,
      encoding: 'binary',
      keyEncoding: 'binary',
    })
    for (const { key, value } of raw.getRange()) {
      if (key[0] !== 'n'.charCodeAt(0) && key[0] !== 'c'.charCodeAt(0)) continue
      const damaged = Buffer.from(value)
      damaged[damaged.length >> 1] ^= 1
      await raw.put(Buffer.from(key), damaged)
    }
    await raw.close()
    const store = await DiskStore.open(copy, 'read')
    for (const read of [
      () => store.read((state) => state.account(1n)),
      () => store.read((state) => state.code(2n, codeHashOf(Uint8Array.of(0x60, 1)))),
    ])
      expect(read).toThrow(/: damaged: (a node|code) does not have its hash 0x/)
    await store.close()
    truncateSync(join(copy, 'data.mdb'), 0)
  })
})

describe('a witness', () => {
  it('has what a change takes to be made again, and nothing that dropping old nodes reads', () => {
    const opening = { folder: 'memory', blockHash: () => 0n }
    const slots = Array.from({ length: 200 }, (_, i) => [BigInt(i), BigInt(i) + 1n] as [bigint, bigint])
    const sizes = [0, 20_000].map((written) => {
      const pairs = new MemoryPairs()
      const before = new ChangingState(pairs, opening)
      before.setSettings(SETTINGS)
      before.apply([account(1n), account(2n, slots)], noTag)
      pairs.put(COUNTS_KEY, encodeCounts({ live: 0, written }))
      const nodes = [...pairs.keys(Uint8Array.of(0x6e))].length
      const witness = new WitnessPairs(pairs)
      const state = new ChangingState(witness, opening)
      state.apply([account(2n, [[3n, 9n]])], noTag)
      // The second time the nodes that the change left behind are gone.
      expect([...pairs.keys(Uint8Array.of(0x6e))].length > nodes).toBe(written === 0)
      const again = new MemoryPairs()
      for (const [key, value] of witness.read) again.put(Buffer.from(key, 'hex'), value)
      const remade = new ChangingState(again, opening)
      remade.apply([account(2n, [[3n, 9n]])], noTag)
      expect(remade.root).toEqual(state.root)
      return witness.read.size
    })
    expect(sizes[1]).toBe(sizes[0])
    expect(sizes[0]).toBeLessThan(10)
  })
})
