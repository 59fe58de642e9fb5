/** The formats to the byte, reckoned here once more with node:crypto, and that nothing changed passes. */
import { createHash, createHmac } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { nodeDigests } from '../host/node-digests.ts'
import { NO_RULES } from './asset.ts'
import { audit, firstUnsigned, isDoubleEntry, trialBalance } from './audit.ts'
import { exportCsv, exportJson } from './export.ts'
import { Ledger, type LedgerOptions } from './ledger.ts'
import { proofToJson, proveEntry, readProof, rootOf } from './proof.ts'

const KEY = new Uint8Array(32).fill(7)
const START = 1_700_000_000
const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256')
  for (const part of parts) hash.update(part)
  return hash.digest()
}
const hmac = (text: string) => createHmac('sha256', KEY).update(text).digest('hex')
const u64 = (value: number) => {
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return bytes
}
const bytesOf = (text: string) => new TextEncoder().encode(text)

function sample(options: LedgerOptions = { key: KEY }): Ledger {
  const ledger = new Ledger(options)
  ledger.begin(START)
  const metadata = {
    ...{ symbol: '$', name: 'Dollar "of" Ünïcode', decimals: 2 },
    ...{ total_supply: 9_000_000_000_000_000_000n, issuer: 'us', created_at: START },
  }
  ledger.record('asset', { asset: { id: 'USD', asset_type: 'stable', metadata, rules: NO_RULES } }, START)
  for (const [name, account_type] of [
    ['capital', 'equity'],
    ['cash', 'asset'],
    ['rent', 'expense'],
    ['loan', 'liability'],
  ] as const)
    ledger.record(
      'account',
      { account: { name, account_type, balance: 0n, currency: 'USD', created_at: START } },
      START,
    )
  move(ledger, 'capital', 'cash', 8_999_999_999_999_000_000n)
  move(ledger, 'loan', 'cash', 1_000_000n, 'from the bank | "quoted"\n\u2028é')
  move(ledger, 'cash', 'rent', 5_000_000n, '')
  ledger.record('topic', { topic: 'news', owner: 'me' }, START + 1)
  move(ledger, 'cash', 'loan', 1_000_000n)
  const { run } = { run: receipt(2) }
  ledger.record('run', { run }, START + 2)
  move(ledger, 'cash', 'rent', 2_000_000n)
  return ledger
}

/** One of each form, since each of its bytes is changed. */
function short(): Ledger {
  const ledger = new Ledger({ key: KEY })
  ledger.begin(START)
  const metadata = { symbol: 'é', name: '', decimals: 8, total_supply: null, issuer: '', created_at: START }
  ledger.record('asset', { asset: { id: 'USD', asset_type: 'stable', metadata, rules: NO_RULES } }, START)
  for (const [name, account_type] of [
    ['capital', 'equity'],
    ['cash', 'asset'],
  ] as const)
    ledger.record(
      'account',
      { account: { name, account_type, balance: 0n, currency: 'USD', created_at: START } },
      START,
    )
  move(ledger, 'capital', 'cash', 5n, 'é "')
  ledger.record('run', { run: receipt(1) }, START + 2)
  move(ledger, 'capital', 'cash', 2n)
  return ledger
}

function move(
  ledger: Ledger,
  from_account: string,
  to_account: string,
  amount: bigint,
  memo: string | null = null,
) {
  const nonce = ledger.length.toString(16).padStart(24, '0')
  const timestamp = Math.max(START + 1, ledger.book.lastTimestamp)
  return ledger.transfer({ timestamp, amount, currency: 'USD', from_account, to_account, memo, nonce })
}

function receipt(settled: number) {
  const hash = (digit: string) => digit.repeat(64)
  const roots = { state_root_before: hash('c'), state_root_after: hash('d') }
  return {
    code_hash: hash('a'),
    input_hash: hash('b'),
    gas: 2n ** 62n,
    steps: 9,
    ...roots,
    result_hash: hash('e'),
    settled,
  }
}

const place = { name: 'j', offset: 0, line: 1 }
function loaded(text: string | Uint8Array, options: LedgerOptions = { key: KEY }) {
  const ledger = new Ledger({ digests: nodeDigests, ...options })
  const end = ledger.load(typeof text === 'string' ? bytesOf(text) : text, place)
  return { ledger, end }
}

