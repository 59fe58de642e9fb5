/** `zvm chain`, as a user starts it: the built bin as processes, killed and beside each other too. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import { encodeBlock } from '../chain/block.ts'
import { imageOf, ownChain, sortedAccounts } from '../conform/chain-harness.ts'
import { dumpState } from '../conform/dump.ts'
import { bytesToHex, toFixedHex, toQuantity } from '../core/hex.ts'
import { ChainStore } from '../host/chain-store/store.ts'
import { DiskStore } from '../state/disk/index.ts'

/** Kills of an import: few in `npm test`, as many as `ZVM_KILLS` says where that is set. */
const KILLS = Number(process.env.ZVM_KILLS ?? 6)

const folder = mkdtempSync(join(tmpdir(), 'zvm-chain-cli-'))
afterAll(() => rmSync(folder, { recursive: true }))
beforeAll(async () => {
  expect(await buildBins()).toBe('')
})

const zvm = (...args: string[]) => runChild(process.execPath, [BIN, 'chain', ...args])
let made = 0
const fresh = () => join(folder, `chain.${made++}`)
const file = (name: string, content: string | Uint8Array) => {
  const path = join(folder, name)
  writeFileSync(path, content)
  return path
}

const { scene, blocks } = ownChain('Berlin', 60)
const { head } = scene.chain
const hash = (block: { hash: bigint }) => toFixedHex(block.hash, 32)
const rlp = file('chain.rlp', Buffer.concat(blocks.map(({ bytes }) => bytes)))

const FORKS = 'homestead eip150 eip158 byzantium constantinople petersburg istanbul muirGlacier berlin'.split(
  ' ',
)
const config = {
  ...{ chainId: 1, terminalTotalDifficulty: '58750000000000000000000' },
  ...Object.fromEntries(FORKS.map((fork) => [`${fork}Block`, 0])),
}
const { gasLimit, difficulty, timestamp } = scene.genesis.header
/** As geth writes it: with a bare integer that no number holds. */
const genesisJson = (timestamp: bigint, more = {}) =>
  JSON.stringify({
    ...{ config: { ...config, ...more }, gasLimit: toQuantity(gasLimit) },
    ...{ difficulty: toQuantity(difficulty), timestamp: toQuantity(timestamp) },
    alloc: Object.fromEntries(
      [...scene.images.get(scene.genesis.hash)!.accounts].map(([address, { balance, code }]) => [
        toFixedHex(address, 20),
        { balance: toQuantity(balance), code: bytesToHex(code) },
      ]),
    ),
  }).replace('"58750000000000000000000"', '58750000000000000000000')
const genesis = file('genesis.json', genesisJson(timestamp))

async function good(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await zvm(...args)
  expect([code, stderr]).toEqual([0, ''])
  return stdout
}

/** The file imported into a new chain. */
async function filled(): Promise<string> {
  const db = fresh()
  await good('import', rlp, '--genesis', genesis, '--db', db)
  return db
}

async function stored<T>(db: string, read: (store: ChainStore) => T): Promise<T> {
  const store = await ChainStore.open(db, 'read')
  try {
    return store.read(() => read(store))
  } finally {
    await store.close()
  }
}

