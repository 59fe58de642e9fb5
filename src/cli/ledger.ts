import type { CommandGroup } from './main.ts'

/** `zvm ledger …`. */
export const LEDGER: CommandGroup = {
  usage: 'ledger',
  describe: 'Accounts, assets and transfers in a folder',
  commands: [
    {
      usage: 'init',
      describe: 'Make a ledger',
      load: async () => (await import('./ledger-init.ts')).init,
    },
    {
      usage: 'asset <id>',
      describe: 'Add an asset, with its rules',
      load: async () => (await import('./ledger-asset.ts')).addAsset,
    },
    {
      usage: 'rules <id>',
      describe: 'Show rules of an asset, or change them',
      load: async () => (await import('./ledger-asset.ts')).changeRules,
    },
    {
      usage: 'freeze <id>',
      describe: 'Stop all transfers of an asset',
      load: async () => (await import('./ledger-asset.ts')).freeze,
    },
    {
      usage: 'unfreeze <id>',
      describe: 'Let them go on',
      load: async () => (await import('./ledger-asset.ts')).unfreeze,
    },
    {
      usage: 'whitelist <id>',
      describe: 'Put accounts on the whitelist of an asset',
      load: async () => (await import('./ledger-asset.ts')).whitelist,
    },
    {
      usage: 'account <name>',
      describe: 'Open an account',
      load: async () => (await import('./ledger-account.ts')).openAccount,
    },
    {
      usage: 'close <name>',
      describe: 'Close an account with nothing in it',
      load: async () => (await import('./ledger-account.ts')).closeAccount,
    },
    {
      usage: 'approve <name>',
      describe: 'Say what an account may spend of an asset that requires approval',
      load: async () => (await import('./ledger-account.ts')).approve,
    },
    {
      usage: 'transfer',
      describe: 'Move an amount from an account to another',
      load: async () => (await import('./ledger-account.ts')).transfer,
    },
    {
      usage: 'balance [name]',
      describe: 'Print what an account holds, or all of them',
      load: async () => (await import('./ledger-read.ts')).balance,
    },
    {
      usage: 'list',
      describe: 'Print the entries of the journal',
      load: async () => (await import('./ledger-read.ts')).list,
    },
    {
      usage: 'trial-balance',
      describe: 'Print both sides of each asset',
      load: async () => (await import('./ledger-read.ts')).trialBalances,
    },
    {
      usage: 'export',
      describe: 'Write accounts, assets and transactions as JSON or CSV',
      load: async () => (await import('./ledger-read.ts')).exportLedger,
    },
    {
      usage: 'verify',
      describe: 'Check every entry, and name the first that was changed',
      load: async () => (await import('./ledger-verify.ts')).verify,
    },
    {
      usage: 'audit',
      describe: 'Print the audit report',
      load: async () => (await import('./ledger-verify.ts')).auditReport,
    },
    {
      usage: 'prove <entry>',
      describe: 'Print the proof that an entry is in the journal',
      load: async () => (await import('./ledger-proof.ts')).prove,
    },
    {
      usage: 'verify-proof <file>',
      describe: 'Check such a proof, without the journal',
      load: async () => (await import('./ledger-proof.ts')).verifyProof,
    },
    {
      usage: 'verify-run <entry>',
      describe: 'Make the run of a receipt again from its bundle, and compare',
      load: async () => (await import('./ledger-run.ts')).verifyRun,
    },
  ],
}
