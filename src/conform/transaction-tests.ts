import { intrinsicGas } from '../chain/intrinsic-gas.ts'
import type { Rejection } from '../chain/rejection.ts'
import { checkSignature, recoverSender } from '../chain/signature.ts'
import type { Transaction } from '../chain/transaction.ts'
import { decodeTransaction, transactionHash } from '../chain/transaction-codec.ts'
import { validateTransaction } from '../chain/validity.ts'
import type { Crypto } from '../core/crypto.ts'
import { ZvmError } from '../core/errors.ts'
import { bytesToHex, hexToBytes, parseQuantity, toFixedHex } from '../core/hex.ts'
import { entriesOf, Members } from '../core/members.ts'
import type { Rules } from '../core/rules.ts'
import { orBroken, type SuiteCase } from './case.ts'
import { asObject, readText } from './fixture.ts'

/** The chain these files are written for. */
const CHAIN_ID = 1n
/** Bytes that are no transaction, beside the codes of `Rejection`. */
const MALFORMED = 'malformed'

/** What a file says of its bytes in one fork. */
type Expectation = Accepted | { readonly exception: string }

interface Accepted {
  readonly hash: string
  readonly sender: string
  readonly intrinsicGas: bigint
}

interface Fault {
  /** A code of `Rejection`, or MALFORMED. */
  readonly fault: string
  readonly message: string
}

type Finding = Accepted | Fault

/** Our faults for an upstream exception, whose class decoders draw differently. */
const FAULTS: ReadonlyMap<string, readonly string[]> = new Map([
  // r or s of 33 bytes does not decode.
  ['INVALID_SIGNATURE_VRS', ['invalid-signature', MALFORMED]],
  ['EC_RECOVERY_FAIL', ['invalid-signature']],
  // A v like 29 is read there as that of a chain.
  ['INVALID_CHAINID', ['wrong-chain-id', 'invalid-signature']],
  // An RLP string as a whole is taken for an unknown type there.
  ['TYPE_NOT_SUPPORTED', ['type-not-supported', MALFORMED]],
  ['INTRINSIC_GAS_TOO_LOW', ['intrinsic-gas']],
  ['NONCE_TOO_BIG', ['nonce-max']],
  ['GASLIMIT_PRICE_PRODUCT_OVERFLOW', ['insufficient-funds']],
  ['PRIORITY_GREATER_THAN_MAX_FEE_PER_GAS_2', ['priority-fee-above-max-fee']],
  ['INITCODE_SIZE_EXCEEDED', ['initcode-size']],
])
/** Exceptions of the decoder. */
const DECODING = /^RLP_|^ADDRESS_TOO_|_OVERFLOW$/

/**
 * The cases of a file of TransactionTests, already parsed: one for every fork of every transaction. A case passes when
 * hash, sender and intrinsic gas are as stated, or when the bytes are refused for the reason stated. Throws VALUE when
 * the file is not an object of transactions.
 */
export function transactionCases(file: unknown, place: string): SuiteCase[] {
  return entriesOf(file, place).flatMap(([name, value]) => casesOfEntry(name, value, `${place}: ${name}`))
}

function casesOfEntry(name: string, value: unknown, place: string): SuiteCase[] {
  return orBroken(name, () => {
    const entry = asObject(value, place)
    // The forks judge the same bytes.
    let judge: Judge | null = null
    return entriesOf(entry.result, `${place}.result`).map(([fork, result]) => ({
      name,
      fork,
      tableFork: fork,
      check({ rules }, crypto) {
        const expected = readExpectation(result, `${place}.result.${fork}`)
        judge ??= judgeOf(hexToBytes(entry.txbytes, `${place}.txbytes`), crypto)
        return difference(expected, judge(rules))
      },
    }))
  })
}

type Judge = (rules: Rules) => Finding

/** How these bytes are judged in a fork. What does not depend on it, the decoding and the sender, is found once. */
function judgeOf(bytes: Uint8Array, crypto: Crypto): Judge {
  const decoded = decode(bytes)
  if ('fault' in decoded) return () => decoded
  const tx = decoded
  let sender: bigint | null | undefined
  return (rules) => {
    const unsigned = checkSignature(tx, rules, CHAIN_ID)
    if (unsigned !== null) return faultOf(unsigned)
    if (sender === undefined) sender = recoverSender(tx, crypto)
    if (sender === null) return { fault: 'invalid-signature', message: 'no key fits the signature' }
    const rejection = validateTransaction(tx, rules)
    if (rejection !== null) return faultOf(rejection)
    const hash = bytesToHex(transactionHash(tx))
    return { hash, sender: toFixedHex(sender, 20), intrinsicGas: intrinsicGas(tx, rules) }
  }
}

function faultOf(rejection: Rejection): Fault {
  return { fault: rejection.code, message: rejection.message }
}

function decode(bytes: Uint8Array): Transaction | Fault {
  try {
    return decodeTransaction(bytes, 'txbytes')
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    const { rejection } = error.details
    return { fault: typeof rejection === 'string' ? rejection : MALFORMED, message: error.message }
  }
}

/** What is wrong with the finding, in words; null when it is as expected. */
function difference(expected: Expectation, found: Finding): string | null {
  if ('exception' in expected) {
    if (!('fault' in found)) return `accepted, expected ${expected.exception}`
    if (expected.exception.split('|').some((exception) => isFault(exception, found.fault))) return null
    return `refused for another reason than ${expected.exception}: ${found.fault} (${found.message})`
  }
  if ('fault' in found) return `refused: ${found.fault} (${found.message})`
  for (const field of ['hash', 'sender', 'intrinsicGas'] as const)
    if (found[field] !== expected[field]) return `${field} is ${found[field]}, expected ${expected[field]}`
  return null
}

/** Whether a fault is the exception of that upstream name. One we have not heard of may be any fault. */
function isFault(exception: string, fault: string): boolean {
  const name = exception.replace('TransactionException.', '')
  const faults = FAULTS.get(name)
  if (faults) return faults.includes(fault)
  return DECODING.test(name) ? fault === MALFORMED : true
}

function readExpectation(value: unknown, place: string): Expectation {
  const members = new Members(value, place)
  const exception = members.optional('exception', readText)
  if (exception !== undefined) return { exception }
  return {
    hash: members.required('hash', readText),
    sender: members.required('sender', readText),
    intrinsicGas: members.required('intrinsicGas', parseQuantity),
  }
}
