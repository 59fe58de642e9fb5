import { existsSync } from 'node:fs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { checkWritable, writeAtomically, writeSecret } from '../host/write-file.ts'
import {
  generatePrivateKey,
  keyPairText,
  privateKeyPem,
  publicKeyPem,
  publicKeyText,
  signerOf,
} from '../wallet/keys.ts'
import { keystoreToJson, sealKeystore } from '../wallet/keystore.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { newPassphrase } from './passphrase.ts'
import { openPrivateKey } from './private-key.ts'
import { passphraseOptions } from './signature-options.ts'

const FORMATS = ['zsig', 'pem', 'keystore'] as const
type Format = (typeof FORMATS)[number]

/** `zvm keygen`: a new key in two files. */
export const keygen: Command = {
  options: (yargs) =>
    passphraseOptions(yargs)
      .option('output', text('File of the private key; the public one goes beside it', { alias: 'o' }))
      .option(
        'format',
        text('zsig, pem, or keystore: encrypted by a passphrase', { choices: FORMATS, default: 'zsig' }),
      )
      .option('from', text('Write the key of this file anew, instead of a new one'))
      .option('force', flag('Replace files that are there'))
      .option('json', flag('Print one JSON object'))
      .example('$0 keygen -o alice.key', 'Write alice.key, which none but you may read, and alice.pub')
      .example('$0 keygen -o alice.key --format keystore', 'The same, encrypted; asks for a passphrase'),

  async run(args) {
    const path = optionalPath(args.output, '--output') ?? 'zsig.key'
    const publicPath = `${path.replace(/\.key$/, '')}.pub`
    for (const each of [path, publicPath]) {
      checkWritable(each)
      if (!args.force && existsSync(each))
        throw new ZvmError(ERROR_CODES.usage, `${each}: is there; --force replaces it`, { path: each })
    }
    const from = optionalPath(args.from, '--from')
    const key = from === null ? generatePrivateKey() : await openPrivateKey(args, from)
    const { publicKey } = signerOf(key)
    const format = args.format as Format
    const content =
      format === 'keystore'
        ? keystoreToJson(sealKeystore(key, await newPassphrase(args, path)))
        : format === 'pem'
          ? privateKeyPem(key)
          : keyPairText(key)
    writeSecret(path, content, args.force === true)
    writeAtomically(publicPath, format === 'pem' ? publicKeyPem(publicKey) : publicKeyText(publicKey))
    const shown = bytesToBareHex(publicKey)
    if (args.json) printJson({ publicKey: shown, key: path, pub: publicPath })
    else print(`${shown}\n${path}, ${publicPath} written`)
    return EXIT.ok
  },
}
