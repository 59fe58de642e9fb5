import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { checkWritable, isSameFile, isWithin } from '../host/write-file.ts'
import { optionalPath } from './arguments.ts'
import type { Arguments } from './main.ts'

/** Throws USAGE where what a command writes would stand in the place of what it reads: a key would be lost. */
export function refuseOver(output: string, option: string, inputs: readonly unknown[]): void {
  const isRead = inputs.some(
    (input) => typeof input === 'string' && input !== '-' && isSameFile(input, output),
  )
  if (isRead) throw new ZvmError(ERROR_CODES.usage, `${option}: ${output} would be written over`)
}

/** What a run reads, */
const INPUTS = ['codefile', 'file', 'prestate', 'ledger-key', 'sign-key', 'passphrase-file'] as const
/** and the folders in which it keeps something: a file that comes into one may be that which holds all of it. */
const FOLDERS = ['ledger', 'db'] as const

/**
 * The file to which a run writes its record or receipt. Throws IO where it cannot, and USAGE where something would be
 * lost by it.
 */
export function runOutput(args: Arguments, option: 'record' | 'receipt'): string | null {
  const path = optionalPath(args[option], `--${option}`)
  if (path === null) return null
  checkWritable(path)
  const other = option === 'record' ? 'receipt' : 'record'
  refuseOver(
    path,
    `--${option}`,
    [...INPUTS, other].map((name) => args[name]),
  )
  for (const name of FOLDERS) {
    const folder = optionalPath(args[name], `--${name}`)
    if (folder !== null && isWithin(folder, path))
      throw new ZvmError(ERROR_CODES.usage, `--${option}: ${path} is in the folder of --${name}`)
  }
  return path
}
