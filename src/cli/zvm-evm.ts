import { type CommandEntry, main } from './main.ts'

/** What tools that drive an `evm` binary call. `-v` is how they recognise one. */
const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'run [code]',
    describe: 'Run code; exits 0 even if execution fails',
    load: async () => (await import('./run.ts')).evmRun,
  },
  {
    usage: 'statetest [path]',
    describe: 'Run state tests',
    load: async () => (await import('./statetest.ts')).statetest,
  },
  {
    usage: 'blocktest [path]',
    describe: 'Run blockchain tests',
    load: async () => (await import('./blocktest.ts')).blocktest,
  },
  {
    usage: 't8n',
    describe: 'Apply transactions to a state as a block',
    load: async () => (await import('./t8n.ts')).t8n,
  },
]

const argv = process.argv.slice(2).map((arg) => (arg === '-v' ? '--version' : arg))
// A bin is a CommonJS module, which cannot wait here.
void main('zvm-evm', COMMANDS, argv)
