import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { bigintToBytes } from '../core/word.ts'
import type { Intent } from '../runtime/intent.ts'
import type { Ledger as Settling } from '../runtime/services.ts'
import { formatAmount } from './amount.ts'
import { ASSET_NAME_LIMIT, NO_RULES, SYMBOL_LIMIT } from './asset.ts'
import { exactJson, isUnicode } from './json.ts'
import type { Ledger } from './ledger.ts'
import { MESSAGE_LIMIT_BYTES, type RunReceipt } from './record.ts'
import { refuse } from './refusal.ts'

/** What a contract's wishes need beside the ledger. */
export interface Edge {
  /** Unix seconds. */
  now(): number
  /** 12 bytes in hex that were not there before. */
  nonce(): string
}

type Args = Intent['args']
type Deed = (ledger: Ledger, contract: string, args: Args, edge: Edge) => void

/** The account that holds a token for somebody, and the one that what is out comes from. Addresses as 0x hex. */
export const holderAccount = (token: string, holder: string) => `${token}:${holder}`
export const issueAccount = (token: string) => `${token}:issued`

/**
 * A ledger in which contracts settle. A token of the token service is an asset, a balance of it an account of type asset,
 * and what is out stands against it in one of type equity; a topic of the consensus service is a topic. What a contract
 * may do to a token of another's, or to an account that is not its own, is refused as what breaks a rule is.
 */
export class SettlingLedger implements Settling {
  readonly #ledger: Ledger
  readonly #edge: Edge
  readonly #keep: () => void

  /** The ledger has nothing open but what contracts leave; `keep` keeps that. */
  constructor(ledger: Ledger, edge: Edge, keep: () => void) {
    this.#ledger = ledger
    this.#edge = edge
    this.#keep = keep
  }

  begin(): void {
    this.#ledger.rollback(this.#ledger.length - this.#ledger.openCount)
  }

