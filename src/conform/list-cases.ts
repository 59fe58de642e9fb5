import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { readJsonFile } from '../host/read-file.ts'
import { basicCases } from './basic-tests.ts'
import { blockSuiteCases } from './block-tests.ts'
import type { SuiteCase } from './case.ts'
import { difficultyCases } from './difficulty-tests.ts'
import { kindOf, type SuiteKind } from './kind.ts'
import { rlpCases } from './rlp-tests.ts'
import { stateSuiteCases } from './state-tests.ts'
import type { SuiteFile } from './suite.ts'
import { transactionCases } from './transaction-tests.ts'
import { trieCases } from './trie-tests.ts'
import { vmCases } from './vm-tests.ts'

/** Lists the cases of a parsed file, which messages call `place`. */
type ListCases = (json: unknown, place: string) => SuiteCase[]

const LISTS: Readonly<Record<SuiteKind, ListCases>> = {
  state: stateSuiteCases,
  block: blockSuiteCases,
  vm: vmCases,
  transaction: transactionCases,
  rlp: rlpCases,
  trie: trieCases,
  difficulty: difficultyCases,
  basic: basicCases,
}

/**
 * The cases of one file, by what it holds, or where that does not tell, by the folders it lies in. A file of a kind
 * that is not run here is one skipped case; so is a stray one, unless the user named it. What cannot be read is one
 * case that fails, so that nothing is lost.
 */
export function listCases(file: SuiteFile): SuiteCase[] {
  try {
    const json = readJsonFile(file.path, file.label)
    const found = kindOf(json, file.path)
    if (found === 'engine') return [wholeFile('holds payloads of the engine API, which are not run')]
    const kind = found ?? file.kind
    if (kind) return LISTS[kind](json, file.label)
    if (!file.isNamed) return [wholeFile('holds no kind of test that is known')]
    throw new ZvmError(ERROR_CODES.value, `${file.label}: holds no kind of test that is known`)
  } catch (error) {
    if (!(error instanceof ZvmError)) throw error
    return [{ ...wholeFile(), isBroken: true, check: () => error.message }]
  }
}

function wholeFile(skipped?: string): SuiteCase {
  const common = { name: '', fork: null, tableFork: null, check: () => null }
  return skipped === undefined ? common : { ...common, skipped }
}
