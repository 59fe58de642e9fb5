import type { Argv } from 'yargs'
import type { ChainBlock } from '../chain/block-store.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseQuantity, toFixedHex } from '../core/hex.ts'
import type { ChainStore } from '../host/chain-store/store.ts'
import type { OpenMode } from '../state/disk/database.ts'
import { flag, fromOption, optionalPath, text } from './arguments.ts'
import type { Arguments } from './main.ts'

/** What every command on a chain takes. */
export function chainOptions<T>(yargs: Argv<T>): Argv<T> {
  return yargs
    .option('db', text('Folder of the chain'))
    .option('json', flag('Print one JSON object')) as Argv<T>
}

/** Opens the chain that `--db` names, and closes it again. */
export async function withChain<T>(
  args: Arguments,
  mode: OpenMode,
  use: (store: ChainStore) => T | Promise<T>,
): Promise<T> {
  const path = optionalPath(args.db, '--db')
  if (path === null) throw new ZvmError(ERROR_CODES.usage, '--db: name the folder of the chain')
  const { ChainStore } = await import('../host/chain-store/store.ts')
  const store = await ChainStore.open(path, mode)
  try {
    return await use(store)
  } finally {
    await store.close()
  }
}

/** Reads the chain that `--db` names as it is at one moment. */
export function readChain<T>(args: Arguments, use: (store: ChainStore) => T): Promise<T> {
  return withChain(args, 'read', (store) => store.read(() => use(store)))
}

/** The head, which is there in every chain that was begun. */
export function headOf({ blocks, folder }: ChainStore): ChainBlock {
  const { head } = blocks
  if (head) return head
  throw new ZvmError(ERROR_CODES.value, `${folder}: damaged: its head is not there`, { folder })
}

/** The number that an option gives of a block of the canonical chain. Throws USAGE where there is none. */
export function blockOption(args: Arguments, name: string, store: ChainStore): ChainBlock | null {
  const value = args[name]
  if (value === undefined) return null
  const number = fromOption(() => parseQuantity(value, `--${name}`, 64))
  const block = store.blockAt(number)
  if (block) return block
  const { header } = headOf(store)
  throw new ZvmError(ERROR_CODES.usage, `--${name}: no block ${number}; the head is ${header.number}`)
}

/** `12 0xabc…`: a block as lines for people name it. */
export function blockName(number: bigint, hash: bigint): string {
  return `${number} ${toFixedHex(hash, 32)}`
}
