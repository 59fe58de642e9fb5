import { bytesToHex, toFixedHex, toQuantity } from '../../src/core/hex.ts'
import type { Log } from '../../src/core/host.ts'
import type { FuzzAccount } from './case.ts'

/** What one side says a transaction did. */
export interface TransactionOutcome {
  readonly status: 'success' | 'revert' | 'halt' | 'refused'
  /** Why, in the side's own words: for people, not compared. */
  readonly reason: string
  readonly gasUsed: bigint
  /** The refund counter before its cap; null where a floor price hides it. */
  readonly refund: bigint | null
  /** Empty for a creation that succeeded: its code is in the state. */
  readonly output: Uint8Array
  readonly logs: readonly Log[]
  readonly created: bigint | null
}

/** What one side says a case did. */
export interface Outcome {
  readonly transactions: readonly TransactionOutcome[]
  readonly post: ReadonlyMap<bigint, FuzzAccount>
}

export function refusal(reason: string): TransactionOutcome {
  const output = new Uint8Array(0)
  return { status: 'refused', reason, gasUsed: 0n, refund: 0n, output, logs: [], created: null }
}

/** One thing the two sides do not agree on: where, and what each says. */
export interface Difference {
  readonly at: string
  readonly ours: string
  readonly peer: string
}

/** Every difference, transactions first; empty when the sides agree. */
export function differences(ours: Outcome, peer: Outcome): Difference[] {
  const found: Difference[] = []
  ours.transactions.forEach((each, i) => {
    compareTransaction(`transactions[${i}]`, each, peer.transactions[i], found)
  })
  for (const address of new Set([...ours.post.keys(), ...peer.post.keys()]))
    compareAccount(toFixedHex(address, 20), ours.post.get(address), peer.post.get(address), found)
  return found
}

function compareTransaction(
  place: string,
  ours: TransactionOutcome,
  peer: TransactionOutcome,
  found: Difference[],
): void {
  const note = (field: string, a: string, b: string) => {
    if (a !== b) found.push({ at: `${place}.${field}`, ours: a, peer: b })
  }
  if (ours.status !== peer.status)
    found.push({
      at: `${place}.status`,
      ours: `${ours.status} (${ours.reason})`,
      peer: `${peer.status} (${peer.reason})`,
    })
  if (ours.gasUsed !== peer.gasUsed) note('gasUsed', `${ours.gasUsed}`, `${peer.gasUsed}`)
  if (ours.refund !== null && peer.refund !== null) note('refund', `${ours.refund}`, `${peer.refund}`)
  if (!areEqual(ours.output, peer.output)) note('output', bytesToHex(ours.output), bytesToHex(peer.output))
  if (ours.created !== peer.created) note('created', optional(ours.created), optional(peer.created))
  if (ours.logs.length > 0 || peer.logs.length > 0)
    note('logs', ours.logs.map(show).join(' '), peer.logs.map(show).join(' '))
}

function optional(value: bigint | null): string {
  return value === null ? 'none' : toQuantity(value)
}

function show({ address, topics, data }: Log): string {
  return `${toQuantity(address)}[${topics.map(toQuantity).join(',')}]${bytesToHex(data)}`
}

function compareAccount(
  place: string,
  ours: FuzzAccount | undefined,
  peer: FuzzAccount | undefined,
  found: Difference[],
) {
  const note = (field: string, a: string, b: string) => {
    if (a !== b) found.push({ at: `post.${place}${field}`, ours: a, peer: b })
  }
  if (!ours || !peer) return note('', ours ? 'exists' : 'absent', peer ? 'exists' : 'absent')
  if (ours.nonce !== peer.nonce) note('.nonce', `${ours.nonce}`, `${peer.nonce}`)
  if (ours.balance !== peer.balance) note('.balance', `${ours.balance}`, `${peer.balance}`)
  if (!areEqual(ours.code, peer.code)) note('.code', bytesToHex(ours.code), bytesToHex(peer.code))
  for (const key of new Set([...ours.storage.keys(), ...peer.storage.keys()])) {
    const [a, b] = [ours.storage.get(key) ?? 0n, peer.storage.get(key) ?? 0n]
    if (a !== b) note(`.storage[${toQuantity(key)}]`, toQuantity(a), toQuantity(b))
  }
}

function areEqual(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i])
}
