import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { readBytes, readChunks, readTail } from '../host/read-file.ts'
import { SIGNATURE_BYTES } from '../wallet/ed25519.ts'
import { splitInline } from '../wallet/inline.ts'
import { SIGN_LIMIT_BYTES } from '../wallet/sign.ts'
import { readSignature } from '../wallet/signature.ts'
import type { SignedMessage } from '../wallet/signed-message.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { refuseChainId } from './multi-terms.ts'
import { oneLine, print, printJson } from './output.ts'
import { chainIdOption, verifierOptions } from './signature-options.ts'
import { type Judgement, judge, judgeFile, type Verifier, verifierOf } from './verifier.ts'

/** `zvm verify`: whether a signature holds. */
export const verify: Command = {
  options: (yargs) =>
    chainIdOption(verifierOptions(yargs))
      .positional('signature', { type: 'string', describe: 'File of a signature, in any encoding' })
      .nargs('signature', 1)
      .option('payload', text('What it must be a signature of; - for stdin'))
      .option('inline', flag('The file is the payload with the signature behind it; - for stdin'))
      .option('json', flag('Print one JSON object'))
      .example('$0 verify data.bin.zsig --payload data.bin --pubkey alice.pub', 'By this key')
      .example('$0 verify data.bin.zsig --payload data.bin', 'By a key of zvm trust add')
      .example(
        '$0 verify p.multi --payload p.json --signer a.pub --signer b.pub --signer c.pub --threshold 2 --chainid 1 --nonce 7 --context council',
        'A k-of-n file by two of three',
      ),

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
    if (!verifier.terms) refuseChainId(args)
    if (args.inline && verifier.terms)
      throw new ZvmError(ERROR_CODES.usage, '--inline: not with a k-of-n file')
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

function show(args: Arguments, judgement: Judgement, verifier: Verifier): void {
  if (args.json) printJson(plainVerdict(judgement, verifier))
  else if (judgement.isValid) print(`✓ Signature valid: ${oneLine(holdingText(judgement, verifier))}`)
  else print(`✗ Signature invalid: ${oneLine(judgement.reason)}`)
}

type Holding = Extract<Judgement, { isValid: true }>

function plainVerdict(judgement: Judgement, verifier: Verifier) {
  if (!judgement.isValid) return { valid: false, reason: judgement.reason }
  const [{ name, publicKey }, ...others] = judgement.by.map((key) => ({
    name: key.name,
    publicKey: bytesToBareHex(key.publicKey),
  }))
  const { stored } = judgement
  if (!stored) {
    const { chainId, nonce, context, threshold, signers } = verifier.terms!
    const by = [{ name, publicKey }, ...others]
    return { valid: true, by, threshold, of: signers.length, chainId, nonce, context }
  }
  const { encoding, signed } = stored
  return { valid: true, name, publicKey, encoding, ...saidBy(signed, verifier) }
}

function saidBy(signed: SignedMessage | null, { context }: Verifier) {
  return signed ? { context: signed.context, timestamp: signed.timestamp } : { context: context ?? '' }
}

function holdingText({ by, stored }: Holding, verifier: Verifier): string {
  const parts = by.map(({ name, publicKey }) => `${name} ${bytesToBareHex(publicKey)}`)
  const { terms } = verifier
  if (terms) parts.unshift(`${by.length} of ${terms.signers.length} where ${terms.threshold} must sign`)
  const { context, ...more } = saidBy(stored?.signed ?? null, verifier)
  if (context !== '') parts.push(`context ${context}`)
  if ('timestamp' in more) parts.push(`time ${more.timestamp}`)
  if (terms) parts.push(`chain ${terms.chainId}`, `nonce ${terms.nonce}`)
  return parts.join(', ')
}
