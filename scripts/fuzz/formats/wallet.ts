import { concatBytes } from '../../../src/core/bytes.ts'
import { ERROR_CODES, ZvmError } from '../../../src/core/errors.ts'
import { bytesToBareHex, bytesToHex } from '../../../src/core/hex.ts'
import {
  addSignature,
  deriveSealingKey,
  encodeSignature,
  keyPairText,
  keystoreToJson,
  multiTerms,
  multiToJson,
  openKeystore,
  privateKeyPem,
  publicKeyPem,
  publicKeyText,
  readKeystore,
  readMulti,
  readPrivateKey,
  readPublicKey,
  readSignature,
  readTrustedKeys,
  sealKeystore,
  signedMessageToJson,
  signerOf,
  signMessage,
  signPayload,
  splitInline,
  startMulti,
  trustedKeysText,
  type Verdict,
  verifyMulti,
  verifySignature,
} from '../../../src/wallet/index.ts'
import type { Random } from '../random.ts'
import type { Subject } from './subjects.ts'

const utf8 = (text: string) => new TextEncoder().encode(text)
const textOf = (bytes: Uint8Array) => Buffer.from(bytes).toString('latin1')

const SEED = Uint8Array.from({ length: 32 }, (_, i) => 7 * i + 1)
const SIGNER = signerOf(SEED)
const OTHERS = [signerOf(SEED.map((byte) => byte ^ 1)), signerOf(SEED.map((byte) => byte ^ 2))]
const PAYLOAD = utf8('temperature 21.5')
const SIGNATURE = signPayload(SIGNER, [PAYLOAD], null)
/** Signatures of one payload by one key, so that what is accepted must be one of them. */
const IN_CONTEXT = signPayload(SIGNER, [PAYLOAD], 'sensor')

/**
 * A format of which nothing but one content may be accepted: `use` throws ZvmError where an input is refused, and what it
 * accepts must have the normal form of an original, which is all that may change in it.
 */
function onlyOriginals(
  originals: readonly Uint8Array[],
  use: (input: Uint8Array) => void,
  normal: (input: Uint8Array) => string,
  vary: (random: Random, original: Uint8Array) => Uint8Array = (_, original) => original,
): Subject {
  const known = new Set(originals.map(normal))
  return {
    make: (random) => vary(random, random.pick(originals)),
    accept(input) {
      use(input)
      return known.has(normal(input)) ? null : 'a changed file is accepted'
    },
  }
}

function mustHold(verdict: Pick<Verdict, 'isValid'>): void {
  if (!verdict.isValid) throw new ZvmError(ERROR_CODES.badSignature, 'invalid')
}

function verify(file: Uint8Array, payload: Uint8Array = PAYLOAD): void {
  const demand = { keys: [SIGNER.publicKey], context: null }
  mustHold(verifySignature(readSignature(file, 'input'), [payload], demand))
}

/** A key counts where a signature that it must have made holds by it. */
function verifyBy(publicKey: Uint8Array): void {
  const stored = readSignature(IN_CONTEXT, 'known')
  mustHold(verifySignature(stored, [PAYLOAD], { keys: [publicKey], context: 'sensor' }))
}

/** Free around a text: space, tab, CR, LF. */
const trimmed = (input: Uint8Array) => textOf(input).replace(/^[ \t\r\n]+|[ \t\r\n]+$/g, '')

function spaced(random: Random, original: Uint8Array): Uint8Array {
  const space = () => random.pick(['', ' ', '\n', '\t\r\n'])
  return utf8(space() + trimmed(original) + space())
}

function recased(random: Random, original: Uint8Array): Uint8Array {
  return spaced(random, random.oneIn(2) ? utf8(textOf(original).toUpperCase()) : original)
}

/** The value of JSON with its members in order: all that JSON leaves open is free. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, member]) => [name, sorted(member)]),
  )
}

const jsonOf = (input: Uint8Array) => JSON.parse(new TextDecoder().decode(input))
const normalJson = (input: Uint8Array) => JSON.stringify(sorted(jsonOf(input)))

function reformatted(random: Random, original: Uint8Array): Uint8Array {
  const members = Object.entries(jsonOf(original) as object)
  if (random.oneIn(2)) members.reverse()
  return utf8(JSON.stringify(Object.fromEntries(members), null, random.below(3)))
}

/** Of a SignedMessage the case of its key, and an empty context for none, are free too. */
function normalSigned(input: Uint8Array): string {
  const { context, public_key: key, ...rest } = jsonOf(input)
  return JSON.stringify(sorted({ ...rest, context: context ?? '', public_key: String(key).toLowerCase() }))
}

/** Free in PEM: white space within the base64 too, but for the line ends that begin and end it. */
function normalPem(input: Uint8Array): string {
  const [, head, body, foot] =
    /^(-----BEGIN [A-Z ]+-----)[\r\n](.*?)(-----END .*)$/s.exec(trimmed(input)) ?? []
  return head + body?.replace(/[ \t\r\n]/g, '') + foot
}

