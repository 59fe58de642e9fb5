import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'

type OfLibrary = 'init' | 'verifyOrderG1' | 'verifyOrderG2' | 'setMapToMode' | 'setETHserialization'
type OfPairing =
  | 'millerLoopVec'
  | 'finalExp'
  | 'getUint64NumToPrecompute'
  | 'precomputeG2'
  | 'precomputedMillerLoop2'
type OfPrimeField = 'deserialize' | 'serialize' | 'setInt32' | 'mapToG1'
type OfGroup =
  | 'add'
  | 'clear'
  | 'deserialize'
  | 'isValid'
  | 'isValidOrder'
  | 'isZero'
  | 'mulVec'
  | 'neg'
  | 'normalize'

type Name =
  | `mclBn_${OfLibrary | OfPairing}`
  | 'mclBnFr_deserialize'
  | `mclBnFp_${OfPrimeField}`
  | 'mclBnFp2_mapToG2'
  | `mclBn${'G1' | 'G2'}_${OfGroup}`
  | `mclBnGT_${'isOne' | 'mul'}`
  | 'malloc'
  | 'stackSave'

/** Of mcl's interface for C (mcl/bn.h): operands are addresses in its memory, that of the result first. */
type Operation = (...operands: number[]) => number
export type GroupOperations = Readonly<Record<OfGroup, Operation>>

/** Sizes in bytes of field elements and scalars, the same for all curves, and of what a pairing gives. */
export const FP = 48
export const FR = 32
export const GT = 12 * FP
/** By which `init` knows that both sides have the same sizes. */
const COMPILED_FOR = 10 * (FR / 8) + FP / 8

/** As many as the package gives it; it takes more itself. */
const FIRST_PAGES = 32

/** SHA-256 of the module in the version that package.json names. */
const MODULE_HASH = '99e25601f2eed784d994aa5c8c1733989350255f78bbbd18571e8df8b65b8f60'

/** An instance of mcl: one curve and its own memory. */
export interface Mcl {
  readonly functions: Readonly<Record<Name, Operation>>
  /** Its memory, eight bytes an element; valid until the next call. */
  words(): BigUint64Array
}

let compiled: WebAssembly.Module | null = null

/**
 * The library for the curve that it knows by this number. Throws where it is not installed or not what it should be, and
 * on a host that forbids WebAssembly.
 * What the package exports gives a promise and one curve to all of a process, and compiles it whole, for four times as
 * long. Primitives cannot wait, so only the module is taken, out of the file that has it as text: a reason why
 * package.json names one version.
 */
export function createMcl(curve: number): Mcl {
  compiled ??= new WebAssembly.Module(moduleBytes())
  const memory = new WebAssembly.Memory({ initial: FIRST_PAGES })
  const { exports } = new WebAssembly.Instance(compiled, { env: { memory } })
  const functions = exports as Mcl['functions'] & { __wasm_call_ctors(): void }
  functions.__wasm_call_ctors()
  if (functions.mclBn_init(curve, COMPILED_FOR) !== 0) throw new Error('mcl: other sizes or no such curve')
  // What is checked of a point stands in the code that calls.
  functions.mclBn_verifyOrderG1(0)
  functions.mclBn_verifyOrderG2(0)
  let words = new BigUint64Array(memory.buffer)
  return {
    functions,
    words() {
      // Of no length once the memory has grown.
      if (words.length === 0) words = new BigUint64Array(memory.buffer)
      return words
    },
  }
}

export function groupOperations({ functions }: Mcl, group: 'G1' | 'G2'): GroupOperations {
  return {
    add: functions[`mclBn${group}_add`],
    clear: functions[`mclBn${group}_clear`],
    deserialize: functions[`mclBn${group}_deserialize`],
    isValid: functions[`mclBn${group}_isValid`],
    isValidOrder: functions[`mclBn${group}_isValidOrder`],
    isZero: functions[`mclBn${group}_isZero`],
    mulVec: functions[`mclBn${group}_mulVec`],
    neg: functions[`mclBn${group}_neg`],
    normalize: functions[`mclBn${group}_normalize`],
  }
}

function moduleBytes(): Uint8Array {
  const require = createRequire(import.meta.url)
  const file = readFileSync(require.resolve('mcl-wasm/dist/mcl_c.js'))
  // It begins as every module does: four bytes, and the version.
  const start = file.indexOf('AGFzbQEAAA')
  const bytes = Buffer.from(file.toString('latin1', start, file.indexOf("'", start)), 'base64')
  // Loaded here: programs that call no curve start sooner without it.
  const { hash } = require('node:crypto') as typeof import('node:crypto')
  // Another one, or a damaged one, might compile and give wrong results.
  if (hash('sha256', bytes) !== MODULE_HASH) throw new Error('mcl: not the module that was tested')
  return bytes
}
