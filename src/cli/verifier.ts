import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { basename, join } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { readBytes, readGuarded } from '../host/read-file.ts'
import { readContext } from '../wallet/context.ts'
import { KEY_FILE_LIMIT_BYTES, readPublicKey } from '../wallet/keys.ts'
import { isMulti, readMulti } from '../wallet/multi-file.ts'
import { type MultiTerms, verifyMulti } from '../wallet/multi-signature.ts'
import type { Payload } from '../wallet/payload.ts'
import { readSignature, type StoredSignature } from '../wallet/signature.ts'
import { readTrustedKeys, TRUSTED_LIMIT_BYTES, type TrustedKey } from '../wallet/trusted-keys.ts'
import { verifySignature } from '../wallet/verify.ts'
import { fromOption, optionalPath } from './arguments.ts'
import type { Arguments } from './main.ts'
import { hasTerms, termsOf } from './multi-terms.ts'

/** Who may have signed, and in what context; or the terms of a k-of-n file. */
export interface Verifier {
  /** At least one; of a k-of-n file the signers. */
  readonly keys: readonly TrustedKey[]
  readonly context: string | null
  readonly terms: MultiTerms | null
}

/** Reads the options. Throws USAGE where no key is given or trusted: without one there is no verdict. */
export function verifierOf(args: Arguments): Verifier {
  if (hasTerms(args)) {
    if (args.pubkey !== undefined)
      throw new ZvmError(ERROR_CODES.usage, '--pubkey: not with the terms of a k-of-n file')
    const { terms, names } = termsOf(args)
    return { keys: names, context: terms.context, terms }
  }
  const context = args.context === undefined ? null : fromOption(() => readContext(args.context, '--context'))
  const keys = keysOf(args)
  if (keys.length > 0) return { keys, context, terms: null }
  throw new ZvmError(
    ERROR_CODES.usage,
    `no key, no verdict: name one with --pubkey, or trust one with zvm trust add (none in ${trustedPath(args)})`,
  )
}

function keysOf(args: Arguments): readonly TrustedKey[] {
  const path = optionalPath(args.pubkey, '--pubkey')
  if (path === null) return trustedKeys(args)
  const publicKey = readPublicKey(readBytes(path, KEY_FILE_LIMIT_BYTES), path)
  return [{ publicKey, name: nameOf(publicKey, trustedKeys(args)) ?? basename(path) }]
}

/** What a key is called among others. */
function nameOf(publicKey: Uint8Array, keys: readonly TrustedKey[]): string | undefined {
  const hex = bytesToBareHex(publicKey)
  return keys.find((key) => bytesToBareHex(key.publicKey) === hex)?.name
}

export function trustedPath(args: Arguments): string {
  const folder = process.env.XDG_CONFIG_HOME || join(homedir(), '.config')
  return optionalPath(args.trusted, '--trusted') ?? join(folder, 'zvm', 'trusted-keys')
}

/** The keys of the file; none where it is the default one and not there. Throws IO or VALUE. */
export function trustedKeys(args: Arguments): TrustedKey[] {
  const bytes = trustedFile(args, args.trusted === undefined)
  return bytes === null ? [] : readTrustedKeys(bytes, trustedPath(args))
}

/** The file of trusted keys; null where it may be missing and is. Throws VALUE where anyone may write it. */
export function trustedFile(args: Arguments, mayBeMissing: boolean): Uint8Array | null {
  const path = trustedPath(args)
  if (mayBeMissing && !existsSync(path)) return null
  return readGuarded(path, TRUSTED_LIMIT_BYTES)
}

/** Longest signature file, in bytes. */
const SIGNATURE_FILE_LIMIT = 1 << 24

/** A verdict, and what a signature that holds says besides. */
export type Judgement =
  | {
      readonly isValid: true
      /** Who has signed: one, or as many of a k-of-n file. */
      readonly by: readonly TrustedKey[]
      /** Null for a k-of-n file. */
      readonly stored: StoredSignature | null
    }
  | { readonly isValid: false; readonly reason: string }

/** Judges a signature file for a payload. What is wrong with the file is the verdict's reason. Throws IO. */
export function judgeFile(path: string, payload: Payload, verifier: Verifier): Judgement {
  const file = readBytes(path, SIGNATURE_FILE_LIMIT)
  const { terms, keys } = verifier
  if (!terms) {
    if (isMulti(file))
      throw new ZvmError(
        ERROR_CODES.usage,
        `${path}: a k-of-n file: give --signer, --threshold, --chainid, --nonce and --context`,
      )
    return judge(() => readSignature(file, path), payload, verifier)
  }
  return orReason(() => {
    const verdict = verifyMulti(readMulti(file, path), payload, terms)
    return verdict.isValid ? { isValid: true, by: named(verdict.signers, keys), stored: null } : verdict
  })
}

/** Judges a signature that is read here, so that what is wrong with it is the reason. */
export function judge(read: () => StoredSignature, payload: Payload, { keys, context }: Verifier): Judgement {
  return orReason(() => {
    const stored = read()
    const verdict = verifySignature(stored, payload, {
      keys: keys.map(({ publicKey }) => publicKey),
      context,
    })
    return verdict.isValid ? { isValid: true, by: named([verdict.publicKey], keys), stored } : verdict
  })
}

function orReason(run: () => Judgement): Judgement {
  try {
    return run()
  } catch (error) {
    const isOfFile =
      error instanceof ZvmError && (error.code === ERROR_CODES.value || error.code === ERROR_CODES.json)
    if (isOfFile) return { isValid: false, reason: error.message }
    throw error
  }
}

function named(signers: readonly Uint8Array[], keys: readonly TrustedKey[]): TrustedKey[] {
  return signers.map((publicKey) => ({ publicKey, name: nameOf(publicKey, keys)! }))
}
