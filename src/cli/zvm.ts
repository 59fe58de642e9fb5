import { type CommandEntry, main } from './main.ts'

const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'run [code]',
    describe: 'Run code: hex, a container, or a file of hex',
    load: async () => (await import('./run.ts')).run,
  },
  {
    usage: 'replay [bundles..]',
    describe: 'Replay recorded transactions and compare',
    load: async () => (await import('./replay.ts')).replay,
  },
  {
    usage: 'asm [file]',
    describe: 'Assemble text to bytecode or a container',
    load: async () => (await import('./asm.ts')).asm,
  },
  {
    usage: 'disasm [code]',
    describe: 'Disassemble bytecode',
    load: async () => (await import('./disasm.ts')).disasm,
  },
  {
    usage: 'inspect [code]',
    describe: 'Print what a container holds',
    load: async () => (await import('./inspect.ts')).inspect,
  },
  {
    usage: 'opcodes',
    describe: 'Print a table of opcodes',
    load: async () => (await import('./opcodes.ts')).opcodes,
  },
  {
    usage: 'capabilities',
    describe: 'Print what can be granted, and the system calls',
    load: async () => (await import('./capabilities.ts')).capabilities,
  },
  {
    usage: 'statetest [path]',
    describe: 'Run state tests, as geth evm does',
    load: async () => (await import('./statetest.ts')).statetest,
  },
  {
    usage: 'conform [paths..]',
    describe: 'Run conformance suites',
    load: async () => (await import('./conform.ts')).conformCommand,
  },
]

await main('zvm', COMMANDS, process.argv.slice(2))
