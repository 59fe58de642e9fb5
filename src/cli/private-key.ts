import { readSecret } from '../host/read-file.ts'
import type { Signer } from '../runtime/services.ts'
import { KEY_FILE_LIMIT_BYTES, readPrivateKey, signerOf } from '../wallet/keys.ts'
import { deriveSealingKey, isKeystore, openKeystore, readKeystore } from '../wallet/keystore.ts'
import type { Arguments } from './main.ts'
import { passphraseOf } from './passphrase.ts'

/**
 * The private key of a file, which others must not be able to read; of a keystore, by its passphrase. Throws IO, VALUE,
 * JSON or BAD_SIGNATURE, never showing its content.
 */
export async function openPrivateKey(args: Arguments, path: string): Promise<Uint8Array> {
  const file = readSecret(path, KEY_FILE_LIMIT_BYTES)
  if (!isKeystore(file)) return readPrivateKey(file, path)
  const keystore = readKeystore(file, path)
  return openKeystore(keystore, deriveSealingKey(keystore, await passphraseOf(args, path)), path)
}

export async function openSigner(args: Arguments, path: string): Promise<Signer> {
  return signerOf(await openPrivateKey(args, path))
}
