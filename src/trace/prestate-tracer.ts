import { EMPTY_CODE_HASH } from '../core/keccak.ts'
import type { AccountView, TouchedAccount, TouchedSlot, Tracer } from '../core/tracer.ts'
import { address, quantity, type WriteText, word, writeBytes } from './json-text.ts'

export interface PrestateTracerConfig {
  /** What the transaction changed, before and after it, instead of what it met. */
  readonly diffMode?: boolean
  /** Leaves code out; its hash stays. */
  readonly disableCode?: boolean
  readonly disableStorage?: boolean
  /** Accounts that were empty before too. Not with `diffMode`. */
  readonly includeEmpty?: boolean
}

/** What is told of an account; what is not given is left out. */
interface Told {
  readonly balance?: bigint
  readonly code?: Uint8Array
  readonly codeHash?: bigint
  readonly nonce?: bigint
  readonly storage: readonly (readonly [bigint, bigint])[]
}

/**
 * geth's prestateTracer: the accounts and slots that a transaction met, as they were before it; in diff mode those that
 * it changed, before and after. What it deletes stands only in `pre`. One difference to geth: it lists as well what an
 * instruction asked for and could not pay. Read from the state when the transaction has ended: it needs no steps.
 */
export function prestateTracer(write: WriteText, config: PrestateTracerConfig = {}): Tracer {
  return {
    end(transaction) {
      const touched = [...transaction.touched()].sort((a, b) => (a.address < b.address ? -1 : 1))
      if (config.diffMode) writeDiff(write, touched, config)
      else {
        const wanted = touched.filter(({ before }) => config.includeEmpty || !isEmpty(before))
        writeAccounts(
          write,
          wanted.map((account) => [account.address, whole(account, config)] as const),
        )
      }
    },
  }
}

function writeDiff(write: WriteText, touched: readonly TouchedAccount[], config: PrestateTracerConfig): void {
  const pre: (readonly [bigint, Told])[] = []
  const post: (readonly [bigint, Told])[] = []
  for (const account of touched) {
    const { address, before, after } = account
    if (!isChanged(account, config)) continue
    if (after !== null) post.push([address, changed(before, after, changedSlots(account, config), config)])
    if (!isEmpty(before)) pre.push([address, whole(account, config, after !== null)])
  }
  write('{"post":')
  writeAccounts(write, post)
  write(',"pre":')
  writeAccounts(write, pre)
  write('}')
}

function isEmpty({ balance, nonce, codeHash }: AccountView): boolean {
  return balance === 0n && nonce === 0n && codeHash === EMPTY_CODE_HASH
}

/** An account before the transaction; its slots all, or those only that it changed and that held something. */
function whole(account: TouchedAccount, config: PrestateTracerConfig, onlyChanged = false): Told {
  const { balance, nonce, codeHash, code } = account.before
  const slots = config.disableStorage ? [] : sorted(account.slots)
  const shown = onlyChanged ? slots.filter(({ before, after }) => before !== 0n && before !== after) : slots
  return {
    balance,
    nonce,
    ...(codeHash === EMPTY_CODE_HASH ? {} : { codeHash, ...(config.disableCode ? {} : { code: code() }) }),
    storage: shown.map(({ key, before }) => [key, before] as const),
  }
}

/** What of an account is another thing than before. */
function changed(
  before: AccountView,
  after: AccountView,
  storage: Told['storage'],
  config: PrestateTracerConfig,
): Told {
  const isCodeChanged = after.codeHash !== before.codeHash
  return {
    ...(after.balance === before.balance ? {} : { balance: after.balance }),
    ...(after.nonce === before.nonce ? {} : { nonce: after.nonce }),
    // As geth: no code has the hash zero here.
    ...(isCodeChanged ? { codeHash: after.codeHash === EMPTY_CODE_HASH ? 0n : after.codeHash } : {}),
    ...(isCodeChanged && !config.disableCode ? { code: after.code() } : {}),
    storage,
  }
}

function changedSlots({ slots }: TouchedAccount, config: PrestateTracerConfig): Told['storage'] {
  if (config.disableStorage) return []
  return sorted(slots)
    .filter(({ before, after }) => before !== after && after !== 0n)
    .map(({ key, after }) => [key, after] as const)
}

function isChanged({ before, after, slots }: TouchedAccount, config: PrestateTracerConfig): boolean {
  if (after === null || after.balance !== before.balance || after.nonce !== before.nonce) return true
  if (after.codeHash !== before.codeHash) return true
  return !config.disableStorage && slots.some((slot) => slot.before !== slot.after)
}

function sorted(slots: readonly TouchedSlot[]): TouchedSlot[] {
  return [...slots].sort((a, b) => (a.key < b.key ? -1 : 1))
}

function writeAccounts(write: WriteText, accounts: readonly (readonly [bigint, Told])[]): void {
  write('{')
  for (const [at, [key, told]] of accounts.entries()) {
    write(`${at === 0 ? '' : ','}${address(key)}:{`)
    writeTold(write, told)
    write('}')
  }
  write('}')
}

function writeTold(write: WriteText, { balance, code, codeHash, nonce, storage }: Told): void {
  let separator = ''
  const member = (name: string) => {
    write(`${separator}"${name}":`)
    separator = ','
  }
  if (balance !== undefined) {
    member('balance')
    write(quantity(balance))
  }
  if (code !== undefined && code.length > 0) {
    member('code')
    writeBytes(write, code)
  }
  if (codeHash !== undefined) {
    member('codeHash')
    write(word(codeHash))
  }
  if (nonce !== undefined && nonce !== 0n) {
    member('nonce')
    write(String(nonce))
  }
  if (storage.length > 0) {
    member('storage')
    write(`{${storage.map(([key, value]) => `${word(key)}:${word(value)}`).join()}}`)
  }
}
