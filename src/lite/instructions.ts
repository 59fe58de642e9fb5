import type { Rule } from './fault.ts'

/** Types of values there are. */
export type ValueType = 'i32' | 'i64'

/** What follows the code of an instruction. */
export type Immediate =
  | 'none'
  | 'block'
  | 'label'
  | 'labels'
  | 'function'
  | 'indirect'
  | 'local'
  | 'global'
  | 'memory-access'
  | 'memory'
  | 'memories'
  | 'constant'
  | 'data'
  | 'data-and-memory'
  | 'element'
  | 'element-and-table'
  | 'tables'

/** What an instruction may end with, beside its result. */
export type Trap = 'integer' | 'memory' | 'table'

/** One instruction of the subset: how it is written, what it takes and gives, and what it costs. */
export interface Instruction {
  /** The byte, or 0xfc00 and what follows 0xfc. */
  readonly code: number
  readonly name: string
  readonly immediate: Immediate
  /** Operands, the first one deepest; those of instructions that have any type are the validator's. */
  readonly takes: readonly ValueType[]
  readonly gives: readonly ValueType[]
  /** Charged with its block. */
  readonly gas: number
  readonly trap: Trap | null
  /** Of a load or store: the logarithm to base 2 of its bytes. */
  readonly width: number
}

/** Gas of one instruction. `end` and `else` are none: they delimit. */
const INSTRUCTION_GAS = 1

/** Gas of what is paid for by its size, on top of its instruction. */
export const SIZE_GAS = {
  /** Of each page of 64 KiB, when memory grows and when a module is started: 3 gas for 32 bytes. */
  page: 6144,
  /** Of each started 32 bytes that memory.fill, memory.copy, memory.init or a data segment writes. */
  word: 3,
  /** Of each entry that table.copy, table.init or an element segment writes. */
  entry: 1,
  /** Of starting a module, whatever its size. */
  start: 500,
} as const

const I32 = ['i32'] as const
const I64 = ['i64'] as const
const NONE = [] as const

function row(
  code: number,
  name: string,
  takes: readonly ValueType[],
  gives: readonly ValueType[],
  rest: Partial<Pick<Instruction, 'immediate' | 'gas' | 'trap' | 'width'>> = {},
): Instruction {
  return {
    ...{ code, name, takes, gives },
    ...{ immediate: 'none', gas: INSTRUCTION_GAS, trap: null, width: 0 },
    ...rest,
  }
}

/** Rows of one type whose codes follow each other. */
function rows(
  from: number,
  type: ValueType,
  names: string,
  takes: readonly ValueType[],
  gives: readonly ValueType[],
): Instruction[] {
  return names.split(' ').map((name, i) => {
    const trap = /^(div|rem)_/.test(name) ? 'integer' : null
    return row(from + i, `${type}.${name}`, takes, gives, { trap })
  })
}

function access(code: number, name: string, type: ValueType, width: number): Instruction {
  const rest = { immediate: 'memory-access', trap: 'memory', width } as const
  return name.startsWith('load')
    ? row(code, `${type}.${name}`, I32, [type], rest)
    : row(code, `${type}.${name}`, ['i32', type], NONE, rest)
}

const COMPARISONS = 'eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u'
const COUNTS = 'clz ctz popcnt'
const ARITHMETIC = 'add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr'
const THREE = ['i32', 'i32', 'i32'] as const

