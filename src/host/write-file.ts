import {
  accessSync,
  closeSync,
  constants,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from 'node:fs'
import { dirname, resolve } from 'node:path'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { reasonOf } from './read-file.ts'

/**
 * Writes a file whole or not at all: beside its place first, then moved there. A link stays, and what it leads to is
 * replaced; a device or a pipe is written to as it stands. Throws IO naming it.
 */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const file = new GrowingFile(path)
  file.write(content)
  file.keep()
}

/**
 * Writes a file that its owner alone may read, whole or not at all, and synced to disk: it is never there with a wider
 * mode. Throws IO, also where something is there and `mayReplace` is not said.
 */
export function writeSecret(path: string, content: string, mayReplace: boolean): void {
  const file = new GrowingFile(path, OWNER_ONLY)
  file.write(content)
  file.sync()
  if (mayReplace) file.keep()
  else file.keepAsNew()
}

const OWNER_ONLY = 0o600
const ALL_THAT_UMASK_LEAVES = 0o666

/** A file written piece by piece, whole or not at all: it is in its place once it is kept. Throws IO naming it. */
export class GrowingFile {
  readonly #path: string
  /** What the path leads to. */
  readonly #place: string
  /** The file until it is in its place; null where it is written in place. */
  readonly #part: string | null
  readonly #file: number

  constructor(path: string, mode = ALL_THAT_UMASK_LEAVES) {
    this.#path = path
    try {
      this.#place = placeOf(path)
      const { part, file } = isStream(path)
        ? { part: null, file: openSync(path, 'w') }
        : openPart(this.#place, mode)
      this.#part = part
      this.#file = file
    } catch (cause) {
      throw notWritten(path, cause)
    }
  }

  write(content: string | Uint8Array): void {
    const bytes = typeof content === 'string' ? Buffer.from(content) : content
    for (let from = 0; from < bytes.length; ) from += this.#blaming(() => writeSync(this.#file, bytes, from))
  }

  keep(): void {
    this.#blaming(() => {
      closeSync(this.#file)
      if (this.#part !== null) renameSync(this.#part, this.#place)
    })
  }

  sync(): void {
    this.#blaming(() => fsyncSync(this.#file))
  }

  /** As `keep`, where nothing is at the path; else throws IO, and leaves it as it was. */
  keepAsNew(): void {
    this.#blaming(() => {
      closeSync(this.#file)
      if (this.#part !== null) linkSync(this.#part, this.#path)
      this.#leaveNoPart()
    })
  }

  /** Leaves what was at the path as it was. */
  discard(): void {
    closeSync(this.#file)
    this.#leaveNoPart()
  }

  #leaveNoPart(): void {
    if (this.#part !== null) rmSync(this.#part, { force: true })
  }

  #blaming<T>(run: () => T): T {
    try {
      return run()
    } catch (cause) {
      this.#leaveNoPart()
      throw notWritten(this.#path, cause)
    }
  }
}

/** Where links lead; the path itself where they lead to nothing. */
function placeOf(path: string): string {
  try {
    return realpathSync(path)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return path
    throw cause
  }
}

/** Whether a device, a pipe or a socket stands there, in whose place no file must come. */
function isStream(path: string): boolean {
  const stats = statSync(path, { throwIfNoEntry: false })
  return stats !== undefined && !stats.isFile() && !stats.isDirectory()
}

/**
 * A new file beside the path. What stands at a name, a link or what a killed process left, is neither followed nor
 * written over: the next name is taken.
 */
function openPart(path: string, mode: number): { part: string; file: number } {
  for (let tried = 0; ; tried++) {
    const part = `${path}.${process.pid}${tried === 0 ? '' : `.${tried}`}.part`
    try {
      return { part, file: openSync(part, 'wx', mode) }
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') throw cause
    }
  }
}

function notWritten(path: string, cause: unknown): ZvmError {
  return new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
}

/** Makes a folder, and those above it, where they are missing. Throws IO naming it. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, { recursive: true })
  } catch (cause) {
    throw notWritten(path, cause)
  }
}

/** Whether two paths lead to one file, by whatever links and names. */
export function isSameFile(a: string, b: string): boolean {
  if (resolve(a) === resolve(b)) return true
  const [one, other] = [a, b].map(identityOf)
  return one !== undefined && other !== undefined && one.dev === other.dev && one.ino === other.ino
}

/** Undefined where nothing is there, or can be: code in hex is longer than any name. */
function identityOf(path: string): { readonly dev: bigint; readonly ino: bigint } | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false })
  } catch {
    return undefined
  }
}

/** Whether a file that is written to the path would lie in the folder, or in one below it. */
export function isWithin(folder: string, path: string): boolean {
  for (let at = dirname(resolve(placeOf(path))); ; at = dirname(at)) {
    if (isSameFile(at, folder)) return true
    if (at === dirname(at)) return false
  }
}

/** Throws IO naming the path where no file can be written to it: told before the work, not after it. */
export function checkWritable(path: string): void {
  try {
    accessSync(isStream(path) ? path : dirname(resolve(placeOf(path))), constants.W_OK)
    if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw new Error('is a folder, not a file')
  } catch (cause) {
    throw notWritten(path, cause)
  }
}
