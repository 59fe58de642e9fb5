import type { Rule } from './fault.ts'
import type { ValueType } from './instructions.ts'
import type { Reader } from './reader.ts'

/** What other types are called, by their byte, and the rule against them. */
const OTHER_TYPES: ReadonlyMap<number, readonly [Rule, string]> = new Map([
  [0x7d, ['float', 'f32']],
  [0x7c, ['float', 'f64']],
  [0x7b, ['simd', 'v128']],
  [0x70, ['reference-types', 'funcref']],
  [0x6f, ['reference-types', 'externref']],
])

/** The type that a byte means; refused where it is none of ours. */
export function readValueType(input: Reader): ValueType {
  const code = input.byte()
  if (code === 0x7f) return 'i32'
  if (code === 0x7e) return 'i64'
  const at = input.at - 1
  const other = OTHER_TYPES.get(code)
  if (other) input.refuse(other[0], other[1], at)
  return input.refuse('malformed', `no type is 0x${code.toString(16)}`, at)
}
