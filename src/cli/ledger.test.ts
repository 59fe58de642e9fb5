/** `zvm ledger` as people start it: the built bin as processes, killed and beside each other too. */
import { spawn } from 'node:child_process'
import {
  appendFileSync,
  chmodSync,
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import { LedgerStore } from '../host/ledger-store.ts'

/** A program of the tests; here it finds lmdb. */
const WRITER = join(process.cwd(), `node_modules/.cache/zvm/ledger-writer.${process.pid}.mjs`)

/** Kills: few in `npm test`, as many as `ZVM_KILLS` says where that is set. */
const KILLS = Number(process.env.ZVM_KILLS ?? 5)

// Each test is some processes, which on a machine with other work take their time.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const folder = mkdtempSync(join(tmpdir(), 'zvm-ledger-cli-'))
afterAll(() => {
  rmSync(folder, { recursive: true })
  rmSync(WRITER, { force: true })
})
let made = 0
const fresh = () => join(folder, `books.${made++}`)
const key = join(folder, 'key')
/** A ledger with cash of 1,000, which tests copy. */
const template = fresh()

const zvm = (...args: string[]) => runChild(process.execPath, [BIN, ...args])
/** Runs a command that must end well; gives its stdout. */
async function good(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await zvm('ledger', ...args)
  expect([code, stderr], args.join(' ')).toEqual([0, ''])
  return stdout.trimEnd()
}

beforeAll(async () => {
  expect(await buildBins()).toBe('')
  const with_ = ['--ledger', template]
  await good('init', ...with_, '--new-key', key)
  with_.push('--key', key)
  await good('asset', 'USD', ...with_, '--type', 'stable', '--decimals', '2')
  await good('account', 'capital', '--type', 'equity', '--currency', 'USD', ...with_)
  for (const name of ['cash', 'bob']) await good('account', name, '--currency', 'USD', ...with_)
  await good('transfer', '--from', 'capital', '--to', 'cash', '--amount', '1000', ...with_)
})

function copy(): { books: string; with_: string[] } {
  const books = fresh()
  cpSync(template, books, { recursive: true })
  return { books, with_: ['--ledger', books, '--key', key] }
}

describe.concurrent('the commands', () => {
  it('move, refuse and tell', async () => {
    const { with_ } = copy()
    const sent = JSON.parse(
      await good('transfer', '--from', 'cash', '--to', 'bob', '--amount', '12.5', ...with_, '--json'),
    )
    expect(Object.keys(sent.transaction).join()).toBe(
      'id,timestamp,amount,currency,from_account,to_account,memo,nonce,signature,integrity_hmac,depends_on',
    )
    expect(sent).toMatchObject({ sequence: 6, transaction: { amount: 1_250_000_000 } })
    expect(await good('balance', 'bob', ...with_)).toBe('12.5 USD')
    const refusals: [string[], string][] = [
      [
        ['transfer', '--from', 'bob', '--to', 'cash', '--amount', '12.51'],
        'account bob: 12.5 USD are in it, 12.51 are wanted',
      ],
      [['transfer', '--from', 'bob', '--to', 'eve', '--amount', '1'], 'account eve: there is none'],
      [['account', 'bob', '--currency', 'USD'], 'account bob: is there already'],
      [['close', 'bob'], 'account bob: 12.5 USD are in it'],
    ]
    for (const [args, message] of refusals)
      expect(await zvm('ledger', ...args, ...with_)).toEqual({
        code: 1,
        stdout: '',
        stderr: `zvm: ${message}\n`,
      })
    const usage: [string[], string][] = [
      [['transfer', '--from', 'bob', '--to', 'cash', '--amount', '1.123456789'], '--amount: not an amount'],
      [['transfer', '--from', 'bob', '--to', 'cash', '--amount=-1'], '--amount: not an amount'],
      [['account', 'a b', '--currency', 'USD'], 'account.name: not a name'],
      [['asset', 'X', '--type', 'money'], '--type: "money" is none of'],
    ]
    for (const [args, message] of usage) {
      const { code, stderr } = await zvm('ledger', ...args, ...with_)
      expect([code, stderr]).toEqual([3, expect.stringContaining(message)])
    }
    expect(await good('trial-balance', ...with_)).toBe('USD: debits 1000, credits 1000: balanced')
    const report = JSON.parse(await good('audit', ...with_, '--json'))
    expect(report).toMatchObject({ total_transactions: 2, is_valid: true })
    // An auditor without the key cannot vouch for anything.
    expect((await zvm('ledger', 'audit', '--ledger', with_[1])).code).toBe(1)
  })

  it('enforce the rules of an asset', async () => {
    const { with_ } = copy()
    const move = (amount: string) =>
      zvm('ledger', 'transfer', '--from', 'cash', '--to', 'bob', '--amount', amount, ...with_)
    const says = async (amount: string, message: string) =>
      expect((await move(amount)).stderr).toBe(`zvm: asset USD: ${message}\n`)
    await good('rules', 'USD', '--max-transaction-amount', 'none', '--daily-limit', '80', ...with_)
    await says('80.01', 'account cash would spend 80.01 on the day; daily_limit is 80')
    const entries = async () => JSON.parse(await good('verify', ...with_, '--json')).entries
    const before = await entries()
    expect(await good('rules', 'USD', ...with_)).toMatch(
      /^USD: max_transaction_amount none, daily_limit 80, /,
    )
    expect(await entries()).toBe(before)
    await good('freeze', 'USD', ...with_)
    await says('1', 'frozen')
    await good('unfreeze', 'USD', ...with_)
    await good('rules', 'USD', '--whitelist-only', '--requires-approval', ...with_)
    await good('whitelist', 'USD', '--account', 'cash', ...with_)
    await says('1', 'account bob is not on its whitelist')
    await good('whitelist', 'USD', '--account', 'bob', ...with_)
    await good('approve', 'cash', '--amount', '2', ...with_)
    await says('3', 'account cash is approved for 2, not 3')
    expect((await move('2')).code).toBe(0)
  })

  it('prove an entry to whoever knows the root', async () => {
    const { with_ } = copy()
    const proof = join(folder, 'proof.json')
    const { root } = JSON.parse(await good('verify', ...with_, '--json'))
    await good('prove', '5', ...with_, '-o', proof)
    expect(await good('verify-proof', proof, '--root', root)).toContain(
      `✓ entry 5 is in the journal of root ${root}`,
    )
    const other = await zvm('ledger', 'verify-proof', proof, '--root', '0'.repeat(64))
    expect([other.code, other.stderr]).toEqual([
      1,
      expect.stringContaining('is of another root than the one that is known'),
    ])
    writeFileSync(proof, readFileSync(proof, 'utf8').replace('100000000000', '100000000001'))
    expect((await zvm('ledger', 'verify-proof', proof, '--root', root)).code).toBe(1)
  })

  it('take keys from files that others cannot read, and show nothing of them', async () => {
    const { books } = copy()
    const open = join(folder, 'open.key')
    writeFileSync(open, readFileSync(key))
    chmodSync(open, 0o640)
    const refused = await zvm('ledger', 'verify', '--ledger', books, '--key', open)
    expect(refused).toMatchObject({
      code: 3,
      stderr: `zvm: ${open}: others may read this key (mode 0640); chmod 600 it\n`,
    })
    const none = join(folder, 'none.key')
    writeFileSync(none, 'secret secret', { mode: 0o600 })
    const bad = await zvm('ledger', 'verify', '--ledger', books, '--key', none)
    expect([bad.code, bad.stderr]).toEqual([10, `zvm: ${none}: not a key: 64 digits of hex are wanted\n`])
    expect(statSync(key).mode & 0o777).toBe(0o600)
    const again = await zvm('ledger', 'init', '--ledger', fresh(), '--new-key', key)
    expect([again.code, again.stderr]).toEqual([11, `zvm: ${key}: file already exists\n`])
    const there = await zvm('ledger', 'init', '--ledger', books, '--new-key', join(folder, 'unused.key'))
    expect(there.code).toBe(3)
    expect(existsSync(join(folder, 'unused.key'))).toBe(false)
    const stranger = await zvm(
      'ledger',
      'transfer',
      '--from',
      'cash',
      '--to',
      'bob',
      '--amount',
      '1',
      '--ledger',
      books,
    )
    expect([stranger.code, stranger.stderr]).toEqual([1, 'zvm: the ledger is sealed: its key is needed\n'])
  })

  it('sign by a key, and tell whose signature it is not', async () => {
    const { with_ } = copy()
    const pair = join(folder, 'pair.key')
    writeFileSync(
      pair,
      '-----BEGIN ZSIG KEYPAIR-----\nPrivate: vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY=\nPublic: 5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78\n-----END ZSIG KEYPAIR-----\n',
      { mode: 0o600 },
    )
    const pub = join(folder, 'pair.pub')
    writeFileSync(pub, '5b9a39eaa40a73283990fac8c8d54af0fe23e7d9ed5650d10d23b8b36ac5eb78\n')
    const unsigned = await zvm('ledger', 'verify', ...with_, '--pubkey', pub)
    expect([unsigned.code, unsigned.stdout]).toEqual([
      1,
      `✗ entry 5: body: signature: not by the key of ${pub}\n`,
    ])
    const signed = fresh()
    await good('init', '--ledger', signed)
    await good('asset', 'X', '--ledger', signed)
    await good('account', 'a', '--type', 'equity', '--currency', 'X', '--ledger', signed)
    await good('account', 'b', '--currency', 'X', '--ledger', signed)
    await good(
      'transfer',
      '--from',
      'a',
      '--to',
      'b',
      '--amount',
      '1',
      '--ledger',
      signed,
      '--sign-key',
      pair,
    )
    expect(await good('verify', '--ledger', signed, '--pubkey', pub)).toMatch(/^✓ 5 entries/)
  })
})

describe.concurrent('a ledger that was tampered with', () => {
  const journalOf = (books: string) => join(books, 'journal.jsonl')

  it('names the first changed entry, and takes no other after it', async () => {
    const { books, with_ } = copy()
    const text = readFileSync(journalOf(books), 'utf8')
    writeFileSync(journalOf(books), text.replace('"amount":100000000000', '"amount":900000000000'))
    const line = text.split('\n').findIndex((each) => each.includes('100000000000'))
    const offset = Buffer.from(text.split('\n').slice(0, line).join('\n')).length + 1
    const place = `${journalOf(books)}: entry ${line} (line ${line + 1}, byte ${offset})`
    const fault = `${place}: tx_hash: is not that of the body: one of the two was changed`
    expect(await zvm('ledger', 'verify', ...with_)).toEqual({ code: 1, stdout: `✗ ${fault}\n`, stderr: '' })
    const json = await zvm('ledger', 'verify', ...with_, '--json')
    expect(JSON.parse(json.stdout)).toMatchObject({
      valid: false,
      fault: { code: 'MISMATCH', details: { entry: line, offset } },
    })
    const transfer = await zvm(
      'ledger',
      'transfer',
      '--from',
      'cash',
      '--to',
      'bob',
      '--amount',
      '1',
      ...with_,
    )
    expect([transfer.code, transfer.stderr]).toEqual([1, `zvm: ${fault}\n`])
  })

  it('tells that its end was cut off, at a line or within one, which its chain alone cannot', async () => {
    const { books, with_ } = copy()
    const text = readFileSync(journalOf(books), 'utf8')
    const ends = [text.slice(0, -1).lastIndexOf('\n') + 1, text.length - 5]
    for (const end of ends) {
      truncateSync(journalOf(books), end)
      const { code, stdout } = await zvm('ledger', 'verify', ...with_)
      expect([code, stdout]).toEqual([
        1,
        expect.stringMatching(
          /^✗ .*: cut off after entry 4 \(byte \d+\): 6 entries in \d+ bytes were there\n$/,
        ),
      ])
      writeFileSync(journalOf(books), text)
    }
    await good('verify', ...with_)
    const { head } = JSON.parse(await good('verify', ...with_, '--json'))
    expect(await good('verify', ...with_, '--head', head)).toMatch(/^✓/)
    const gone = await zvm('ledger', 'verify', ...with_, '--head', '0'.repeat(64))
    expect([gone.code, gone.stdout]).toEqual([1, expect.stringContaining('was cut off or written anew')])
  })

  it('tells of half a line that was never committed, goes on without it, and takes it away', async () => {
    const { books, with_ } = copy()
    const size = statSync(journalOf(books)).size
    appendFileSync(journalOf(books), '{"sequence":6,"body":{"id"')
    const balance = await zvm('ledger', 'balance', 'cash', ...with_)
    expect(balance).toEqual({
      ...{ code: 0, stdout: '1000 USD\n' },
      stderr: `zvm: ${books}: from line 7 (byte ${size}) on are 26 bytes of a writer that was stopped: no entry; the next change takes them away\n`,
    })
    const transfer = await zvm(
      'ledger',
      'transfer',
      '--from',
      'cash',
      '--to',
      'bob',
      '--amount',
      '1',
      ...with_,
    )
    expect([transfer.code, transfer.stderr]).toEqual([0, expect.stringContaining('no entry; taken away\n')])
    await good('verify', ...with_)
  })
})

describe('a ledger under processes that are killed, or many', () => {
  it(`stands at a whole entry after each of ${KILLS} kills in the midst of writing`, {
    timeout: 900_000,
  }, async () => {
    const books = fresh()
    await good('init', '--ledger', books)
    const seen = { torn: 0, entries: 1 }
    for (let i = 0; i < KILLS; i++) {
      // Every other one is stopped between two pieces of a line, the rest at any time.
      const isStopped = i % 2 === 0
      const { told, signal } = await killedWriter(
        books,
        isStopped ? { piece: 1 + ((i * 13) % 90) } : { ms: i % 50 },
      )
      expect(signal).toBe('SIGKILL')
      const store = await LedgerStore.open(books, 'write')
      const before = seen.entries
      const ledger = store.read()
      if (store.uncommitted) seen.torn++
      // What was acknowledged is there, and what was being written not in part: it adds two entries at a time.
      expect(ledger.length).toBeGreaterThanOrEqual(Math.max(told, before))
      expect((ledger.length - before) % 2).toBe(0)
      if (isStopped) expect([told || before, (told || before) + 2]).toContain(ledger.length)
      store.update((open) =>
        open.record('topic', { topic: `kill${i}`, owner: 'test' }, open.book.lastTimestamp),
      )
      expect(store.uncommitted).toBe(null)
      seen.entries = ledger.length
      await store.close()
    }
    console.log(`writers: ${JSON.stringify(seen)}`)
    expect(await good('verify', '--ledger', books)).toContain('✓')
    // Some were met with a line half written, or this would say little.
    expect(seen.torn).toBeGreaterThan(KILLS / 4)
  })

  it('takes the entries of three processes, one after the other', async () => {
    const { with_ } = copy()
    const pay = () => good('transfer', '--from', 'cash', '--to', 'bob', '--amount', '1', ...with_)
    const many = async (count: number) => {
      for (let i = 0; i < count; i++) await pay()
    }
    await Promise.all([many(3), many(3), many(3)])
    expect(await good('balance', 'bob', ...with_)).toBe('9 USD')
    expect(await good('verify', ...with_)).toContain('✓ 15 entries')
  })

  /**
   * Starts a process that adds to a ledger without end and tells how many entries there are after each time. It is killed
   * while it stands still behind so many pieces of its first lines, or so many milliseconds after it began to write.
   */
  async function killedWriter(
    books: string,
    when: { piece: number } | { ms: number },
  ): Promise<{ told: number; signal: string | null }> {
    if (!existsSync(WRITER)) await buildWriter()
    return new Promise((resolve) => {
      const piece = 'piece' in when ? when.piece : 0
      const child = spawn(process.execPath, [WRITER, books, String(piece)], {
        stdio: ['ignore', 'pipe', 'inherit'],
      })
      let said = ''
      let isDue = false
      child.stdout.on('data', (text) => {
        said += text
        if (isDue || !said.includes(piece > 0 ? 'still' : 'begin')) return
        isDue = true
        setTimeout(() => child.kill('SIGKILL'), 'ms' in when ? when.ms : 0)
      })
      child.on('close', (_code, signal) => {
        const counts = said
          .split('\n')
          .slice(0, -1)
          .filter((line) => /^\d+$/.test(line))
        resolve({ told: Number(counts.at(-1) ?? 0), signal })
      })
    })
  }

  /** The store, whose lines go to the disk in pieces of 64 bytes. */
  async function buildWriter(): Promise<void> {
    const source = join(folder, 'writer.ts')
    writeFileSync(
      source,
      `import fs from 'node:fs'
       import { syncBuiltinESMExports } from 'node:module'
       import { LedgerStore } from ${JSON.stringify(join(process.cwd(), 'src/host/ledger-store.ts'))}
       const { writeSync } = fs
       const stopAt = Number(process.argv[3])
       let pieces = 0
       fs.writeSync = (file, bytes, from, count, at) => {
         if (++pieces === stopAt + 1 && stopAt > 0) {
           writeSync(1, 'still\\n')
           Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
         }
         return writeSync(file, bytes, from, Math.min(count, 64), at)
       }
       syncBuiltinESMExports()
       const store = await LedgerStore.open(process.argv[2], 'write')
       const { length } = store.read()
       writeSync(1, 'begin\\n')
       for (let i = length; ; i++) {
         const length = store.update((ledger) => {
           ledger.record('topic', { topic: 'topic' + i, owner: 'x' }, ledger.book.lastTimestamp)
           ledger.record('topic_update', { topic: 'topic' + i, data: 'ab'.repeat(2000) }, ledger.book.lastTimestamp)
           return ledger.length
         })
         writeSync(1, length + '\\n')
       }`,
    )
    const { build } = await import('esbuild')
    await build({
      ...{
        entryPoints: [source],
        outfile: WRITER,
        bundle: true,
        platform: 'node',
        format: 'esm',
        target: 'node20',
      },
      ...{ external: ['lmdb'], logLevel: 'error' },
    })
  }
})
