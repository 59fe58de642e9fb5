import yargs, { type Argv } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { EXIT } from './exit-codes.ts'
import { reportError, version } from './output.ts'

/** A command as the main list knows it: what help shows, and where the rest is loaded from when it is called. */
export interface CommandEntry {
  /** Name and positionals, as yargs writes them: `run [code]`. */
  readonly usage: string
  readonly describe: string
  load(): Promise<Command>
}

/** The body of a command. */
export interface Command {
  options(yargs: Argv): Argv
  /** Does the work and gives the exit code. */
  run(args: Arguments): Promise<number>
}

/** Parsed arguments: strings unless an option says otherwise. */
export type Arguments = Readonly<Record<string, unknown>>

/** Parses the command line, runs the command, and ends the process with its exit code. */
export async function main(
  name: string,
  commands: readonly CommandEntry[],
  argv: readonly string[],
): Promise<void> {
  process.on('SIGINT', () => process.exit(EXIT.interrupted))
  // A reader that has seen enough, such as `head`, closes the pipe: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(process.exitCode ?? 0)
    throw error
  })
  try {
    process.exitCode = await parse(name, commands, argv)
  } catch (error) {
    process.exitCode = reportError(error, argv.includes('--json'))
  }
}

async function parse(
  name: string,
  commands: readonly CommandEntry[],
  argv: readonly string[],
): Promise<number> {
  let code: number = EXIT.ok
  let parser = yargs([...argv])
    .scriptName(name)
    .usage('$0 <command> [options]')
    .version(`${name === 'zvm' ? 'zvm' : 'evm version'} ${version()}`)
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'camel-case-expansion': false,
      'duplicate-arguments-array': false,
    })
    .strict()
    .demandCommand(1, 'name a command; --help lists them')
    .recommendCommands()
    .wrap(Math.min(110, process.stdout.columns ?? 110))
    .exitProcess(false)
    .fail((message, error) => {
      throw error ?? new ZvmError(ERROR_CODES.usage, `${message}`)
    })
  for (const { usage, describe, load } of commands)
    parser = parser.command(
      usage,
      describe,
      async (sub: Argv) => (await load()).options(sub),
      async (args) => {
        code = await (await load()).run(args)
      },
    )
  await parser.parseAsync()
  return code
}
