/**
 * zvm-engine/lite: wasm-lite. `createFormats` goes into an engine's `formats`, so that modules run beside the code of its
 * table; `validateModule` tells whether bytes are a contract, and `meter` gives the module as it is run.
 */
import { checkContract } from './contract.ts'
import { readModule } from './decode.ts'
import { type Fault, Refusal, refusalError } from './fault.ts'
import { misfit } from './functions.ts'
import { meterModule } from './meter.ts'

export type { Format, Formats } from '../core/tier.ts'
export { type Fault, type Rule, STANDARD_RULES, SUBSET_RULES } from './fault.ts'
export { createFormats, type FormatOptions, type LiteFormats } from './formats.ts'
export { HOST_FUNCTIONS, type HostFunction, LITE_CAPABILITIES } from './functions.ts'
export { INSTRUCTIONS, type Instruction, SIZE_GAS } from './instructions.ts'
export { isModule } from './magic.ts'

/** Why bytes are no contract of wasm-lite: the first rule broken, where and how; null where they are one. */
export function validateModule(bytes: Uint8Array): Fault | null {
  try {
    checkContract(readModule(bytes), misfit)
    return null
  } catch (error) {
    if (error instanceof Refusal) return error
    throw error
  }
}

/** A module that charges for itself. Throws VALUE, naming rule, section and byte, where it is not of the language. */
export function meter(bytes: Uint8Array): Uint8Array {
  try {
    return meterModule(readModule(bytes))
  } catch (error) {
    throw error instanceof Refusal ? refusalError(error, 'module') : error
  }
}
