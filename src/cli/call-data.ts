import { concatBytes } from '../core/bytes.ts'
import { ERROR_CODES, ZvmError } from '../core/errors.ts'
import { hexToBytes } from '../core/hex.ts'
import { JSON_LIMITS, parseJson } from '../core/json.ts'
import { encodeCall } from '../runtime/abi-codec.ts'
import { type AbiFunction, type AbiValue, type ContractAbi, functionOf, readAbi } from '../runtime/index.ts'
import { blameOption, fromOption } from './arguments.ts'
import type { Arguments } from './main.ts'

/** A call as options give it. */
export interface GivenCall {
  /** Null for a selector of which no ABI tells anything. */
  readonly called: AbiFunction | null
  readonly data: Uint8Array
}

/**
 * The call of a function that an option names: by selector, signature, or name where there is an ABI; a signature of
 * a name that the ABI lacks is taken as it stands. `--args` follow, or `input`, which is encoded. Throws USAGE.
 */
export async function givenCall(
  args: Arguments,
  option: string,
  abi: ContractAbi | null,
  input: Uint8Array | null,
): Promise<GivenCall> {
  const wanted = String(args[option])
  const place = `--${option}`
  if (input !== null && args.args !== undefined)
    throw new ZvmError(ERROR_CODES.usage, '--args and --input exclude each other')
  const selector = /^(?:0x)?([0-9a-fA-F]{8})$/.exec(wanted)?.[1].toLowerCase()
  const called = fromOption(() => functionFor(abi, wanted, selector, place))
  if (called && input === null) {
    const values = fromOption(() => argumentValues(String(args.args ?? '')))
    return { called, data: await encodeCall(called, values).catch(blameOption) }
  }
  if (args.args !== undefined)
    throw new ZvmError(ERROR_CODES.usage, `--args: no types are known; give ${place} a signature, f(u64)`)
  const bytes = hexToBytes(called?.selector ?? `0x${selector}`, place)
  return { called, data: concatBytes(bytes, input ?? new Uint8Array(0)) }
}

function functionFor(
  abi: ContractAbi | null,
  wanted: string,
  selector: string | undefined,
  place: string,
): AbiFunction | null {
  if (selector !== undefined) return abi?.functions.find((each) => each.selector === `0x${selector}`) ?? null
  const isInAbi = abi?.functions.some(({ name }) => name === wanted.split('(')[0])
  return calledFunction(isInAbi || !wanted.includes('(') ? abi : null, wanted, place)
}

function calledFunction(abi: ContractAbi | null, wanted: string, place: string): AbiFunction {
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
