import yargs, { type Argv } from 'yargs'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { text } from './arguments.ts'
import { EXIT } from './exit-codes.ts'
import { print, reportError, version } from './output.ts'
import { nearest } from './suggest.ts'

/** A command as the main list knows it: what help shows, and where the rest is loaded from when it is called. */
export interface CommandEntry {
  /** Name and positionals, as yargs writes them: `run [code]`. */
  readonly usage: string
  readonly describe: string
  load(): Promise<Command>
}

/** A word that stands before commands of its own. */
export interface CommandGroup {
  readonly usage: string
  readonly describe: string
  readonly commands: readonly CommandEntry[]
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
  commands: readonly (CommandEntry | CommandGroup)[],
  argv: readonly string[],
): Promise<void> {
  try {
    process.exitCode = await parse(name, commands, argv)
  } catch (error) {
    process.exitCode = reportError(error, argv.includes('--json') || argv.includes('--json=true'))
  }
}

/** Columns of help. Only where it is asked for is the terminal's width looked up: that opens the stream, 4 ms. */
const WIDTH = 110

async function parse(
  name: string,
  commands: readonly (CommandEntry | CommandGroup)[],
  argv: readonly string[],
): Promise<number> {
  // What stands behind it yargs would pass over in silence.
  if (argv.includes('--'))
    throw new ZvmError(
      ERROR_CODES.usage,
      '--: not known here; write a path that begins with a dash as ./-path',
    )
  let isKnown = false
  /** The commands among which the word that comes next is looked for. */
  let known = commands
  let parser: Argv = yargs()
    .scriptName(name)
    .usage('$0 <command> [options]')
    .version(`${name === 'zvm' ? 'zvm' : 'evm version'} ${version()}`)
    .parserConfiguration({
      'parse-numbers': false,
      'parse-positional-numbers': false,
      'dot-notation': false,
      'camel-case-expansion': false,
    })
    // Tools that drive geth's evm pass it; there is nothing here that it could change.
    .option('verbosity', text('Ignored', { hidden: true }))
    .strict()
    .demandCommand(1, 'name a command; --help lists them')
    .wrap(argv.includes('--help') ? Math.min(WIDTH, process.stdout.columns ?? WIDTH) : WIDTH)
    .exitProcess(false)
    .fail((message, error) => {
      if (error) throw error
      const word = isKnown ? null : commandWord(known === commands ? argv : argv.slice(1))
      throw new ZvmError(ERROR_CODES.usage, word === null ? inOurWords(message) : unknownCommand(word, known))
    })
  const withCommand = (to: Argv, { usage, describe, load }: CommandEntry): Argv =>
    to.command(
      usage,
      describe,
      async (sub: Argv) => {
        isKnown = true
        return (await load()).options(sub)
      },
      (args) => {
        throw new Parsed(load, usage, args)
      },
    )
  const withGroup = (to: Argv, { usage, describe, commands: inner }: CommandGroup): Argv =>
    to.command(usage, describe, (sub: Argv) => {
      known = inner
      return inner.reduce(withCommand, sub).demandCommand(1, `name a command of ${usage}; --help lists them`)
    })
  for (const command of commands)
    parser = 'load' in command ? withCommand(parser, command) : withGroup(parser, command)
  try {
    // What it would print, help and version, it gives to the callback.
    await parser.parseAsync(argv, {}, (_error, _args, output) => {
      if (output) print(output)
    })
    return EXIT.ok
  } catch (error) {
    if (error instanceof Parsed) return runParsed(error, argv)
    // Some of what yargs finds wrong it throws itself.
    if (!(error instanceof Error) || error.name !== 'YError') throw error
    throw new ZvmError(ERROR_CODES.usage, inOurWords(error.message))
  }
}

/**
 * What yargs has parsed. It is thrown, since after a handler that returns yargs lays out its help, which takes longer
 * than all else it does.
 */
class Parsed {
  readonly load: CommandEntry['load']
  readonly usage: string
  readonly args: Arguments

  constructor(load: CommandEntry['load'], usage: string, args: Arguments) {
    this.load = load
    this.usage = usage
    this.args = args
  }
}

async function runParsed({ load, usage, args }: Parsed, argv: readonly string[]): Promise<number> {
  refuseRepetition(args, usage)
  refuseFlagValues(args, argv)
  return (await load()).run(args)
}

/** Options that add to each other. */
const REPEATABLE = ['_', 'abi', 'allow', 'break', 'label', 'plugin', 'signer', 'untrusted-plugin']

/** An option given twice could mean either value. A positional that ends in two dots is a list. */
function refuseRepetition(args: Arguments, usage: string): void {
  for (const [option, value] of Object.entries(args))
    if (!REPEATABLE.includes(option) && Array.isArray(value) && !usage.includes(`${option}..`))
      throw new ZvmError(ERROR_CODES.usage, `--${option}: given more than once`)
}

/** A flag is true, false, or given bare: yargs takes every other word for false. */
function refuseFlagValues(args: Arguments, argv: readonly string[]): void {
  for (const argument of argv) {
    const [, option = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(argument) ?? []
    if (typeof args[option] === 'boolean' && value !== 'true' && value !== 'false')
      throw new ZvmError(
        ERROR_CODES.usage,
        `--${option}: ${JSON.stringify(value.slice(0, 40))} is none of "true", "false"`,
      )
  }
}

/** The word where a command's name belongs: the first that is neither an option nor what `--verbosity` takes. */
function commandWord(argv: readonly string[]): string | null {
  return argv.find((word, at) => !word.startsWith('-') && argv[at - 1] !== '--verbosity') ?? null
}

function unknownCommand(word: string, commands: readonly { readonly usage: string }[]): string {
  const names = commands.map(({ usage }) => usage.split(' ')[0])
  const meant = nearest(word, names)
  const shown = JSON.stringify(word.slice(0, 40))
  return `unknown command ${shown}; ${meant === null ? `known: ${names.join(', ')}` : `did you mean ${meant}?`}`
}

/** What yargs says, in one line and with options as they are typed. */
function inOurWords(message: string): string {
  let line = message.replace(/\s*\n\s*/g, ' ')
  for (const [theirs, ours] of WORDINGS) line = line.replace(theirs, ours)
  return line
}

const WORDINGS: readonly (readonly [RegExp, string])[] = [
  [/^Not enough arguments following: (\S+)$/, '--$1: its value is missing'],
  [/^Unknown arguments?: /, 'unknown option or argument: '],
  [/^Invalid values: Argument: (\S+), Given: (.*), Choices: (.*)$/, '--$1: $2 is none of $3'],
  [/^Arguments (\S+) and (\S+) are mutually exclusive$/, '--$1 and --$2 exclude each other'],
]
