import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { optionalPath } from './arguments.ts'
import type { GivenCode } from './input.ts'
import type { Arguments } from './main.ts'
import { VERIFIER_OPTIONS } from './signature-options.ts'

/**
 * With `--require-signature`, throws unless the file's bytes are signed as `zvm verify` would have it: USAGE where
 * something is missing, BAD_SIGNATURE where it does not hold. Without a key there is no verdict.
 */
export async function checkSigned(args: Arguments, given: GivenCode | null): Promise<void> {
  const path = optionalPath(args['require-signature'], '--require-signature')
  if (path === null) return refuseStray(args)
  if (!given?.bytes)
    throw new ZvmError(
      ERROR_CODES.usage,
      '--require-signature: the code must come from a file, whose bytes are signed',
    )
  const { judgeFile, verifierOf } = await import('./verifier.ts')
  const verdict = judgeFile(path, [given.bytes], verifierOf(args))
  if (!verdict.isValid)
    throw new ZvmError(
      ERROR_CODES.badSignature,
      `✗ Signature invalid: ${path} for ${given.name}: ${verdict.reason}; nothing was run`,
      { path },
    )
}

function refuseStray(args: Arguments): void {
  const stray = VERIFIER_OPTIONS.find((name) => args[name] !== undefined)
  if (stray !== undefined) throw new ZvmError(ERROR_CODES.usage, `--${stray}: needs --require-signature`)
}
