import { CONTRACT, OTHER, type Test } from './case.ts'
import { code, data, keep, op, type Part, push, word } from './program.ts'

const SMALL = [0n, 1n, 2n]
const triples = SMALL.flatMap((a) => SMALL.flatMap((b) => SMALL.map((c) => [a, b, c] as const)))

/** Three stores to each of three slots, that hold 0, 1 and 2; then gas left, so that prices show. */
const stores = code(
  [0, 1, 2].map((slot) => [0, 1, 2].map((i): Part => [word(i), push(slot), 'SSTORE'])),
  ['GAS', keep(9)],
)

/** As `stores`, each followed by a load, of a slot that no store has met. */
const loads = code(
  [0, 1, 2].map((i): Part => [op('SLOAD', 20 + i), word(i), 'ADD', push(20 + i), 'SSTORE']),
  ['GAS', keep(9)],
)

const transients = code(
  [op('TLOAD', 1), keep(0), word(0), push(1), 'TSTORE', op('TLOAD', 1), keep(1)],
  // What the other account keeps under the same key is its own, and is forgotten if it reverts.
  [op('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), keep(2), op('TLOAD', 1), keep(3)],
)

const other = (end: Part) => code(op('TLOAD', 1), keep(0), op('TSTORE', 1, 77), op('TLOAD', 1), keep(1), end)

/** Storage: prices and refunds by original, current and new value, and transient storage. */
export function storageTests(): Test[] {
  const cases = triples.map((values) => ({ label: values.join(' '), data: data(...values) }))
  const storage = new Map([
    [1n, 1n],
    [2n, 2n],
    [21n, 1n],
    [22n, 2n],
  ])
  const each = SMALL.map((value) => ({ label: String(value), data: data(value) }))
  return [
    {
      name: 'stores',
      comment: 'Three values in turn into slots that hold 0, 1 and 2.',
      accounts: [[CONTRACT, { code: stores, storage }]],
      cases,
    },
    {
      name: 'loads',
      comment: 'A load, then a store of the sum with a word.',
      accounts: [[CONTRACT, { code: loads, storage }]],
      cases,
    },
    ...(['HALT', op('REVERT', 0, 0), 'INVALID'] as Part[]).map(
      (end, i): Test => ({
        name: `transient${i}`,
        comment: 'Transient storage of two accounts; the other one stops, reverts, or traps.',
        accounts: [
          [CONTRACT, { code: transients }],
          [OTHER, { code: other(end) }],
        ],
        cases: each,
      }),
    ),
    {
      name: 'sentry',
      comment: 'A store in a call with that much gas: none at 2,300 or less (EIP-2200).',
      accounts: [
        [CONTRACT, { code: code(op('CALL', word(0), OTHER, 0, 0, 0, 0, 0), push(1), 'ADD', keep(0)) }],
        [OTHER, { code: code(op('SSTORE', 1, 1)), storage: new Map([[1n, 1n]]) }],
      ],
      cases: [2305n, 2306n, 2307n, 2308n, 2400n].map((gas) => ({ label: String(gas), data: data(gas) })),
    },
  ]
}

const MANY = 0xffffffffffffn

/** Ways a called account may end; each tells who called it with what. */
const TARGETS: readonly (readonly [string, bigint, Part | null])[] = [
  ['absent', 0xdeadn, null],
  ['returns', 0x2001n, [op('MSTORE', 0, 0x1234), op('MSTORE', 32, ['CALLER']), op('RETURN', 0, 64)]],
  ['reverts', 0x2002n, [op('SSTORE', 5, 1), op('MSTORE', 0, 0x99), op('REVERT', 16, 16)]],
  ['traps', 0x2003n, [op('SSTORE', 5, 1), 'INVALID']],
  [
    'notes',
    0x2004n,
    [
      op('SSTORE', 5, ['CALLER']),
      [op('SSTORE', 6, ['CALLVALUE']), op('SSTORE', 7, ['ADDRESS']), op('SSTORE', 8, op('CALLDATALOAD', 0))],
      [op('SSTORE', 9, ['CALLDATASIZE']), op('LOG1', 0, 0, 0x5e1f)],
    ],
  ],
  ['destroys itself', 0x2005n, op('SELFDESTRUCT', 0xfeedn)],
  ['sha256', 2n, null],
  ['identity', 4n, null],
]

function calling(name: string): Uint8Array {
  const takesValue = name === 'CALL' || name === 'CALLCODE'
  const value = takesValue ? [word(1)] : []
  return code(
    [op('MSTORE', 0, 0xabcdefn << 100n), op('MSTORE8', 40, 7)],
    [op(name, MANY, word(0), ...value, 4, 33, 64, word(2)), push(1), 'ADD', keep(0)],
    ['RETURNDATASIZE', keep(1), op('MLOAD', 64), keep(2), op('MLOAD', 96), keep(3), 'MSIZE', keep(4)],
    [op('BALANCE', word(0)), keep(10), 'SELFBALANCE', keep(11), 'GAS', keep(12), 'STEPS', keep(13)],
  )
}

/** Messages: four kinds to eight kinds of accounts, with value or without, and their like. */
export function callTests(): Test[] {
  const accounts = TARGETS.flatMap(([, at, its]) =>
    its === null ? [] : [[at, { code: code(its), balance: 3n }] as const],
  )
  const values = [0n, 1n, 51n]
  return ['CALL', 'CALLCODE', 'DELEGATECALL', 'STATICCALL'].map((name) => ({
    name,
    comment: 'To an account (word 0) with a value (word 1) and so much room for output (word 2).',
    accounts: [[CONTRACT, { code: calling(name), balance: 50n }] as const, ...accounts],
    cases: TARGETS.flatMap(([label, at], i) =>
      values.slice(0, name === 'CALL' || name === 'CALLCODE' ? 3 : 1).map((value) => ({
        label: `${label}, value ${value}`,
        data: data(at, value, [0, 10, 64][i % 3]),
      })),
    ),
  }))
}

const deploying = (size: number, first: number): Part => [op('MSTORE8', 0, first), op('RETURN', 0, size)]

const INITCODES: readonly (readonly [string, Part])[] = [
  ['nothing', []],
  ['deploys 32 bytes', deploying(32, 1)],
  ['deploys 0xef', deploying(1, 0xef)],
  ['deploys 24,576 bytes', deploying(0x6000, 1)],
  ['deploys 24,577 bytes', deploying(0x6001, 1)],
  ['reverts', [op('MSTORE', 0, 5), op('REVERT', 0, 40)]],
  ['traps', 'INVALID'],
  ['destroys itself', op('SELFDESTRUCT', 0xfeedn)],
  ['destroys itself for itself', op('SELFDESTRUCT', ['ADDRESS'])],
  [
    'stores',
    [
      op('SSTORE', 1, ['CALLVALUE']),
      op('SSTORE', 2, ['CALLER']),
      op('SSTORE', 3, ['CODESIZE']),
      deploying(2, 0),
    ],
  ],
]

/** Initcode is calldata from word 2 on; word 0 is the value, word 1 the salt. */
function creating(name: string): Uint8Array {
  const size: Part = [push(64), 'CALLDATASIZE', 'SUB']
  const salt = name === 'CREATE2' ? [word(1)] : []
  return code(
    op('CALLDATACOPY', 0, 64, size),
    [op(name, word(0), 0, size, ...salt), 'DUP1', keep(0)],
    // Once more: the same salt collides, and a nonce does not.
    [
      'EXTCODESIZE',
      keep(1),
      op(name, word(0), 0, size, ...salt),
      keep(2),
      'RETURNDATASIZE',
      keep(3),
      'GAS',
      keep(4),
    ],
  )
}

/** Creation by nonce and by salt, of initcode that ends in many ways. */
export function creationTests(): Test[] {
  return ['CREATE', 'CREATE2'].map((name) => ({
    name,
    comment:
      'Twice the same initcode, from calldata after value and salt: address, code size, second address, gas.',
    gasLimit: 14_000_000n,
    accounts: [[CONTRACT, { code: creating(name), balance: 50n }]],
    cases: INITCODES.flatMap(([label, initcode]) =>
      [0n, 1n, 51n].map((value) => ({
        label: `${label}, value ${value}`,
        data: Uint8Array.from([...data(value, 0x5a17), ...code(initcode)]),
      })),
    ),
  }))
}
