import { LEDGER } from './ledger.ts'
import { type CommandEntry, type CommandGroup, main } from './main.ts'

const COMMANDS: readonly (CommandEntry | CommandGroup)[] = [
  {
    usage: 'run [code]',
    describe: 'Run code: hex, a container, or a file of hex',
    load: async () => (await import('./run.ts')).run,
  },
  {
    usage: 'step [code]',
    describe: 'Step through code, a transaction of a bundle, or a session, forth and back',
    load: async () => (await import('./step.ts')).step,
  },
  {
    usage: 'repl',
    describe: 'Type assembly and calls, and see what they do',
    load: async () => (await import('./repl.ts')).repl,
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
    usage: 'chain',
    describe: 'Blocks and states of a chain in a folder',
    commands: [
      {
        usage: 'import [file]',
        describe: 'Validate, execute and keep the blocks of a file',
        load: async () => (await import('./chain-import.ts')).chainImport,
      },
      {
        usage: 'export [file]',
        describe: 'Write the canonical chain to a file',
        load: async () => (await import('./chain-export.ts')).chainExport,
      },
      {
        usage: 'status',
        describe: 'Tell what the chain holds',
        load: async () => (await import('./chain-status.ts')).chainStatus,
      },
      {
        usage: 'head',
        describe: 'Print the header of the head',
        load: async () => (await import('./chain-status.ts')).chainHead,
      },
      {
        usage: 'dump',
        describe: 'Print the state after a block',
        load: async () => (await import('./chain-dump.ts')).chainDump,
      },
    ],
  },
  LEDGER,
  {
    usage: 'keygen',
    describe: 'Make a key to sign with',
    load: async () => (await import('./keygen.ts')).keygen,
  },
  {
    usage: 'pubkey [key]',
    describe: 'Print the public key of a private one',
    load: async () => (await import('./pubkey.ts')).pubkey,
  },
  {
    usage: 'sign [payload]',
    describe: 'Sign a file',
    load: async () => (await import('./sign.ts')).sign,
  },
  {
    usage: 'verify [signature]',
    describe: 'Tell whether a signature holds, and whose it is',
    load: async () => (await import('./verify.ts')).verify,
  },
  {
    usage: 'trust',
    describe: 'Keys that verify believes',
    commands: [
      {
        usage: 'add [key]',
        describe: 'Believe a public key from here on',
        load: async () => (await import('./trust.ts')).trustAdd,
      },
      {
        usage: 'list',
        describe: 'Print the trusted keys',
        load: async () => (await import('./trust.ts')).trustList,
      },
      {
        usage: 'remove [name]',
        describe: 'Believe a key no more',
        load: async () => (await import('./trust.ts')).trustRemove,
      },
    ],
  },
  {
    usage: 'compile [code]',
    describe: 'Write bytecode as a module of wasm-lite',
    load: async () => (await import('./compile.ts')).compile,
  },
  {
    usage: 'lite',
    describe: 'Modules of wasm-lite',
    commands: [
      {
        usage: 'validate [file]',
        describe: 'Tell whether a module is a contract, or by what rule and where not',
        load: async () => (await import('./lite.ts')).liteValidate,
      },
      {
        usage: 'meter [file]',
        describe: 'Write the module as it is run, charging for itself',
        load: async () => (await import('./lite.ts')).liteMeter,
      },
      {
        usage: 'run [code]',
        describe: 'Run a module, as zvm run does',
        load: async () => (await import('./run.ts')).run,
      },
      {
        usage: 'inspect [file]',
        describe: 'Print what a module imports, exports and takes',
        load: async () => (await import('./lite.ts')).liteInspect,
      },
    ],
  },
  {
    usage: 'conform [paths..]',
    describe: 'Run conformance suites',
    load: async () => (await import('./conform.ts')).conformCommand,
  },
]

// A bin is a CommonJS module, which cannot wait here.
void main('zvm', COMMANDS, process.argv.slice(2))