/** Every instruction of the subset: WebAssembly 1.0 without floats, sign extension, and bulk memory. */
export const INSTRUCTIONS: readonly Instruction[] = [
  row(0x00, 'unreachable', NONE, NONE),
  row(0x01, 'nop', NONE, NONE),
  row(0x02, 'block', NONE, NONE, { immediate: 'block' }),
  row(0x03, 'loop', NONE, NONE, { immediate: 'block' }),
  row(0x04, 'if', I32, NONE, { immediate: 'block' }),
  row(0x05, 'else', NONE, NONE, { gas: 0 }),
  row(0x0b, 'end', NONE, NONE, { gas: 0 }),
  row(0x0c, 'br', NONE, NONE, { immediate: 'label' }),
  row(0x0d, 'br_if', I32, NONE, { immediate: 'label' }),
  row(0x0e, 'br_table', I32, NONE, { immediate: 'labels' }),
  row(0x0f, 'return', NONE, NONE),
  row(0x10, 'call', NONE, NONE, { immediate: 'function' }),
  row(0x11, 'call_indirect', I32, NONE, { immediate: 'indirect' }),
  row(0x1a, 'drop', NONE, NONE),
  row(0x1b, 'select', I32, NONE),
  row(0x20, 'local.get', NONE, NONE, { immediate: 'local' }),
  row(0x21, 'local.set', NONE, NONE, { immediate: 'local' }),
  row(0x22, 'local.tee', NONE, NONE, { immediate: 'local' }),
  row(0x23, 'global.get', NONE, NONE, { immediate: 'global' }),
  row(0x24, 'global.set', NONE, NONE, { immediate: 'global' }),

  access(0x28, 'load', 'i32', 2),
  access(0x29, 'load', 'i64', 3),
  access(0x2c, 'load8_s', 'i32', 0),
  access(0x2d, 'load8_u', 'i32', 0),
  access(0x2e, 'load16_s', 'i32', 1),
  access(0x2f, 'load16_u', 'i32', 1),
  access(0x30, 'load8_s', 'i64', 0),
  access(0x31, 'load8_u', 'i64', 0),
  access(0x32, 'load16_s', 'i64', 1),
  access(0x33, 'load16_u', 'i64', 1),
  access(0x34, 'load32_s', 'i64', 2),
  access(0x35, 'load32_u', 'i64', 2),
  access(0x36, 'store', 'i32', 2),
  access(0x37, 'store', 'i64', 3),
  access(0x3a, 'store8', 'i32', 0),
  access(0x3b, 'store16', 'i32', 1),
  access(0x3c, 'store8', 'i64', 0),
  access(0x3d, 'store16', 'i64', 1),
  access(0x3e, 'store32', 'i64', 2),
  row(0x3f, 'memory.size', NONE, I32, { immediate: 'memory' }),
  row(0x40, 'memory.grow', I32, I32, { immediate: 'memory' }),

  row(0x41, 'i32.const', NONE, I32, { immediate: 'constant' }),
  row(0x42, 'i64.const', NONE, I64, { immediate: 'constant' }),
  ...rows(0x45, 'i32', 'eqz', I32, I32),
  ...rows(0x46, 'i32', COMPARISONS, ['i32', 'i32'], I32),
  ...rows(0x50, 'i64', 'eqz', I64, I32),
  ...rows(0x51, 'i64', COMPARISONS, ['i64', 'i64'], I32),
  ...rows(0x67, 'i32', COUNTS, I32, I32),
  ...rows(0x6a, 'i32', ARITHMETIC, ['i32', 'i32'], I32),
  ...rows(0x79, 'i64', COUNTS, I64, I64),
  ...rows(0x7c, 'i64', ARITHMETIC, ['i64', 'i64'], I64),
  row(0xa7, 'i32.wrap_i64', I64, I32),
  row(0xac, 'i64.extend_i32_s', I32, I64),
  row(0xad, 'i64.extend_i32_u', I32, I64),
  ...rows(0xc0, 'i32', 'extend8_s extend16_s', I32, I32),
  ...rows(0xc2, 'i64', 'extend8_s extend16_s extend32_s', I64, I64),

  row(0xfc08, 'memory.init', THREE, NONE, { immediate: 'data-and-memory', trap: 'memory' }),
  row(0xfc09, 'data.drop', NONE, NONE, { immediate: 'data' }),
  row(0xfc0a, 'memory.copy', THREE, NONE, { immediate: 'memories', trap: 'memory' }),
  row(0xfc0b, 'memory.fill', THREE, NONE, { immediate: 'memory', trap: 'memory' }),
  row(0xfc0c, 'table.init', THREE, NONE, { immediate: 'element-and-table', trap: 'table' }),
  row(0xfc0d, 'elem.drop', NONE, NONE, { immediate: 'element' }),
  row(0xfc0e, 'table.copy', THREE, NONE, { immediate: 'tables', trap: 'table' }),
]

/** The instruction of a code, in an array without holes for those of one byte. */
const BY_CODE = new Map(INSTRUCTIONS.map((instruction) => [instruction.code, instruction]))
const SINGLE = Array.from({ length: 256 }, (_, code) => BY_CODE.get(code) ?? null)

/** The instruction of a code; null where it is none of the subset's. */
export function instructionOf(code: number): Instruction | null {
  return code < 256 ? SINGLE[code] : (BY_CODE.get(code) ?? null)
}

/** Codes outside, and the rule that they break. First range that holds a code. */
const OUTSIDE: readonly (readonly [from: number, to: number, Rule])[] = [
  [0x1c, 0x1c, 'reference-types'],
  [0x25, 0x26, 'reference-types'],
  [0x2a, 0x2b, 'float'],
  [0x38, 0x39, 'float'],
  [0x43, 0x44, 'float'],
  [0x5b, 0x66, 'float'],
  [0x8b, 0xa6, 'float'],
  [0xa8, 0xab, 'float'],
  [0xae, 0xbf, 'float'],
  [0xd0, 0xd2, 'reference-types'],
  [0xfd, 0xfd, 'simd'],
  [0xfe, 0xfe, 'threads'],
  [0xfc00, 0xfc07, 'float'],
  [0xfc0f, 0xfc11, 'reference-types'],
]

/** The rule that an instruction breaks which is not of the subset. */
export function ruleAgainst(code: number): Rule {
  return OUTSIDE.find(([from, to]) => code >= from && code <= to)?.[2] ?? 'instruction'
}
