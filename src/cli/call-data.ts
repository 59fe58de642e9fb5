import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { JSON_LIMITS, parseJson } from '../core/json.ts'
import { type AbiFunction, type AbiValue, type ContractAbi, functionOf, readAbi } from '../runtime/index.ts'

/** The function that an option names: one of the ABI, by name, signature or selector, else the signature as it stands. */
export function calledFunction(abi: ContractAbi | null, wanted: string, place: string): AbiFunction {
  if (abi && abi.functions.length > 0) return functionOf(abi, wanted)
  const [, name, types] = /^([A-Za-z_$][\w$]*)\((.*)\)$/.exec(wanted) ?? []
  if (name === undefined)
    throw new ZvmError(
      ERROR_CODES.value,
      `${place}: ${JSON.stringify(wanted.slice(0, 40))}: without an ABI, a signature: f(u64)`,
    )
  const inputs = splitTypes(types).map((type) => ({ type }))
  return readAbi({ contract: 'call', functions: [{ name, inputs }] }, place).functions[0]
}

/** Types between commas that are in no parentheses of their own. */
function splitTypes(text: string): string[] {
  const types: string[] = []
  let depth = 0
  let start = 0
  for (let at = 0; at < text.length; at++) {
    if ('(<'.includes(text[at])) depth++
    else if (')>'.includes(text[at])) depth--
    else if (text[at] === ',' && depth === 0) {
      types.push(text.slice(start, at))
      start = at + 1
    }
  }
  return text === '' ? [] : [...types, text.slice(start)]
}

/** The values of `--args`: a JSON list, or texts between commas. */
export function argumentValues(text: string): AbiValue[] {
  if (text === '') return []
  if (!text.trimStart().startsWith('['))
    return text.split(',').map((part) => (part === 'true' ? true : part === 'false' ? false : part))
  return parseJson(text, '--args', { ...JSON_LIMITS, maxDepth: 16 }) as AbiValue[]
}
