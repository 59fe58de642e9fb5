import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { decodeUtf8 } from '../core/utf8.ts'
import { askHidden } from '../host/ask-hidden.ts'
import { readDescriptor, readSecret } from '../host/read-file.ts'
import { PASSPHRASE_LIMIT_BYTES } from '../wallet/keystore.ts'
import { optionalPath, wholeNumber } from './arguments.ts'
import type { Arguments } from './main.ts'

/** The passphrase of a key file: of `--passphrase-file` or `--passphrase-fd`, or asked for. Throws USAGE, IO or VALUE. */
export async function passphraseOf(args: Arguments, path: string): Promise<string> {
  return givenPassphrase(args) ?? (await ask(`Passphrase of ${path}: `))
}

/** A passphrase for a new key file, asked for twice. */
export async function newPassphrase(args: Arguments, path: string): Promise<string> {
  const given = givenPassphrase(args)
  if (given !== null) return given
  const first = await ask(`New passphrase of ${path}: `)
  if (first === (await ask('The same again: '))) return first
  throw new ZvmError(ERROR_CODES.usage, 'the two passphrases differ; nothing was written')
}

async function ask(question: string): Promise<string> {
  const answer = await askHidden(question)
  if (answer === null)
    throw new ZvmError(
      ERROR_CODES.usage,
      'a passphrase is needed, and there is no terminal to ask: give --passphrase-file or --passphrase-fd',
    )
  return filled(answer, 'passphrase')
}

/** What a descriptor gave: it can be read once. */
const ofDescriptor = new Map<number, string>()

function givenPassphrase(args: Arguments): string | null {
  const path = optionalPath(args['passphrase-file'], '--passphrase-file')
  const descriptor = args['passphrase-fd']
  if (path !== null && descriptor !== undefined)
    throw new ZvmError(ERROR_CODES.usage, '--passphrase-file and --passphrase-fd exclude each other')
  if (path !== null) return firstLine(readSecret(path, PASSPHRASE_LIMIT_BYTES + 2), path)
  if (descriptor === undefined) return null
  const file = wholeNumber(descriptor, '--passphrase-fd', 0, 1023)
  const known = ofDescriptor.get(file)
  if (known !== undefined) return known
  const passphrase = firstLine(readDescriptor(file, PASSPHRASE_LIMIT_BYTES + 2), `descriptor ${file}`)
  ofDescriptor.set(file, passphrase)
  return passphrase
}

/** All of a file without the line end after it. */
function firstLine(bytes: Uint8Array, place: string): string {
  return filled(decodeUtf8(bytes, place).replace(/\r?\n$/, ''), place)
}

function filled(passphrase: string, place: string): string {
  if (passphrase !== '') return passphrase
  throw new ZvmError(ERROR_CODES.usage, `${place}: an empty passphrase`)
}
