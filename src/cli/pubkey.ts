import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { writeAtomically } from '../host/write-file.ts'
import { publicKeyPem, publicKeyText, signerOf } from '../wallet/keys.ts'
import { flag, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Command } from './main.ts'
import { print, printJson } from './output.ts'
import { openPrivateKey } from './private-key.ts'
import { passphraseOptions } from './signature-options.ts'
import { refuseOver } from './written-files.ts'

/** `zvm pubkey`: the public key of a private one. */
export const pubkey: Command = {
  options: (yargs) =>
    passphraseOptions(yargs)
      .positional('key', { type: 'string', describe: 'File of a private key' })
      .nargs('key', 1)
      .option('output', text('Write to this file', { alias: 'o' }))
      .option('format', text('hex, or pem: SPKI', { choices: ['hex', 'pem'], default: 'hex' }))
      .option('json', flag('Print one JSON object'))
      .example('$0 pubkey alice.key -o alice.pub', 'Write the public key of alice.key'),

  async run(args) {
    const path = optionalPath(args.key, 'pubkey')
    if (path === null) throw new ZvmError(ERROR_CODES.usage, 'pubkey: name the file of a private key')
    const output = optionalPath(args.output, '--output')
    if (output !== null) refuseOver(output, '--output', [path, args['passphrase-file']])
    const { publicKey } = signerOf(await openPrivateKey(args, path))
    const written = args.format === 'pem' ? publicKeyPem(publicKey) : publicKeyText(publicKey)
    if (output !== null) writeAtomically(output, written)
    if (args.json) printJson({ publicKey: bytesToBareHex(publicKey) })
    else if (output === null) print(written.trimEnd())
    return EXIT.ok
  },
}
