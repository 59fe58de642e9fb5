import { bytesToBareHex } from '../core/hex.ts'
import { parseJson } from '../core/json.ts'
import { arrayOf, Members, refuseValue } from '../core/members.ts'
import { bytesToBase64 } from './base64.ts'
import { readContext } from './context.ts'
import { exactly, readHex32, readSignatureBytes } from './json-values.ts'
import {
  checkedTerms,
  MULTI_FORMAT,
  type MultiSignature,
  type MultiTerms,
  orderOf,
  readCount,
} from './multi-signature.ts'

/** Longest k-of-n file, in bytes. */
export const MULTI_LIMIT_BYTES = 1 << 18

/** Whether a file says that it is a k-of-n file. */
export function isMulti(file: Uint8Array): boolean {
  const head = new TextDecoder().decode(file.subarray(0, 256))
  return head.includes(`"${MULTI_FORMAT}"`)
}

/** Reads a k-of-n file. What JSON leaves open is free in it, and nothing else. Throws VALUE, or JSON, naming the file. */
export function readMulti(file: Uint8Array, place: string): MultiSignature {
  const members = new Members(
    parseJson(file, place, { maxBytes: MULTI_LIMIT_BYTES, uniqueKeys: true }),
    place,
    ': ',
  )
  members.required('format', exactly(MULTI_FORMAT))
  const terms = {
    chainId: members.required('chain_id', readCount),
    nonce: members.required('nonce', readCount),
    context: members.required('context', readContext),
    threshold: members.required('threshold', readCount),
    signers: members.required('signers', arrayOf(readHex32)),
  }
  const payloadHash = members.required('payload', readHex32)
  const signatures = members.required('signatures', arrayOf(readOne))
  members.done()
  checkedTerms(terms, place)
  checkOrder(terms, signatures, place)
  return { terms, payloadHash, signatures }
}

export function multiToJson({ terms, payloadHash, signatures }: MultiSignature): string {
  const { chainId, nonce, context, threshold, signers } = terms
  const plain = {
    ...{
      format: MULTI_FORMAT,
      chain_id: chainId,
      nonce,
      context,
      threshold,
      signers: signers.map(bytesToBareHex),
    },
    payload: bytesToBareHex(payloadHash),
    signatures: signatures.map(({ signer, signature }) => ({
      signer: bytesToBareHex(signer),
      signature: bytesToBase64(signature),
    })),
  }
  return `${JSON.stringify(plain, null, 2)}\n`
}

/** Signatures stand in the order of the signers, each of one of them and none twice. */
function checkOrder(terms: MultiTerms, signatures: MultiSignature['signatures'], place: string): void {
  let last = -1
  for (const [i, { signer }] of signatures.entries()) {
    const at = orderOf(terms, signer)
    const where = `${place}: signatures[${i}]`
    if (at < 0) refuseValue(where, `${bytesToBareHex(signer)} is none of the signers`)
    if (at === last) refuseValue(where, 'a duplicate of the one before')
    if (at < last) refuseValue(where, 'in the wrong order: signatures stand as the signers do')
    last = at
  }
}

function readOne(value: unknown, place: string) {
  const members = new Members(value, place)
  const one = {
    signer: members.required('signer', readHex32),
    signature: members.required('signature', readSignatureBytes),
  }
  members.done()
  return one
}
