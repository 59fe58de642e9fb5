import { readFileSync } from 'node:fs'
import { frontier } from '../../opcodes/forks.ts'
import type { Crypto } from '../core/crypto.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { parseJson } from '../core/json.ts'
import type { Table } from '../core/table.ts'
import type { TierChoice } from '../wasm/tiers.ts'
import { runBasicTests } from './basic-tests.ts'
import type { CaseResult } from './result.ts'
import { runRlpTests } from './rlp-tests.ts'
import { runStateTests } from './state-tests.ts'
import { reasonOf, type SuiteFile } from './suite.ts'
import { runTransactionTests } from './transaction-tests.ts'
import { runTrieTests } from './trie-tests.ts'
import { runVmTests } from './vm-tests.ts'

/** The table of a fork by the suites' name, or null to skip it. */
export type TableOf = (fork: string) => Table | null

/** Reads a JSON file. Throws IO or JSON naming it. */
export function readJsonFile(path: string): unknown {
  let bytes: Uint8Array
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new ZvmError(ERROR_CODES.io, `${path}: ${reasonOf(cause)}`, { path }, cause)
  }
  return parseJson(bytes, path)
}

/** Runs every case of one file of a suite. A file that cannot be read is one failed case, so that nothing is lost. */
export function* runFile(
  file: SuiteFile,
  tableOf: TableOf,
  crypto: Crypto,
  choice: TierChoice,
): Iterable<CaseResult> {
  try {
    yield* casesOf(file, readJsonFile(file.path), tableOf, crypto, choice)
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    yield { case: file.label, fork: null, outcome: 'failed', reason: error.message }
  }
}

function casesOf(
  file: SuiteFile,
  json: unknown,
  tableOf: TableOf,
  crypto: Crypto,
  choice: TierChoice,
): Iterable<CaseResult> {
  const { kind, label } = file
  switch (kind) {
    case 'state':
      return runStateTests(json, label, tableOf, crypto, choice)
    case 'vm':
      return runVmTests(json, label, tableOf(frontier.name) ?? frontier, crypto, choice)
    case 'transaction':
      return runTransactionTests(json, label, (fork) => knownTable(tableOf, fork).rules, crypto)
    case 'rlp':
      return runRlpTests(json, label)
    case 'trie':
      return runTrieTests(json, label)
    case 'basic':
      return runBasicTests(json, label, crypto)
  }
}

function knownTable(tableOf: TableOf, fork: string): Table {
  const table = tableOf(fork)
  if (!table) throw new ZvmError(ERROR_CODES.unknownFork, `unknown fork ${fork}`)
  return table
}
