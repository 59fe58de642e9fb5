import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { Members, type Read } from '../core/members.ts'
import type { Tracer } from '../core/tracer.ts'
import { CallTracer } from './call-tracer.ts'
import { fourByteTracer } from './four-byte-tracer.ts'
import type { WriteText } from './json-text.ts'
import { prestateTracer } from './prestate-tracer.ts'
import { structLog } from './struct-log.ts'

/** A tracer that writes one JSON value for a transaction. */
interface TracerEntry {
  /** Members of its configuration, all of them flags that are off unless given. */
  readonly flags: readonly string[]
  make(write: WriteText, config: Readonly<Record<string, boolean>>): Tracer
}

/** geth's tracers by their names, `structLog` that which geth takes where none is named. */
const TRACERS: ReadonlyMap<string, TracerEntry> = new Map<string, TracerEntry>([
  [
    'callTracer',
    { flags: ['onlyTopCall', 'withLog'], make: (write, config) => new CallTracer(write, config) },
  ],
  [
    'prestateTracer',
    { flags: ['diffMode', 'disableCode', 'disableStorage', 'includeEmpty'], make: prestateTracer },
  ],
  ['4byteTracer', { flags: [], make: fourByteTracer }],
  [
    'structLog',
    { flags: ['enableMemory', 'enableReturnData', 'disableStack', 'disableStorage'], make: structLog },
  ],
])

export const TRACER_NAMES: readonly string[] = [...TRACERS.keys()]

/**
 * A tracer of geth's by its name. `write` takes what it writes, piece by piece: one JSON value a transaction, in geth's
 * form. `config` is the tracer's, as parsed from JSON. Throws VALUE naming what is unknown or no flag, and where flags
 * exclude each other.
 */
export function createTracer(name: string, write: WriteText, config: unknown = {}): Tracer {
  const entry = TRACERS.get(name)
  if (!entry)
    refuse(`tracer ${JSON.stringify(name.slice(0, 40))}: unknown; known: ${TRACER_NAMES.join(', ')}`)
  const place = `${name} config`
  const members = new Members(config, place)
  const flags: Record<string, boolean> = {}
  for (const flag of entry.flags) flags[flag] = members.optional(flag, readFlag) ?? false
  members.done()
  if (flags.diffMode && flags.includeEmpty) refuse(`${place}: diffMode and includeEmpty exclude each other`)
  return entry.make(write, flags)
}

const readFlag: Read<boolean> = (value, place) =>
  typeof value === 'boolean' ? value : refuse(`${place}: neither true nor false`)

function refuse(message: string): never {
  throw new ZvmError(ERROR_CODES.value, message)
}