/** Free in a key pair: CR before LF, and the case of the public half. */
function normalPair(input: Uint8Array): string {
  const text = trimmed(input).replaceAll('\r\n', '\n')
  return text.replace(/^Public: .*$/m, (line) => line.toLowerCase())
}

const SIGNED = [0, 1].map((i) => {
  const context = ['', 'sensor'][i]
  return utf8(signedMessageToJson(signMessage(SIGNER, PAYLOAD, 1_700_000_000 + i, context)))
})

const KEYSTORE = sealKeystore(SEED, 'passphrase', { memoryKib: 19_456, passes: 2 })

const TERMS = multiTerms({
  ...{ chainId: 5, nonce: 7, context: 'council', threshold: 2 },
  signers: [SIGNER, ...OTHERS].map(({ publicKey }) => publicKey),
})
const MULTI = [SIGNER, ...OTHERS].reduce(
  (multi, signer) => addSignature(multi, signer, [PAYLOAD]),
  startMulti(TERMS, [PAYLOAD]),
)

/** Any two of the three signatures are enough: dropping the third is no change to what is left. */
const MULTIS = [0, 1, 2, 3].map((dropped) => {
  const signatures = MULTI.signatures.filter((_, i) => i !== dropped)
  return utf8(multiToJson({ ...MULTI, signatures }))
})

let sealingKey: Uint8Array | undefined

/** With the key that its passphrase gives, whatever the costs and salt of the input would give: these are sealed too. */
function openInput(input: Uint8Array): void {
  sealingKey ??= deriveSealingKey(KEYSTORE, 'passphrase')
  openKeystore(readKeystore(input, 'input'), sealingKey, 'input')
}

function makeTrusted(random: Random): Uint8Array {
  const names = ['alice', 'Böb the 2nd', 'c@example.com']
  const keys = [SIGNER, ...OTHERS]
    .slice(random.below(4))
    .map(({ publicKey }, i) => ({ publicKey, name: names[i] }))
  return utf8(`${random.oneIn(2) ? '# ours\n\n' : ''}${trustedKeysText(keys)}`)
}

/** Accepted: what is written of it reads the same. */
function acceptTrusted(input: Uint8Array): string | null {
  const text = trustedKeysText(readTrustedKeys(input, 'input'))
  return trustedKeysText(readTrustedKeys(utf8(text), 'again')) === text ? null : 'written again it differs'
}

export const WALLET: Readonly<Record<string, Subject>> = {
  'zsig raw': onlyOriginals([SIGNATURE], verify, bytesToHex),
  'zsig hex': onlyOriginals(
    [encodeSignature(SIGNATURE, 'hex')],
    verify,
    (input) => trimmed(input).toLowerCase(),
    recased,
  ),
  'zsig base64': onlyOriginals([encodeSignature(SIGNATURE, 'base64')], verify, trimmed, spaced),
  'zsig json': onlyOriginals(SIGNED, verify, normalSigned, reformatted),
  'zsig inline': onlyOriginals(
    [concatBytes(PAYLOAD, SIGNATURE)],
    (input) => {
      const { message, signature } = splitInline(input, 'input')
      verify(signature, message)
    },
    bytesToHex,
  ),
  'public key': onlyOriginals(
    [utf8(publicKeyText(SIGNER.publicKey))],
    (input) => verifyBy(readPublicKey(input, 'input')),
    (input) => trimmed(input).toLowerCase(),
    recased,
  ),
  'public key pem': onlyOriginals(
    [utf8(publicKeyPem(SIGNER.publicKey))],
    (input) => verifyBy(readPublicKey(input, 'input')),
    normalPem,
    spaced,
  ),
  'key pair': onlyOriginals(
    [utf8(keyPairText(SEED))],
    (input) => verifyBy(signerOf(readPrivateKey(input, 'input')).publicKey),
    normalPair,
    spaced,
  ),
  'private key pem': onlyOriginals(
    [utf8(privateKeyPem(SEED))],
    (input) => verifyBy(signerOf(readPrivateKey(input, 'input')).publicKey),
    normalPem,
    spaced,
  ),
  keystore: onlyOriginals([utf8(keystoreToJson(KEYSTORE))], openInput, normalJson, reformatted),
  'k-of-n': onlyOriginals(
    MULTIS,
    (input) => mustHold(verifyMulti(readMulti(input, 'input'), [PAYLOAD], TERMS)),
    normalJson,
    reformatted,
  ),
  'trusted keys': { make: makeTrusted, accept: acceptTrusted },
}

/** Words of these formats. */
export const WALLET_WORDS: readonly string[] = [
  ...['-----BEGIN ', 'ZSIG KEYPAIR-----', '-----END PUBLIC KEY-----', 'Private: ', 'Public: '],
  ...[
    '"context":"a:b",',
    '"signature":"",',
    '"passes":1000000000,',
    '"memory_kib":4294967295,',
    '"signers":[],',
  ],
  ...[bytesToBareHex(OTHERS[0].publicKey), '00'.repeat(32), '=', '==', '\\u0061'],
]