describe('a chain in a folder', { timeout: 300_000 }, () => {
  it('is imported, told of, and dumped', async () => {
    const db = fresh()
    const all = blocks.reduce((sum, { added }) => sum + added.header.gasUsed, 0n)
    expect(await good('import', rlp, '--genesis', genesis, '--db', db)).toBe(
      `imported 62 blocks, ${all} gas; 0 were there before\nhead 60 ${hash(head)}\n`,
    )
    const again = JSON.parse(await good('import', rlp, '--db', db, '--json'))
    expect(again).toEqual({
      ...{ imported: 0, skipped: 62, gasUsed: '0x0', refused: null },
      head: { number: '0x3c', hash: hash(head) },
    })
    const status = JSON.parse(await good('status', '--db', db, '--json'))
    expect(status).toMatchObject({
      ...{ network: null, chainId: '0x1', genesis: hash(scene.genesis), blocks: 63, transactions: 124 },
      head: { number: '0x3c', hash: hash(head), totalDifficulty: toQuantity(head.totalDifficulty) },
    })
    expect(status.sizeBytes).toBe(readFileSync(join(db, 'data.mdb')).length)
    expect(await good('status', '--db', db)).toMatch(/^network +of its own, chain id 1\ngenesis +0x/)
    expect(JSON.parse(await good('head', '--db', db))).toMatchObject({
      ...{ hash: hash(head), number: '0x3c', sha3Uncles: toFixedHex(head.header.ommersHash, 32) },
      ...{ stateRoot: toFixedHex(head.header.stateRoot, 32), nonce: '0x0000000000000000' },
    })
    const dumped = await good('dump', '--db', db)
    const { root, accounts } = dumpState(scene.images.get(head.hash)!)
    expect(JSON.parse(dumped)).toEqual({ root, accounts })
    expect(Object.keys(JSON.parse(dumped).accounts)).toEqual(Object.keys(accounts))
    const early = blocks[1].added
    expect(JSON.parse(await good('dump', '--db', db, '--block', '0x2'))).toEqual(
      dumpState(scene.images.get(early.hash)!),
    )
  })

  it('is refused without proofs of work where they are asked for', async () => {
    const db = fresh()
    const { code, stdout, stderr } = await zvm('import', rlp, '--genesis', genesis, '--db', db, '--seal')
    expect([code, stderr]).toEqual([1, ''])
    expect(stdout).toMatch(
      /^refused block 1 0x[0-9a-f]{64}: seal: nonce and mixHash: .*\nimported 0 blocks, 0 gas;/,
    )
    // One that was refused for its seal alone.
    expect(await good('import', rlp, '--db', db)).toMatch(/^imported 62 blocks, /)
  })

  it('is told of whatever its time', async () => {
    const far = file('far.json', genesisJson(2n ** 64n - 1n))
    const db = fresh()
    await good('import', file('none.rlp', ''), '--genesis', far, '--db', db)
    expect(await good('status', '--db', db)).toMatch(/\ntime +18446744073709551615 s\n/)
  })

  it('is exported to a file that gives the same head, whole or in parts', async () => {
    const db = await filled()
    const [whole, packed, first, second] = ['whole.rlp', 'whole.rlp.gz', 'first.rlp', 'second.rlp'].map(
      (name) => join(folder, name),
    )
    expect(await good('export', whole, '--db', db)).toMatch(
      new RegExp(`^exported 61 blocks, \\d+ bytes, to block 60 ${hash(head)}\n$`),
    )
    await good('export', packed, '--db', db)
    await good('export', first, '--db', db, '--to', '30')
    await good('export', second, '--db', db, '--from', '31')
    expect(Buffer.concat([readFileSync(first), readFileSync(second)])).toEqual(readFileSync(whole))
    for (const files of [[whole], [packed], [first, second]]) {
      const copy = fresh()
      for (const path of files) await good('import', path, '--genesis', genesis, '--db', copy)
      expect(JSON.parse(await good('head', '--db', copy)).hash).toBe(hash(head))
    }
    const { status, stdout } = spawnSync(
      process.execPath,
      [BIN, 'chain', 'import', '-', '--db', fresh(), '--genesis', genesis, '--json'],
      { input: readFileSync(packed) },
    )
    expect([status, JSON.parse(String(stdout)).head.hash]).toEqual([0, hash(head)])
    expect(readdirSync(folder).filter((name) => name.endsWith('.part'))).toEqual([])
  })

  it('keeps what comes before a block that is refused, and names that', async () => {
    const [one, two, three] = blocks
    const { header, ...body } = scene.childOf(one.added)
    const wrong = { ...body, header: { ...header, gasLimit: header.gasLimit + 10n ** 9n } }
    const path = file('refused.rlp', Buffer.concat([one.bytes, encodeBlock(wrong), two.bytes]))
    const db = fresh()
    const refused = await zvm('import', path, '--genesis', genesis, '--db', db)
    expect([refused.code, refused.stderr]).toEqual([1, ''])
    expect(refused.stdout).toMatch(
      new RegExp(
        `^refused block 2 0x[0-9a-f]{64}: gas-limit: .*\nimported 1 blocks, .*\nhead 1 ${hash(one.added)}\n$`,
      ),
    )
    const json = await zvm('import', path, '--db', db, '--json')
    expect([json.code, JSON.parse(json.stdout).refused]).toMatchObject([
      1,
      { number: '0x2', offset: one.bytes.length, code: 'gas-limit' },
    ])
    // A block whose parent is not there, and bytes that are RLP but no block.
    expect((await zvm('import', file('orphan.rlp', three.bytes), '--db', db)).stdout).toMatch(
      /^refused block 3 0x[0-9a-f]{64}: unknown-parent: /,
    )
    expect((await zvm('import', file('list.rlp', Uint8Array.of(0xc1, 0x80)), '--db', db)).stdout).toMatch(
      /^refused the block at byte 0: malformed: /,
    )
    await good('import', rlp, '--db', db)
  })

  it('names where a file is cut off or is none, after all before it', async () => {
    const [one, two] = blocks
    const cut = Buffer.concat([one.bytes, two.bytes.subarray(0, 100)])
    const at = `byte ${one.bytes.length}`
    for (const [name, content, message] of [
      ['cut.rlp', cut, `${at}: the file is cut off: of a block of ${two.bytes.length} bytes, 100 are there`],
      [
        'cut1.rlp',
        cut.subarray(0, one.bytes.length + 2),
        `${at}: the file is cut off: of a block, 2 are there`,
      ],
      [
        'text.rlp',
        Buffer.concat([one.bytes, Buffer.from('x')]),
        `${at}: not a block: a list of RLP begins with c0 to ff, not 78`,
      ],
      [
        'long.rlp',
        Buffer.concat([one.bytes, Uint8Array.of(0xff, 1, 0, 0, 0, 0, 0, 0, 0)]),
        `${at}: a block of ${2 ** 56} bytes; at most 67108864`,
      ],
    ] as const) {
      const db = fresh()
      const path = file(name, content)
      const found = await zvm('import', path, '--genesis', genesis, '--db', db)
      expect([found.code, found.stdout]).toEqual([12, ''])
      expect(found.stderr).toBe(`zvm: ${path}: ${message}; blocks imported before it: 1\n`)
      expect(JSON.parse(await good('head', '--db', db)).hash).toBe(hash(one.added))
    }
    const packed = gzipSync(readFileSync(rlp))
    const path = file('cut.gz', packed.subarray(0, packed.length - 20))
    const db = fresh()
    const found = await zvm('import', path, '--genesis', genesis, '--db', db, '--json')
    expect([found.code, found.stderr]).toEqual([12, ''])
    expect(JSON.parse(found.stdout).error).toMatchObject({
      ...{ code: 'RLP', message: expect.stringContaining(': gzip: unexpected end of file') },
      details: { imported: expect.any(Number), skipped: 0 },
    })
  })

  it('refuses what does not fit', async () => {
    const db = await filled()
    const none = join(folder, 'none')
    const contracts = fresh()
    const store = await DiskStore.open(contracts, 'create')
    store.update((state) => state.setSettings({ chainId: 1n, tables: new Map() }))
    await store.close()
    const other = file('other.json', genesisJson(timestamp + 1n))
    const later = file('later.json', genesisJson(timestamp, { londonBlock: 1000 }))
    const bare = file('bare.json', JSON.stringify({ alloc: {} }))
    for (const [args, code, message] of [
      [['import', rlp, '--db', none], 3, `--genesis: ${none} is new; name a genesis file`],
      [['import', rlp, '--genesis', genesis], 3, '--db: name the folder of the chain'],
      [['import', '--db', none], 3, 'import: name the file of the blocks'],
      [
        ['import', 'absent.rlp', '--genesis', genesis, '--db', none],
        11,
        'absent.rlp: no such file or directory',
      ],
      [
        ['import', rlp, '--genesis', 'absent.json', '--db', none],
        11,
        'absent.json: no such file or directory',
      ],
      [['import', rlp, '--genesis', bare, '--db', none], 10, `${bare}: config: missing, so no fork is known`],
      [['import', rlp, '--batch', '0', '--db', none], 3, /^--batch: not a whole number from 1 /],
      [['import', folder, '--genesis', genesis, '--db', none], 11, `${folder}: is a folder, not a file`],
      [
        ['import', rlp, '--genesis', other, '--db', db],
        1,
        /: a chain of another genesis, 0x\w{64}, not 0x\w{64}$/,
      ],
      [['import', rlp, '--genesis', later, '--db', db], 1, /: a chain of another config: \{"berlinBlock":0,/],
      [
        ['import', rlp, '--genesis', genesis, '--db', contracts],
        10,
        `${contracts}: not a chain of zvm (format "zvm-store")`,
      ],
      [['status', '--db', none], 11, `${none}: no store there`],
      [['dump', '--db', db, '--block', '61'], 3, '--block: no block 61; the head is 60'],
      [['dump', '--db', db, '--block', 'x'], 3, '--block: not an unsigned integer ("x")'],
      [['export', join(folder, 'x'), '--db', db, '--from', '9', '--to', '8'], 3, '--from: 9 is behind 8'],
      [['export', '--db', db], 3, 'export: name the file to write'],
      [['export', join(none, 'x'), '--db', db], 11, `${none}/x: no such file or directory`],
    ] as [string[], number, string | RegExp][]) {
      const { code: found, stdout, stderr } = await zvm(...args)
      expect([found, stdout, stderr.slice(5, -1)]).toEqual([
        ...[code, ''],
        typeof message === 'string' ? message : expect.stringMatching(message),
      ])
      expect(existsSync(none)).toBe(false)
    }
  })
})

describe('an import that is killed, interrupted, or not alone', { timeout: 300_000 }, () => {
  const command = (db: string) => ['import', rlp, '--genesis', genesis, '--db', db, '--batch', '3']
  const start = (db: string) =>
    spawn(process.execPath, [BIN, 'chain', ...command(db)], { stdio: ['ignore', 'pipe', 'pipe'] })

  function ended(
    child: ChildProcess,
  ): Promise<{ code: number | null; signal: string | null; stderr: string }> {
    let stderr = ''
    child.stderr?.on('data', (text) => {
      stderr += text
    })
    return new Promise((resolve) => child.on('close', (code, signal) => resolve({ code, signal, stderr })))
  }

  /** Calls back once the database is there and was written to. */
  function onWrite(db: string, then: () => void): () => void {
    let watcher: ReturnType<typeof watch> | null = null
    const timer = setInterval(() => {
      if (!existsSync(join(db, 'data.mdb'))) return
      clearInterval(timer)
      watcher = watch(join(db, 'data.mdb'), then)
    }, 5)
    return () => {
      clearInterval(timer)
      watcher?.close()
    }
  }

  /** How many of the file's blocks the folder holds, their head and its state with them. */
  async function countOf(db: string): Promise<number> {
    return stored(db, (store) => {
      const count = store.totals.blocks - 1
      const { head } = store.blocks
      expect(head).toEqual(count === 0 ? scene.genesis : blocks[count - 1].head)
      expect(sortedAccounts(imageOf(store, head!))).toEqual(sortedAccounts(scene.images.get(head!.hash)!))
      return count
    })
  }

  it(`stands at a whole block after each of ${KILLS} kills, and goes on to the same head`, {
    timeout: 300_000 + 30_000 * KILLS,
  }, async () => {
    const seen = { killed: 0, midway: 0 }
    let db = fresh()
    let before = 0
    for (let i = 0; i < KILLS; i++) {
      const child = start(db)
      const end = ended(child)
      // At once, or later and later into the import.
      const delay = 4 * (i % 8)
      const stop = onWrite(db, () => setTimeout(() => child.kill('SIGKILL'), delay))
      const { code, signal } = await end
      stop()
      if (signal === 'SIGKILL') seen.killed++
      else expect(code).toBe(0)
      const isThere = await ChainStore.open(db, 'read').then(
        (store) => store.close().then(() => true),
        () => false,
      )
      const count = isThere ? await countOf(db) : 0
      expect(count).toBeGreaterThanOrEqual(before)
      if (count > 0 && count < blocks.length) seen.midway++
      before = count
      if (count < blocks.length && i < KILLS - 1) continue
      await good(...command(db))
      expect(await countOf(db)).toBe(blocks.length)
      db = fresh()
      before = 0
    }
    console.log(`imports: ${JSON.stringify(seen)}`)
    expect(seen.killed).toBeGreaterThan(KILLS / 4)
    expect(seen.midway).toBeGreaterThan(0)
  })

  it('ends with 130 when it is interrupted, and goes on', async () => {
    const db = fresh()
    const child = start(db)
    const end = ended(child)
    const stop = onWrite(db, () => child.kill('SIGINT'))
    const { code, stderr } = await end
    stop()
    expect([code, stderr]).toEqual([
      130,
      'zvm: interrupted; what is imported stays, and the same command goes on from there\n',
    ])
    expect(await countOf(db)).toBeLessThan(blocks.length)
    await good(...command(db))
    expect(await countOf(db)).toBe(blocks.length)
  })

  it('shares the folder with another: no block is lost or kept twice', async () => {
    const db = fresh()
    const both = await Promise.all([0, 1].map(async () => JSON.parse(await good(...command(db), '--json'))))
    for (const { head: found } of both) expect(found.hash).toBe(hash(head))
    expect(both[0].imported + both[1].imported).toBe(blocks.length)
    expect(await countOf(db)).toBe(blocks.length)
  })
})
