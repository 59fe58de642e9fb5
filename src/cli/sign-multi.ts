import { existsSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { readBytes, readChunks } from '../host/read-file.ts'
import { checkWritable, writeAtomically } from '../host/write-file.ts'
import { MULTI_LIMIT_BYTES, multiToJson, readMulti } from '../wallet/multi-file.ts'
import { addSignature, type MultiSignature, startMulti, termsFault } from '../wallet/multi-signature.ts'
import { optionalPath } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments } from './main.ts'
import { TERMS, termsOf } from './multi-terms.ts'
import { print, printJson } from './output.ts'
import { openSigner } from './private-key.ts'
import { refuseOver } from './written-files.ts'

/** `zvm sign --multi`: makes a k-of-n file by its terms, or adds to one that is there. */
export async function signMulti(args: Arguments, payloadPath: string, keyPath: string): Promise<number> {
  for (const name of ['output', 'encoding', 'timestamp', 'inline'])
    if (args[name] !== undefined && args[name] !== false)
      throw new ZvmError(ERROR_CODES.usage, `--${name}: not with --multi`)
  const path = optionalPath(args.multi, '--multi')!
  if (payloadPath === '-') throw new ZvmError(ERROR_CODES.usage, '--multi: needs the payload from a file')
  refuseOver(path, '--multi', [payloadPath, keyPath, args['passphrase-file']])
  checkWritable(path)
  const multi = existsSync(path)
    ? existing(args, path)
    : startMulti(termsOf(args).terms, readChunks(payloadPath))
  const signer = await openSigner(args, keyPath)
  const signed = naming(path, () => addSignature(multi, signer, readChunks(payloadPath)))
  writeAtomically(path, multiToJson(signed))
  const { threshold, signers } = signed.terms
  const publicKey = bytesToBareHex(signer.publicKey)
  const signatures = signed.signatures.length
  if (args.json) printJson({ signature: path, publicKey, signatures, threshold, of: signers.length })
  else
    print(`${path} written: by ${publicKey}, ${signatures} of ${signers.length} where ${threshold} must sign`)
  return EXIT.ok
}

/** The file that is there, whose terms must be those of the options where there are some. */
function existing(args: Arguments, path: string): MultiSignature {
  const multi = readMulti(readBytes(path, MULTI_LIMIT_BYTES), path)
  const fault = TERMS.some((name) => args[name] !== undefined)
    ? termsFault(multi.terms, termsOf(args).terms)
    : null
  if (fault === null) return multi
  throw new ZvmError(ERROR_CODES.usage, `${path}: ${fault}`, { path })
}

function naming(path: string, add: () => MultiSignature): MultiSignature {
  try {
    return add()
  } catch (error) {
    if (!(error instanceof ZvmError) || error.code !== ERROR_CODES.value) throw error
    throw new ZvmError(ERROR_CODES.usage, error.message.replace(/^multi:/, `${path}:`), { path }, error)
  }
}
