import { recoverSender } from '../chain/signature.ts'
import { newTransaction } from '../chain/transaction.ts'
import { decodeTransaction, encodeTransaction } from '../chain/transaction-codec.ts'
import { asBytes, asTuple } from '../chain/transaction-fields.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex, hexToBytes, parseAddress, parseFixedBytes, parseQuantity } from '../core/hex.ts'
import { keccak256 } from '../core/keccak.ts'
import { arrayOf, entriesOf, Members, type Read } from '../core/members.ts'
import { decodeRlp, encodeRlp } from '../core/rlp.ts'
import { withWriter } from '../state/trie/writer.ts'
import { memberCases, type SuiteCase } from './case.ts'
import { addressOfKey, readText } from './fixture.ts'

/** What is wrong with one case, in words; null when nothing is. */
type Check = (members: Members, crypto: Crypto) => string | null

/** The files whose cases are checked, by name. */
const CHECKS: ReadonlyMap<string, Check> = new Map([
  ['keyaddrtest', checkKey],
  ['txtest', checkTransaction],
  ['hexencodetest', checkHexPrefix],
  ['genesishashestest', checkGenesis],
])
/** The files whose cases are not, and why. */
const OUTSIDE: readonly (readonly [pattern: RegExp, reason: string])[] = [
  [/^crypto$/, 'the encryption of connections between nodes, of which an engine has none'],
  [/^blockgenesistest$/, 'a form of header older than the first block'],
]

/**
 * The signatures of keyaddrtest fit no digest of an empty string that we or others know: neither keccak256, SHA-256
 * nor those of signed messages. Nethermind leaves them out as wrong.
 */
const UNKNOWN_DIGEST = 'a signature of an unknown digest'

/** Whether a file of that name, without `.json`, is one of BasicTests. */
export function isBasicTestName(name: string): boolean {
  return CHECKS.has(name) || OUTSIDE.some(([pattern]) => pattern.test(name))
}

/**
 * The cases of a file of BasicTests, already parsed; the name of the file, which ends `place`, tells what its cases
 * are. Throws VALUE when the file holds no cases, or has another name.
 */
export function basicCases(file: unknown, place: string): SuiteCase[] {
  const name = place.replace(/^.*[/\\]/, '').replace(/\.json$/, '')
  if (!isBasicTestName(name))
    throw new ZvmError(ERROR_CODES.value, `${place}: not a file of BasicTests`, { place })
  const cases = entriesOf(membersOf(file, name), place).map(([title]) => title)
  const check = CHECKS.get(name)
  if (!check) {
    const reason = OUTSIDE.find(([pattern]) => pattern.test(name))?.[1] ?? ''
    return cases.map((title) => unchecked(title, reason))
  }
  const checked = memberCases(membersOf(file, name), place, (value, at, _table, crypto) =>
    check(new Members(value, at), crypto),
  )
  if (name !== 'keyaddrtest') return checked
  return [...checked, ...cases.map((title) => unchecked(`${title} signature`, UNKNOWN_DIGEST))]
}

function unchecked(name: string, skipped: string): SuiteCase {
  return { name, fork: null, tableFork: null, skipped, check: () => skipped }
}

/** The cases by name; numbered in a list, and the file itself where it holds one. */
function membersOf(file: unknown, name: string): unknown {
  if (Array.isArray(file)) return { ...file }
  return name === 'genesishashestest' ? { [name]: file } : file
}

/** A private key by its seed, and its address. For `sig_of_emptystring` see UNKNOWN_DIGEST. */
function checkKey(members: Members): string | null {
  const seed = new TextEncoder().encode(members.required('seed', readText))
  const [key, ownAddress] = members.required('key', readKey)
  const address = members.required('addr', parseAddress)
  members.required('sig_of_emptystring', (value) => value)
  members.done()
  if (bytesToBareHex(keccak256(seed)) !== bytesToBareHex(key)) return 'the key is not the hash of the seed'
  return ownAddress === address ? null : 'the key has another address'
}

/** A legacy transaction by its fields, without and with a signature by the key. */
function checkTransaction(members: Members, crypto: Crypto): string | null {
  const [, signer] = members.required('key', readKey)
  const fields = {
    nonce: members.required('nonce', readInteger),
    gasPrice: members.required('gasprice', readInteger),
    gasLimit: members.required('startgas', readInteger),
    to: members.required('to', (value, place) => (value === '' ? null : parseAddress(value, place))),
    value: members.required('value', readInteger),
    data: members.required('data', hexToBytes),
  }
  const unsigned = members.required('unsigned', hexToBytes)
  const signed = members.required('signed', hexToBytes)
  members.done()
  const decoded = decodeTransaction(signed, 'signed')
  const tx = newTransaction({ ...fields, signature: decoded.signature })
  const payload = decodeRlp(encodeTransaction(tx), 'signed') as Uint8Array[]
  const empty = new Uint8Array(0)
  if (bytesToBareHex(encodeTransaction(tx)) !== bytesToBareHex(signed)) return 'the fields encode otherwise'
  if (bytesToBareHex(encodeRlp([...payload.slice(0, 6), empty, empty, empty])) !== bytesToBareHex(unsigned))
    return 'the fields without a signature encode otherwise'
  return recoverSender(decoded, crypto) === signer ? null : 'the signature has another signer'
}

/** A path of nibbles, ended or open, in the hex-prefix form of the trie (Yellow Paper appendix C). */
function checkHexPrefix(members: Members): string | null {
  const nibbles = members.required('seq', arrayOf(readInteger)).map(Number)
  const isLeaf = members.required('term', (value) => value === true)
  const expected = members.required('out', readText)
  members.done()
  const encoded = withWriter(null, (writer) => {
    const from = writer.top
    writer.putPath(Uint8Array.from(nibbles), isLeaf)
    return writer.bytes.slice(from, writer.top)
  })
  const found = bytesToBareHex(decodeRlp(encoded, 'path') as Uint8Array)
  return found === expected ? null : `encodes to ${found}, expected ${expected}`
}

/** The first block of the main network: its RLP, its state root, and the hash of its header. */
function checkGenesis(members: Members): string | null {
  const bytes = members.required('genesis_rlp_hex', hexToBytes)
  const stateRoot = members.required('genesis_state_root', readText)
  const hash = members.required('genesis_hash', readText)
  members.done()
  const block = asTuple(decodeRlp(bytes, 'genesis'), 3, 'genesis')
  const header = asTuple(block[0], 15, 'genesis.header')
  if (bytesToBareHex(encodeRlp(block)) !== bytesToBareHex(bytes)) return 'the block encodes otherwise'
  if (bytesToBareHex(asBytes(header[3], 'genesis.header.stateRoot')) !== stateRoot)
    return 'the header has another state root'
  return bytesToBareHex(keccak256(encodeRlp(header))) === hash ? null : 'the header has another hash'
}

/** A private key and the address of its account. */
const readKey: Read<readonly [Uint8Array, bigint]> = (value, place) => [
  parseFixedBytes(value, place, 32),
  addressOfKey(value, place),
]

/** These files write some integers over 2^53 as JSON numbers; all of them are doubles exactly. */
const readInteger: Read<bigint> = (value, place) =>
  parseQuantity(Number.isInteger(value) && (value as number) >= 0 ? BigInt(value as number) : value, place)
