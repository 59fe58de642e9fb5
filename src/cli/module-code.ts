import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import type { Table } from '../core/table.ts'
import { type CompiledSource, checkCompiled } from '../lite/compile/compiled-contracts.ts'
import { saysCompiled } from '../lite/compile/source.ts'
import { checkContract } from '../lite/contract.ts'
import { readModule } from '../lite/decode.ts'
import { Refusal, refusalError } from '../lite/fault.ts'
import { misfit } from '../lite/functions.ts'
import type { LiteModule } from '../lite/module.ts'
import { tableNamed } from './target-table.ts'

/** A module that is a contract. */
export interface ModuleContract {
  readonly module: LiteModule
  /** What `zvm compile` made it of; null for any other. */
  readonly source: CompiledSource | null
}

/** Reads a contract. Throws `Refusal`. `chosen` is a table of the user's own, which a module may name. */
export function moduleContract(code: Uint8Array, chosen: Table | null = null): ModuleContract {
  const module = readModule(code)
  if (saysCompiled(code)) {
    const byName = (name: string) => (chosen?.name === name ? chosen : tableNamed(name))
    return { module, source: checkCompiled(code, byName) }
  }
  checkContract(module, misfit)
  return { module, source: null }
}

/** The same, for people: throws VALUE naming rule, section and byte; USAGE where another table is chosen. */
export function readModuleContract(code: Uint8Array, place: string, chosen: Table | null): ModuleContract {
  let contract: ModuleContract
  try {
    contract = moduleContract(code, chosen)
  } catch (error) {
    throw error instanceof Refusal ? refusalError(error, place) : error
  }
  const { source } = contract
  if (source && chosen && chosen.name !== source.table.name)
    throw new ZvmError(ERROR_CODES.usage, `--table: ${place} was compiled by table ${source.table.name}`)
  return contract
}
