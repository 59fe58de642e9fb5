import type { Intent } from './intent.ts'

/**
 * What is outside the machine, as the host brings it; what is left out is not there, and a grant that needs it is
 * refused. All answer at once: a frame cannot wait. What they answer is recorded, what they throw becomes
 * SystemCallFailure.
 */
export interface Services {
  readonly files?: Files
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  readonly random?: (sizeBytes: number) => Uint8Array
  /** GET without following redirections; null where nobody answers. */
  readonly http?: (url: string, maxBytes: number) => HttpAnswer | null
  readonly signer?: Signer
  readonly ledger?: Ledger
}

/** The status of HTTP, and the whole body. */
export interface HttpAnswer {
  readonly status: number
  readonly body: Uint8Array
}

/** Files below a folder that was granted. `path` has passed `isPathWithin`; links are the service's to refuse. */
export interface Files {
  /** Why no such folder can be granted, in a few words; null where it can. */
  fault(folder: string): string | null
  /** The bytes; null where there is no such file, 'escape' where a link leads out of the folder. */
  read(folder: string, path: string, maxBytes: number): Uint8Array | null | 'escape'
  /** Whether `write` may be asked for: null, or as `read`. */
  check(folder: string, path: string): true | null | 'escape'
  /** Writes the files whole, in order, after success. Throws IO. */
  write(files: readonly PendingFile[]): void
}

/** A file that is written once the run has succeeded; `path` is below `folder`. */
export interface PendingFile {
  readonly folder: string
  readonly path: string
  readonly content: Uint8Array
}

/** A key of the host's, which never enters the machine. */
export interface Signer {
  /** Ed25519, 32 bytes. */
  readonly publicKey: Uint8Array
  /** RFC 8032 over the bytes as they are: 64 bytes. */
  sign(message: Uint8Array): Uint8Array
}

/**
 * What settles intents of `hts.*`, `hcs.*` and `ledger.*`. It keeps what it is told as open changes: each may be taken
 * back, last first, until `commit`; a run that fails takes back all.
 */
export interface Ledger {
  /** A run begins: what an earlier one left open is taken back. */
  begin(): void
  /** Does what an intent says: how to take it back and what the call answers, or null where it is refused. */
  apply(intent: Intent): { undo(): void; output: Uint8Array } | null
  /** Answers a question (`hts.balance_of`, `hts.token_info`, `hcs.info`, `ledger.balance`); null where it cannot. */
  ask(question: Intent): Uint8Array | null
  /** Keeps what was applied and not taken back. Throws IO. */
  commit(): void
}
