import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { LedgerStore } from '../host/ledger-store.ts'
import { readBytes } from '../host/read-file.ts'
import { audit, firstUnsigned, isDoubleEntry } from '../ledger/audit.ts'
import { exactJson } from '../ledger/json.ts'
import type { Ledger } from '../ledger/ledger.ts'
import { rootOf } from '../ledger/proof.ts'
import { optionalPath, optionalText, text } from './arguments.ts'
import { columns } from './columns.ts'
import { EXIT } from './exit-codes.ts'
import { keyOf, ledgerFolder, ledgerOptions, readLedger, tellUncommitted, withStore } from './ledger-store.ts'
import type { Arguments, Command } from './main.ts'
import { oneLine, print, printJson } from './output.ts'

/** Codes of errors that say that the journal is not what it was. */
const FAULTS: readonly string[] = [ERROR_CODES.mismatch, ERROR_CODES.value, ERROR_CODES.json]

/** `zvm ledger verify`: exits 1 where something does not hold. */
export const verify: Command = {
  options: (yargs) =>
    ledgerOptions(yargs)
      .option('head', text('A head that was told once: the journal must have that entry'))
      .option('pubkey', text('File with the Ed25519 key that must have signed every transaction'))
      .example('$0 ledger verify --ledger books --key books.key', 'Hashes, chain, rules, balances, seals')
      .example('$0 ledger verify --ledger books --head 5f3c…', 'See also that nothing was cut off since'),

  async run(args) {
    const store = await LedgerStore.open(ledgerFolder(args), 'read', { key: keyOf(args) })
    const signed = await signatureCheck(args)
    return withStore(store, () => {
      try {
        const ledger = store.read()
        checkHead(ledger, optionalText(args.head))
        signed(ledger)
        if (!isDoubleEntry(ledger))
          throw new ZvmError(ERROR_CODES.mismatch, 'the two sides of an asset differ')
        tell(args, ledger, store)
        return EXIT.ok
      } catch (error) {
        if (!(error instanceof ZvmError) || !FAULTS.includes(error.code)) throw error
        const { code, message, details } = error
        if (args.json) printJson({ valid: false, fault: { code, message, details } })
        else print(oneLine(`✗ ${message}`))
        return EXIT.failed
      }
    })
  },
}

function tell(args: Arguments, ledger: Ledger, store: LedgerStore): void {
  const seals = !ledger.isSealed ? 'none' : ledger.hasKey ? 'by the key' : 'not checked: --key'
  const facts = {
    entries: ledger.length,
    head: ledger.head,
    root: rootOf(ledger),
    seals,
    uncommitted: store.uncommitted,
  }
  if (args.json) {
    printJson({ valid: true, ...facts })
    return
  }
  tellUncommitted(store, store.uncommitted, 'the next change takes them away')
  print(`✓ ${ledger.length} entries, each as it was written`)
  for (const line of columns([
    ['head', facts.head],
    ['root', facts.root],
    ['seals', seals],
  ]))
    print(line)
}

function checkHead({ entries }: Ledger, head: string | null): void {
  if (head === null) return
  if (!/^[0-9a-f]{64}$/.test(head))
    throw new ZvmError(ERROR_CODES.usage, '--head: not 32 bytes in lower-case hex')
  if (!entries.some(({ entryHash }) => entryHash === head))
    throw new ZvmError(
      ERROR_CODES.mismatch,
      `no entry has the head ${head}: the journal was cut off or written anew`,
    )
}

async function signatureCheck(args: Arguments): Promise<(ledger: Ledger) => void> {
  const path = optionalPath(args.pubkey, '--pubkey')
  if (path === null) return () => {}
  const { KEY_FILE_LIMIT_BYTES, readPublicKey } = await import('../wallet/keys.ts')
  const { ed25519Verify } = await import('../runtime/ed25519.ts')
  const key = readPublicKey(readBytes(path, KEY_FILE_LIMIT_BYTES), path)
  return (ledger) => {
    const entry = firstUnsigned(ledger, (signature, message) => ed25519Verify(key, signature, message))
    if (entry !== null)
      throw new ZvmError(ERROR_CODES.mismatch, `entry ${entry}: body: signature: not by the key of ${path}`, {
        entry,
      })
  }
}

/** `zvm ledger audit`: exits 1 unless all of it is valid, for which the ledger needs a key, and the audit too. */
export const auditReport: Command = {
  options: (yargs) =>
    ledgerOptions(yargs).example(
      '$0 ledger audit --ledger books --key books.key',
      'What an auditor wants to know',
    ),

  async run(args) {
    const report = await readLedger(args, (ledger) => audit(ledger, Math.floor(Date.now() / 1000)))
    if (args.json) print(exactJson(report))
    else
      for (const line of columns(Object.entries(report).map(([name, value]) => [name, String(value)])))
        print(line)
    return report.is_valid ? EXIT.ok : EXIT.failed
  },
}
