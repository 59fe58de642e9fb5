import { osaka } from '../../../opcodes/index.ts'
import { zvm } from '../../../opcodes/zvm/table.ts'
import { bytesToHex } from '../../../src/core/hex.ts'
import type { Row } from '../../../src/core/row.ts'
import { encodeContainer, TARGETS } from '../../../src/runtime/container.ts'
import type { Random } from '../random.ts'

const encode = (text: string) => new TextEncoder().encode(text)

/** A container that is one. */
export function makeContainer(random: Random): Uint8Array {
  const abi = random.oneIn(4) ? new Uint8Array(0) : makeAbi(random)
  return encodeContainer(random.pick(TARGETS), random.bytes(random.below(40)), abi)
}

/** The JSON of an ABI that is one. */
export function makeAbi(random: Random): Uint8Array {
  const names = new Names(random)
  const visibility = () =>
    maybe(random, 'visibility', random.pick(['public', 'private', 'external', 'internal']))
  const parameters = (more: () => object = () => ({})) =>
    list(random, () => ({ ...maybe(random, 'name', names.next()), type: typeText(random), ...more() }))
  const abi = {
    contract: random.pick(['C', 'Token vault', 'Ünïcode "quoted"', '']),
    functions: list(random, () => ({
      ...{ name: names.next(), inputs: parameters(), ...visibility() },
      ...maybe(random, 'selector', bytesToHex(random.bytes(4))),
      ...maybe(random, 'mutability', random.pick(['nonpayable', 'payable', 'view', 'pure', 'mutable'])),
      ...maybe(random, 'outputs', parameters()),
    })),
    ...maybe(
      random,
      'events',
      list(random, () => ({
        ...{ name: names.next(), ...maybe(random, 'topic', bytesToHex(random.bytes(32))), ...visibility() },
        fields: parameters(() => ({ indexed: random.oneIn(2) })),
      })),
    ),
    state_variables: list(random, () => ({
      ...{ name: names.next(), slot: slot(random), type: typeText(random), ...visibility() },
    })),
    tables: list(random, () => ({
      ...{ name: names.next(), slot: slot(random), key_type: typeText(random), value_type: typeText(random) },
      ...visibility(),
    })),
    capabilities: [...new Set(list(random, () => random.pick(CAPABILITIES)))],
  }
  return encode(JSON.stringify(abi, null, random.oneIn(2) ? 2 : 0))
}

const CAPABILITIES = ['storage', 'log', 'ledger.transfer', 'fs.read', 'hedera.hts', 'a-b.c_d']

/** Names of which none comes twice, so that no two functions have one selector. */
class Names {
  readonly #random: Random
  #count = 0

  constructor(random: Random) {
    this.#random = random
  }

  next(): string {
    return `${this.#random.pick(['get', '_x', '$a', 'Transfer'])}${this.#count++}`
  }
}

function typeText(random: Random, depth = 0): string {
  const leaf = random.pick(['u64', 'Address', 'uint256', 'bytes32', 'bytes', 'string', 'bool', 'i8', 'Foo'])
  if (depth > 3 || random.oneIn(2)) return leaf
  const inner = () => typeText(random, depth + 1)
  return random.pick([
    () => `${inner()}[]`,
    () => `${inner()}[3]`,
    () => `(${inner()},${inner()})`,
    () => `Option<${inner()}>`,
  ])()
}

function slot(random: Random): number | string {
  return random.pick([0, 1, random.below(1000), String(random.below(9)), bytesToHex(random.bytes(32))])
}

function list<T>(random: Random, make: () => T): T[] {
  return Array.from({ length: random.below(4) }, make)
}

function maybe(random: Random, name: string, value: unknown): object {
  return random.oneIn(3) ? {} : { [name]: value }
}

/** An assembly text that is one: of either target, with constants, macros, labels, data, and an ABI. */
export function makeAssembly(random: Random): Uint8Array {
  const isNative = random.oneIn(2)
  const rows = [...(isNative ? zvm : osaka).rows.values()]
  const lines = [
    `.target ${isNative ? 'zvm' : 'evm'}`,
    '.const A 7 .const B A*(2+3) - 1',
    '.macro m x',
    'PUSH x',
    'here: PUSH @here',
    '.endm',
  ]
  if (random.oneIn(3)) lines.push('.abi', new TextDecoder().decode(makeAbi(random)), '.endabi')
  if (random.oneIn(3)) lines.push(`.capability ${random.pick(CAPABILITIES)}`)
  const count = random.below(20)
  for (let i = 0; i < count; i++)
    lines.push(`l${i}: ${statement(random, rows, count)}${random.oneIn(5) ? ' ; l0: "' : ''}`)
  return encode(lines.join(random.pick(['\n', '\r\n', '\r'])))
}

function statement(random: Random, rows: readonly Row[], labels: number): string {
  const label = () => `@l${random.below(labels)}`
  const row = random.pick(rows)
  const immediate = row.immediate ? ` ${bytesToHex(random.bytes(random.between(1, row.immediate)))}` : ''
  return random.pick([
    () => row.name + immediate,
    () => row.name.toLowerCase() + immediate,
    label,
    () => `PUSH ${label()}`,
    () => `PUSH4 ${label()}+B`,
    () => `PUSH ${random.pick(['A', 'B*B', '0x', '(A+1)*2', '0xffffffff']).replace(/^0x$/, '0')}`,
    () => `m ${random.pick(['5', 'A', '(B-A)', label()])}`,
    () => `.data ${bytesToHex(random.bytes(random.below(300)))} "text\\n\\x7f" 0x00`,
  ])()
}

/** Words of the formats, which changes put where they do not belong. */
export const DICTIONARY: readonly Uint8Array[] = [
  ...[
    'ZVMC',
    '{',
    '}',
    '[]',
    '"',
    'null',
    '-1',
    '1e400',
    '"__proto__":1,',
    '"type":"u8[0]",',
    '"slot":0.5,',
    '\\u0000',
    '\ud800',
  ],
  ...[
    '.macro n a\n',
    '.endm\n',
    '.abi\n',
    '.endabi\n',
    '.const Z ',
    '.target evm\n',
    '.capability log\n',
    '.data "',
  ],
  ...['@l0', 'm ', 'm (', 'PUSH ', 'PUSH1 ', 'l0:', '0x', '//', '"\\x', '*', '-@l1', '(((((((('],
  ...['99999999999999999999', `0x${'ff'.repeat(33)}`, '\u2028', '\ufeff', 'PUSH32', 'DUPN', 'SYSCALL'],
].map(encode)
