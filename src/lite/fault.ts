import { ERROR_CODES, ZvmError } from '../core/errors.ts'

/** What breaks the WebAssembly standard itself: no host takes such a module. */
export const STANDARD_RULES = {
  malformed: 'the binary format',
  type: 'types of operands, results and functions',
  control: 'nesting of blocks, labels and bodies',
  index: 'functions, locals, globals, segments and labels that exist',
  limits: 'limits of memories and tables',
  alignment: 'alignment of loads and stores',
  constant: 'initial values that are constants',
  mutability: 'writes to globals that may change',
  'export-name': 'names of exports given once',
  'data-count': 'a count of data segments where instructions name them',
} as const

/** What the standard, or a later one, allows and wasm-lite does not. */
export const SUBSET_RULES = {
  float: 'no float type, instruction or constant',
  simd: 'no vectors',
  threads: 'no shared memory and no atomics',
  'multi-value': 'one result at the most, and no types of blocks beyond that',
  'reference-types': 'no references but the functions of one table',
  'multi-memory': 'one memory, of 32 bits',
  start: 'no start function',
  import: 'no imports but functions of module zvm, each with its own type',
  instruction: 'no instruction of later proposals',
  'extended-constant': 'initial values of one constant',
  'module-size': 'modules of 256 KiB at the most',
  'memory-size': 'memories of 64 MiB at the most',
  'table-size': 'tables of 65,536 functions at the most',
  'frame-size': 'functions whose locals and operands fit the room for frames',
  'host-limit': 'no more parameters, labels, data segments and bytes of a name than every host takes',
  'reserved-export': 'no exports whose names begin with "zvm."',
  main: 'an export main, a function without parameters and results',
  memory: 'an export memory, the memory',
  compiled: 'no import of zvm.row but in what zvm compile makes of the code that the module holds',
} as const

export type Rule = keyof typeof STANDARD_RULES | keyof typeof SUBSET_RULES

/** Sections as refusals name them, by their id in a module. */
export const SECTIONS = [
  ...['custom', 'type', 'import', 'function', 'table', 'memory', 'global'],
  ...['export', 'start', 'element', 'code', 'data', 'data count'],
] as const

export type Section = (typeof SECTIONS)[number] | 'header' | 'module'

/** Where and by what rule a module is refused. */
export interface Fault {
  readonly rule: Rule
  readonly section: Section
  /** Position in the module, in bytes. */
  readonly offset: number
  readonly what: string
}

/** Thrown inside the validator, to be made a `ZvmError` or a verdict by who called it. */
export class Refusal extends Error implements Fault {
  readonly rule: Rule
  readonly section: Section
  readonly offset: number
  readonly what: string

  constructor(rule: Rule, section: Section, offset: number, what: string) {
    super(`${section} section, byte ${offset}: ${rule}: ${what}`)
    this.rule = rule
    this.section = section
    this.offset = offset
    this.what = what
  }
}

/** The error that a user is shown: `place: code section, byte 93: float: f32.add`. */
export function refusalError(refusal: Refusal, place: string): ZvmError {
  const { rule, section, offset } = refusal
  return new ZvmError(
    ERROR_CODES.value,
    `${place}: ${refusal.message}`,
    { place, rule, section, offset },
    refusal,
  )
}
