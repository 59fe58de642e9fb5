import { mkdirSync } from 'node:fs'
import { basename, dirname } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { bytesToBareHex } from '../core/hex.ts'
import { readBytes } from '../host/read-file.ts'
import { writeAtomically } from '../host/write-file.ts'
import { KEY_FILE_LIMIT_BYTES, readPublicKey } from '../wallet/keys.ts'
import { addTrustedKey, trustedKeysText } from '../wallet/trusted-keys.ts'
import { filledText, flag, fromOption, optionalPath, text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import type { Arguments, Command } from './main.ts'
import { print, printJson } from './output.ts'
import { trustedOption } from './signature-options.ts'
import { trustedFile, trustedKeys, trustedPath } from './verifier.ts'

/** `zvm trust add`: from here on `verify` believes a key. */
export const trustAdd: Command = {
  options: (yargs) =>
    trustedOption(yargs)
      .positional('key', { type: 'string', describe: 'File of a public key' })
      .nargs('key', 1)
      .option('name', text("What it is called (default: the file's name)"))
      .option('json', flag('Print one JSON object'))
      .example('$0 trust add alice.pub --name alice', 'zvm verify believes what alice signs'),

  async run(args) {
    const path = optionalPath(args.key, 'trust add')
    if (path === null) throw new ZvmError(ERROR_CODES.usage, 'trust add: name the file of a public key')
    const publicKey = readPublicKey(readBytes(path, KEY_FILE_LIMIT_BYTES), path)
    const name = filledText(args.name, '--name') ?? basename(path).replace(/\.(pub|pem)$/, '')
    const keys = existingKeys(args)
    fromOption(() => addTrustedKey(keys, { publicKey, name }, path))
    const text = new TextDecoder().decode(trustedFile(args, true) ?? new Uint8Array(0))
    const separator = text === '' || text.endsWith('\n') ? '' : '\n'
    write(args, text + separator + trustedKeysText([{ publicKey, name }]))
    return shown(args, 'trusted', name, publicKey)
  },
}

/** `zvm trust remove`. */
export const trustRemove: Command = {
  options: (yargs) =>
    trustedOption(yargs)
      .positional('name', { type: 'string', describe: 'Name of a trusted key' })
      .nargs('name', 1)
      .option('json', flag('Print one JSON object'))
      .example('$0 trust remove alice', 'What alice signed is believed no more'),

  async run(args) {
    const name = filledText(args.name, 'trust remove')
    const key = existingKeys(args).find((each) => each.name === name)
    if (!key)
      throw new ZvmError(ERROR_CODES.usage, `trust remove: no key of that name in ${trustedPath(args)}`)
    const isOther = (line: string) =>
      !/^[0-9a-fA-F]{64} /.test(line) || line.replace(/\r$/, '').slice(65) !== name
    const text = new TextDecoder().decode(trustedFile(args, false)!)
    write(args, text.split('\n').filter(isOther).join('\n'))
    return shown(args, 'removed', key.name, key.publicKey)
  },
}

/** `zvm trust list`. */
export const trustList: Command = {
  options: (yargs) =>
    trustedOption(yargs)
      .option('json', flag('Print one JSON array'))
      .example('$0 trust list', 'A line a key, as in the file'),

  async run(args) {
    const keys = trustedKeys(args)
    if (args.json)
      printJson(keys.map(({ name, publicKey }) => ({ name, publicKey: bytesToBareHex(publicKey) })))
    else for (const line of trustedKeysText(keys).split('\n').slice(0, -1)) print(line)
    return EXIT.ok
  },
}

/** Those of the file, which need not be there yet even where it is named. */
function existingKeys(args: Arguments) {
  return trustedFile(args, true) === null ? [] : trustedKeys(args)
}

function write(args: Arguments, text: string): void {
  const path = trustedPath(args)
  if (args.trusted === undefined) mkdirSync(dirname(path), { recursive: true })
  writeAtomically(path, text)
}

function shown(args: Arguments, what: string, name: string, publicKey: Uint8Array): number {
  if (args.json) printJson({ name, publicKey: bytesToBareHex(publicKey) })
  else print(`${what} ${name} ${bytesToBareHex(publicKey)}`)
  return EXIT.ok
}
