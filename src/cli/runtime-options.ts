import type { Argv } from 'yargs'
import type { CapabilityRuntime } from '../capabilities.ts'
import { Halt } from '../core/halt.ts'
import { haltMessage } from '../core/halt-message.ts'
import { text } from './arguments.ts'
import type { Arguments } from './main.ts'
import { passphraseOptions } from './signature-options.ts'

/** The options that grant and extend what is outside the machine. */
export function grantOptions<T>(yargs: Argv<T>): Argv<T> {
  return passphraseOptions(yargs)
    .option('allow', text('Capabilities to grant: storage,log,fs.read=./data,http=api.example.com'))
    .option('plugin', text('File with system calls of your own, run as trusted code'))
    .option('untrusted-plugin', text('The same, shut in a process of its own for each call'))
    .option('sign-key', text('File with the Ed25519 key behind the capability sign'))
}

/** The same, and those that record and replay it, and settle it in a ledger. */
export function runtimeOptions<T>(yargs: Argv<T>): Argv<T> {
  return replayOption(grantOptions(yargs))
    .option('ledger', text('Folder of a ledger in which tokens, topics and ledger.* settle'))
    .option('ledger-key', text("File with the ledger's key, where it has one"))
    .option(
      'receipt',
      text('Add a receipt of the run to the ledger, and write the bundle that makes it again'),
    )
    .option('record', text('Write every answer that came from outside to this file'))
}

export function replayOption<T>(yargs: Argv<T>): Argv<T> {
  return yargs.option(
    'replay',
    text('Take every answer from a file of --record: no plug-in, file or network is touched'),
  )
}

/** What of them a replay takes from its record. */
export const LIVE_ONLY = [
  ...(['allow', 'plugin', 'untrusted-plugin', 'sign-key', 'passphrase-file', 'passphrase-fd'] as const),
  ...(['ledger', 'ledger-key', 'receipt', 'record'] as const),
] as const

/** Whether the command line says anything about what is outside. */
export function hasRuntimeOptions(args: Arguments): boolean {
  return args.replay !== undefined || LIVE_ONLY.some((name) => args[name] !== undefined)
}

/** How an execution ended that failed. */
export interface Failed {
  readonly result: { readonly halt: Halt }
  /** The capability that was denied; empty where none was. */
  readonly denied: string
  readonly runtime: CapabilityRuntime | null
}

/** Why an execution failed, in a line for people. */
export function errorText({ result: { halt }, denied, runtime }: Failed): string {
  if (halt === Halt.CapabilityDenied) return denialText(denied, runtime)
  const failure = halt === Halt.SystemCallFailure ? `: ${runtime?.failure}` : ''
  return haltMessage(halt) + failure
}

function denialText(denied: string, runtime: CapabilityRuntime | null): string {
  const [name] = denied.split('=')
  if (name.startsWith('syscall ')) return `capability denied: ${denied}: there is no such call`
  if (!runtime?.grants.has(name)) return `capability denied: ${denied}: the host does not grant it (--allow)`
  const isNarrower = denied !== name
  return `capability denied: ${denied}: ${isNarrower ? 'the grant is narrower' : 'the contract does not declare it'}`
}
