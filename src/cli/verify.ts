import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { readBytes, readChunks, readTail } from '../host/read-file.ts'
import { SIGNATURE_BYTES } from '../wallet/ed25519.ts'
import { splitInline } from '../wallet/inline.ts'
import { SIGN_LIMIT_BYTES } from '../wallet/sign.ts'
import { readSignature } from '../wallet/signature.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { oneLine, print, printJson } from './output.ts'
import { verifierOptions } from './signature-options.ts'
import { type Judgement, judge, judgeFile, type Verifier, verifierOf } from './verifier.ts'

/** `zvm verify`: whether a signature holds. */
export const verify: Command = {
  options: (yargs) =>
    verifierOptions(yargs)
      .positional('signature', { type: 'string', describe: 'File of a signature, in any encoding' })
      .nargs('signature', 1)
      .option('payload', text('What it must be a signature of; - for stdin'))
      .option('inline', flag('The file is the payload with the signature behind it; - for stdin'))
      .option('json', flag('Print one JSON object'))
      .example('$0 verify data.bin.zsig --payload data.bin --pubkey alice.pub', 'By this key')
      .example('$0 verify data.bin.zsig --payload data.bin', 'By a key of zvm trust add'),

  async run(args) {
    const path = optionalPath(args.signature, 'verify')
    const payload = optionalPath(args.payload, '--payload')
    if (path === null) throw new ZvmError(ERROR_CODES.usage, 'verify: name the file of a signature')
    if (args.inline ? payload !== null : payload === null)
      throw new ZvmError(
        ERROR_CODES.usage,
        args.inline ? '--payload: not with --inline' : '--payload: name what must be signed',
      )
    const verifier = verifierOf(args)
    const judgement =
      payload === null
        ? judgeInline(path, verifier)
        : judgeFile(path, readChunks(payload === '-' ? null : payload), verifier)
    show(args, judgement, verifier)
    return judgement.isValid ? EXIT.ok : EXIT.failed
  },
}

/** A regular file is read in pieces; what else there is, whole. */
function judgeInline(path: string, verifier: Verifier): Judgement {
  const parts = path === '-' ? null : readTail(path, SIGNATURE_BYTES)
  if (parts)
    return judge(
      () => readSignature(splitInline(parts.tail, path).signature, path),
      readChunks(path, parts.before),
      verifier,
    )
  const bytes = readBytes(path === '-' ? null : path, SIGN_LIMIT_BYTES)
  if (bytes.length > SIGN_LIMIT_BYTES)
    throw new ZvmError(
      ERROR_CODES.value,
      `${path}: longer than ${SIGN_LIMIT_BYTES} bytes, and no regular file`,
    )
  const isLong = bytes.length >= SIGNATURE_BYTES
  const message = isLong ? splitInline(bytes, path).message : bytes
  return judge(() => readSignature(splitInline(bytes, path).signature, path), [message], verifier)
}

function show(args: Arguments, judgement: Judgement, { context }: Verifier): void {
  if (args.json) printJson(plainVerdict(judgement, context))
  else if (judgement.isValid) print(`✓ Signature valid: ${oneLine(holdingText(judgement, context))}`)
  else print(`✗ Signature invalid: ${oneLine(judgement.reason)}`)
}

type Holding = Extract<Judgement, { isValid: true }>

function plainVerdict(judgement: Judgement, context: string | null) {
  if (!judgement.isValid) return { valid: false, reason: judgement.reason }
  const { key, stored } = judgement
  const { encoding, signed } = stored
  const who = { name: key.name, publicKey: bytesToBareHex(key.publicKey), encoding }
  const said = signed ? { context: signed.context, timestamp: signed.timestamp } : { context: context ?? '' }
  return { valid: true, ...who, ...said }
}

function holdingText({ key, stored }: Holding, asked: string | null): string {
  const { signed } = stored
  const context = signed ? signed.context : (asked ?? '')
  const parts = [`${key.name} ${bytesToBareHex(key.publicKey)}`]
  if (context !== '') parts.push(`context ${context}`)
  if (signed) parts.push(`time ${signed.timestamp}`)
  return parts.join(', ')
}
