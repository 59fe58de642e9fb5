import { decodeUtf8 } from '../../../src/core/utf8.ts'
import { nodeDigests } from '../../../src/host/node-digests.ts'
import { ACCOUNT_TYPES, type AccountType } from '../../../src/ledger/account.ts'
import { NO_RULES } from '../../../src/ledger/asset.ts'
import { isDoubleEntry } from '../../../src/ledger/audit.ts'
import { Ledger } from '../../../src/ledger/ledger.ts'
import { proofToJson, proveEntry, readProof, rootOf } from '../../../src/ledger/proof.ts'
import type { Random } from '../random.ts'
import type { Subject } from './subjects.ts'

const KEY = new Uint8Array(32).fill(9)
const OPTIONS = { digests: nodeDigests, key: KEY }
const encode = (text: string) => new TextEncoder().encode(text)

/** A ledger of some of everything. */
function makeLedger(random: Random): Ledger {
  const ledger = new Ledger(OPTIONS)
  let time = random.below(2 ** 31)
  ledger.begin(time)
  const name = () => random.pick(['Dollar', 'Ünïcode "quoted"', '', '\\'])
  const metadata = {
    symbol: 'X',
    name: name(),
    decimals: 8,
    total_supply: null,
    issuer: '',
    created_at: time,
  }
  ledger.record('asset', { asset: { id: 'X', asset_type: 'token', metadata, rules: NO_RULES } }, time)
  const open = (account: string, account_type: AccountType) =>
    ledger.record(
      'account',
      { account: { name: account, account_type, balance: 0n, currency: 'X', created_at: time } },
      time,
    )
  open('from', 'equity')
  open('to', 'asset')
  const hash = () => Buffer.from(random.bytes(32)).toString('hex')
  for (let i = random.below(8); i > 0; i--) {
    time += random.below(3)
    const kind = random.below(4)
    if (kind < 2) move(ledger, random, time)
    else if (kind === 2) open(`account${i}`, random.pick(ACCOUNT_TYPES))
    else {
      const roots = { state_root_before: hash(), state_root_after: hash() }
      const facts = {
        code_hash: hash(),
        input_hash: hash(),
        gas: BigInt(random.uint32()) ** 2n,
        steps: i,
        ...roots,
      }
      const settled = random.below(3)
      for (let j = 0; j < settled; j++) move(ledger, random, time)
      ledger.record('run', { run: { ...facts, result_hash: hash(), settled } }, time)
    }
  }
  return ledger
}

function move(ledger: Ledger, random: Random, timestamp: number): void {
  const memo = random.pick([null, '', 'rent', 'ünïcode "quoted" \\ \n', '{"sequence":1,"body":'])
  const draft = { timestamp, amount: 1n + BigInt(random.uint32()) * 2n ** 20n, currency: 'X', memo }
  const nonce = Buffer.from(random.bytes(12)).toString('hex')
  ledger.transfer({ ...draft, from_account: 'from', to_account: 'to', nonce })
}

/** What was made last, from which the next input comes: what is accepted must be of it. */
let journal: string | null = null

/** Accepted: each whole line is one of those that were written, in their order; what is no whole line is no entry. */
function acceptJournal(input: Uint8Array): string | null {
  const ledger = new Ledger(OPTIONS)
  const { offset, tornBytes } = ledger.load(input, { name: 'input', offset: 0, line: 1 })
  if (offset + tornBytes !== input.length) return 'bytes are neither lines nor what is left'
  const taken = Buffer.from(input.subarray(0, offset)).toString()
  if (journal !== null && !journal.startsWith(taken)) return 'a changed byte is accepted'
  return isDoubleEntry(ledger) ? null : 'what is accepted is no double entry'
}

export const JOURNAL: Subject = {
  make(random) {
    journal = makeLedger(random).openText()
    return encode(journal)
  },
  accept: acceptJournal,
}

let proof: { readonly text: string; readonly root: string } | null = null

/** Accepted: it is the proof that was written. */
function acceptProof(input: Uint8Array): string | null {
  const text = decodeUtf8(input, 'input')
  readProof(text, 'input', proof?.root ?? null, nodeDigests)
  return proof === null || text === proof.text ? null : 'a changed byte is accepted'
}

export const PROOF: Subject = {
  make(random) {
    const ledger = makeLedger(random)
    proof = { text: proofToJson(proveEntry(ledger, random.below(ledger.length))), root: rootOf(ledger) }
    return encode(proof.text)
  },
  accept: acceptProof,
}
