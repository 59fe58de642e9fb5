import { CONTRACT, OTHER, type Test } from './case.ts'
import { code, data, keep, op, type Part, push, word } from './program.ts'

/** A test of programs, one an account: the contract delegates to the one that calldata names. */
function programs(name: string, comment: string, list: readonly (readonly [string, Part])[]): Test {
  const delegating = code(op('DELEGATECALL', 2_000_000, word(0), 0, 0, 0, 0), push(1), 'ADD', keep(99))
  const at = (i: number) => 0x3000n + BigInt(i)
  return {
    name,
    comment,
    accounts: [
      [CONTRACT, { code: delegating, balance: 5n }],
      ...list.map(([, its], i) => [at(i), { code: code(its) }] as const),
      [OTHER, { code: code('REGGET', 3, keep(0), push(9), 'REGSET', 3, 'STEPS', keep(1)), balance: 9n }],
    ],
    cases: list.map(([label], i) => ({ label, data: data(at(i)) })),
  }
}

const counted = (count: number): Part => Array.from({ length: count }, (_, i) => push(i + 1))
const number = (n: number) => Uint8Array.of(n)

function pushes(): [string, Part][] {
  return [1, 2, 4, 8, 16, 20, 32].flatMap((size): [string, Part][] => {
    const bytes = Uint8Array.from({ length: size }, (_, i) => 0xff - i)
    return [
      [`PUSH${size}`, [`PUSH${size}`, bytes, keep(0), 'PC', keep(1)]],
      // Cut short by the end of the code, after which there are zeros: reached by a jump, so that it is met at all.
      [`PUSH${size} at the end`, [push(1), keep(0), `PUSH${size}`, bytes.subarray(0, size >> 1)]],
    ]
  })
}

