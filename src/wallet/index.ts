/**
 * zvm-engine/wallet: Ed25519 keys and signatures in the formats of zsig. Runs in browsers; files, modes and passphrases of
 * terminals belong to the commands.
 */
export type { Signer } from '../runtime/services.ts'
export { contextHash } from './context.ts'
export { splitInline } from './inline.ts'
export {
  generatePrivateKey,
  keyPairText,
  privateKeyPem,
  publicKeyPem,
  publicKeyText,
  readPrivateKey,
  readPublicKey,
  signerOf,
} from './keys.ts'
export {
  type Argon2Costs,
  deriveSealingKey,
  isKeystore,
  type Keystore,
  keystoreToJson,
  openKeystore,
  readKeystore,
  sealKeystore,
} from './keystore.ts'
export { multiToJson, readMulti } from './multi-file.ts'
export {
  addSignature,
  type MultiSignature,
  type MultiTerms,
  type MultiVerdict,
  multiTerms,
  signedText,
  startMulti,
  verifyMulti,
} from './multi-signature.ts'
export type { Payload } from './payload.ts'
export { SIGN_LIMIT_BYTES, signPayload } from './sign.ts'
export { type Encoding, encodeSignature, readSignature, type StoredSignature } from './signature.ts'
export {
  MESSAGE_LIMIT_BYTES,
  type SignedMessage,
  signedMessageToJson,
  signMessage,
} from './signed-message.ts'
export { addTrustedKey, readTrustedKeys, type TrustedKey, trustedKeysText } from './trusted-keys.ts'
export { type Demand, type Verdict, verifySignature } from './verify.ts'