describe('the formats', () => {
  const text = sample().openText()
  const lines = text.trimEnd().split('\n')

  it('have a transaction with its keys in order, its id, its seal and its hashes', () => {
    const entry = JSON.parse(lines[6])
    const body = lines[6].slice('{"sequence":6,"body":'.length, lines[6].indexOf(',"tx_hash"'))
    const id = sha256(`${START + 1}-capital-cash-8999999999999000000`)
      .subarray(0, 8)
      .toString('hex')
    const nonce = '0'.repeat(23) + '6'
    const seal = hmac(`${START + 1}|8999999999999000000|USD|capital|cash||${nonce}`)
    expect(body).toBe(
      `{"id":"${id}","timestamp":${START + 1},"amount":8999999999999000000,"currency":"USD","from_account":"capital",` +
        `"to_account":"cash","memo":null,"nonce":"${nonce}","signature":null,"integrity_hmac":"${seal}","depends_on":null}`,
    )
    expect(entry.tx_hash).toBe(sha256(body).toString('hex'))
    const before = JSON.parse(lines[5]).entry_hash
    expect(entry.entry_hash).toBe(
      sha256(Buffer.from(entry.tx_hash, 'hex'), u64(6), Buffer.from(before, 'hex')).toString('hex'),
    )
    const first = JSON.parse(lines[0])
    expect(first.entry_hash).toBe(sha256(Buffer.from(first.tx_hash, 'hex'), u64(0)).toString('hex'))
  })

  it('seal a memo as it is, and an empty one as none', () => {
    const { ledger } = loaded(text)
    const [, second, third] = ledger.entries.flatMap((entry) => ledger.transactionOf(entry) ?? [])
    expect(second.memo).toBe('from the bank | "quoted"\n\u2028é')
    expect(second.integrity_hmac).toBe(
      hmac(`${START + 1}|1000000|USD|loan|cash|${second.memo}|${second.nonce}`),
    )
    expect(third.memo).toBe('')
    expect(third.integrity_hmac).toBe(hmac(`${START + 1}|5000000|USD|cash|rent||${third.nonce}`))
  })

  it('read as they were written, nothing lost', () => {
    const { ledger, end } = loaded(text)
    const original = sample()
    expect([ledger.head, end.tornBytes, ledger.openCount]).toEqual([original.head, 0, 0])
    expect(ledger.book.accounts).toEqual(original.book.accounts)
    expect(ledger.book.assets).toEqual(original.book.assets)
    expect(ledger.entries.map(({ json }) => json)).toEqual(original.entries.map(({ json }) => json))
    expect(exportJson(ledger)).toBe(exportJson(original))
  })

  it('put what a run settled in one line with it', () => {
    expect(lines.length).toBe(sample().length - 2)
    expect(JSON.parse(lines[9]).map(({ sequence }: { sequence: number }) => sequence)).toEqual([9, 10, 11])
    // Torn apart, or with more, they are no run's.
    const [a, b, c] = lines[9].slice(1, -1).split(/(?<=[0-9a-f]{64}"\}),(?=\{"sequence")/)
    const rest = `${lines[10]}\n`
    const head = `${lines.slice(0, 9).join('\n')}\n`
    for (const group of [
      `${a}\n[${b},${c}]`,
      `${a}\n${b}\n${c}`,
      `[${a},${b}]\n${c}`,
      `[${a}]`,
      `[${a},${b},${c},]`,
    ])
      expect(() => loaded(`${head}${group}\n${rest}`), group).toThrow(/entry (9|10|11) |line 10/)
  })

  it('audit and trial balance tell what is there', () => {
    const { ledger } = loaded(text)
    expect(trialBalance(ledger)).toEqual([
      { currency: 'USD', debits: 8_999_999_999_999_000_000n, credits: 8_999_999_999_999_000_000n },
    ])
    const bodies = ledger.entries.map(({ json }) => json).filter((json) => json.startsWith('{"id"'))
    expect(audit(ledger, 5)).toEqual({
      ...{ timestamp: 5, total_transactions: 5, integrity_valid: true, double_entry_valid: true },
      ...{
        hmac_valid: true,
        is_valid: true,
        audit_trail_hmac: hmac(bodies.map((body) => `${body}|`).join('')),
      },
    })
    expect(Object.keys(audit(ledger, 5)).join()).toBe(
      'timestamp,total_transactions,integrity_valid,double_entry_valid,hmac_valid,is_valid,audit_trail_hmac',
    )
    // Without the key nothing vouches for the seals.
    expect(audit(loaded(text, {}).ledger, 5)).toMatchObject({
      hmac_valid: false,
      is_valid: false,
      audit_trail_hmac: null,
    })
    expect(isDoubleEntry(ledger)).toBe(true)
  })

  it('sign by the key that is given, and by no fresh one', () => {
    const sign = (message: Uint8Array) => new Uint8Array(64).fill(message.length)
    const ledger = sample({ sign })
    expect(firstUnsigned(ledger, (signature, message) => signature[0] === message.length)).toBe(null)
    expect(firstUnsigned(ledger, (signature) => signature[0] === 0)).toBe(6)
    expect(firstUnsigned(sample(), () => true)).toBe(6)
  })

  it('export what a spreadsheet reads', () => {
    const ledger = sample()
    move(ledger, 'cash', 'rent', 1_000_000n, '=1+1')
    const rows = exportCsv(ledger).split('\r\n')
    expect(rows[0]).toBe(
      'id,timestamp,amount,currency,from_account,to_account,memo,nonce,signature,integrity_hmac,depends_on',
    )
    expect(exportCsv(ledger)).toContain(',"from the bank | ""quoted""\n')
    expect(rows.at(-2)).toContain(",'=1+1,")
    const { accounts, transactions } = JSON.parse(exportJson(ledger))
    expect([accounts.length, transactions.length]).toEqual([4, 6])
  })
})

describe('a journal that was changed', () => {
  const text = sample().openText()
  const bytes = bytesOf(text)

  it('is refused at the entry of the first changed byte, whichever that is', { timeout: 300_000 }, () => {
    const text = short().openText()
    const bytes = bytesOf(text)
    const ends = [...text.matchAll(/"entry_hash":"[0-9a-f]{64}"\}/g)].map(
      ({ index, 0: all }) => bytesOf(text.slice(0, index + all.length)).length,
    )
    for (let at = 0; at < bytes.length - 1; at++) {
      const changed = bytes.slice()
      changed[at] ^= at % 2 === 0 ? 1 : 0x20
      const error = errorOf(() => loaded(changed))
      const entry = ends.findIndex((end) => at < end)
      // The byte between two entries is that of the one before; so are brackets around them.
      const between = text.length === 0 || !ends.some((end, i) => at >= (ends[i - 1] ?? 0) + 3 && at < end)
      const wanted = between ? [entry - 1, entry, entry + 2] : [entry]
      expect(['MISMATCH', 'VALUE', 'JSON'], `byte ${at}: ${error.message}`).toContain(error.code)
      if (typeof error.details.entry === 'number')
        expect(wanted, `byte ${at}: ${error.message}`).toContain(error.details.entry)
      else expect(error.message).toMatch(/line \d+ \(byte \d+\)/)
    }
  })

  it('is told where its key is another, or it has none', () => {
    expect(() => loaded(text, { key: new Uint8Array(32) })).toThrow(
      'key_check: the key is not that of the ledger',
    )
    expect(() => loaded(sample({}).openText())).toThrow('key_check: the ledger has no key, and one was given')
  })

  it('is refused where hashes and chain were made anew, by the seal, or by the rules', () => {
    const forged = sample({})
    const honest = forged.openText()
    expect(loaded(honest, {}).ledger.length).toBe(forged.length)
    // A ledger that claims to be sealed, with no seals.
    const keyless = rewritten(honest, (body) =>
      body.replace('"key_check":null', `"key_check":"${'0'.repeat(64)}"`),
    )
    expect(() => loaded(keyless, {})).toThrow(
      'entry 0 (line 1, byte 0): body.integrity_hmac: missing, in a ledger with a key',
    )
    const richer = rewritten(text, (body) => body.replace('"amount":1000000,', '"amount":3000000,'))
    expect(() => loaded(richer, {})).toThrow(/entry 7 .*body.id: not that of the transaction/)
    const overdrawn = rewritten(honest, (body) =>
      body.replace('"total_supply":9000000000000000000', '"total_supply":5'),
    )
    expect(() => loaded(overdrawn, {})).toThrow(
      /entry 6 .*cannot follow what stands before it: asset USD: .* its total_supply is 0.00000005/,
    )
    const memo = rewritten(text, (body) => body.replace('from the bank', 'from the bong'))
    expect(() => loaded(memo)).toThrow(/entry 7 .*body.integrity_hmac: not by the key/)
    const rules = rewritten(text, (body) => body.replace('"frozen":false', '"frozen":true'))
    expect(() => loaded(rules)).toThrow(/entry 1 .*body.integrity_hmac: not by the key/)
  })

  it('tells half a line, at each length of it, and keeps what was before', () => {
    const before = bytesOf(text.slice(0, text.lastIndexOf('{"sequence"'))).length
    for (let size = before; size < bytes.length; size++) {
      const { ledger, end } = loaded(bytes.slice(0, size))
      expect([ledger.length, end.offset, end.tornBytes]).toEqual([12, before, size - before])
    }
  })

  function rewritten(journal: string, change: (body: string) => string): string {
    let previous: Buffer | null = null
    let sequence = 0
    const entry = (body: string) => {
      const changed = change(body)
      const txHash = sha256(changed)
      const entryHash: Buffer = previous ? sha256(txHash, u64(sequence), previous) : sha256(txHash, u64(0))
      previous = entryHash
      return `{"sequence":${sequence++},"body":${changed},"tx_hash":"${txHash.toString('hex')}","entry_hash":"${entryHash.toString('hex')}"}`
    }
    return journal.replace(
      /\{"sequence":\d+,"body":(.*?),"tx_hash":"[0-9a-f]{64}","entry_hash":"[0-9a-f]{64}"\}/gs,
      (_, body) => entry(body),
    )
  }
})

function errorOf(run: () => unknown) {
  try {
    run()
  } catch (error) {
    return error as { code: string; message: string; details: Record<string, unknown> }
  }
  throw new Error('accepted')
}

describe('proofs', () => {
  /** The root as the format says it, from the definition. */
  function rootBy(leaves: Buffer[]): Buffer {
    if (leaves.length === 1) return leaves[0]
    const pairs = Array.from({ length: Math.ceil(leaves.length / 2) }, (_, i) =>
      sha256(leaves[2 * i], leaves[2 * i + 1] ?? leaves[2 * i]),
    )
    return rootBy(pairs)
  }

  it('hold for every leaf of trees of every size, and for no other', () => {
    const ledger = sample()
    for (let extra = 0; extra < 30; extra++) {
      const leaves = ledger.entries.map(({ json }) => sha256(json))
      const root = rootBy(leaves).toString('hex')
      expect(rootOf(ledger)).toBe(root)
      for (let at = 0; at < ledger.length; at++) {
        const text = proofToJson(proveEntry(ledger, at))
        expect(readProof(text, 'p', root)).toMatchObject({ index: at })
        const elsewhere = text.replace(`"index":${at},`, `"index":${at ^ 1},`)
        expect(() => readProof(elsewhere, 'p', root)).toThrow()
      }
      move(ledger, 'cash', 'rent', 1_000_000n)
    }
  })

  it('are refused where a byte of them is another', () => {
    const bytes = bytesOf(proofToJson(proveEntry(sample(), 7)))
    for (let at = 0; at < bytes.length; at++) {
      const changed = bytes.slice()
      changed[at] ^= 1
      const text = new TextDecoder('utf-8').decode(changed)
      expect(['BAD_PROOF', 'VALUE', 'JSON'], `byte ${at}`).toContain(errorOf(() => readProof(text, 'p')).code)
    }
  })
})

describe('what is open', () => {
  it('is taken back without a trace, last first', () => {
    const ledger = sample()
    const [head, accounts, mark] = [ledger.head, JSON.stringify(ledger.book.accounts, plain), ledger.length]
    move(ledger, 'cash', 'rent', 1_000_000n)
    ledger.record('retire', { asset: addAsset(ledger, 'X') }, START + 3)
    ledger.record('whitelist', { asset: 'USD', account: 'cash', listed: true }, START + 4)
    ledger.rollback(mark)
    expect([ledger.head, JSON.stringify(ledger.book.accounts, plain), ledger.book.lastTimestamp]).toEqual([
      head,
      accounts,
      START + 2,
    ])
    expect([ledger.book.asset('X'), ledger.book.isListed('USD', 'cash')]).toEqual([null, false])
    ledger.keep()
    expect(() => ledger.rollback(0)).toThrow('what has been kept cannot be taken back')
  })

  function addAsset(ledger: Ledger, id: string): string {
    const metadata = { symbol: 'x', name: 'x', decimals: 0, total_supply: null, issuer: '', created_at: 0 }
    ledger.record('asset', { asset: { id, asset_type: 'nft', metadata, rules: NO_RULES } }, START + 2)
    return id
  }
})

function plain(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? String(value) : value
}
