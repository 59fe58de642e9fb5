import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { JOURNAL_FILE, LedgerStore } from '../../src/host/ledger-store.ts'
import { nodeDigests } from '../../src/host/node-digests.ts'
import { NO_RULES } from '../../src/ledger/asset.ts'
import { isDoubleEntry } from '../../src/ledger/audit.ts'
import { Ledger, type LedgerOptions } from '../../src/ledger/ledger.ts'
import type { Bench, Group } from './group.ts'
import { PEER } from './peers.ts'
import { runTask, type Task } from './tasks.ts'

const TRANSFERS = 100_000
const ACCOUNTS = 1000
const START = 1_700_000_000
/** What a quick run may take for it. */
const GROUP_MS = 12_000

/**
 * 100,000 transfers added, kept on the disk, read again with all that is checked of each (its form, both hashes, its id,
 * every rule), and that with seals. Beside each, SHA-256 of the same bytes: nobody who hashes them takes less.
 */
export const ledgerGroup: Group = {
  name: 'ledger',
  share: 4,
  hasMean: false,
  async run(bench) {
    if (!['append', 'keep', 'reload', 'verify'].some((name) => bench.isWanted(nameOf(name)))) return
    if (!bench.hasTimeFor(GROUP_MS)) return bench.note('ledger: left out of a quick run')
    const sealed = { digests: nodeDigests, key: new Uint8Array(32).fill(7) }
    const plain = { digests: nodeDigests }
    const journals = [plain, sealed].map((options) => Buffer.from(filled(options).openText()))
    await runCase(bench, 'append', journals[0], () => digest(Buffer.from(filled(plain).openText())))
    await runCase(bench, 'append-sealed', journals[1], () => digest(Buffer.from(filled(sealed).openText())))
    await runCase(bench, 'keep', journals[0], keepOnDisk)
    await runCase(bench, 'reload', journals[0], () => reloaded(plain, journals[0]))
    await runCase(bench, 'verify', journals[1], () => reloaded(sealed, journals[1]))
  },
}

function nameOf(name: string): string {
  return `${name}/100k`
}

async function runCase(bench: Bench, name: string, journal: Uint8Array, ours: Task): Promise<void> {
  if (!bench.isWanted(nameOf(name))) return
  await runTask(bench, { group: 'ledger', case: nameOf(name) }, ours, {
    [PEER.sha256]: () => digest(journal),
  })
}

function digest(bytes: Uint8Array): Uint8Array {
  return createHash('sha256').update(bytes).digest()
}

/** A ledger with all transfers open. */
function filled(options: LedgerOptions): Ledger {
  const ledger = new Ledger(options)
  ledger.begin(START)
  fill(ledger)
  return ledger
}

function fill(ledger: Ledger): void {
  const metadata = { symbol: 'X', name: 'X', decimals: 8, total_supply: null, issuer: '', created_at: START }
  ledger.record('asset', { asset: { id: 'X', asset_type: 'token', metadata, rules: NO_RULES } }, START)
  for (let i = 0; i < ACCOUNTS; i++) {
    const account_type = i === 0 ? 'equity' : 'asset'
    const account = {
      name: `account${i}`,
      account_type,
      currency: 'X',
      balance: 0n,
      created_at: START,
    } as const
    ledger.record('account', { account }, START)
  }
  // Money goes from the first account to the others, then round.
  for (let i = 0; i < TRANSFERS; i++) {
    const from = i < ACCOUNTS ? 0 : 1 + (i % (ACCOUNTS - 1))
    const to = i < ACCOUNTS ? 1 + (i % (ACCOUNTS - 1)) : 1 + ((i * 7 + 3) % (ACCOUNTS - 1))
    ledger.transfer({
      ...{
        timestamp: START + Math.floor(i / 100),
        amount: i < ACCOUNTS ? 10n ** 12n : 1n + BigInt(i),
        currency: 'X',
      },
      ...{
        from_account: `account${from}`,
        to_account: `account${to === from ? 1 + (from % (ACCOUNTS - 1)) : to}`,
      },
      ...{ memo: null, nonce: i.toString(16).padStart(24, '0') },
    })
  }
}

/** The same in a folder, in one change: the time is that of the journal and of what tells that it is there. */
async function keepOnDisk(): Promise<Uint8Array> {
  const folder = mkdtempSync(join(tmpdir(), 'zvm-bench-'))
  try {
    const books = join(folder, 'books')
    await LedgerStore.create(books, {}, START)
    const store = await LedgerStore.open(books, 'write')
    store.update(fill)
    await store.close()
    return digest(readFileSync(join(books, JOURNAL_FILE)))
  } finally {
    rmSync(folder, { recursive: true })
  }
}

function reloaded(options: LedgerOptions, journal: Uint8Array): Uint8Array {
  const ledger = new Ledger(options)
  const { tornBytes } = ledger.load(journal, { name: 'journal', offset: 0, line: 1 })
  const isWhole = tornBytes === 0 && ledger.length === 2 + ACCOUNTS + TRANSFERS && isDoubleEntry(ledger)
  return isWhole ? digest(journal) : new Uint8Array(0)
}
