import { type CommandEntry, main } from './main.ts'

const COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'run [code]',
    describe: 'Run code: hex, a container, or a file of hex',
    load: async () => (await import('./run.ts')).run,
  },
  {
    usage: 'replay [what..]',
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
    usage: 'deploy',
    describe: 'Put a contract in a store',
    load: async () => (await import('./deploy.ts')).deploy,
  },
  {
    usage: 'call',
    describe: 'Call a contract of a store',
    load: async () => (await import('./call.ts')).call,
  },
  {
    usage: 'view',
    describe: 'Call it and change nothing',
    load: async () => (await import('./call.ts')).view,
  },
  {
    usage: 'estimate-gas',
    describe: 'Tell the least gas limit of a call or deployment',
    load: async () => (await import('./estimate-gas.ts')).estimateGas,
  },
  {
    usage: 'get-code',
    describe: 'Print the code of a contract',
    load: async () => (await import('./get-code.ts')).getCode,
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
    usage: 'blocktest [path]',
    describe: 'Run blockchain tests, as geth evm does',
    load: async () => (await import('./blocktest.ts')).blocktest,
  },
  {
    usage: 't8n',
    describe: 'Apply transactions to a state, as geth evm does',
    load: async () => (await import('./t8n.ts')).t8n,
  },
  {
    usage: 'conform [paths..]',
    describe: 'Run conformance suites',
    load: async () => (await import('./conform.ts')).conformCommand,
  },
]

await main('zvm', COMMANDS, process.argv.slice(2))
