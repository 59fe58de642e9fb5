import { call, callTo, createFrom, readReturnData, recurse } from '../generate/calls.ts'
import { pushOperand, type Scope } from '../generate/scope.ts'
import { hash, log, lookUp, memory, shuffle, storage, transient } from '../generate/segments.ts'
import { anyWord } from '../generate/words.ts'

/** Most words a part may leave. */
const HIGH = 20

const PURE = [
  ...['ADD', 'MUL', 'SUB', 'DIV', 'SDIV', 'MOD', 'SMOD', 'ADDMOD', 'MULMOD', 'EXP', 'SIGNEXTEND', 'LT', 'GT'],
  ...['SLT', 'SGT', 'EQ', 'ISZERO', 'AND', 'OR', 'XOR', 'NOT', 'BYTE', 'SHL', 'SHR', 'SAR', 'CLZ'],
]
/** What depends on where and when it is asked. */
const OBSERVERS = ['GAS', 'MSIZE', 'PC', 'RETURNDATASIZE', 'CALLDATASIZE', 'CODESIZE', 'ADDRESS', 'CALLER']

const WEIGHTS = {
  ...{ folded: 14, loaded: 14, shuffle: 14, observe: 9, memory: 8, far: 3, storage: 5, transient: 5 },
  ...{ hash: 2, log: 2, lookUp: 2, call: 4, dial: 8, recurse: 1, returned: 1, create: 1, pops: 4 },
}
type Part = keyof typeof WEIGHTS
export type Taste = Record<Part, number>

const PARTS: Readonly<Record<Part, (scope: Scope) => void>> = {
  ...{ shuffle, memory, storage, transient, hash, log, lookUp, call, dial, recurse, observe, far, pops },
  ...{ folded, loaded, returned: readReturnData },
  create: (scope) => createFrom(scope, Uint8Array.of(0x60, 3, 0x60, 0, 0x53, 0x60, 2, 0x60, 0, 0xf3)),
}

/** A program's character: some parts come often in it, some not at all. */
export function taste({ random }: Scope): Taste {
  const weights: Taste = { ...WEIGHTS }
  for (const part of Object.keys(weights) as Part[]) weights[part] *= random.pick([0, 0, 1, 1, 3])
  return { ...weights, shuffle: weights.shuffle + 1 }
}

/** A few instructions without jumps. */
export function straight(scope: Scope, parts: number, weights: Taste) {
  const { code } = scope
  for (let i = 0; i < parts; i++) {
    PARTS[scope.random.weighted(weights)](scope)
    if (code.free > HIGH) code.level(code.height - 8)
  }
}

/** Arithmetic on constants alone, which a compiler does itself. */
function folded(scope: Scope) {
  arithmetic(scope, () => scope.code.push(anyWord(scope.random)))
}

/** Arithmetic of which nothing is known before it runs. */
function loaded(scope: Scope) {
  const { random, code } = scope
  arithmetic(scope, () => {
    if (random.oneIn(4)) return pushOperand(scope)
    code.push(BigInt(random.below(70)))
    code.op('CALLDATALOAD')
  })
}

function arithmetic({ random, code }: Scope, pushOne: () => void) {
  let own = 0
  for (let i = random.between(1, 3); i > 0; i--) {
    const name = random.pick(PURE)
    if (!code.has(name)) continue
    for (; own < code.pops(name); own++) pushOne()
    code.op(name)
    own += 1 - code.pops(name)
  }
}

function observe({ random, code }: Scope) {
  for (let i = random.between(1, 3); i > 0; i--) {
    const name = random.pick(OBSERVERS)
    if (code.has(name)) code.op(name)
  }
}

/** Memory at the ends of WebAssembly's pages, at a price. */
function far(scope: Scope) {
  const { random, code } = scope
  // Now and then where the limit of memory is.
  const pages = random.oneIn(20)
    ? random.pick([384, 385])
    : random.pick([1, 1, 1, 2, 3, random.between(4, 20)])
  const offset = BigInt(0x10000 * pages - random.between(0, 70))
  const name = random.pick(['MSTORE', 'MLOAD', 'MSTORE8', 'KECCAK256', 'CALLDATACOPY', 'MCOPY'])
  if (!code.has(name)) return
  const pops = code.pops(name)
  if (pops === 3) {
    code.push(BigInt(random.pick([0, 1, 32, 65])))
    code.push(random.oneIn(2) ? offset : BigInt(random.below(70)))
  } else if (name === 'KECCAK256') code.push(BigInt(random.pick([0, 1, 32, 65])))
  else if (pops === 2) pushOperand(scope)
  code.push(offset)
  code.op(name)
}

/** A call of a program, its own among them, after which the caller goes on. */
function dial(scope: Scope) {
  const { random, code, callees } = scope
  const target = random.pick(callees)
  const pushTarget = () => (random.oneIn(4) ? code.op('ADDRESS') : code.push(target))
  callTo(scope, pushTarget, { offset: BigInt(random.below(40)), size: BigInt(random.below(70)) })
}

/** Below what the block has pushed itself. */
function pops({ random, code }: Scope) {
  for (let i = random.between(1, 6); i > 0 && code.free > 0; i--) code.op('POP')
}
