import { readModule } from '../../../src/lite/decode.ts'
import { Refusal, refusalError, STANDARD_RULES } from '../../../src/lite/fault.ts'
import { HOST_FUNCTIONS, typeOfFunction } from '../../../src/lite/functions.ts'
import { meterModule } from '../../../src/lite/meter.ts'
import { prepareContract } from '../../../src/lite/tier.ts'
import { prepareCounting } from '../../lite/counting-interpreter.ts'
import { outcomeOf, worldOf } from '../../lite/world.ts'
import type { Random } from '../random.ts'
import type { Subject } from './subjects.ts'

type Type = 'i32' | 'i64'

const CODES = { i32: 0x7f, i64: 0x7e } as const
/** Functions that programs import, by their index. */
const IMPORTED = [
  'gas_left',
  'block_number',
  'calldata_size',
  'calldata_copy',
  'storage_load',
  'storage_store',
  'return',
]
/** Types of the module's own functions: parameters and results. */
const OWN: readonly (readonly [readonly Type[], readonly Type[]])[] = [
  [[], []],
  [['i32'], ['i32']],
  [['i64', 'i32'], ['i64']],
  [['i32', 'i64'], []],
]
const LOCALS: readonly Type[] = ['i32', 'i32', 'i64', 'i64']
const GAS = 60_000n
const ACCOUNT = 0xa1n

/** Writes the body of a function: every instruction has what it takes, whatever chance says. */
class BodyMaker {
  readonly #random: Random
  readonly #locals: readonly Type[]
  /** Labels around, innermost last. None takes anything along. */
  #depth = 0

  constructor(random: Random, params: readonly Type[]) {
    this.#random = random
    this.#locals = [...params, ...LOCALS]
  }