  apply({ call, contract, args }: Intent): { undo(): void; output: Uint8Array } | null {
    const ledger = this.#ledger
    const mark = ledger.length
    try {
      const deed = Object.hasOwn(DEEDS, call) ? DEEDS[call] : refuse(`${call}: no such operation`)
      deed(ledger, contract, args, this.#edge)
    } catch (error) {
      ledger.rollback(mark)
      if (error instanceof ZvmError && REFUSALS.includes(error.code)) return null
      throw error
    }
    return { undo: () => ledger.rollback(mark), output: new Uint8Array(0) }
  }

  ask({ call, args }: Intent): Uint8Array | null {
    const { book } = this.#ledger
    switch (call) {
      case 'ledger.balance':
        return amountBytes(book.account(args.account)?.balance)
      case 'hts.balance_of':
        return amountBytes(book.account(holderAccount(args.token, args.account))?.balance)
      case 'hts.token_info':
        return tokenInfo(this.#ledger, args.token)
      case 'hcs.info': {
        const topic = book.topic(args.topic)
        return topic && !topic.isClosed
          ? jsonBytes({ topic: args.topic, ...topic, isClosed: undefined })
          : null
      }
      default:
        return null
    }
  }

  /** Adds what the run was, with which all that it left stands and falls. */
  addReceipt(run: Omit<RunReceipt, 'settled'>): void {
    const settled = this.#ledger.openCount
    this.#ledger.record('run', { run: { ...run, settled } }, this.#edge.now())
  }

  commit(): void {
    this.#keep()
  }
}

/** What a ledger says no with; all else that is thrown is a fault of the host's. */
const REFUSALS: readonly string[] = [ERROR_CODES.refused, ERROR_CODES.value]

const DEEDS: Readonly<Record<string, Deed>> = {
  'ledger.transfer': (ledger, _contract, { from, to, amount, memo }, edge) =>
    move(ledger, from, to, amount, memo === '' ? null : memo, edge),

  'hts.create_token'(ledger, contract, { token }, edge) {
    const now = edge.now()
    const metadata = {
      ...{ symbol: '', name: token, decimals: 8, total_supply: null, issuer: contract, created_at: now },
    }
    ledger.record('asset', { asset: { id: token, asset_type: 'token', metadata, rules: NO_RULES } }, now)
    open(ledger, issueAccount(token), 'equity', token, now)
    open(ledger, holderAccount(token, contract), 'asset', token, now)
  },
  'hts.mint'(ledger, contract, { token, amount }, edge) {
    needIssuer(ledger, contract, token)
    move(ledger, issueAccount(token), holderAccount(token, contract), amount, null, edge)
  },
  'hts.burn'(ledger, contract, { token, amount }, edge) {
    needIssuer(ledger, contract, token)
    move(ledger, holderAccount(token, contract), issueAccount(token), amount, null, edge)
  },
  'hts.transfer'(ledger, contract, { token, from, to, amount }, edge) {
    const source = holderAccount(token, from)
    move(ledger, source, holderAccount(token, to), amount, null, edge)
    if (from === contract) return
    const left = ledger.book.allowance(source, contract) - BigInt(amount)
    if (left < 0n) refuse(`${contract} may not take that of ${source}`)
    ledger.record('allow', { account: source, spender: contract, amount: left }, edge.now())
  },
  'hts.approve': (ledger, contract, { token, spender, amount }, edge) =>
    void ledger.record(
      'allow',
      { account: holderAccount(token, contract), spender, amount: BigInt(amount) },
      edge.now(),
    ),
  'hts.associate': (ledger, _contract, { account, token }, edge) =>
    open(ledger, holderAccount(token, account), 'asset', token, edge.now()),
  'hts.dissociate'(ledger, contract, { account, token }, edge) {
    if (account !== contract) needIssuer(ledger, contract, token)
    ledger.record('close', { account: holderAccount(token, account) }, edge.now())
  },
  'hts.update'(ledger, contract, { token, data }, edge) {
    needIssuer(ledger, contract, token)
    ledger.record('describe', { asset: token, ...namesOf(data) }, edge.now())
  },
  'hts.delete'(ledger, contract, { token }, edge) {
    needIssuer(ledger, contract, token)
    ledger.record('retire', { asset: token }, edge.now())
  },
  'hts.pause': (ledger, contract, { token }, edge) => setFrozen(ledger, contract, token, true, edge),
  'hts.unpause': (ledger, contract, { token }, edge) => setFrozen(ledger, contract, token, false, edge),

  'hcs.create_topic': (ledger, contract, { topic }, edge) =>
    void ledger.record('topic', { topic, owner: contract }, edge.now()),
  'hcs.submit'(ledger, contract, { topic, message }, edge) {
    const number = (ledger.book.topic(topic)?.messages ?? 0) + 1
    ledger.record('message', { topic, number, sender: contract, message: bareHex(message) }, edge.now())
  },
  'hcs.update_topic'(ledger, contract, { topic, data }, edge) {
    needOwner(ledger, contract, topic)
    ledger.record('topic_update', { topic, data: bareHex(data) }, edge.now())
  },
  'hcs.delete_topic'(ledger, contract, { topic }, edge) {
    needOwner(ledger, contract, topic)
    ledger.record('topic_close', { topic }, edge.now())
  },
}

function move(
  ledger: Ledger,
  from: string,
  to: string,
  amount: string,
  memo: string | null,
  edge: Edge,
): void {
  const currency = ledger.book.account(from)?.currency ?? refuse(`account ${from}: there is none`)
  const draft = { timestamp: edge.now(), amount: BigInt(amount), currency, memo, nonce: edge.nonce() }
  ledger.transfer({ ...draft, from_account: from, to_account: to })
}

function open(
  ledger: Ledger,
  name: string,
  account_type: 'asset' | 'equity',
  currency: string,
  now: number,
): void {
  ledger.record('account', { account: { name, account_type, balance: 0n, currency, created_at: now } }, now)
}

function setFrozen(ledger: Ledger, contract: string, token: string, frozen: boolean, edge: Edge): void {
  const { rules } = needIssuer(ledger, contract, token)
  ledger.record('rules', { asset: token, rules: { ...rules, frozen } }, edge.now())
}

/** The token, which is the contract's own. */
function needIssuer({ book }: Ledger, contract: string, token: string) {
  const asset = book.asset(token) ?? refuse(`asset ${token}: there is none`)
  return asset.metadata.issuer === contract ? asset : refuse(`asset ${token}: is not of ${contract}`)
}

function needOwner({ book }: Ledger, contract: string, topic: string): void {
  if (book.topic(topic)?.owner !== contract) refuse(`topic ${topic}: is not of ${contract}`)
}

/** `{"symbol":…,"name":…}` in UTF-8. */
function namesOf(data: string): { symbol: string; name: string } {
  try {
    const bytes = hexToBytes(data, 'data')
    const { symbol, name } = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as Record<
      string,
      unknown
    >
    if (isText(symbol, SYMBOL_LIMIT) && isText(name, ASSET_NAME_LIMIT)) return { symbol, name }
  } catch {
    // Told below: what a contract gives may be anything.
  }
  return refuse('data: not {"symbol":…,"name":…}')
}

function isText(value: unknown, most: number): value is string {
  return typeof value === 'string' && value.length <= most && isUnicode(value)
}

function bareHex(hex: string): string {
  return hex.length <= 2 + 2 * MESSAGE_LIMIT_BYTES
    ? hex.slice(2)
    : refuse(`more than ${MESSAGE_LIMIT_BYTES} bytes`)
}

function amountBytes(amount: bigint | undefined): Uint8Array | null {
  return amount === undefined ? null : bigintToBytes(amount, 32)
}

function tokenInfo({ book }: Ledger, token: string): Uint8Array | null {
  const asset = book.asset(token)
  if (!asset || book.isRetired(token)) return null
  const { symbol, name, decimals, issuer } = asset.metadata
  const issued = formatAmount(book.issued(token))
  return jsonBytes({ token, symbol, name, decimals, issuer, issued, paused: asset.rules.frozen })
}

function jsonBytes(value: object): Uint8Array {
  return new TextEncoder().encode(
    exactJson(Object.fromEntries(Object.entries(value).filter(([, member]) => member !== undefined))),
  )
}
