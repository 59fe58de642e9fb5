/** Contracts that settle in a ledger: with their own state as a whole, or not at all. */
import { spawn } from 'node:child_process'
import { cpSync, mkdtempSync, readFileSync, rmSync, watch, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { zvm as nativeTable } from '../../opcodes/zvm/table.ts'
import { BIN, buildBins } from '../../scripts/lib/built-bins.ts'
import { runChild } from '../../scripts/lib/child.ts'
import { RECEIPT_MEMBERS } from '../../scripts/lib/receipt-members.ts'
import { assemble } from '../core/assembler.ts'
import { LedgerStore } from '../host/ledger-store.ts'
import { NO_RULES } from '../ledger/asset.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { encodeContainer } from '../runtime/container.ts'
import { abiToJson, readAbi } from '../runtime/contract-abi.ts'
import { DiskStore } from '../state/disk/index.ts'

vi.setConfig({ testTimeout: 300_000, hookTimeout: 300_000 })

const KILLS = Number(process.env.ZVM_KILLS ?? 5)
const folder = mkdtempSync(join(tmpdir(), 'zvm-settling-'))
afterAll(() => rmSync(folder, { recursive: true }))
const template = join(folder, 'template')
const contract = join(folder, 'pay.zvm')
let made = 0

const zvm = (...args: string[]) => runChild(process.execPath, [BIN, ...args])
async function good(...args: string[]): Promise<string> {
  const { code, stdout, stderr } = await zvm(...args)
  expect([code, stderr], args.join(' ')).toEqual([0, ''])
  return stdout.trimEnd()
}

/**
 * Pays 1 from a to b, then counts in slot 0 and gives the count: so both know how often it was done. With calldata it
 * reverts at the end.
 */
const PAY = `
  PUSH32 0x0161016200000000000000000000000000000000000000000000000000000000
  PUSH 0 MSTORE
  PUSH32 0x0000000000000000000000000000000000000000000000000000000005f5e100
  PUSH 4 MSTORE
  PUSH 0 PUSH 0 PUSH 36 PUSH 0 SYSCALL 0x81
  PUSH @paid JUMPI
  PUSH 0 PUSH 0 REVERT
paid: JUMPDEST
  PUSH 0 SLOAD PUSH 1 ADD DUP1 PUSH 0 SSTORE
  CALLDATASIZE PUSH @fail JUMPI
  PUSH 0 MSTORE PUSH 32 PUSH 0 RETURN
fail: JUMPDEST PUSH 0 PUSH 0 REVERT`

beforeAll(async () => {
  expect(await buildBins()).toBe('')
  const abi = readAbi({ contract: 'pay', capabilities: ['ledger.transfer'] })
  writeFileSync(contract, encodeContainer('zvm', assemble(PAY, nativeTable, 'pay'), abiToJson(abi)))
  await LedgerStore.create(template, {}, 1)
  await changed(template, (ledger) => {
    const metadata = { symbol: 'X', name: 'X', decimals: 8, total_supply: null, issuer: '', created_at: 1 }
    ledger.record('asset', { asset: { id: 'X', asset_type: 'token', metadata, rules: NO_RULES } }, 1)
    for (const [name, account_type] of [
      ['from', 'equity'],
      ['a', 'asset'],
      ['b', 'asset'],
    ] as const)
      ledger.record(
        'account',
        { account: { name, account_type, balance: 0n, currency: 'X', created_at: 1 } },
        1,
      )
    const sides = { from_account: 'from', to_account: 'a', currency: 'X', memo: null }
    ledger.transfer({ ...sides, timestamp: 1, amount: 1000n * 10n ** 8n, nonce: '0'.repeat(24) })
  })
})

async function changed(books: string, change: (ledger: Ledger) => void): Promise<void> {
  const store = await LedgerStore.open(books, 'write')
  store.update(change)
  await store.close()
}

async function scene() {
  const number = made++
  const [books, db] = [join(folder, `books.${number}`), join(folder, `state.${number}`)]
  cpSync(template, books, { recursive: true })
  const address = await good('deploy', '--db', db, '--file', contract)
  const call = ['call', '--db', db, '--contract', address, '--ledger', books, '--allow', 'ledger.transfer']
  return { books, db, address, call }
}

/** How often it was paid, as the contract and as the ledger have it; and how many entries there are. */
async function counts(books: string, db: string, address: string) {
  const ledgers = await LedgerStore.open(books, 'read')
  const ledger = ledgers.read()
  await ledgers.close()
  const store = await DiskStore.open(db, 'read')
  const counted = store.read((state) => Number(state.storage(BigInt(address), 0n)))
  await store.close()
  return {
    contract: counted,
    ledger: Number(ledger.book.account('b')!.balance / 10n ** 8n),
    entries: ledger.length,
  }
}

describe.concurrent('a contract that settles', () => {
  it('is kept here and there, or nowhere', async () => {
    const { books, db, address, call } = await scene()
    await good(...call)
    expect(await counts(books, db, address)).toEqual({ contract: 1, ledger: 1, entries: 7 })
    const before = readFileSync(join(books, 'journal.jsonl'))
    const reverted = await zvm(...call, '--input', '00')
    expect(reverted).toMatchObject({ code: 1, stdout: '0x\n error: execution reverted\n' })
    const starved = await zvm(...call, '--gas-limit', '20200')
    expect(starved.stdout).toContain('out of gas')
    const denied = await zvm('call', '--db', db, '--contract', address, '--ledger', books)
    expect(denied.stdout).toContain('capability denied: ledger.transfer: the host does not grant it')
    // A record that cannot be written keeps back both.
    const unwritable = await zvm(...call, '--record', join(folder, 'missing', 'record.json'))
    expect(unwritable.code).toBe(11)
    await good('ledger', 'verify', '--ledger', books)
    expect(readFileSync(join(books, 'journal.jsonl')).equals(before)).toBe(true)
    await changed(books, (ledger) =>
      ledger.record('rules', { asset: 'X', rules: { ...NO_RULES, frozen: true } }, ledger.book.lastTimestamp),
    )
    // The ledger refuses: the contract is told, and reverts.
    expect((await zvm(...call)).code).toBe(1)
    expect(await counts(books, db, address)).toEqual({ contract: 1, ledger: 1, entries: 8 })
  })

  it('is replayed from its record without the ledger', async () => {
    const { books } = await scene()
    const record = join(folder, 'record.json')
    const run = ['run', contract, '--json']
    const live = await good(...run, '--allow', 'ledger.transfer', '--ledger', books, '--record', record)
    rmSync(books, { recursive: true })
    expect(await good(...run, '--replay', record)).toBe(live)
    const stray = await zvm(...run, '--replay', record, '--ledger', books)
    expect([stray.code, JSON.parse(stray.stdout).error.message]).toEqual([
      3,
      '--ledger: not with --replay, which takes it from the record',
    ])
  })

  it('has a receipt that is confirmed from its bundle, and no other', async () => {
    const { books, call } = await scene()
    const bundle = join(folder, 'bundle.json')
    await good(...call)
    await good(...call, '--receipt', bundle)
    const verifyRun = ['ledger', 'verify-run', '8', '--bundle', bundle, '--ledger']
    expect(await good(...verifyRun, books)).toMatch(
      /^✓ entry 8: the run again is what its receipt says: \d+ gas/,
    )
    const text = readFileSync(bundle, 'utf8')
    const tampered = join(folder, 'tampered.json')
    writeFileSync(tampered, text.replace('"data": "0x"', '"data": "0x00"'))
    const other = await zvm('ledger', 'verify-run', '8', '--bundle', tampered, '--ledger', books)
    expect([other.code, other.stdout]).toEqual([1, expect.stringContaining('✗ entry 8: input_hash: ')])
    // A receipt in which one member is another: the ledger takes it, the run does not bear it out.
    const receipt = JSON.parse(
      readFileSync(join(books, 'journal.jsonl'), 'utf8').trimEnd().split('\n').at(-1)!,
    ).at(-1).body.run
    for (const member of RECEIPT_MEMBERS) {
      const forged = typeof receipt[member] === 'number' ? receipt[member] + 1 : 'f'.repeat(64)
      const run = {
        ...receipt,
        gas: BigInt(receipt.gas),
        settled: 0,
        [member]: member === 'gas' ? BigInt(forged) : forged,
      }
      await changed(books, (ledger) => ledger.record('run', { run }, ledger.book.lastTimestamp))
    }
    for (const [i, member] of RECEIPT_MEMBERS.entries()) {
      const { code, stdout } = await zvm(
        'ledger',
        'verify-run',
        String(9 + i),
        '--bundle',
        bundle,
        '--ledger',
        books,
        '--json',
      )
      const { valid, differences } = JSON.parse(stdout)
      expect([code, valid, differences.map((each: { member: string }) => each.member)]).toEqual([
        1,
        false,
        [member],
      ])
    }
  })
})

describe('a contract and its ledger under kills', () => {
  it(`have both or neither of a call after each of ${KILLS} kills`, { timeout: 900_000 }, async () => {
    const { books, db, address, call } = await scene()
    const seen = { kept: 0, lost: 0 }
    let last = await counts(books, db, address)
    for (let i = 0; i < KILLS; i++) {
      await killed(call, books, (i / KILLS) * 40)
      const { contract, ledger, entries } = await counts(books, db, address)
      expect(ledger, `kill ${i}`).toBe(contract)
      expect([last.contract, last.contract + 1]).toContain(contract)
      expect(entries).toBe(last.entries + contract - last.contract)
      seen[contract === last.contract ? 'lost' : 'kept']++
      last = { contract, ledger, entries }
    }
    console.log(`calls: ${JSON.stringify(seen)}`)
    await good(...call)
    expect(await counts(books, db, address)).toEqual({
      ...{ contract: last.contract + 1, ledger: last.ledger + 1, entries: last.entries + 1 },
    })
    await good('ledger', 'verify', '--ledger', books)
  })

  /** Starts a command, and kills it so many milliseconds after something is written in the folder of the ledger. */
  function killed(args: string[], books: string, afterMs: number): Promise<void> {
    return new Promise((resolve) => {
      const child = spawn(process.execPath, [BIN, ...args], { stdio: 'ignore' })
      let timer: NodeJS.Timeout | null = null
      const watcher = watch(books, () => {
        timer ??= setTimeout(() => child.kill('SIGKILL'), afterMs)
      })
      child.on('close', () => {
        watcher.close()
        if (timer) clearTimeout(timer)
        resolve()
      })
    })
  }
})