  body(results: readonly Type[]): number[] {
    return [...this.#statements(4), ...results.flatMap((type) => this.#value(type, 3)), 0x0b]
  }

  #statements(deep: number): number[] {
    return Array.from({ length: this.#random.below(5) }, () => this.#statement(deep)).flat()
  }

  #inside(make: () => number[]): number[] {
    this.#depth++
    const code = make()
    this.#depth--
    return code
  }

  #statement(deep: number): number[] {
    const random = this.#random
    const value = (type: Type) => this.#value(type, 2)
    const type = random.pick(['i32', 'i64'] as const)
    const choice = random.below(deep > 0 ? 13 : 7)
    switch (choice) {
      case 0:
        return [...value(type), 0x21, this.#local(type)]
      case 1:
        return [...this.#address(), ...value('i32'), random.pick([0x36, 0x3a, 0x3b]), 0, random.below(100)]
      case 2:
        return [
          ...this.#address(),
          ...value('i64'),
          random.pick([0x37, 0x3c, 0x3d, 0x3e]),
          0,
          random.below(100),
        ]
      case 3:
        return [...value(type), 0x24, type === 'i32' ? 0 : 1]
      case 4:
        return this.#depth > 0 ? [...value('i32'), 0x0d, random.below(this.#depth)] : [0x01]
      case 5:
        return [...value('i32'), 0x1a]
      case 6:
        return random.oneIn(12) ? [random.pick([0x00, 0x01])] : [0x01]
      case 7:
        return [0x02, 0x40, ...this.#inside(() => this.#statements(deep - 1)), 0x0b]
      case 8:
        return [0x03, 0x40, ...this.#inside(() => this.#statements(deep - 1)), 0x0b]
      case 9: {
        const then = this.#inside(() => this.#statements(deep - 1))
        const otherwise = random.oneIn(2) ? [0x05, ...this.#inside(() => this.#statements(deep - 1))] : []
        return [...value('i32'), 0x04, 0x40, ...then, ...otherwise, 0x0b]
      }
      case 10:
        return [...this.#address(), ...value('i32'), 0x41, random.below(60), 0xfc, 0x0b, 0]
      case 11:
        return this.#call()
      default:
        return [...value('i32'), 0x11, 0, 0]
    }
  }

  #call(): number[] {
    const index = this.#random.below(IMPORTED.length + OWN.length)
    const [params, results] = index < IMPORTED.length ? importType(index) : OWN[index - IMPORTED.length]
    const args = params.flatMap((type) => (index < IMPORTED.length ? this.#address() : this.#value(type, 1)))
    return [...args, 0x10, index, ...results.map(() => 0x1a)]
  }

  #local(type: Type): number {
    return this.#random.pick([...this.#locals.keys()].filter((i) => this.#locals[i] === type))
  }

  /** Mostly one that is there. */
  #address(): number[] {
    return this.#random.oneIn(15) ? this.#value('i32', 1) : [0x41, ...leb(BigInt(this.#random.below(2000)))]
  }

  #value(type: Type, deep: number): number[] {
    const random = this.#random
    const is32 = type === 'i32'
    switch (random.below(deep > 0 ? 9 : 2)) {
      case 0:
        return [is32 ? 0x41 : 0x42, ...leb(random.pick([0n, 1n, -1n, 7n, BigInt(random.uint32() >> 1)]))]
      case 1:
        return [0x20, this.#local(type)]
      case 2:
      case 3: {
        const code = (is32 ? 0x6a : 0x7c) + random.below(15)
        return [...this.#value(type, deep - 1), ...this.#value(type, deep - 1), code]
      }
      case 4:
        return is32
          ? [...this.#value('i64', deep - 1), ...this.#value('i64', deep - 1), 0x51 + random.below(10)]
          : [...this.#value('i32', deep - 1), random.pick([0xac, 0xad])]
      case 5:
        return is32
          ? [...this.#value('i32', deep - 1), random.pick([0x45, 0x67, 0x68, 0x69, 0xc0, 0xc1])]
          : [...this.#value('i64', deep - 1), random.pick([0x79, 0x7a, 0x7b, 0xc2, 0xc3, 0xc4])]
      case 6:
        return [
          ...this.#address(),
          random.pick(is32 ? [0x28, 0x2c, 0x2d, 0x2e, 0x2f] : [0x29, 0x30, 0x31, 0x34, 0x35]),
          0,
          4,
        ]
      case 7:
        return is32 && random.oneIn(3)
          ? [0x41, random.below(3), 0x40, 0]
          : [...this.#value(type, 1), ...this.#value(type, 1), ...this.#value('i32', 1), 0x1b]
      default: {
        const then = this.#inside(() => this.#value(type, deep - 1))
        const otherwise = this.#inside(() => this.#value(type, deep - 1))
        return [...this.#value('i32', deep - 1), 0x04, CODES[type], ...then, 0x05, ...otherwise, 0x0b]
      }
    }
  }
}

function importType(index: number): readonly [readonly Type[], readonly Type[]] {
  const found = HOST_FUNCTIONS.find(({ name }) => name === IMPORTED[index])
  const { params, results } = typeOfFunction(found as (typeof HOST_FUNCTIONS)[number])
  return [params, results]
}

/** Signed LEB128. */
function leb(value: bigint): number[] {
  const bytes: number[] = []
  for (let rest = value; ; ) {
    const low = Number(rest & 0x7fn)
    rest >>= 7n
    if ((rest === 0n && low < 64) || (rest === -1n && low >= 64)) return [...bytes, low]
    bytes.push(low | 0x80)
  }
}

function unsigned(value: number): number[] {
  return value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)]
}

function section(id: number, items: readonly (readonly number[])[]): number[] {
  const content = [...unsigned(items.length), ...items.flat()]
  return [id, ...unsigned(content.length), ...content]
}

const text = (name: string) => [name.length, ...new TextEncoder().encode(name)]

/** A contract of chance: all of its functions may call each other, and what they are lent is little. */
function makeModule(random: Random): Uint8Array {
  const types = [...OWN, ...IMPORTED.map((_, i) => importType(i))]
  const list = (each: readonly Type[]) => [each.length, ...each.map((type) => CODES[type])]
  const first = IMPORTED.length
  const bodies = OWN.map(([params, results]) => {
    const code = [2, 2, CODES.i32, 2, CODES.i64, ...new BodyMaker(random, params).body(results)]
    return [...unsigned(code.length), ...code]
  })
  return Uint8Array.from([
    ...[0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0],
    ...section(
      1,
      types.map(([params, results]) => [0x60, ...list(params), ...list(results)]),
    ),
    ...section(
      2,
      IMPORTED.map((name, i) => [...text('zvm'), ...text(name), 0, OWN.length + i]),
    ),
    ...section(
      3,
      OWN.map((_, i) => [i]),
    ),
    ...section(4, [[0x70, 0, 4]]),
    ...section(5, [[1, 1, 3]]),
    ...section(6, [
      [CODES.i32, 1, 0x41, 5, 0x0b],
      [CODES.i64, 1, 0x42, 5, 0x0b],
    ]),
    ...section(7, [
      [...text('main'), 0, first],
      [...text('memory'), 2, 0],
    ]),
    ...section(9, [[0, 0x41, 1, 0x0b, 2, first, first + 1]]),
    ...section(10, bodies),
    ...section(11, [[0, 0x41, 8, 0x0b, 4, 1, 2, 3, 4]]),
  ])
}

const prepareCounted = (code: Uint8Array) => prepareCounting(prepareContract(code).module)

/** Accepted: the host takes it as it is and metered, and run it ends as it does by counting. */
function acceptModule(input: Uint8Array): string | null {
  const isValid = WebAssembly.validate(input)
  try {
    const module = readModule(input)
    if (!isValid) return 'accepted, and the host refuses it'
    if (!WebAssembly.validate(meterModule(module))) return 'the host refuses it metered'
    prepareContract(input)
  } catch (error) {
    if (!(error instanceof Refusal)) throw error
    if (error.rule in STANDARD_RULES && isValid) return `${error.message}: refused, and the host accepts it`
    throw refusalError(error, 'input')
  }
  const [real, counted] = [prepareContract, prepareCounted].map((prepare) => {
    const { send } = worldOf({ [`${ACCOUNT}`]: input }, { prepare })
    return outcomeOf(send(ACCOUNT, Uint8Array.of(1, 2, 3), GAS))
  })
  return real === counted ? null : `ends as ${real}, counted ${counted}`
}

export const LITE: Subject = { make: makeModule, accept: acceptModule }
