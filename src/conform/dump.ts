import { bytesToHex, toFixedHex } from '../core/hex.ts'
import { bigintToBytes } from '../core/word.ts'
import type { MemorySource } from '../state/memory-source.ts'
import { merklePatricia, storageRoot } from '../state/merkle-patricia.ts'

/** A whole state in geth's form: balances in decimal. */
export interface StateDump {
  readonly root: string
  readonly accounts: Readonly<Record<string, unknown>>
}

/** The state as `--dump` shows it: accounts by address, sorted. */
export function dumpState(source: MemorySource): StateDump {
  const accounts: Record<string, unknown> = {}
  for (const [address, account] of [...source.accounts].sort((a, b) => (a[0] < b[0] ? -1 : 1))) {
    const storage: Record<string, string> = {}
    for (const [key, value] of account.storage)
      storage[toFixedHex(key, 32)] = bytesToHex(bigintToBytes(value, 32))
    accounts[toFixedHex(address, 20)] = {
      balance: account.balance.toString(),
      nonce: Number(account.nonce),
      root: bytesToHex(storageRoot(account.storage)),
      codeHash: toFixedHex(account.codeHash, 32),
      ...(account.code.length > 0 ? { code: bytesToHex(account.code) } : {}),
      ...(account.storage.size > 0 ? { storage } : {}),
    }
  }
  return { root: bytesToHex(source.root(merklePatricia)), accounts }
}
