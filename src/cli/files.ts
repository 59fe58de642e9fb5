import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { reasonOf } from '../conform/suite.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'

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
