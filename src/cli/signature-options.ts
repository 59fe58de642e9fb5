import type { Argv } from 'yargs'
import { text } from './arguments.ts'

/** The options that say by whom, and in what context, something must be signed; read by `verifierOf`. */
export function verifierOptions<T>(yargs: Argv<T>): Argv<T> {
  return trustedOption(yargs)
    .option('pubkey', text('File with the Ed25519 key that must have signed: hex or PEM'))
    .option('context', text('Context in which it must be signed'))
    .option('signer', text('Of a k-of-n file: a key that may sign; once for each'))
    .option('threshold', text('Of a k-of-n file: how many must have signed'))
    .option('nonce', text('Of a k-of-n file: its nonce'))
}

/** Their names. */
export const VERIFIER_OPTIONS = ['pubkey', 'trusted', 'context', 'signer', 'threshold', 'nonce'] as const

/** The chain id of a k-of-n file; `zvm run` has it for the machine too. */
export function chainIdOption<T>(yargs: Argv<T>): Argv<T> {
  return yargs.option('chainid', text('Of a k-of-n file: its chain id'))
}

export function trustedOption<T>(yargs: Argv<T>): Argv<T> {
  return yargs.option('trusted', text('File of trusted keys (default ~/.config/zvm/trusted-keys)'))
}

/** The options that give the passphrase of an encrypted key; it is never an argument, which others could see. */
export function passphraseOptions<T>(yargs: Argv<T>): Argv<T> {
  return yargs
    .option(
      'passphrase-file',
      text('File with the passphrase of an encrypted key (default: ask the terminal)'),
    )
    .option('passphrase-fd', text('Open descriptor to read it from'))
}
