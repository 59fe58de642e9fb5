import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readBytes } from '../host/read-file.ts'
import { optionalPath } from './arguments.ts'
import type { GivenCode } from './input.ts'
import type { Arguments } from './main.ts'
import { KEY_FILE_LIMIT } from './runtime-options.ts'

const SIGNATURE_FILE_LIMIT = 1 << 24

/**
 * With `--require-signature`, throws unless the file's bytes are signed by the key of `--pubkey`: USAGE where something
 * is missing, BAD_SIGNATURE where it does not hold. Without a key there is no verdict.
 */
export async function checkSigned(args: Arguments, given: GivenCode | null): Promise<void> {
  const path = optionalPath(args['require-signature'], '--require-signature')
  const keyPath = optionalPath(args.pubkey, '--pubkey')
  if (path === null && keyPath === null) return
  if (path === null) throw new ZvmError(ERROR_CODES.usage, '--pubkey: needs --require-signature')
  if (keyPath === null)
    throw new ZvmError(
      ERROR_CODES.usage,
      '--require-signature: needs --pubkey; without a key there is no verdict',
    )
  if (!given?.bytes)
    throw new ZvmError(
      ERROR_CODES.usage,
      '--require-signature: the code must come from a file, whose bytes are signed',
    )
  const { readPublicKey } = await import('../wallet/keys.ts')
  const { readSignature, verifySignature } = await import('../wallet/signature.ts')
  const key = readPublicKey(new TextDecoder().decode(readBytes(keyPath, KEY_FILE_LIMIT)), keyPath)
  const signature = readSignature(readBytes(path, SIGNATURE_FILE_LIMIT), path)
  if (!verifySignature(signature, given.bytes, key))
    throw new ZvmError(
      ERROR_CODES.badSignature,
      `✗ Signature invalid: ${path} is not one of ${given.name} by the key in ${keyPath}; nothing was run`,
      { path },
    )
}
