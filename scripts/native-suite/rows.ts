import { accountsOf, CONTRACT, type Test, transact } from './case.ts'
import { code, data, keep, op, type Part, push } from './program.ts'
import { IMMEDIATES, SET } from './set.ts'

// One account a program at ROWS + byte; the contract calls the one that calldata names, with the gas that it names.
const ROWS = 0x1000n
const MANY = 300_000n

/** Calls the account in word 0 of calldata with the gas in word 1; status + 1 in slot 0, size of return data in 1. */
function caller(name: 'CALL' | 'STATICCALL'): Uint8Array {
  const value = name === 'CALL' ? [0] : []
  const input = [op('CALLDATALOAD', 32), op('CALLDATALOAD', 0)]
  const status = op(name, ...input, ...value, 0, 0, 0, 0)
  return code([push(1), status, 'ADD', keep(0)], ['RETURNDATASIZE', keep(1)])
}

const MARK: Part = [push(1), keep(2)]
const zeros = (count: number): Part => Array.from({ length: count }, () => push(0))

/** The instruction with operands of zero after `before`; of JUMP the operand is where a JUMPDEST is. */
function program(name: string, pops: number, before: Part): Uint8Array {
  const immediate = IMMEDIATES[name] ?? new Uint8Array(0)
  if (name !== 'JUMP') return code(before, zeros(pops), name, immediate, 'JUMPDEST', 'HALT')
  return code(before, push(code(before).length + 3), 'JUMP', 'JUMPDEST', 'HALT')
}

type Programs = readonly (readonly [code: number, name: string, program: Uint8Array])[]

function test(
  name: string,
  comment: string,
  by: 'CALL' | 'STATICCALL',
  programs: Programs,
  cases: Test['cases'],
): Test {
  const accounts = programs.map(([byte, , its]) => [ROWS + BigInt(byte), { code: its, balance: 5n }] as const)
  return { name, comment, accounts: [[CONTRACT, { code: caller(by), balance: 7n }], ...accounts], cases }
}

const at = (byte: number, gas: bigint) => data(ROWS + BigInt(byte), gas)
const inTurn = (programs: Programs): Test['cases'] =>
  programs.map(([byte, name]) => ({ label: name, data: at(byte, MANY) }))

/** The least gas with which the program of a byte succeeds, found by halving. Null if there is none. */
function leastGas(price: Test, byte: number): bigint | null {
  const accounts = accountsOf(price)
  const succeeds = (gas: bigint) =>
    transact(accounts, at(byte, gas), 0n, 3_000_000n).world.accounts.get(CONTRACT)?.storage.get(0n) === 2n
  if (!succeeds(MANY)) return null
  let [low, high] = [0n, MANY]
  while (low < high) {
    const middle = (low + high) / 2n
    if (succeeds(middle)) high = middle
    else low = middle + 1n
  }
  return low
}

function priceTest(): Test {
  const programs = SET.map(([byte, name, pops]) => [byte, name, program(name, pops, MARK)] as const)
  const comment =
    'Each instruction on zeros, after a store, with exactly the gas that it all takes and with one less. ' +
    'What never succeeds without a grant, or at all, is there once.'
  const bare = test('price', comment, 'CALL', programs, [])
  const cases = programs.flatMap(([byte, name]) => {
    const least = leastGas(bare, byte)
    if (least === null) return [{ label: name, data: at(byte, MANY) }]
    const exact = { label: `${name}, ${least} gas`, data: at(byte, least) }
    return [exact, { label: `${name}, one less`, data: at(byte, least - 1n) }]
  })
  return { ...bare, cases }
}

/** A stack of `height` words: 1,016 by a loop that counts in memory, the rest pushed. */
function filled(height: number): Part {
  const count = [op('MLOAD', 0), push(1), 'ADD', 'DUP1', push(0), 'MSTORE']
  const again = ['DUP1', push(1016), 'GT', push(0), 'JUMPI']
  return ['JUMPDEST', count, again, Array.from({ length: height - 1016 }, () => push(1))]
}

/** What holds for every byte: price, misuse of the stack, static frames, bytes without an instruction. */
export function rowTests(): Test[] {
  const needing = SET.filter(([, , pops]) => pops > 0).map(
    ([byte, name, pops]) =>
      [byte, name, code(MARK, zeros(pops - 1), name, IMMEDIATES[name] ?? [], 'JUMPDEST', 'HALT')] as const,
  )
  const growing = SET.filter(([, , pops, pushes]) => pushes > pops)
  const over = (height: number) =>
    growing.map(
      ([byte, name, pops, pushes]) =>
        [
          byte,
          name,
          code(
            filled(height - (height === 1024 ? 0 : pushes - pops - 1)),
            name,
            IMMEDIATES[name] ?? [],
            'HALT',
          ),
        ] as const,
    )
  const [full, fitting] = [over(1024), over(1023)]
  const inStatic = SET.map(([byte, name, pops]) => [byte, name, program(name, pops, [])] as const)
  const known = new Set(SET.map(([byte]) => byte))
  const undefinedBytes = Array.from({ length: 256 }, (_, byte) => byte).filter((byte) => !known.has(byte))
  const strange = undefinedBytes.map(
    (byte) => [byte, `0x${byte.toString(16)}`, code(MARK, byte, 'HALT')] as const,
  )
  return [
    priceTest(),
    test('underflow', 'Each instruction with one operand too few.', 'CALL', needing, inTurn(needing)),
    test('overflow', 'Each instruction that pushes, on a full stack.', 'CALL', full, inTurn(full)),
    test(
      'fits',
      'Each instruction that pushes, its last result filling the stack.',
      'CALL',
      fitting,
      inTurn(fitting),
    ),
    test('static', 'Each instruction on zeros in a static frame.', 'STATICCALL', inStatic, inTurn(inStatic)),
    test('undefined', 'Every byte without an instruction.', 'CALL', strange, inTurn(strange)),
  ]
}
