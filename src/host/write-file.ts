import { accessSync, constants, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { reasonOf } from './read-file.ts'

/** Writes a file whole or not at all: beside its place first, then moved there. Throws IO naming it. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const part = `${path}.${process.pid}.part`
  try {
    writeFileSync(part, content)
    renameSync(part, path)
  } catch (cause) {
    rmSync(part, { force: true })
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}

/** Throws IO naming the path where its folder cannot take a file: told before the work, not after it. */
export function checkWritable(path: string): void {
  try {
    accessSync(dirname(resolve(path)), constants.W_OK)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('is a folder, not a file')
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
}
