import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { readChunks } from '../host/read-file.ts'
import { checkWritable, GrowingFile } from '../host/write-file.ts'
import type { Signer } from '../runtime/services.ts'
import { signingContext } from '../wallet/context.ts'
import { type Payload, wholePayload } from '../wallet/payload.ts'
import { signPayload } from '../wallet/sign.ts'
import { ENCODINGS, type Encoding, encodeSignature } from '../wallet/signature.ts'
import { MESSAGE_LIMIT_BYTES, signedMessageToJson, signMessage } from '../wallet/signed-message.ts'
import { filledText, flag, fromOption, optionalPath, text, wholeNumber } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { hasTerms, refuseChainId } from './multi-terms.ts'
import { print, printJson } from './output.ts'
import { openSigner } from './private-key.ts'
import { signMulti } from './sign-multi.ts'
import { chainIdOption, passphraseOptions } from './signature-options.ts'
import { refuseOver } from './written-files.ts'

/** `zvm sign`: a signature of a file. */
export const sign: Command = {
  options: (yargs) =>
    chainIdOption(passphraseOptions(yargs))
      .positional('payload', { type: 'string', describe: 'What is signed; - for stdin' })
      .nargs('payload', 1)
      .option('key', text('File of the private key'))
      .option(
        'output',
        text('File of the signature (default: that of the payload and .zsig)', { alias: 'o' }),
      )
      .option('context', text('Sign in this context: a hash of any length of payload'))
      .option(
        'encoding',
        text('base64 (default), hex, raw, or json: a SignedMessage', { choices: [...ENCODINGS, 'json'] }),
      )
      .option('timestamp', text('Of a SignedMessage, in Unix seconds (default: now)'))
      .option('inline', flag('Write the payload with the signature behind it (default: and .signed)'))
      .option('multi', text('Sign a k-of-n file, which the first signer makes and the others add to'))
      .option('signer', text('Of a new k-of-n file: public key of one who may sign; once for each'))
      .option('threshold', text('Of a new k-of-n file: how many must sign'))
      .option('nonce', text('Of a new k-of-n file: its nonce'))
      .option('json', flag('Print one JSON object'))
      .example('$0 sign data.bin --key alice.key', 'Write data.bin.zsig')
      .example('$0 sign data.bin --key alice.key --context deploy --encoding hex', 'In a context, in hex')
      .example('$0 sign data.bin --key alice.key --encoding json', 'As a SignedMessage')
      .example(
        '$0 sign p.json --key a.key --multi p.multi --signer a.pub --signer b.pub --threshold 2 --chainid 1 --nonce 7 --context council',
        'Begin a k-of-n file',
      )
      .example('$0 sign p.json --key b.key --multi p.multi', 'Add to it'),

  async run(args) {
    const path = optionalPath(args.payload, 'sign')
    const keyPath = optionalPath(args.key, '--key')
    if (path === null) throw new ZvmError(ERROR_CODES.usage, 'sign: name what is to be signed')
    if (keyPath === null) throw new ZvmError(ERROR_CODES.usage, '--key: name the file of a private key')
    if (args.multi !== undefined) return signMulti(args, path, keyPath)
    if (hasTerms(args)) throw new ZvmError(ERROR_CODES.usage, '--multi: name the k-of-n file of these terms')
    refuseChainId(args)
    const plan = planOf(args, path)
    refuseOver(plan.output, '--output', [path, keyPath, args['passphrase-file']])
    checkWritable(plan.output)
    const signer = await openSigner(args, keyPath)
    write(plan, signer, readChunks(path === '-' ? null : path))
    const publicKey = bytesToBareHex(signer.publicKey)
    if (args.json)
      printJson({ signature: plan.output, publicKey, encoding: plan.form, context: plan.context })
    else print(`${plan.output} written: by ${publicKey}`)
    return EXIT.ok
  },
}

interface Plan {
  readonly output: string
  readonly form: Encoding | 'json' | 'inline'
  readonly context: string | null
  readonly timestamp: number
}

function planOf(args: Arguments, path: string): Plan {
  const form = args.inline ? 'inline' : ((args.encoding as Encoding | 'json' | undefined) ?? 'base64')
  if (args.inline && args.encoding !== undefined)
    throw new ZvmError(ERROR_CODES.usage, '--encoding: not with --inline, which is bytes')
  if (form !== 'json' && args.timestamp !== undefined)
    throw new ZvmError(ERROR_CODES.usage, '--timestamp: only with --encoding json')
  const context = filledText(args.context, '--context')
  if (context !== null) fromOption(() => signingContext(context, '--context'))
  const timestamp =
    args.timestamp === undefined
      ? Math.floor(Date.now() / 1000)
      : wholeNumber(args.timestamp, '--timestamp', 0, Number.MAX_SAFE_INTEGER)
  const named = optionalPath(args.output, '--output')
  if (named === null && path === '-')
    throw new ZvmError(ERROR_CODES.usage, '--output: needed where the payload comes from stdin')
  return {
    output: named ?? `${path}.${args.inline ? 'signed' : 'zsig'}`,
    ...{ form, context, timestamp },
  }
}

/** Writes the signature whole or not at all. */
function write({ output, form, context, timestamp }: Plan, signer: Signer, payload: Payload): void {
  const file = new GrowingFile(output)
  try {
    if (form === 'json') {
      const message = wholePayload(payload, MESSAGE_LIMIT_BYTES, 'payload', 'a SignedMessage has it inside')
      file.write(signedMessageToJson(signMessage(signer, message, timestamp, context ?? '')))
    } else if (form === 'inline') file.write(signPayload(signer, copying(payload, file), context))
    else file.write(encodeSignature(signPayload(signer, payload, context), form))
  } catch (error) {
    file.discard()
    throw error
  }
  file.keep()
}

function* copying(payload: Payload, file: GrowingFile): Generator<Uint8Array> {
  for (const chunk of payload) {
    file.write(chunk)
    yield chunk
  }
}
