import { readSecret } from '../host/read-file.ts'
import type { Signer } from '../runtime/services.ts'
import { KEY_FILE_LIMIT_BYTES, readPrivateKey, signerOf } from '../wallet/keys.ts'
import type { Arguments } from './main.ts'

/** The private key of a file, which others must not be able to read. Throws IO or VALUE, never showing its content. */
export async function openPrivateKey(_args: Arguments, path: string): Promise<Uint8Array> {
  return readPrivateKey(readSecret(path, KEY_FILE_LIMIT_BYTES), path)
}

export async function openSigner(args: Arguments, path: string): Promise<Signer> {
  return signerOf(await openPrivateKey(args, path))
}