/** Stack and registers. */
export function stackTests(): Test[] {
  const reaching = [1, 2, 3, 4, 5, 15, 16, 17, 18, 19, 32, 47, 48, 49, 50, 100, 254, 255]
  const copies = [1, 2, 3, 4].map((n): [string, Part] => [
    `DUP${n}`,
    [counted(5), `DUP${n}`, keep(0), keep(1)],
  ])
  const swaps = [1, 2, 3, 4].map((n): [string, Part] => [
    `SWAP${n}`,
    [counted(6), `SWAP${n}`, [0, 1, 2, 3, 4, 5].map(keep)],
  ])
  const far = reaching.flatMap((n): [string, Part][] => [
    [`DUPN ${n}`, [counted(n), 'DUPN', number(n), keep(0), keep(1)]],
    [`DUPN ${n}, one too few`, [push(1), keep(0), counted(n - 1), 'DUPN', number(n), keep(1)]],
    [`SWAPN ${n}`, [counted(n + 1), 'SWAPN', number(n), keep(0), 'DUPN', number(n), keep(1)]],
    [`SWAPN ${n}, one too few`, [push(1), keep(0), counted(n), 'SWAPN', number(n), keep(1)]],
  ])
  const registers = [0, 1, 7, 15, 16, 17, 255].flatMap((r): [string, Part][] => [
    [`REGSET ${r}`, [push(1), keep(0), push(0xabcdef), 'REGSET', number(r), 'REGGET', number(r), keep(1)]],
    [`REGGET ${r}`, [push(1), keep(0), 'REGGET', number(r), keep(1)]],
  ])
  const ofFrames: Part = [
    [push(7), 'REGSET', 3, op('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), keep(0)],
    ['REGGET', 3, keep(1), op('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), keep(2), 'REGGET', 3, keep(3)],
  ]
  const all: Part = [
    Array.from({ length: 16 }, (_, r): Part => [push(1000 + r), 'REGSET', r]),
    Array.from({ length: 16 }, (_, r): Part => ['REGGET', r, keep(r)]),
  ]
  return [
    programs('pushes', 'Immediates, whole and cut short by the end of the code.', pushes()),
    programs('copies', 'DUP and SWAP, near and far; what is 0 or reaches too far traps.', [
      ...[...copies, ...swaps, ...far],
      ['DUPN 0', [push(1), keep(0), counted(3), 'DUPN', 0]],
      ['SWAPN 0', [push(1), keep(0), counted(3), 'SWAPN', 0]],
    ]),
    programs('registers', 'Sixteen words a frame, zero at its start; higher numbers trap.', [
      ...registers,
      ['of each frame its own', ofFrames],
      ['all sixteen', all],
    ]),
  ]
}

const OFFSETS = [0n, 1n, 31n, 32n, 33n, 1000n, 100_000n, 1n << 32n, 1n << 64n, (1n << 256n) - 1n]

/** Memory: growth, prices, overlaps. */
export function memoryTests(): Test[] {
  const each = (name: string, its: (offset: bigint) => Part) =>
    OFFSETS.map((offset): [string, Part] => [
      `${name} ${offset}`,
      [push(1), keep(9), its(offset), 'MSIZE', keep(1), 'GAS', keep(2)],
    ])
  const filled: Part = [op('MSTORE', 0, (1n << 255n) + 0x1234n), op('MSTORE', 32, 0xabcdefn << 64n)]
  const ranges = [
    [0, 1, 40],
    [1, 0, 40],
    [0, 0, 64],
    [64, 0, 0],
    [100, 3, 33],
    [3, 100, 33],
    [0, 20, 200],
  ]
  const moves = ranges.map(([to, from, size]): [string, Part] => [
    `MCOPY ${to} ${from} ${size}`,
    [
      filled,
      op('MCOPY', to, from, size),
      [0, 1, 2, 3].map((i): Part => [op('MLOAD', 32 * i), keep(i)]),
      'MSIZE',
      keep(9),
    ],
  ])
  const huge = [1n << 32n, 1n << 64n, (1n << 256n) - 1n]
  const far = huge.flatMap((value): [string, Part][] => [
    [`MCOPY of size ${value}`, [push(1), keep(0), op('MCOPY', 0, 0, value)]],
    [`MCOPY of nothing at ${value}`, [op('MCOPY', value, value, 0), 'MSIZE', keep(0), push(1), keep(1)]],
    [`RETURN of size ${value}`, [push(1), keep(0), op('RETURN', 0, value)]],
    [`REVERT of nothing at ${value}`, [push(1), keep(0), op('REVERT', value, 0)]],
  ])
  return [
    programs('words', 'Loads and stores at offsets up to the last; what cannot be paid traps.', [
      ...each('MLOAD', (offset) => [op('MLOAD', offset), keep(0)]),
      ...each('MSTORE', (offset) => [op('MSTORE', offset, 0x1234), op('MLOAD', offset), keep(0)]),
      ...each('MSTORE8', (offset) => [op('MSTORE8', offset, 0x1234), op('MLOAD', 0), keep(0)]),
    ]),
    programs('ranges', 'Copies within memory, ranges of impossible size, and of none.', [...moves, ...far]),
  ]
}

/** Jumps, positions, gas, steps. */
export function flowTests(): Test[] {
  const loop = (count: number): Part => [
    [
      push(count),
      'JUMPDEST',
      push(1),
      'SWAP1',
      'SUB',
      'DUP1',
      push(2),
      'JUMPI',
      'STEPS',
      keep(0),
      'GAS',
      keep(1),
    ],
  ]
  const late = (prefix: Part, landing: number): Part => [
    prefix,
    push(landing),
    'JUMP',
    'JUMPDEST',
    push(1),
    keep(0),
  ]
  const list: [string, Part][] = [
    ...[1, 2, 10, 200].map((count): [string, Part] => [`loop of ${count}`, loop(count)]),
    ['jump', late([], 3)],
    ['jump to no JUMPDEST', [push(1), keep(0), push(0), 'JUMP']],
    ['jump past the end', [push(1), keep(0), push(200), 'JUMP']],
    ['jump far past the end', [push(1), keep(0), push((1n << 64n) + 3n), 'JUMP', 'JUMPDEST']],
    // 0xa3 as immediate is no landing, for any row that has one.
    ...['PUSH1', 'DUPN', 'SWAPN', 'REGGET', 'REGSET'].map((name): [string, Part] => [
      `jump into ${name}`,
      [push(1), keep(0), push(9), 'JUMP', name, 0xa3, 'HALT'],
    ]),
    [
      'jump into PUSH32',
      [push(1), keep(0), push(20), 'JUMP', 'PUSH32', new Uint8Array(32).fill(0xa3), 'HALT'],
    ],
    ['jump into SYSCALL', [push(1), keep(0), push(10), 'JUMP', 'SYSCALL', 0xa3, 0xa3, 'HALT']],
    ['0x5b is no landing', [push(1), keep(0), push(8), 'JUMP', 0x5b]],
    ['0x60 hides nothing', [push(10), 'JUMP', counted(3), 0x60, 'JUMPDEST', push(1), keep(0)]],
    ['JUMPI not taken to nowhere', [op('JUMPI', 0xffff, 0), push(1), keep(0)]],
    ['JUMPI taken to nowhere', [push(1), keep(0), op('JUMPI', 0xffff, 2)]],
    ['PC', ['PC', keep(0), push(0x123456), 'PC', keep(1), keep(2)]],
    ['GAS', ['GAS', 'GAS', 'GAS', [0, 1, 2].map(keep)]],
    ['STEPS', ['STEPS', 'STEPS', 'NOP', 'STEPS', [0, 1, 2].map(keep)]],
    [
      'STEPS of other frames',
      ['STEPS', keep(0), op('CALL', 100_000, OTHER, 0, 0, 0, 0, 0), keep(1), 'STEPS', keep(2)],
    ],
    ['STEPS after a trap', [op('CALL', 20_000, OTHER, 0, 0, 0, 0, 0), keep(1), 'STEPS', keep(2)]],
    ['end of code', [push(1), keep(0)]],
    ['NOP', ['NOP', 'NOP', 'GAS', keep(0)]],
    [
      'TABLEHASH',
      [op('TABLEHASH', 42, 123), keep(0), op('TABLEHASH', 123, 42), keep(1), op('TABLEHASH', 0, 0), keep(2)],
    ],
    ['RETURN', [push(1), keep(0), op('RETURN', 0, 32)]],
    ['REVERT', [push(1), keep(0), op('REVERT', 0, 32)]],
    ['SELFDESTRUCT to another', [push(1), keep(0), op('SELFDESTRUCT', OTHER)]],
    ['SELFDESTRUCT to nobody', [push(1), keep(0), op('SELFDESTRUCT', 0xfeedn)]],
    ['SELFDESTRUCT to itself', [push(1), keep(0), op('SELFDESTRUCT', ['ADDRESS'])]],
  ]
  return [programs('flow', 'Which instruction is next, and what it knows of where it is.', list)]
}

const plain = (name: string): [string, Part] => [name, [name, keep(0), 'GAS', keep(1)]]

/** What frame, transaction, block and other accounts tell. */
export function environmentTests(): Test[] {
  const frame = 'ADDRESS ORIGIN CALLER CALLVALUE CALLDATASIZE CODESIZE GASPRICE RETURNDATASIZE SELFBALANCE'
  const block =
    'COINBASE TIMESTAMP NUMBER DIFFICULTY PREVRANDAO GASLIMIT CHAINID BASEFEE HEDERA_ACCOUNT_ID HEDERA_TIMESTAMP'
  const accounts = [CONTRACT, OTHER, 0xdeadn, 0xcbn, 4n, (1n << 200n) + OTHER]
  const asking = ['BALANCE', 'EXTCODESIZE', 'EXTCODEHASH'].flatMap((name) =>
    accounts.map((at): [string, Part] => [
      `${name} ${at.toString(16)}`,
      [op(name, at), keep(0), 'GAS', op(name, at), 'POP', 'GAS', keep(1), keep(2)],
    ]),
  )
  const ranges = [
    [0, 0, 0],
    [0, 0, 5],
    [3, 2, 40],
    [0, 1000, 33],
    [0, (1n << 255n) + 1n, 7],
    [(1n << 64n) + 1n, 0, 0],
    [0, 0, 1n << 40n],
  ]
  const copying = ranges.flatMap(([to, from, size]): [string, Part][] => {
    const kept: Part = [op('MLOAD', 0), keep(0), op('MLOAD', 32), keep(1), 'MSIZE', keep(2), 'GAS', keep(3)]
    const label = [to, from, size].join(' ')
    const answer = op('STATICCALL', 10_000, 4, 0, 9, 0, 0)
    return [
      ...['CALLDATACOPY', 'CODECOPY'].map((name): [string, Part] => [
        `${name} ${label}`,
        [op(name, to, from, size), kept],
      ]),
      [`EXTCODECOPY ${label}`, [op('EXTCODECOPY', OTHER, to, from, size), kept]],
      [
        `RETURNDATACOPY ${label}`,
        [push(1), keep(8), answer, 'POP', op('RETURNDATACOPY', to, from, size), kept],
      ],
    ]
  })
  const numbers = [0n, 743n, 744n, 999n, 1000n, 1001n, (1n << 256n) - 1n]
  const hashes = numbers.map((number): [string, Part] => [
    `BLOCKHASH ${number}`,
    [op('BLOCKHASH', number), keep(0)],
  ])
  return [
    programs(
      'constants',
      'Words of frame, transaction and block.',
      [...frame.split(' '), ...block.split(' ')].map(plain),
    ),
    programs('accounts', 'Other accounts, cold and then warm.', asking),
    programs('copies', 'Bytes of calldata, code and return data into memory.', copying),
    programs('hashes', 'Blocks before this one.', hashes),
    {
      name: 'input',
      comment: 'Words of calldata at offsets, and a value.',
      accounts: [
        [
          CONTRACT,
          {
            code: code(
              [0n, 1n, 31n, 33n, 1n << 64n].map((at, i): Part => [op('CALLDATALOAD', at), keep(i)]),
              'CALLVALUE',
              keep(8),
            ),
          },
        ],
      ],
      cases: [0, 1, 31, 32, 33, 70].flatMap((size) =>
        [0n, 5n].map((value) => ({
          label: `${size} bytes, value ${value}`,
          data: new Uint8Array(size).map((_, i) => i + 1),
          value,
        })),
      ),
    },
  ]
}

/** Logs of zero to four topics. */
export function logTests(): Test[] {
  const sizes = [0n, 1n, 32n, 100n, 1n << 40n]
  const list = [0, 1, 2, 3, 4].flatMap((count) =>
    sizes.map((size): [string, Part] => [
      `LOG${count} of ${size} bytes`,
      [
        op('MSTORE', 0, 0xabcdefn << 200n),
        push(1),
        keep(0),
        op(`LOG${count}`, 3, size, ...Array.from({ length: count }, (_, i) => i + 1)),
      ],
    ]),
  )
  return [programs('logs', 'A range of memory and topics.', list)]
}
