import { basename } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readBytes } from '../host/read-file.ts'
import { readContext } from '../wallet/context.ts'
import { KEY_FILE_LIMIT_BYTES, readPublicKey } from '../wallet/keys.ts'
import { type MultiTerms, multiTerms, SIGNERS_LIMIT } from '../wallet/multi-signature.ts'
import type { TrustedKey } from '../wallet/trusted-keys.ts'
import { fromOption, paths, wholeNumber } from './arguments.ts'
import type { Arguments } from './main.ts'

/** The options that are the terms of a k-of-n file. */
export const TERMS = ['signer', 'threshold', 'chainid', 'nonce', 'context'] as const

/** Whether the command line speaks of a k-of-n file. */
export function hasTerms(args: Arguments): boolean {
  return (['signer', 'threshold', 'nonce'] as const).some((name) => args[name] !== undefined)
}

/** Throws USAGE where an option is of a k-of-n file alone, and there is none. */
export function refuseChainId({ chainid }: Arguments): void {
  if (chainid !== undefined) throw new ZvmError(ERROR_CODES.usage, '--chainid: only of a k-of-n file')
}

/** The terms that options give, and what the signers are called. Throws USAGE naming what is missing. */
export function termsOf(args: Arguments): { terms: MultiTerms; names: readonly TrustedKey[] } {
  const missing = TERMS.find((name) => args[name] === undefined)
  if (missing !== undefined)
    throw new ZvmError(
      ERROR_CODES.usage,
      `--${missing}: a k-of-n file needs it: without signers, threshold, chain id, nonce and context no verdict`,
    )
  const names = paths(args.signer, '--signer').map((path) => ({
    publicKey: readPublicKey(readBytes(path, KEY_FILE_LIMIT_BYTES), path),
    name: basename(path).replace(/\.(pub|pem)$/, ''),
  }))
  const given = {
    chainId: wholeNumber(args.chainid, '--chainid', 0, Number.MAX_SAFE_INTEGER),
    nonce: wholeNumber(args.nonce, '--nonce', 0, Number.MAX_SAFE_INTEGER),
    context: fromOption(() => readContext(args.context, '--context')),
    threshold: wholeNumber(args.threshold, '--threshold', 1, SIGNERS_LIMIT),
    signers: names.map(({ publicKey }) => publicKey),
  }
  return { terms: fromOption(() => multiTerms(given)), names }
}
