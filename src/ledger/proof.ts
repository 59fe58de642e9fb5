import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex, hexToBytes } from '../core/hex.ts'
import { arrayOf, Members, readWhole, refuseValue } from '../core/members.ts'
import { type Digests, plainDigests } from './digests.ts'
import type { Entry } from './entry.ts'
import { exactJson, parseExact, readHex } from './json.ts'
import type { Ledger } from './ledger.ts'
import { merkleProof, merkleRoot, rootOfProof } from './merkle.ts'
import { readRecord } from './record.ts'
import { isTransactionJson, readTransaction } from './transaction.ts'

/** That an entry stands in a journal of a root: what whoever knows the root can check without the journal. */
export interface EntryProof {
  /** The entry's JSON. */
  readonly body: string
  readonly index: number
  /** From the leaf up, 32 bytes in hex each. */
  readonly partners: readonly string[]
  readonly root: string
}

const FORMAT = 'zvm-ledger-proof/1'

/** The root over all entries, in hex; empty where there are none. */
export function rootOf({ entries, digests }: Ledger): string {
  const root = merkleRoot(leavesOf(entries), digests)
  return root ? bytesToBareHex(root) : ''
}

/** The proof of an entry by its number, which is one of the journal's. */
export function proveEntry({ entries, digests }: Ledger, sequence: number): EntryProof {
  const leaves = leavesOf(entries)
  const { index, partners } = merkleProof(leaves, sequence, digests)
  const root = bytesToBareHex(merkleRoot(leaves, digests)!)
  return { body: entries[sequence].json, index, partners: partners.map(bytesToBareHex), root }
}

function leavesOf(entries: readonly Entry[]): Uint8Array[] {
  return entries.map(({ txHash }) => hexToBytes(txHash, 'hash'))
}

/** The proof as JSON in one line; the entry's own is a member of it as it stands. */
export function proofToJson({ body, index, partners, root }: EntryProof): string {
  return `{"format":"${FORMAT}","body":${body},"index":${index},"partners":${exactJson(partners)},"root":"${root}"}\n`
}

/**
 * Reads a proof and checks it: against `root` where one is known, and in any case against its own. Throws JSON or VALUE
 * for what is no proof, BAD_PROOF for one that does not hold.
 */
export function readProof(
  text: string,
  place: string,
  root: string | null = null,
  digests: Digests = plainDigests,
): EntryProof {
  const body = bodyOf(text, place)
  const members = new Members(parseExact(text, place), place, ': ')
  members.required('format', (value, at) => (value === FORMAT ? null : refuseValue(at, `not ${FORMAT}`)))
  members.required('body', () => null)
  const proof = {
    body,
    index: members.required('index', readWhole(0, 2 ** 31 - 1)),
    partners: members.required('partners', arrayOf(readHex(32))),
    root: members.required('root', readHex(32)),
  }
  members.done()
  if (proofToJson(proof) !== text) refuseValue(place, 'not written as we write it')
  checkProof(proof, place, root, digests)
  return proof
}

/** The text of the entry within that of the proof. */
function bodyOf(text: string, place: string): string {
  const head = `{"format":"${FORMAT}","body":`
  const end = text.lastIndexOf(',"index":')
  if (!text.startsWith(head) || end < head.length) refuseValue(place, `no proof of ${FORMAT}`)
  const body = text.slice(head.length, end)
  if (isTransactionJson(body)) readTransaction(body, `${place}: body`)
  else readRecord(body, `${place}: body`)
  return body
}

function checkProof(
  { body, index, partners, root }: EntryProof,
  place: string,
  known: string | null,
  digests: Digests,
): void {
  const leaf = digests.sha256(new TextEncoder().encode(body))
  const found = rootOfProof(leaf, { index, partners: partners.map((hex) => hexToBytes(hex, place)) }, digests)
  if (!found) refuse(place, `${partners.length} partners do not lead from entry ${index} to a root`)
  if (bytesToBareHex(found) !== root)
    refuse(place, 'leads to another root than it says: something in it was changed')
  if (known !== null && known !== root) refuse(place, 'is of another root than the one that is known')
}

function refuse(place: string, what: string): never {
  throw new ZvmError(ERROR_CODES.badProof, `${place}: ${what}`, { place })
}
