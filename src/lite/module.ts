import type { ValueType } from './instructions.ts'

/** Bytes of a page of memory. */
export const PAGE_BYTES = 0x10000
/** Longest module, in bytes. */
export const MODULE_LIMIT_BYTES = 256 << 10
/** Most pages of a memory: 64 MiB. */
export const PAGE_LIMIT = 1024
/** Most entries of a table. */
export const TABLE_LIMIT = 0x10000

/**
 * What a module of MODULE_LIMIT_BYTES can have more of than some host takes: the limits of the standard's JavaScript
 * interface, which hosts share, and V8's on br_table.
 */
export const HOST_LIMITS = {
  /** Parameters of a function. */
  parameters: 1000,
  /** Labels of a br_table, the last one not counted. */
  labels: 65_520,
  dataSegments: 100_000,
  /** Of an import or export. */
  nameBytes: 100_000,
} as const

export interface FunctionType {
  readonly params: readonly ValueType[]
  /** One or none. */
  readonly results: readonly ValueType[]
}

export interface Limits {
  readonly least: number
  /** Null where none is said. */
  readonly most: number | null
}

export interface GlobalType {
  readonly type: ValueType
  readonly isMutable: boolean
}

export type ExportKind = 'function' | 'table' | 'memory' | 'global'

export interface Export {
  readonly name: string
  readonly kind: ExportKind
  readonly index: number
}

export interface Import {
  readonly name: string
  /** Index of its type. */
  readonly type: number
}

/** Data or functions that are put in place at the start, or by instructions where `offset` is null. */
export interface Segment {
  readonly offset: number | null
  /** Bytes of data, or entries of a table. */
  readonly size: number
}

/** What metering does at a place of a body. `at` is a position in the module. */
export type Edit =
  /** A block begins, whose instructions cost so much. */
  | { readonly kind: 'charge'; readonly at: number; readonly nesting: number; gas: number }
  /** The instruction that lies from `at` to `to`, or a branch out of so many blocks in its place. */
  | {
      readonly kind:
        | 'call'
        | 'call_indirect'
        | 'return'
        | 'unreachable'
        | 'memory.grow'
        | 'integer'
        | 'table'
        | 'bulk'
      readonly at: number
      readonly to: number
      readonly nesting: number
    }

/** So many locals of a type, one behind the other; at least one. */
export interface LocalRun {
  readonly count: number
  readonly type: ValueType
}

/** A function of the module's own. */
export interface FunctionBody {
  /** Index of its type. */
  readonly type: number
  /** Where its local declarations begin, its first instruction, and the last `end`. Positions in the module. */
  readonly start: number
  readonly code: number
  readonly end: number
  /** Locals beside the parameters: in runs, since a few bytes may declare thousands. */
  readonly locals: readonly LocalRun[]
  readonly localCount: number
  /** Most operands at a time. */
  readonly height: number
  /** In the order of `at`. */
  readonly edits: readonly Edit[]
}

/** Where a section lies: its id, and its content. */
export interface SectionSpan {
  readonly id: number
  readonly start: number
  readonly end: number
}

/** A module that is valid, and what metering wants to know of it. */
export interface LiteModule {
  readonly bytes: Uint8Array
  readonly sections: readonly SectionSpan[]
  readonly types: readonly FunctionType[]
  readonly imports: readonly Import[]
  /** Index of the type of each function, imports first. */
  readonly functions: readonly number[]
  readonly table: Limits | null
  /** In pages. */
  readonly memory: Limits | null
  readonly globals: readonly GlobalType[]
  readonly exports: readonly Export[]
  readonly elements: readonly Segment[]
  /** Functions that some element segment puts into a table. */
  readonly addressed: ReadonlySet<number>
  readonly data: readonly Segment[]
  readonly bodies: readonly FunctionBody[]
}
