import * as CELL from '../../wasm/cells.ts'
import {
  and64,
  type I64,
  load64,
  or64,
  rotl64,
  shl64,
  shrU64,
  TYPE_I32,
  TYPE_I64,
  type ValueType,
} from '../../wasm/expr.ts'
import { callExpr, type FunctionBuilder } from '../../wasm/function.ts'
import { writeKeccak } from '../../wasm/keccak.ts'
import { type Callable, ModuleBuilder, type Signature } from '../../wasm/module.ts'
import { UNIT } from '../../wasm/ways-out.ts'
import { LiteBody, type Shared, type WordFunctions } from './body.ts'

/** (byte) → halt: as `execute` of the tiers' helpers, of a byte and UNCHECKED; or see EXPAND. */
export const ROW: Signature = { params: [TYPE_I32], results: [TYPE_I32] }

/** In the place of a row: the host charges for the `wanted` bytes of memory and makes them present. Gives a halt. */
export const EXPAND = 0x200

const WORD = [TYPE_I64, TYPE_I64, TYPE_I64, TYPE_I64] as const
const LOAD_WORD = { params: [TYPE_I32], results: WORD } as const
const STORE_WORD = { params: [TYPE_I32, ...WORD], results: [] } as const
const NOTHING: Signature = { params: [], results: [] }

/** Of each unit beside its body, at the most: its type, its place in the table, and its position in the plan. */
const UNIT_BYTES = 7
/** The body of a unit that is left out, and its size, at the most. */
const LEFT_OUT_BYTES = 20

/** Functions that are there before those of a module begin. */
export interface Before extends WordFunctions {
  readonly types: readonly Signature[]
  readonly count: number
}

/**
 * Writes functions in what wasm-lite allows: a whole module's, or those that follow others that were written before.
 * Function 0 is the only one that is imported, `zvm.row`.
 */
export class LiteModule extends ModuleBuilder implements Shared {
  /** Bytes that units may still take, those that are left out among them; below 0 once one has found no room. */
  #room: number
  /** As they are declared, with one result at the most. */
  readonly types: Signature[]
  readonly loadWord: Callable
  readonly storeWord: Callable
  readonly row: Callable
  readonly #known = new Map<Signature, number>()

  /** `room` is for units. */
  constructor(before: Before | null = null, room = 0) {
    super(before?.types, LiteBody as typeof FunctionBuilder)
    this.#room = room
    this.types = [...(before?.types ?? [])]
    this.row = super.importFunction('row', ROW)
    for (let i = 1; i < (before?.count ?? 1); i++) super.importFunction('', NOTHING)
    this.loadWord = before?.loadWord ?? this.function(LOAD_WORD)
    this.storeWord = before?.storeWord ?? this.function(STORE_WORD)
    if (before) return
    writeLoadWord(this.loadWord as FunctionBuilder<typeof LOAD_WORD.params>)
    writeStoreWord(this.storeWord as FunctionBuilder<typeof STORE_WORD.params>)
  }

  /** What the tiers' host does is done in the module itself, but for rows. */
  override importFunction(name: string, signature: Signature): Callable {
    if (name === 'execute') return this.row
    if (name === 'keccak') return writeKeccak(this).hash
    const f = this.function(signature)
    if (name === 'expand') f.return(callExpr(this.row, [EXPAND]))
    // Of the words of the environment only registers are not in place from the start: they are zeros until then.
    else if (name === 'environment') f.store32(CELL.hasRegisters, 1)
    else throw new Error(`no ${name} in a module`)
    return f
  }

  /** A unit has room for what there is if it is left out. */
  override function<const P extends readonly ValueType[]>(signature: Signature<P>): FunctionBuilder<P> {
    if ((signature as Signature) === UNIT) this.#room -= UNIT_BYTES + LEFT_OUT_BYTES
    return super.function(signature)
  }

  get isFull(): boolean {
    return this.#room < 0
  }

  admit(sizeBytes: number): boolean {
    this.#room -= sizeBytes - LEFT_OUT_BYTES
    return !this.isFull
  }

  override typeOf(signature: Signature): number {
    const known = this.#known.get(signature)
    if (known !== undefined) return known
    const type = { params: signature.params, results: signature.results.slice(0, 1) }
    const equal = this.types.findIndex((each) => said(each) === said(type))
    const index = equal < 0 ? this.types.push(type) - 1 : equal
    this.#known.set(signature, index)
    return index
  }
}

function said({ params, results }: Signature): string {
  return `${params} ${results}`
}

function writeLoadWord(f: FunctionBuilder<typeof LOAD_WORD.params>): void {
  const [address] = f.args
  f.return(...[24, 16, 8, 0].map((at) => reversed(f, load64(address, at))))
}

function writeStoreWord(f: FunctionBuilder<typeof STORE_WORD.params>): void {
  const [address, ...limbs] = f.args
  for (const [i, limb] of limbs.entries()) f.store64(address, reversed(f, limb), 24 - 8 * i)
}

/** The bytes of a limb in the other order. */
function reversed(f: FunctionBuilder, limb: I64): I64 {
  const [bytes, halves] = [0x00ff00ff00ff00ffn, 0x0000ffff0000ffffn]
  const swapped = (value: I64, bits: bigint, mask: bigint) =>
    f.let(or64(shl64(and64(value, mask), bits), and64(shrU64(value, bits), mask)))
  return rotl64(swapped(swapped(f.let(limb), 8n, bytes), 16n, halves), 32n)
}
