import {
  deriveSealingKey,
  encodeSignature,
  keystoreToJson,
  openKeystore,
  publicKeyText,
  readKeystore,
  readPublicKey,
  readSignature,
  sealKeystore,
  signerOf,
  signMessage,
  signPayload,
  verifySignature,
} from '../../src/wallet/index.ts'

/** The vector of zsig: its seed, and a message. */
const SEED = Uint8Array.from(atob('vE9+i9FlPl69dzldXwrhnUr2JFfhleJ554+kPxRKnRY='), (char) =>
  char.charCodeAt(0),
)
const MESSAGE = 'Hello zsig v0.5.0\n'
/** The least that a keystore may cost: it is the format that is tried. */
const COSTS = { memoryKib: 19_456, passes: 2 }

/** What the wallet makes of the vector, a line each; the same in node and in a page. Chance is in no line. */
export function walletLines(): string[] {
  const bytes = (text: string) => new TextEncoder().encode(text)
  const text = (content: Uint8Array) => new TextDecoder().decode(content)
  const signer = signerOf(SEED)
  const keys = [readPublicKey(bytes(publicKeyText(signer.publicKey)), 'vector.pub')]
  const payload = [bytes(MESSAGE.slice(0, 5)), bytes(MESSAGE.slice(5))]
  const plain = signPayload(signer, payload, null)
  const inContext = signPayload(signer, payload, 'browser')
  const verdictOf = (signature: Uint8Array, context: string | null, said = payload) =>
    JSON.stringify(
      verifySignature(readSignature(encodeSignature(signature, 'hex'), 'vector.zsig'), said, {
        keys,
        context,
      }).isValid,
    )
  const keystore = readKeystore(
    bytes(keystoreToJson(sealKeystore(SEED, 'a passphrase', COSTS))),
    'vector.key',
  )
  const opened = openKeystore(keystore, deriveSealingKey(keystore, 'a passphrase'), 'vector.key')
  return [
    text(encodeSignature(plain, 'base64')),
    text(encodeSignature(inContext, 'base64')),
    text(encodeSignature(signMessage(signer, bytes(MESSAGE), 7, 'browser').signature, 'base64')),
    ...[verdictOf(plain, null), verdictOf(inContext, 'browser'), verdictOf(plain, 'browser')],
    verdictOf(plain, null, [bytes('another')]),
    String(opened.every((byte, i) => byte === SEED[i]) && opened.length === SEED.length),
  ]
}
