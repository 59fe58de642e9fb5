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
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { openPrivateKey } from './private-key.ts'

const FORMATS = ['zsig', 'pem'] as const

/** `zvm keygen`: a new key in two files. */
export const keygen: Command = {
  options: (yargs) =>
    yargs
      .option('output', text('File of the private key; the public one goes beside it', { alias: 'o' }))
      .option('format', text('How both are written', { choices: FORMATS, default: 'zsig' }))
      .option('from', text('Write the key of this file anew, instead of a new one'))
      .option('force', flag('Replace files that are there'))
      .option('json', flag('Print one JSON object'))
      .example('$0 keygen -o alice.key', 'Write alice.key, which none but you may read, and alice.pub'),

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
    const isPem = args.format === 'pem'
    writeSecret(path, isPem ? privateKeyPem(key) : keyPairText(key), args.force === true)
    writeAtomically(publicPath, isPem ? publicKeyPem(publicKey) : publicKeyText(publicKey))
    const shown = bytesToBareHex(publicKey)
    if (args.json) printJson({ publicKey: shown, key: path, pub: publicPath })
    else print(`${shown}\n${path}, ${publicPath} written`)
    return EXIT.ok
  },
}
