import { EMPTY_TABLE } from '../../opcodes/empty-table.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { Halt } from '../core/halt.ts'
import { CallKind, type Message } from '../core/message.ts'
import { ENDS } from '../core/row.ts'
import { extend, type Table } from '../core/table.ts'
import type { Format, Formats, FrameKeeper } from '../core/tier.ts'
import { LITE_CAPABILITIES } from './functions.ts'
import { isModule } from './magic.ts'
import { MODULE_LIMIT_BYTES } from './module.ts'
import { LiteTier, type Prepare, prepareContract } from './tier.ts'

/** What a frame of a module is for traces: one instruction, which begins and ends it. */
const LITE_TABLE = extend(EMPTY_TABLE, 'wasm-lite', [
  {
    ...{ eip: 0, title: 'wasm-lite' },
    add: [
      {
        ...{ code: 0x00, name: 'WASM', pops: 0, pushes: 0, gas: 0, flags: ENDS, spec: 'wasm-lite' },
        execute: () => Halt.InvalidCode,
      },
    ],
  },
])

/** What runs modules that `zvm compile` has written, by the table of the code that they were made of. */
export interface CompiledFormats {
  /** A message of depth 0 begins. */
  begin(table: Table, keeper: FrameKeeper): void
  /** Null for a module that is none of them. */
  formatOf(module: Uint8Array): Format | null
  isCompiled(module: Uint8Array): boolean
}

/** What code may be beside that of the driver's table. */
export interface FormatOptions {
  /**
   * The table of an account's code where it is another than the driver's; null for the driver's own. Code that begins as
   * a module does is one, whatever this says.
   */
  tableOf?(address: bigint): Table | null
  /** Capabilities of functions that modules may import: all of LITE_CAPABILITIES where nothing is said. */
  readonly capabilities?: readonly string[]
  /** What runs compiled modules, see `CompiledContracts` of zvm-engine/compile. Without it they are no code. */
  readonly compiled?: CompiledFormats
  /** What makes code ready to run; default on the host's own engine. */
  readonly prepare?: Prepare
}

/** Formats, and by which table the code of an account runs. */
export interface LiteFormats extends Formats {
  /** Null for the driver's own. Of accounts that were created meanwhile, too. */
  tableOf(address: bigint): Table | null
}

/**
 * Modules beside the code of a driver's table, and code of other tables. What an account creates has the format of what
 * created it, unless it is a module; what a module creates that is none has the driver's table. They serve one message at a
 * time: that of another engine, begun meanwhile, throws USAGE.
 */
export function createFormats({
  tableOf = () => null,
  capabilities = LITE_CAPABILITIES,
  compiled,
  prepare = prepareContract,
}: FormatOptions = {}): LiteFormats {
  const tier = new LiteTier(prepare, capabilities)
  const lite: Format = { table: LITE_TABLE, tier }
  const created = new Map<bigint, Table | null>()
  let own: Table
  let user: FrameKeeper | null = null
  const tableAt = (address: bigint): Table | null => {
    const made = created.get(address)
    return made === undefined ? tableOf(address) : made
  }
  const formatOf = ({ kind, caller, self, codeAddress }: Message, code: Uint8Array): Format | null => {
    const isCreate = kind >= CallKind.Create
    const table = tableAt(isCreate ? caller : codeAddress)
    if (isCreate) created.set(self, table)
    if (isModule(code)) {
      // Initcode is looked at each time that it is sent, which is not paid for by what compiling it again costs.
      const made = isCreate ? null : compiled?.formatOf(code)
      // What it creates is code of its table, as itself was.
      if (made) created.set(codeAddress, made.table)
      return made ?? lite
    }
    return table === null || table === own ? null : { table, tier: null }
  }
  return {
    begin(table: Table, keeper: FrameKeeper) {
      // A keeper has no frame open when it begins.
      if (user && user.open > 0)
        throw new ZvmError(ERROR_CODES.usage, 'a message of another engine runs in these formats')
      user = keeper
      own = table
      tier.begin(table, keeper)
      compiled?.begin(table, keeper)
    },
    formatOf,
    tableOf: tableAt,
    verdict(code, isPaid) {
      if (!isModule(code)) return null
      if (!isPaid) return Halt.OutOfGas
      if (code.length > MODULE_LIMIT_BYTES) return Halt.InvalidCode
      return compiled?.isCompiled(code) || tier.check(code) ? Halt.None : Halt.InvalidCode
    },
  }
}
