import { add32, and32, gtU32, load64, mul32, TYPE_I32, TYPE_I64, xor64 } from '../expr.ts'
import { OPERATIONS, type Operation, writeHelpers } from '../helpers.ts'
import { type Callable, ModuleBuilder } from '../module.ts'

/** Puts the helpers into a module of their own, to be called from tests and benches. */

/** Operands of loops lie after the scratch of the helpers. */
const OPERANDS = 0x10000
const PAGES = 3
/** A loop goes through this many sets of operands again and again. */
export const OPERAND_SETS = 256

const LIMB = (1n << 64n) - 1n
const limbsOf = (word: bigint) => [0n, 64n, 128n, 192n].map((shift) => (word >> shift) & LIMB)

export interface Trial {
  /** Calls a helper with words and gives the word it results in. */
  run(operation: Operation, ...operands: readonly bigint[]): bigint
  /** Gives loops their operands, OPERAND_SETS of them. */
  fill(sets: readonly (readonly bigint[])[]): void
  /** Calls a helper `count` times in a loop of WebAssembly. */
  loop(operation: Operation, count: number): void
}

export function createTrial(): Trial {
  const module = new ModuleBuilder()
  const helpers = writeHelpers(module)
  for (const name of Object.keys(OPERATIONS) as Operation[]) {
    const helper = helpers[name]
    module.export(name, helper)
    module.export(`${name} loop`, writeLoop(module, helper))
  }
  const memory = new WebAssembly.Memory({ initial: PAGES })
  const code = new WebAssembly.Module(module.build(PAGES) as Uint8Array<ArrayBuffer>)
  const host = { execute() {}, environment() {}, loadSlot() {}, keccak() {} }
  const { exports } = new WebAssembly.Instance(code, { env: { memory, ...host } })
  const view = new DataView(memory.buffer)
  return {
    run(operation, ...operands) {
      const call = exports[operation] as (...limbs: bigint[]) => bigint[]
      return call(...operands.flatMap(limbsOf)).reduceRight((word, limb) => (word << 64n) | (limb & LIMB), 0n)
    },
    fill(sets) {
      const limbs = sets.flatMap((operands) => operands.flatMap(limbsOf))
      for (const [i, limb] of limbs.entries()) view.setBigUint64(OPERANDS + 8 * i, limb, true)
    },
    loop(operation, count) {
      const loop = exports[`${operation} loop`] as (count: number) => bigint
      loop(count)
    },
  }
}

/** `(count)`: what the interpreter does with a helper, operands from memory, but for storing the result. */
function writeLoop(module: ModuleBuilder, helper: Callable): Callable {
  const f = module.function({ params: [TYPE_I32], results: [TYPE_I64] })
  const done = f.local(TYPE_I32)
  const at = f.local(TYPE_I32)
  const results = helper.results.map(() => f.local(TYPE_I64))
  const all = f.local(TYPE_I64)
  f.loop((again) => {
    f.set(at, mul32(and32(done, OPERAND_SETS - 1), 8 * helper.params.length))
    const operands = helper.params.map((_, i) => load64(at, OPERANDS + 8 * i))
    f.call(helper, operands, results)
    for (const result of results) f.set(all, xor64(all, result))
    f.set(done, add32(done, 1))
    f.brIf(again, gtU32(f.args[0], done))
  })
  f.return(all)
  return f
}

/** What each helper computes (Yellow Paper H.2, EIP-145): for tests. */
export const MEANING: Readonly<Record<Operation, (a: bigint, b: bigint, n: bigint) => bigint>> = {
  mul: (a, b) => word(a * b),
  div: (a, b) => (b === 0n ? 0n : a / b),
  mod: (a, b) => (b === 0n ? 0n : a % b),
  sdiv: (a, b) => (b === 0n ? 0n : word(signed(a) / signed(b))),
  smod: (a, b) => (b === 0n ? 0n : word(signed(a) % signed(b))),
  addmod: (a, b, n) => (n === 0n ? 0n : (a + b) % n),
  mulmod: (a, b, n) => (n === 0n ? 0n : (a * b) % n),
  exp: power,
  signextend: (index, x) => (index > 30n ? x : word(BigInt.asIntN(8 * (Number(index) + 1), x))),
  byte: (index, x) => (index > 31n ? 0n : (x >> (8n * (31n - index))) & 255n),
  shl: (shift, x) => (shift > 255n ? 0n : word(x << shift)),
  shr: (shift, x) => (shift > 255n ? 0n : x >> shift),
  sar: (shift, x) => word(signed(x) >> (shift > 255n ? 255n : shift)),
}

export const word = (value: bigint) => BigInt.asUintN(256, value)
const signed = (value: bigint) => BigInt.asIntN(256, value)

/** Bits of the exponent from the highest. */
function power(base: bigint, exponent: bigint): bigint {
  let result = 1n
  for (const bit of exponent.toString(2)) result = word(result * result * (bit === '1' ? base : 1n))
  return result
}

/** Words of a fixed sequence (PCG's multiplier and increment), different in each run of a generator only by `seed`. */
export class RandomWords {
  #state: bigint

  constructor(seed: bigint) {
    this.#state = seed
  }

  /** A number below `limit`, at most 2^32. */
  below(limit: number): number {
    this.#state = (this.#state * 6364136223846793005n + 1442695040888963407n) & LIMB
    return Number(((this.#state >> 32n) * BigInt(limit)) >> 32n)
  }

  /** A number of exactly so many bits. */
  bits(count: number): bigint {
    if (count === 0) return 0n
    let value = 0n
    for (let i = 0; i < count; i += 32) value = (value << 32n) | BigInt(this.below(2 ** 32))
    return BigInt.asUintN(count, value) | (1n << BigInt(count - 1))
  }

  /** A word of any number of bits, each as likely. */
  word(): bigint {
    return this.bits(this.below(257))
  }

  /** A word of limbs that make carries and estimates go wrong: all ones, zeros, single bits, near them, any. */
  roughWord(): bigint {
    let value = 0n
    for (let i = 0; i < 4; i++) value = (value << 64n) | this.#roughLimb()
    return value >> BigInt(this.below(4) === 0 ? this.below(256) : 64 * this.below(4))
  }

  #roughLimb(): bigint {
    const any = () => this.bits(64)
    const forms = [
      () => 0n,
      () => 0n,
      () => LIMB,
      () => LIMB,
      () => LIMB - BigInt(this.below(4)),
      () => BigInt(this.below(4)),
      () => (1n << 63n) + BigInt(this.below(2)),
      () => (1n << 63n) - 1n,
      () => 1n << BigInt(this.below(64)),
      () => any() & 0xffffffff00000000n,
      any,
    ]
    return forms[this.below(forms.length)]()
  }
}
